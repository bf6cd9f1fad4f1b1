//! The cells of a row, by what they hold.

use std::path::Path;

use serde_json::Value;

use super::columns::{Columns, Key};
use super::{RELATION, texts};
use crate::data::Error;
use crate::data::fold::What;

/// Where a cell stands in a row.
pub(super) struct Place {
    /// As the user named it.
    pub(super) name: String,
    /// Index among the values of a row.
    pub(super) at: usize,
    /// Fields to go down from there.
    pub(super) fields: Vec<String>,
}

/// Where the cells of every key stand.
pub(super) struct Places {
    /// The columns that are read, none twice.
    pub(super) wanted: Vec<String>,
    places: Vec<(Key, Place)>,
}

impl Places {
    /// # Errors
    /// A column that is not among the `names` of a file.
    pub(super) fn find(path: &Path, names: &[String], columns: &Columns) -> Result<Self, Error> {
        let mut wanted: Vec<String> = Vec::new();
        let mut places = Vec::new();
        for (key, name) in columns.all() {
            let (column, fields) = find(names, name).ok_or_else(|| Error::NoSuchColumn {
                path: path.to_owned(),
                key: key.name(),
                column: name.to_owned(),
                found: names.to_owned(),
            })?;
            let known = wanted.iter().position(|known| known == column);
            let at = known.unwrap_or_else(|| {
                wanted.push(column.to_owned());
                wanted.len() - 1
            });
            let place = Place {
                name: name.to_owned(),
                at,
                fields,
            };
            places.push((key, place));
        }
        Ok(Places { wanted, places })
    }
}

/// A column by its name, or a field within one: `choices.text`.
fn find<'a>(names: &'a [String], name: &str) -> Option<(&'a str, Vec<String>)> {
    let known = |wanted: &str| names.iter().find(|known| *known == wanted);
    if let Some(column) = known(name) {
        return Some((column, Vec::new()));
    }
    name.match_indices('.').find_map(|(dot, _)| {
        let column = known(&name[..dot])?;
        let fields = name[dot + 1..].split('.').map(str::to_owned);
        Some((column.as_str(), fields.collect()))
    })
}

/// One row.
pub(super) struct Cells<'a> {
    pub(super) values: &'a [Value],
    pub(super) places: &'a Places,
    pub(super) columns: &'a Columns,
}

impl Cells<'_> {
    fn places(&self, key: Key) -> impl Iterator<Item = &Place> {
        let places = self.places.places.iter();
        places
            .filter(move |(known, _)| *known == key)
            .map(|(_, place)| place)
    }

    /// The texts of each column of a key.
    pub(super) fn texts(&self, key: Key) -> Result<Vec<Vec<String>>, What> {
        let split = match key {
            Key::Answers | Key::Choices => self.columns.one(Key::Split),
            _ => None,
        };
        let of = |place| texts::texts(&texts::at(self.values, place), place, split);
        self.places(key).map(of).collect()
    }

    /// The text of a key that has one column; `None` where there is no column or nothing in it.
    pub(super) fn text(&self, key: Key) -> Result<Option<String>, What> {
        match self.places(key).next() {
            Some(place) => texts::text(&texts::at(self.values, place), place),
            None => Ok(None),
        }
    }

    /// The text of a column that must hold one.
    pub(super) fn required(&self, key: Key, expected: &str) -> Result<String, What> {
        let text = self.text(key)?;
        text.ok_or_else(|| format!("{} is empty: expected {expected}", self.named(key)))
    }

    /// The relation, or the one name where the table has none.
    pub(super) fn relation(&self) -> Result<String, What> {
        match self.columns.has(Key::Relation) {
            true => self.required(Key::Relation, "the name of a group of facts"),
            false => Ok(RELATION.to_owned()),
        }
    }

    /// Every accepted answer.
    pub(super) fn answers(&self) -> Result<Vec<String>, What> {
        let answers: Vec<String> = self.texts(Key::Answers)?.into_iter().flatten().collect();
        let named = || self.named(Key::Answers);
        if answers.is_empty() {
            return Err(format!(
                "{} is empty: expected at least one accepted answer",
                named()
            ));
        }
        match answers.iter().position(|answer| answer.trim().is_empty()) {
            Some(empty) => Err(format!(
                "entry {} of {} is an empty string: expected an accepted answer",
                empty + 1,
                named()
            )),
            None => Ok(answers),
        }
    }

    /// Whether a person wrote the question, where the table says so.
    pub(super) fn is_manual(&self) -> Result<Option<bool>, What> {
        let place = self.places(Key::Kind).next();
        place
            .map(|place| texts::is_manual(&texts::at(self.values, place), place))
            .transpose()
    }

    /// The columns of a key for a message: `` `q1`, `q2` ``.
    pub(super) fn named(&self, key: Key) -> String {
        let names: Vec<String> = self
            .places(key)
            .map(|place| format!("`{}`", place.name))
            .collect();
        names.join(", ")
    }
}
