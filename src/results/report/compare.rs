//! Whether two runs differ on the facts that both have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Answered, Summary};
use crate::data::TemplateId;
use crate::evaluate::relation_order;
use crate::score::{Interval, mcnemar_exact, mean_interval, paired_interval, paired_permutation};

/// Seed of the permutation test: fixed, so that a report repeats itself.
const SEED: u64 = 42;

/// One pair of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Indices of the runs.
    pub first: usize,
    pub second: usize,
    /// Facts that both runs have.
    pub facts: usize,
    /// Mean shares of right rows over those facts.
    pub accuracies: (f64, f64),
    /// 95 % interval of the second accuracy less the first.
    pub interval: Interval,
    pub test: Test,
    /// Two-sided.
    pub p: f64,
}

/// How a pair is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// McNemar's exact test: facts that only one of the runs gets right.
    McNemar { only_first: u64, only_second: u64 },
    /// Paired permutation test, where a fact has a share of right rows.
    Permutation,
}

/// The facts of two runs, and the answers to the same question.
#[derive(Debug, Clone)]
pub struct Paired<'a> {
    /// Facts of both runs, by their uuids: in an order of their own, so that the permutation test does not notice which
    /// fact was finished first.
    facts: Vec<(&'a Answered, &'a Answered)>,
    /// Every fact has one row in both runs.
    single: bool,
}

/// An answer that one run has right and the other wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flip<'a> {
    /// As the first run has it.
    pub fact: &'a Answered,
    pub first: &'a Answer,
    pub second: &'a Answer,
}

impl Comparison {
    /// `None` where the runs have no fact in common.
    pub(super) fn of(first: usize, a: &Summary, second: usize, b: &Summary) -> Option<Self> {
        let shares = Paired::of(a, b).shares(|_| true);
        let single = a.is_single() && b.is_single();
        Comparison::of_shares((first, second), &shares, single)
    }

    /// Of shares of right rows; `single` where each is 0 or 1.
    pub(super) fn of_shares(
        runs: (usize, usize),
        pairs: &[(f64, f64)],
        single: bool,
    ) -> Option<Self> {
        if pairs.is_empty() {
            return None;
        }
        let mean =
            |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
        let (test, p, interval) = if single {
            let only = |which: fn(&&(f64, f64)) -> bool| pairs.iter().filter(which).count() as u64;
            let only_first = only(|(a, b)| a > b);
            let only_second = only(|(a, b)| b > a);
            let test = Test::McNemar {
                only_first,
                only_second,
            };
            let both = only(|(a, b)| *a > 0.0 && *b > 0.0);
            let interval = paired_interval(both, only_first, only_second, pairs.len() as u64);
            (test, mcnemar_exact(only_first, only_second), interval)
        } else {
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
            let p = paired_permutation(&differences, SEED);
            let gains: Vec<f64> = differences.iter().map(|d| -d).collect();
            (Test::Permutation, p, mean_interval(&gains))
        };
        // Of one fact alone nothing can be said.
        let interval = interval.unwrap_or(Interval {
            low: -1.0,
            high: 1.0,
        });
        Some(Comparison {
            first: runs.0,
            second: runs.1,
            facts: pairs.len(),
            accuracies: (mean(|pair| pair.0), mean(|pair| pair.1)),
            interval,
            test,
            p,
        })
    }

    /// The second accuracy less the first.
    pub fn difference(&self) -> f64 {
        self.accuracies.1 - self.accuracies.0
    }

    /// Per relation, in the order of [`relation_order`].
    pub fn by_relation(&self, pairs: &Paired<'_>) -> Vec<(String, Comparison)> {
        let ids: BTreeSet<(usize, &str)> = (pairs.facts.iter())
            .map(|(fact, _)| relation_order(&fact.relation))
            .collect();
        let part = |(_, id): (usize, &str)| {
            let shares = pairs.shares(|fact| &*fact.relation == id);
            let runs = (self.first, self.second);
            Some((
                id.to_owned(),
                Comparison::of_shares(runs, &shares, pairs.single)?,
            ))
        };
        ids.into_iter().filter_map(part).collect()
    }

    /// Per template, where both runs asked templates alone.
    pub fn by_template(&self, pairs: &Paired<'_>) -> Vec<(String, Comparison)> {
        let mut templates: BTreeMap<TemplateId, Vec<(f64, f64)>> = BTreeMap::new();
        let share = |answer: &Answer| f64::from(u8::from(answer.right));
        for (first, second) in pairs.by_template() {
            if let Some(template) = first.1.template {
                let shares = templates.entry(template).or_default();
                shares.push((share(first.1), share(second)));
            }
        }
        let runs = (self.first, self.second);
        let part = |(id, shares): (TemplateId, Vec<(f64, f64)>)| {
            Some((id.to_string(), Comparison::of_shares(runs, &shares, true)?))
        };
        templates.into_iter().filter_map(part).collect()
    }
}

impl<'a> Paired<'a> {
    pub fn of(a: &'a Summary, b: &'a Summary) -> Self {
        let facts = a.in_order().into_iter();
        Paired {
            facts: facts
                .filter_map(|fact| Some((fact, b.fact(&fact.uuid)?)))
                .collect(),
            single: a.is_single() && b.is_single(),
        }
    }

    fn shares(&self, which: impl Fn(&Answered) -> bool) -> Vec<(f64, f64)> {
        let facts = self.facts.iter().filter(|(fact, _)| which(fact));
        facts.map(|(a, b)| (a.share(), b.share())).collect()
    }

    /// Answers to the same template, asked alone in both runs.
    fn by_template(&self) -> impl Iterator<Item = ((&'a Answered, &'a Answer), &'a Answer)> {
        self.facts.iter().flat_map(|&(a, b)| {
            let answer = move |answer: &'a Answer| Some(((a, answer), b.to(answer.template?)?));
            a.answers.iter().filter_map(answer)
        })
    }

    /// Facts, and where both runs asked several templates alone, facts under a template, that one run has right and the
    /// other wrong: lost ones first, by relation and uuid. `None` where one run alone has several rows per fact: no answers
    /// are about the same question.
    pub fn flips(&self) -> Option<Vec<Flip<'a>>> {
        let flip = |((fact, first), second)| Flip {
            fact,
            first,
            second,
        };
        let mut flips: Vec<Flip<'a>> = if self.single {
            let only = |&(a, b): &(&'a Answered, &'a Answered)| {
                Some(((a, a.answers.first()?), b.answers.first()?))
            };
            self.facts.iter().filter_map(only).map(flip).collect()
        } else if self.facts.iter().all(|(a, b)| (a.n == 1) == (b.n == 1)) {
            self.by_template().map(flip).collect()
        } else {
            return None;
        };
        flips.retain(|flip| flip.first.right != flip.second.right);
        flips.sort_by(|a, b| a.place().cmp(&b.place()));
        Some(flips)
    }
}

impl<'a> Flip<'a> {
    /// The second run has it right.
    pub fn is_gain(&self) -> bool {
        self.second.right
    }

    fn place(&self) -> (bool, (usize, &'a str), &'a str, Option<TemplateId>) {
        let fact = self.fact;
        (
            self.is_gain(),
            relation_order(&fact.relation),
            &fact.uuid,
            self.first.template,
        )
    }
}
