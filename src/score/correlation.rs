//! Whether one number predicts another, over facts whose rows belong together.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::Interval;

/// How many times [`Paired::correlation`] draws the facts anew for its intervals.
pub const DRAWS: usize = 2_000;

/// A coefficient in −1..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    pub value: f64,
    /// 95 %, by the percentiles of [`DRAWS`] draws of facts; `None` for fewer than three facts, or where most draws
    /// leave a side without spread.
    pub interval: Option<Interval>,
}

/// Of both sides of the same pairs; `None` where a side has no spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// Of the numbers.
    pub pearson: Option<Coefficient>,
    /// Of their ranks; equal numbers share the mean of their ranks.
    pub spearman: Option<Coefficient>,
}

/// Pairs of numbers, fact by fact. Pairs of one fact are no independent evidence: a fact is drawn with all of its pairs or not
/// at all.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Paired {
    one: Vec<f64>,
    other: Vec<f64>,
    facts: Vec<Range<usize>>,
}

impl Paired {
    /// Adds the pairs of one fact.
    pub fn add(&mut self, pairs: impl IntoIterator<Item = (f64, f64)>) {
        let start = self.one.len();
        for (one, other) in pairs {
            self.one.push(one);
            self.other.push(other);
        }
        self.facts.push(start..self.one.len());
    }

    pub fn facts(&self) -> usize {
        self.facts.len()
    }

    /// Number of pairs.
    pub fn pairs(&self) -> usize {
        self.one.len()
    }

    /// The same pairs less their fact's means: what is left when facts do not differ from each other. Facts with one pair
    /// say nothing of it.
    pub fn within_facts(&self) -> Self {
        let mut within = Paired::default();
        for fact in self.facts.iter().filter(|fact| fact.len() > 1) {
            let centred = |of: &[f64]| -> Vec<f64> {
                let numbers = &of[fact.clone()];
                let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
                numbers.iter().map(|number| number - mean).collect()
            };
            within.add(centred(&self.one).into_iter().zip(centred(&self.other)));
        }
        within
    }

    /// The same `seed` gives the same intervals on every machine.
    ///
    /// B. Efron, *Bootstrap methods: another look at the jackknife*, Annals of Statistics 7 (1979), with facts as what is
    /// drawn; C. Spearman, *The proof and measurement of association between two things*, Am. J. Psychol. 15 (1904).
    pub fn correlation(&self, seed: u64) -> Correlation {
        let [one, other] = [&self.one, &self.other].map(|of| Ranked::of(of));
        let mut weights = vec![1.0; self.pairs()];
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = [Vec::new(), Vec::new()];
        let both = |weights: &[f64]| {
            let ranks = [&one, &other].map(|of| of.ranks(weights));
            [
                coefficient(&self.one, &self.other, weights),
                coefficient(&ranks[0], &ranks[1], weights),
            ]
        };
        let values = both(&weights);
        let facts = self.facts.len();
        for _ in 0..if facts < 3 { 0 } else { DRAWS } {
            weights.fill(0.0);
            for _ in 0..facts {
                let fact = self.facts[random.random_range(0..facts as u64) as usize].clone();
                weights[fact].iter_mut().for_each(|weight| *weight += 1.0);
            }
            for (drawn, value) in drawn.iter_mut().zip(both(&weights)) {
                drawn.extend(value);
            }
        }
        let [pearson, spearman] = [0, 1].map(|at| {
            values[at].map(|value| Coefficient {
                value,
                interval: percentiles(&mut drawn[at]),
            })
        });
        Correlation { pearson, spearman }
    }
}

/// Pearson's coefficient of weighted pairs; `None` where a side has no spread.
fn coefficient(one: &[f64], other: &[f64], weights: &[f64]) -> Option<f64> {
    let sum: f64 = weights.iter().sum();
    let mean = |of: &[f64]| {
        let weighted = of
            .iter()
            .zip(weights)
            .map(|(number, weight)| number * weight);
        weighted.sum::<f64>() / sum
    };
    let (mean_one, mean_other) = (mean(one), mean(other));
    let (mut squares_one, mut squares_other, mut products) = (0.0, 0.0, 0.0);
    for ((one, other), weight) in one.iter().zip(other).zip(weights) {
        let (one, other) = (one - mean_one, other - mean_other);
        squares_one += weight * one * one;
        squares_other += weight * other * other;
        products += weight * one * other;
    }
    // What rounding leaves of no spread is no spread.
    let has_spread = |squares: f64, mean: f64| squares > 1e-24 * sum * mean.abs().max(1e-6).powi(2);
    let spread = has_spread(squares_one, mean_one) && has_spread(squares_other, mean_other);
    spread.then(|| (products / (squares_one.sqrt() * squares_other.sqrt())).clamp(-1.0, 1.0))
}

/// Numbers in their order, so that ranks under any weights are one walk.
struct Ranked {
    /// Places of equal numbers, ascending by number.
    groups: Vec<Vec<usize>>,
    len: usize,
}

impl Ranked {
    fn of(numbers: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
        // What is equal on paper differs by rounding once means are taken off.
        let largest = numbers
            .iter()
            .fold(0.0f64, |largest, number| largest.max(number.abs()));
        let same = order.chunk_by(|&a, &b| numbers[b] - numbers[a] <= 1e-12 * largest);
        Ranked {
            groups: same.map(<[usize]>::to_vec).collect(),
            len: numbers.len(),
        }
    }

    /// The rank of every number where each stands as often as its weight says; equal ones share their mean rank.
    fn ranks(&self, weights: &[f64]) -> Vec<f64> {
        let mut ranks = vec![0.0; self.len];
        let mut before = 0.0;
        for group in &self.groups {
            let many: f64 = group.iter().map(|&at| weights[at]).sum();
            let rank = before + (many + 1.0) / 2.0;
            group.iter().for_each(|&at| ranks[at] = rank);
            before += many;
        }
        ranks
    }
}

/// The 2.5th and 97.5th percentile, between neighbours in proportion; `None` where fewer than half of the draws count.
fn percentiles(drawn: &mut [f64]) -> Option<Interval> {
    if drawn.len() < DRAWS / 2 {
        return None;
    }
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (drawn.len() - 1) as f64;
        let (low, high) = (drawn[place.floor() as usize], drawn[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    Some(Interval {
        low: at(0.025),
        high: at(0.975),
    })
}
