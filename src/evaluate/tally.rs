//! Counts that grow while a run goes on.

use std::collections::BTreeMap;

use super::{Row, demo_trained};
use crate::data::TemplateId;
use crate::score::{Clusters, Interval};

/// Right answers of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    pub n: usize,
    pub correct: usize,
    pub correct_bidirectional: usize,
    /// How answers about one fact go together, under either match.
    clusters: Clusters,
    clusters_bidirectional: Clusters,
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
    /// Counts rows of one fact.
    pub fn add<'a>(&mut self, rows: impl IntoIterator<Item = &'a Row>) {
        let (mut n, mut correct, mut bidirectional) = (0, 0, 0);
        for row in rows {
            n += 1;
            correct += usize::from(row.verdict.correct);
            bidirectional += usize::from(row.verdict.correct_bidirectional);
        }
        self.n += n;
        self.correct += correct;
        self.correct_bidirectional += bidirectional;
        self.clusters.add(correct as u64, n as u64);
        let bidirectional = bidirectional as u64;
        self.clusters_bidirectional.add(bidirectional, n as u64);
    }

    /// Counts what was counted of other facts.
    pub fn merge(&mut self, other: &Count) {
        self.n += other.n;
        self.correct += other.correct;
        self.correct_bidirectional += other.correct_bidirectional;
        self.clusters.merge(&other.clusters);
        self.clusters_bidirectional
            .merge(&other.clusters_bidirectional);
    }

    /// The same by the looser match, in place of the other.
    pub fn bidirectional(&self) -> Count {
        Count {
            correct: self.correct_bidirectional,
            clusters: self.clusters_bidirectional,
            ..*self
        }
    }

    /// Share of right answers; 0 where there are none yet.
    pub fn accuracy(&self) -> f64 {
        share(self.correct, self.n)
    }

    pub fn accuracy_bidirectional(&self) -> f64 {
        share(self.correct_bidirectional, self.n)
    }

    /// 95 % Wilson interval of the accuracy, over facts where each has several answers; `None` where nothing is counted.
    pub fn interval(&self) -> Option<Interval> {
        self.clusters.interval(self.correct as u64, self.n as u64)
    }

    pub fn interval_bidirectional(&self) -> Option<Interval> {
        self.bidirectional().interval()
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
        self.total.add(rows.clone());
        let Some(first) = rows.clone().into_iter().next() else {
            return;
        };
        // A fact is of one relation.
        let relation = self.relation(&first.relation);
        relation.total.add(rows.clone());
        for row in rows {
            if let [template] = row.templates[..] {
                relation.templates.entry(template).or_default().add([row]);
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
