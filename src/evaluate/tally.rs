//! Counts that grow while a run goes on.

use std::collections::BTreeMap;

use super::{Row, demo_trained};
use crate::data::TemplateId;
use crate::score::{Interval, wilson_interval};

/// Right answers of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    pub n: usize,
    pub correct: usize,
    pub correct_bidirectional: usize,
}

/// Running counts of rows: all, per relation, and per template where each row has one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub facts: usize,
    /// Facts of the sample that were asked in a wording that the demo model was trained in, whatever model was asked.
    pub trained: usize,
    pub total: Count,
    /// In the order of [`relation_order`], so that it does not matter which fact finished first.
    pub relations: Vec<RelationTally>,
}

/// The counts of one relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationTally {
    pub id: String,
    pub total: Count,
    /// Empty where the templates were asked together.
    pub templates: BTreeMap<TemplateId, Count>,
}

impl Count {
    pub fn add(&mut self, row: &Row) {
        self.n += 1;
        self.correct += usize::from(row.verdict.correct);
        self.correct_bidirectional += usize::from(row.verdict.correct_bidirectional);
    }

    /// Share of right answers; 0 where there are none yet.
    pub fn accuracy(&self) -> f64 {
        share(self.correct, self.n)
    }

    pub fn accuracy_bidirectional(&self) -> f64 {
        share(self.correct_bidirectional, self.n)
    }

    /// 95 % Wilson interval of the accuracy; `None` where nothing is counted.
    pub fn interval(&self) -> Option<Interval> {
        wilson_interval(self.correct as u64, self.n as u64)
    }

    pub fn interval_bidirectional(&self) -> Option<Interval> {
        wilson_interval(self.correct_bidirectional as u64, self.n as u64)
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 {
        0.0
    } else {
        part as f64 / of as f64
    }
}

impl Tally {
    /// Counts all rows of one fact.
    pub fn add<'a>(&mut self, rows: impl IntoIterator<Item = &'a Row> + Clone) {
        self.facts += 1;
        let trained = |row: &Row| {
            let mut asked = row.templates.iter();
            asked.any(|&template| demo_trained(&row.uuid, template) == Some(true))
        };
        self.trained += usize::from(rows.clone().into_iter().any(trained));
        for row in rows {
            self.total.add(row);
            let relation = self.relation(&row.relation);
            relation.total.add(row);
            if let [template] = row.templates[..] {
                relation.templates.entry(template).or_default().add(row);
            }
        }
    }

    fn relation(&mut self, id: &str) -> &mut RelationTally {
        let place = |tally: &RelationTally| relation_order(&tally.id).cmp(&relation_order(id));
        let at = self.relations.binary_search_by(place).unwrap_or_else(|at| {
            let new = RelationTally {
                id: id.to_owned(),
                total: Count::default(),
                templates: BTreeMap::new(),
            };
            self.relations.insert(at, new);
            at
        });
        &mut self.relations[at]
    }
}

/// Sorts `P36` before `P1376`, as people count.
pub fn relation_order(id: &str) -> (usize, &str) {
    (id.len(), id)
}
