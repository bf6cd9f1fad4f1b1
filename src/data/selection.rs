//! Which facts of a data set a run uses.

use std::collections::HashSet;

use super::did_you_mean::did_you_mean;
use super::error::quote;
use super::{Dataset, Error, TemplateChoice};
use crate::numbers::count;

/// A choice, as the command line or the explorer states it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Relation ids; empty means all.
    pub relations: Vec<String>,
    /// Only these facts.
    pub uuids: Option<Vec<String>>,
    pub templates: TemplateChoice,
    /// The first so many facts in data order.
    pub max_samples: Option<usize>,
}

/// A choice, found in a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Indices into [`Dataset::facts`], in data order; never empty.
    pub facts: Vec<usize>,
    /// Per relation of the data set, indices into its templates: manual ones first, in the given
    /// order within a kind. Not empty for any relation of a selected fact.
    pub templates: Vec<Vec<usize>>,
    /// What could not be had as asked, one line each, to be said once.
    pub notes: Vec<String>,
}

impl Selection {
    /// Finds the chosen facts and templates.
    ///
    /// # Errors
    /// A relation or uuid that the data lacks, or a choice that leaves nothing.
    pub fn apply(&self, data: &Dataset) -> Result<Selected, Error> {
        let mut wanted = vec![self.relations.is_empty(); data.relations.len()];
        for id in &self.relations {
            wanted[data.relation(id)?] = true;
        }
        let uuids = match &self.uuids {
            Some(uuids) => Some(find_uuids(data, uuids)?),
            None => None,
        };
        let chosen = |fact: usize| {
            let fact = &data.facts[fact];
            wanted[fact.relation]
                && uuids
                    .as_ref()
                    .is_none_or(|u| u.contains(fact.uuid.as_str()))
        };
        let mut facts: Vec<usize> = (0..data.facts.len()).filter(|&f| chosen(f)).collect();
        if facts.is_empty() {
            return Err(self.nothing(data));
        }

        let mut used = vec![false; data.relations.len()];
        for &fact in &facts {
            used[data.facts[fact].relation] = true;
        }
        let used = |relation: &usize| used[*relation];
        let relations: Vec<usize> = (0..data.relations.len()).filter(used).collect();
        let (templates, mut notes) = self.templates.apply(data, &relations)?;
        facts.retain(|&fact| !templates[data.facts[fact].relation].is_empty());
        let all = facts.len();
        facts.retain(|&fact| {
            let fact = &data.facts[fact];
            let mut chosen = templates[fact.relation].iter();
            chosen.any(|&template| data.asks(fact, template))
        });
        if facts.is_empty() {
            let what =
                "no fact has any of the chosen wordings: choose others, see `lamascope data`";
            return Err(Error::Selection(what.to_owned()));
        }
        if facts.len() < all {
            let left_out = count(all - facts.len(), "fact");
            notes.push(format!(
                "left out for want of any chosen wording: {left_out}"
            ));
        }

        match self.max_samples {
            Some(0) => {
                let what = "--max-samples 0 leaves no fact: give at least 1";
                return Err(Error::Selection(what.to_owned()));
            }
            Some(most) => facts.truncate(most),
            None => {}
        }
        Ok(Selected {
            facts,
            templates,
            notes,
        })
    }

    /// Every part of the choice exists, yet together they leave no fact.
    fn nothing(&self, data: &Dataset) -> Error {
        Error::Selection(match (self.relations.as_slice(), &self.uuids) {
            (_, Some(uuids)) if uuids.is_empty() => {
                "the list of uuids is empty: give one uuid per line".to_owned()
            }
            ([], _) => format!(
                "the data holds {}: nothing to select",
                count(data.facts.len(), "fact")
            ),
            (relations, Some(uuids)) => format!(
                "none of the {} uuids belongs to {}: leave out --relation or --uuids",
                uuids.len(),
                relations.join(", ")
            ),
            (relations, None) => format!("no facts of {} in the data", relations.join(", ")),
        })
    }
}

/// Checks that every uuid is known.
fn find_uuids<'a>(data: &Dataset, uuids: &'a [String]) -> Result<HashSet<&'a str>, Error> {
    let known: HashSet<&str> = data.facts.iter().map(|f| f.uuid.as_str()).collect();
    let unknown: Vec<&String> = uuids
        .iter()
        .filter(|uuid| !known.contains(uuid.as_str()))
        .collect();
    let Some(first) = unknown.first() else {
        return Ok(uuids.iter().map(String::as_str).collect());
    };
    let others = match unknown.len() {
        1 => String::new(),
        2 => " (nor 1 other of the list)".to_owned(),
        n => format!(" (nor {} others of the list)", n - 1),
    };
    Err(Error::Selection(format!(
        "no fact with uuid {} in the data{others}: {}it has {}; their uuids stand in the uuid \
         column of a result file",
        quote(first),
        did_you_mean(first, known.into_iter()),
        count(data.facts.len(), "fact")
    )))
}
