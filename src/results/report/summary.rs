//! One run in numbers.

use std::collections::{BTreeMap, HashMap};

use super::answers::Texts;
use super::{Answer, Answered, Original};
use crate::evaluate::{Row, Tally};
use crate::named::named;
use crate::score::{Calibration, consistency, majority, oracle_and, oracle_or};

named! {
    /// When two predictions count as the same.
    #[derive(Default)]
    pub enum Sameness {
        /// Their lemmas are the same.
        #[default]
        Lemmas = "lemmas",
        /// They are the same letter by letter.
        Text = "text",
    }
}

/// Counts of a run and what its templates reach together. Independent of the order of facts but for
/// [`Summary::facts`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    pub tally: Tally,
    pub several: Several,
    /// How the file was read, where one of the Python originals wrote it.
    pub original: Option<Original>,
    /// In the order added.
    pub facts: Vec<Answered>,
    /// Index into `facts`.
    index: HashMap<String, usize>,
    texts: Texts,
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
    same_lemmas: SamePairs,
    same_text: SamePairs,
}

/// Ordered pairs of templates with the same prediction, by how many templates their fact has: whole numbers, so that the
/// order of facts does not show in the mean.
type SamePairs = BTreeMap<usize, u64>;

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
        let fact = Answered::of(first, rows, &mut self.texts);
        self.facts.push(fact);
        true
    }

    /// The fact with this uuid.
    pub fn fact(&self, uuid: &str) -> Option<&Answered> {
        self.index.get(uuid).map(|&at| &self.facts[at])
    }

    /// All facts by their uuids.
    pub fn in_order(&self) -> Vec<&Answered> {
        let mut facts: Vec<&Answered> = self.facts.iter().collect();
        facts.sort_unstable_by(|a, b| a.uuid.cmp(&b.uuid));
        facts
    }

    /// Whether every fact has one row, so that it is right or wrong and nothing between.
    pub fn is_single(&self) -> bool {
        self.facts.iter().all(|fact| fact.n == 1)
    }

    /// Probabilities of the answers against what is right; `None` where the file has none.
    pub fn calibration(&self) -> Option<Calibration> {
        self.calibration_of(|answer| answer.probability)
    }

    /// The same for the shares of drawn answers that agree; `None` where none were drawn.
    pub fn sampled(&self) -> Option<Calibration> {
        self.calibration_of(|answer| answer.confidence)
    }

    fn calibration_of(&self, sure: impl Fn(&Answer) -> Option<f32>) -> Option<Calibration> {
        let answers = self.facts.iter().flat_map(|fact| &fact.answers);
        let known = answers.filter_map(|answer| Some((sure(answer)?.into(), answer.right)));
        Calibration::of(&known.collect::<Vec<_>>())
    }

    /// Share of generations whose first line is one word; `None` without rows.
    pub fn one_word(&self) -> Option<f64> {
        let answers = || self.facts.iter().flat_map(|fact| &fact.answers);
        let one = answers().filter(|answer| answer.one_word).count();
        let all = answers().count();
        (all > 0).then(|| one as f64 / all as f64)
    }
}

impl Several {
    fn add(&mut self, rows: &[Row]) {
        let predictions: Vec<&str> = rows.iter().map(|row| row.prediction.as_str()).collect();
        let lemmas: Vec<&[String]> = (rows.iter())
            .map(|row| row.verdict.predict_lemma.as_slice())
            .collect();
        let verdicts: Vec<bool> = rows.iter().map(|row| row.verdict.correct).collect();
        let same = consistency(&lemmas).zip(consistency(&predictions));
        let Some((same_lemmas, same_text)) = same else {
            return;
        };
        self.facts += 1;
        for (pairs_of, same) in [
            (&mut self.same_lemmas, same_lemmas),
            (&mut self.same_text, same_text),
        ] {
            *pairs_of.entry(rows.len()).or_default() += (same * pairs(rows.len())).round() as u64;
        }
        self.oracle_or += usize::from(oracle_or(&verdicts));
        self.oracle_and += usize::from(oracle_and(&verdicts));
        self.majority += usize::from(majority(&predictions).is_some_and(|first| verdicts[first]));
    }

    /// Mean over the facts of the share of template pairs with the same prediction; 0 where there are no facts.
    pub fn consistency(&self, by: Sameness) -> f64 {
        let same_pairs = match by {
            Sameness::Lemmas => &self.same_lemmas,
            Sameness::Text => &self.same_text,
        };
        let of = |(templates, same): (&usize, &u64)| *same as f64 / pairs(*templates);
        same_pairs.iter().map(of).sum::<f64>() / self.facts.max(1) as f64
    }
}

/// Ordered pairs of so many templates.
fn pairs(templates: usize) -> f64 {
    (templates * (templates - 1)) as f64
}
