//! One run in numbers.

use std::collections::{BTreeMap, HashMap};

use super::Original;
use crate::evaluate::{Row, Tally};
use crate::score::{consistency, majority, oracle_and, oracle_or};

/// Counts of a run and what its templates reach together. Independent of the order of facts but for
/// [`Summary::facts`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub tally: Tally,
    pub several: Several,
    /// How the file was read, where one of the Python originals wrote it.
    pub original: Option<Original>,
    /// Right rows of all rows, per fact in the order added.
    pub facts: Vec<FactShare>,
    /// Index into `facts`.
    index: HashMap<String, usize>,
}

/// Right rows of all rows of one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactShare {
    pub uuid: String,
    pub correct: usize,
    pub n: usize,
}

/// Facts that were asked through several templates, each alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Several {
    /// How many facts those are; the other numbers are about them.
    pub facts: usize,
    /// Right with any template.
    pub oracle_or: usize,
    /// Right with every template.
    pub oracle_and: usize,
    /// The most frequent prediction is right.
    pub majority: usize,
    /// Ordered pairs of templates with the same prediction, by how many templates their fact has: whole numbers, so
    /// that the order of facts does not show in the mean.
    same_pairs: BTreeMap<usize, u64>,
}

impl Summary {
    /// Adds all rows of one fact; false, and nothing added, where that fact is in already.
    pub fn add(&mut self, rows: &[Row]) -> bool {
        let Some(first) = rows.first() else {
            return true;
        };
        if self.index.contains_key(&first.uuid) {
            return false;
        }
        self.tally.add(rows);
        self.several.add(rows);
        self.index.insert(first.uuid.clone(), self.facts.len());
        self.facts.push(FactShare {
            uuid: first.uuid.clone(),
            correct: rows.iter().filter(|row| row.verdict.correct).count(),
            n: rows.len(),
        });
        true
    }

    /// The fact with this uuid.
    pub fn fact(&self, uuid: &str) -> Option<&FactShare> {
        self.index.get(uuid).map(|&at| &self.facts[at])
    }

    /// Whether every fact has one row, so that it is right or wrong and nothing between.
    pub fn is_single(&self) -> bool {
        self.facts.iter().all(|fact| fact.n == 1)
    }
}

impl FactShare {
    pub fn share(&self) -> f64 {
        self.correct as f64 / self.n as f64
    }
}

impl Several {
    fn add(&mut self, rows: &[Row]) {
        let predictions: Vec<&str> = rows.iter().map(|row| row.prediction.as_str()).collect();
        let verdicts: Vec<bool> = rows.iter().map(|row| row.verdict.correct).collect();
        let Some(same) = consistency(&predictions) else {
            return;
        };
        self.facts += 1;
        *self.same_pairs.entry(rows.len()).or_default() +=
            (same * pairs(rows.len())).round() as u64;
        self.oracle_or += usize::from(oracle_or(&verdicts));
        self.oracle_and += usize::from(oracle_and(&verdicts));
        self.majority += usize::from(majority(&predictions).is_some_and(|first| verdicts[first]));
    }

    /// Mean over the facts of the share of template pairs with the same prediction; 0 where there are no facts.
    pub fn consistency(&self) -> f64 {
        let of = |(templates, same): (&usize, &u64)| *same as f64 / pairs(*templates);
        self.same_pairs.iter().map(of).sum::<f64>() / self.facts.max(1) as f64
    }
}

/// Ordered pairs of so many templates.
fn pairs(templates: usize) -> f64 {
    (templates * (templates - 1)) as f64
}
