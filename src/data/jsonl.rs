//! JSON Lines: one object per row, as any tool writes it, Python's `NaN` included.

use std::borrow::Cow;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Error;
use super::columns::{
    MANUAL, MYRIAD_ANSWERS, RELATION, SUBJECT, Shape, TEMPLATE, UUID, WEB_ANSWERS, wording,
};
use super::fold::{Fold, Place, What};
use super::progress::{Meter, Metered};
use super::table::Take;
use super::text_row::{CHECK_EVERY, TextRow};
use crate::text::{Lines, replace_non_finite};

const OBJECT: &str = "is not a JSON object: expected one row per line, like {\"uuid\": \"…\", …}";

/// The shape of a file, by the keys of its first row. An empty file has none.
pub(super) fn shape(path: &Path) -> Result<Option<Shape>, Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut lines = Lines::new(file);
    let Some((row, line)) = next_line(path, &mut lines)? else {
        return Ok(None);
    };
    let object = Object::parse(line).map_err(|what| Error::row(path, row, what))?;
    let keys: Vec<&String> = object.fields.keys().collect();
    Shape::detect(path, &keys).map(Some)
}

/// So many rows are looked at for the keys that a file has: some writers leave out those without a value.
const LOOKED_AT: usize = 1_000;

/// The keys of the first rows; `None` where there is no row.
pub(super) fn names(path: &Path) -> Result<Option<Vec<String>>, Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut lines = Lines::new(file);
    let mut names: Option<Vec<String>> = None;
    for _ in 0..LOOKED_AT {
        let Some((row, line)) = next_line(path, &mut lines)? else {
            break;
        };
        let object = Object::parse(line).map_err(|what| Error::row(path, row, what))?;
        let known = names.get_or_insert_default();
        for (key, _) in object.fields {
            if !known.contains(&key) {
                known.push(key);
            }
        }
    }
    Ok(names)
}

/// Reads the values of some keys, line by line.
pub(super) fn read_rows(
    path: &Path,
    wanted: &[String],
    meter: &Meter,
    take: &mut Take,
) -> Result<(), Error> {
    each_line(path, meter, |row, line| {
        let mut fields = Object::parse(line)?.fields;
        let value = |key: &String| fields.remove(key).unwrap_or(Value::Null);
        let values: Vec<Value> = wanted.iter().map(value).collect();
        take(row, &values)
    })
}

/// Reads a file line by line.
pub(super) fn read(path: &Path, part: u32, fold: &mut Fold, meter: &Meter) -> Result<(), Error> {
    each_line(path, meter, |row, line| {
        let place = Place { part, row: row - 1 };
        match fold.shape {
            Shape::MyriadLama => template_row(fold, line, place),
            Shape::WebQuestions { wordings } => question_row(fold, line, place, wordings),
        }
    })
}

/// Hands over every line that holds something, with its number from 1.
fn each_line(
    path: &Path,
    meter: &Meter,
    mut take: impl FnMut(u64, &str) -> Result<(), What>,
) -> Result<(), Error> {
    let inner = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut lines = Lines::new(Metered { inner, meter });
    while let Some((row, line)) = next_line(path, &mut lines)? {
        if row % CHECK_EVERY == 0 {
            meter.check()?;
        }
        take(row, line).map_err(|what| Error::row(path, row, what))?;
    }
    Ok(())
}

/// The next line that holds something, with its number from 1.
fn next_line<'a, R: Read>(
    path: &Path,
    lines: &'a mut Lines<R>,
) -> Result<Option<(u64, &'a str)>, Error> {
    lines
        .next_line()
        .map_err(|(number, error)| match error.kind() {
            ErrorKind::InvalidData => Error::row(path, number, error.to_string()),
            _ => Error::io(path, error),
        })
}

/// The row as it should be. Where a row does not fit, [`explain`] says why.
#[derive(Deserialize)]
struct TemplateRow<'a> {
    #[serde(borrow)]
    uuid: Cow<'a, str>,
    #[serde(borrow)]
    rel_uri: Cow<'a, str>,
    #[serde(borrow)]
    sub_ent: Cow<'a, str>,
    obj_aliases: Vec<String>,
    #[serde(borrow)]
    template: Cow<'a, str>,
    is_manual: bool,
}

fn template_row(fold: &mut Fold, line: &str, place: Place) -> Result<(), What> {
    if let Ok(row) = serde_json::from_str::<TemplateRow>(line) {
        return row.fold(fold, place);
    }
    let finite = replace_non_finite(line, "null").ok_or_else(|| explain(line))?;
    let row: TemplateRow = serde_json::from_str(&finite).map_err(|_| explain(line))?;
    row.fold(fold, place)
}

impl TemplateRow<'_> {
    fn fold(self, fold: &mut Fold, place: Place) -> Result<(), What> {
        TextRow {
            uuid: &self.uuid,
            relation: &self.rel_uri,
            subject: &self.sub_ent,
            template: &self.template,
            manual: self.is_manual,
        }
        .fold(fold, place, || Ok(self.obj_aliases))
    }
}

fn question_row(fold: &mut Fold, line: &str, place: Place, wordings: usize) -> Result<(), What> {
    let row = Object::parse(line)?;
    let paraphrases = (0..wordings).map(|i| row.string(&wording(i)).map(str::to_owned));
    let paraphrases = paraphrases.collect::<Result<_, _>>()?;
    let answers = row.strings(WEB_ANSWERS)?;
    fold.question(row.string(UUID)?, paraphrases, answers, place)
}

/// Why a line is no row: the slow way through, taken once.
fn explain(line: &str) -> What {
    let check = || {
        let row = Object::parse(line)?;
        for key in [UUID, RELATION, SUBJECT, TEMPLATE] {
            row.string(key)?;
        }
        row.strings(MYRIAD_ANSWERS)?;
        match row.get(MANUAL)? {
            Value::Bool(_) => Ok(()),
            _ => Err(row.wrong(MANUAL, "true or false")),
        }
    };
    // A key that stands twice is the one thing that only the first way refuses.
    match check() {
        Ok(()) => "has a key twice: expected every key once".to_owned(),
        Err(what) => what,
    }
}

/// A line as an object.
struct Object {
    /// With null for `NaN` and the like.
    fields: Map<String, Value>,
    /// With zero for them, where there are any: what differs from `fields` is or holds one.
    with_zeros: Option<Map<String, Value>>,
}

impl Object {
    fn parse(line: &str) -> Result<Self, What> {
        let parse = |line: &str| match serde_json::from_str(line) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(OBJECT.to_owned()),
            Err(error) => Err(format!("{OBJECT} ({error})")),
        };
        match replace_non_finite(line, "null").zip(replace_non_finite(line, "0")) {
            None => Ok(Object {
                fields: parse(line)?,
                with_zeros: None,
            }),
            Some((nulls, zeros)) => Ok(Object {
                fields: parse(&nulls)?,
                with_zeros: Some(parse(&zeros)?),
            }),
        }
    }

    fn get(&self, key: &str) -> Result<&Value, What> {
        self.fields
            .get(key)
            .ok_or_else(|| format!("no key `{key}`: expected it in every row"))
    }

    fn string(&self, key: &str) -> Result<&str, What> {
        let value = self.get(key)?;
        value.as_str().ok_or_else(|| self.wrong(key, "a string"))
    }

    fn strings(&self, key: &str) -> Result<Vec<String>, What> {
        let items = self.get(key)?.as_array();
        let items = items.ok_or_else(|| self.wrong(key, "a list of strings"))?;
        let strings = items.iter().map(|item| item.as_str().map(str::to_owned));
        strings
            .collect::<Option<_>>()
            .ok_or_else(|| self.wrong(key, "a list of strings only"))
    }

    fn wrong(&self, key: &str, expected: &str) -> What {
        let zeros = self.with_zeros.as_ref().map(|zeros| zeros.get(key));
        let value = self.fields.get(key);
        let not_finite = zeros.is_some_and(|zeros| zeros != value);
        let found = match value {
            Some(Value::Array(_)) if not_finite => "a list with NaN or Infinity in it",
            Some(Value::Null) if not_finite => "NaN or Infinity, Python's word for no value",
            Some(Value::Bool(_)) => "true or false",
            Some(Value::Number(_)) => "a number",
            Some(Value::String(_)) => "a string",
            Some(Value::Array(_)) => "a list of something else",
            Some(Value::Object(_)) => "an object",
            Some(Value::Null) | None => "null",
        };
        format!("`{key}` is {found}: expected {expected}")
    }
}
