//! Whether two runs differ on the facts that both have.

use super::Summary;
use crate::score::{mcnemar_exact, paired_permutation};

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

impl Comparison {
    /// `None` where the runs have no fact in common.
    pub(super) fn of(first: usize, a: &Summary, second: usize, b: &Summary) -> Option<Self> {
        // In an order of their own: the permutation test must not notice which fact was finished first.
        let mut facts: Vec<_> = a.facts.iter().collect();
        facts.sort_unstable_by(|a, b| a.uuid.cmp(&b.uuid));
        let pairs: Vec<(f64, f64)> = facts
            .into_iter()
            .filter_map(|fact| Some((fact.share(), b.fact(&fact.uuid)?.share())))
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let mean =
            |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
        let (test, p) = if a.is_single() && b.is_single() {
            let only = |which: fn(&&(f64, f64)) -> bool| pairs.iter().filter(which).count() as u64;
            let only_first = only(|(a, b)| a > b);
            let only_second = only(|(a, b)| b > a);
            let test = Test::McNemar {
                only_first,
                only_second,
            };
            (test, mcnemar_exact(only_first, only_second))
        } else {
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
            (Test::Permutation, paired_permutation(&differences, SEED))
        };
        Some(Comparison {
            first,
            second,
            facts: pairs.len(),
            accuracies: (mean(|pair| pair.0), mean(|pair| pair.1)),
            test,
            p,
        })
    }
}
