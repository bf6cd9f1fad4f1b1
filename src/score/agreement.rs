//! Several templates of one fact: how far they agree, and what they reach together.
//!
//! Predictions and verdicts come in template order, one per template. Facts without templates have no consistency
//! and no majority, and neither oracle counts them as right.

use std::{collections::HashMap, hash::Hash};

/// Share of template pairs with the same prediction: Σ m(m−1) / k(k−1), where each distinct prediction occurs m times
/// among k; `None` for fewer than two templates.
///
/// Elazar et al., *Measuring and Improving Consistency in Pretrained Language Models*, TACL 9 (2021), §4.
pub fn consistency<P: Eq + Hash>(predictions: &[P]) -> Option<f64> {
    let k = predictions.len();
    let same: usize = counts(predictions)
        .values()
        .map(|&(count, _)| count * (count - 1))
        .sum();
    (k >= 2).then(|| same as f64 / (k * (k - 1)) as f64)
}

/// Right with any template.
pub fn oracle_or(verdicts: &[bool]) -> bool {
    verdicts.contains(&true)
}

/// Right with every template, of which there is at least one.
pub fn oracle_and(verdicts: &[bool]) -> bool {
    !verdicts.is_empty() && !verdicts.contains(&false)
}

/// Index of the first template that gives the most frequent prediction; of equally frequent ones the one that occurs
/// earliest wins. `None` without templates.
pub fn majority<P: Eq + Hash>(predictions: &[P]) -> Option<usize> {
    let best = counts(predictions)
        .into_values()
        .max_by_key(|&(count, first)| (count, std::cmp::Reverse(first)));
    best.map(|(_, first)| first)
}

/// How often each distinct prediction occurs, and where first.
fn counts<P: Eq + Hash>(predictions: &[P]) -> HashMap<&P, (usize, usize)> {
    let mut counts = HashMap::new();
    for (at, prediction) in predictions.iter().enumerate() {
        counts.entry(prediction).or_insert((0, at)).0 += 1;
    }
    counts
}
