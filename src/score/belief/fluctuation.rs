//! The accuracies that a random choice of templates gives.

use super::Verdicts;

/// Accuracy where one template per relation is drawn uniformly and independently.
///
/// Its whole distribution is the convolution of the relations': no draws are needed, and no error of sampling is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Fluctuation {
    /// Mean accuracy.
    pub mean: f64,
    /// √(Σ_r Var_t a_r(t)) / |F|, with the variance over all templates of r.
    pub sd: f64,
    /// The worst and the best template of every relation.
    pub low: f64,
    pub high: f64,
    /// Probability that exactly so many facts are right, 0 to |F|.
    pub distribution: Vec<f64>,
}

impl Fluctuation {
    /// `None` without facts.
    pub fn of(relations: &[Verdicts]) -> Option<Self> {
        let facts: usize = relations.iter().map(Verdicts::facts).sum();
        if facts == 0 {
            return None;
        }
        let all = facts as f64;
        let (mut mean, mut variance, mut low, mut high) = (0.0, 0.0, 0, 0);
        let mut distribution = vec![1.0];
        for relation in relations {
            let counts = relation.counts();
            let templates = counts.len() as f64;
            let of_relation = counts.iter().sum::<usize>() as f64 / templates;
            let squares = counts.iter().map(|&a| (a as f64 - of_relation).powi(2));
            mean += of_relation;
            variance += squares.sum::<f64>() / templates;
            low += counts.iter().min().copied().unwrap_or_default();
            high += counts.iter().max().copied().unwrap_or_default();
            distribution = convolved(&distribution, &counts, relation.facts());
        }
        Some(Fluctuation {
            mean: mean / all,
            sd: variance.sqrt() / all,
            low: low as f64 / all,
            high: high as f64 / all,
            distribution,
        })
    }

    /// How many facts there are.
    pub fn facts(&self) -> usize {
        self.distribution.len() - 1
    }

    /// The least accuracy that a choice stays at or below with this probability.
    pub fn quantile(&self, probability: f64) -> f64 {
        // Sums of many terms miss 1 by an ulp or two.
        let wanted = probability - 1e-12;
        let mut sum = 0.0;
        let reached = self.distribution.iter().position(|p| {
            sum += p;
            sum >= wanted
        });
        reached.unwrap_or(self.facts()) as f64 / self.facts() as f64
    }

    /// Probabilities of equal ranges of accuracy from `low` to `high`; all in the first one where those are the same.
    pub fn histogram(&self, ranges: usize) -> Vec<f64> {
        let facts = self.facts() as f64;
        let width = (self.high - self.low) / ranges as f64;
        let mut histogram = vec![0.0; ranges];
        for (right, p) in self.distribution.iter().enumerate() {
            let range = ((right as f64 / facts - self.low) / width) as usize;
            histogram[range.min(ranges - 1)] += p;
        }
        histogram
    }
}

/// The distribution of a sum: of what was there, and of a(t) with t uniform.
fn convolved(before: &[f64], counts: &[usize], facts: usize) -> Vec<f64> {
    let mut after = vec![0.0; before.len() + facts];
    let share = 1.0 / counts.len() as f64;
    for &count in counts {
        for (sum, p) in after[count..].iter_mut().zip(before) {
            *sum += p * share;
        }
    }
    after
}
