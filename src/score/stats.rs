//! How sure an accuracy is, and whether two runs differ.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The 0.975 quantile of the standard normal distribution: two-sided 95 %.
pub(super) const Z_95: f64 = 1.959_963_984_540_054;

/// How many sign flips [`paired_permutation`] draws.
pub const PERMUTATIONS: u32 = 10_000;

/// A closed interval of shares, both ends in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's 95 % score interval for `correct` of `n`; `None` where `n` is 0.
///
/// With p = correct / n and z = 1.96: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n). Unlike p ± z·√(p(1−p)/n) it
/// stays within 0..=1 and keeps its width at p = 0 and 1. Counts above `n` are taken as `n`.
///
/// E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22 (1927).
pub fn wilson_interval(correct: u64, n: u64) -> Option<Interval> {
    if n == 0 {
        return None;
    }
    Some(wilson(correct.min(n) as f64 / n as f64, n as f64))
}

/// The interval for a share `p` of `n`, which need not be whole.
fn wilson(p: f64, n: f64) -> Interval {
    let z2 = Z_95 * Z_95;
    let scale = 1.0 + z2 / n;
    let centre = (p + z2 / (2.0 * n)) / scale;
    let half = Z_95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / scale;
    // At the edges the formula gives 0 and 1 exactly; floating point may miss them by an ulp.
    let low = match p {
        0.0 => 0.0,
        _ => (centre - half).clamp(0.0, p),
    };
    let high = match p {
        1.0 => 1.0,
        _ => (centre + half).clamp(p, 1.0),
    };
    Interval { low, high }
}

/// Facts that were asked several times: sums over them of what the variance of their pooled share is made of, so that the
/// order in which they come does not matter. Of a fact: c right answers of n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clusters {
    pub facts: u64,
    /// Σ c².
    squares: u64,
    /// Σ c·n.
    products: u64,
    /// Σ n².
    sizes: u64,
}

impl Clusters {
    /// Adds a fact with so many right answers of so many.
    pub fn add(&mut self, correct: u64, n: u64) {
        self.facts += 1;
        self.squares += correct * correct;
        self.products += correct * n;
        self.sizes += n * n;
    }

    /// Adds facts of other relations or templates.
    pub fn merge(&mut self, other: &Clusters) {
        self.facts += other.facts;
        self.squares += other.squares;
        self.products += other.products;
        self.sizes += other.sizes;
    }

    /// The 95 % interval of the share of right answers, `correct` of `n`, where answers about one fact go together:
    /// Wilson's, with the number of independent answers that would vary as much in place of `n`; `None` where `n` is 0.
    ///
    /// Facts are what was drawn. The variance of the pooled share p over F facts is F/(F−1) · Σ(c − p·n)² / N² (a ratio
    /// of two means, W. G. Cochran, *Sampling Techniques*, 1977, §6.3); N₁ = p(1−p) / Var answers one by one vary as
    /// much (E. L. Korn, B. I. Graubard, *Confidence intervals for proportions with small expected number of positive
    /// counts*, Survey Methodology 24, 1998). N₁ is at most N, and F where all answers agree or there is one fact, since
    /// nothing then says how they vary.
    pub fn interval(&self, correct: u64, n: u64) -> Option<Interval> {
        // One answer a fact: nothing goes together.
        if self.facts >= n {
            return wilson_interval(correct, n);
        }
        let (facts, all) = (self.facts as f64, n as f64);
        let p = correct.min(n) as f64 / all;
        let spread =
            self.squares as f64 - 2.0 * p * self.products as f64 + p * p * self.sizes as f64;
        let variance = facts / (facts - 1.0) * spread / (all * all);
        let effective = match p * (1.0 - p) / variance {
            independent if independent.is_finite() && independent > 0.0 => independent.min(all),
            _ => facts,
        };
        Some(wilson(p, effective))
    }
}

/// McNemar's exact test: the two-sided p-value that two runs over the same facts are equally accurate.
///
/// Only facts on which the runs disagree count: `only_first` right in the first run alone, `only_second` in the second
/// alone. If neither run is better, each is a fair coin: p = min(1, 2·P(X ≤ min(b, c))), X ~ Binomial(b + c, ½). No
/// disagreement gives 1.
///
/// Q. McNemar, *Note on the sampling error of the difference between correlated proportions*, Psychometrika 12 (1947);
/// the exact form as in `scipy.stats.binomtest(b, b + c)`.
pub fn mcnemar_exact(only_first: u64, only_second: u64) -> f64 {
    // Half of what an odd number of coins can show is at most (n - 1) / 2: exactly 1, whatever a sum of many terms says.
    if only_first.abs_diff(only_second) <= 1 {
        return 1.0;
    }
    (2.0 * fair_coin_cdf(only_first.min(only_second), only_first + only_second)).min(1.0)
}

/// Probability of at most `k` heads in `n` tosses of a fair coin.
///
/// Each term is the one before times (n − i) / (i + 1), in logarithms: 2⁻ⁿ itself is below the least double from
/// n = 1,075 on.
fn fair_coin_cdf(k: u64, n: u64) -> f64 {
    let mut log_term = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for i in 0..=k.min(n) {
        sum += log_term.exp();
        log_term += ((n - i) as f64 / (i + 1) as f64).ln();
    }
    sum
}

/// Paired permutation test: the two-sided p-value that the mean of the per-fact `differences` is 0.
///
/// If the two runs were exchangeable, each difference could as well have the other sign. Of [`PERMUTATIONS`] random
/// sign vectors, k reach |Σ d| or more; p = (k + 1) / (draws + 1), the observed signs counting as one draw, so that p is
/// never 0. The same `seed` gives the same p on every machine. No differences give 1.
///
/// R. A. Fisher, *The Design of Experiments* (1935), §21; the + 1: B. Phipson, G. K. Smyth, *Permutation P-values should
/// never be zero*, Stat. Appl. Genet. Mol. Biol. 9 (2010).
pub fn paired_permutation(differences: &[f64], seed: u64) -> f64 {
    // A zero keeps its value under either sign.
    let differences: Vec<f64> = differences.iter().copied().filter(|&d| d != 0.0).collect();
    let observed = differences.iter().sum::<f64>().abs();
    // Sums that are equal on paper differ by rounding with the order of signs; they must still count as reached.
    let tolerance = differences.iter().map(|d| d.abs()).sum::<f64>() * 1e-12;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let reached = (0..PERMUTATIONS)
        .filter(|_| flipped_sum(&differences, &mut rng).abs() >= observed - tolerance)
        .count();
    (reached as f64 + 1.0) / (f64::from(PERMUTATIONS) + 1.0)
}

/// Σ ±d with independent fair signs, 64 of them from each random word.
fn flipped_sum(differences: &[f64], rng: &mut ChaCha8Rng) -> f64 {
    let mut sum = 0.0;
    for chunk in differences.chunks(64) {
        let mut signs = rng.next_u64();
        for &d in chunk {
            // The low bit becomes the sign bit: a branch here would be mispredicted half the time.
            sum += f64::from_bits(d.to_bits() ^ (signs << 63));
            signs >>= 1;
        }
    }
    sum
}
