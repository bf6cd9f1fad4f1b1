//! Whether two runs differ on the facts that both have.

use super::Summary;
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
        let (test, p, interval) = if a.is_single() && b.is_single() {
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
            first,
            second,
            facts: pairs.len(),
            accuracies: (mean(|pair| pair.0), mean(|pair| pair.1)),
            interval,
            test,
            p,
        })
    }
}
