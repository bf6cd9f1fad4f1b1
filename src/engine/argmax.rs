//! From logits to the next token.

use std::borrow::Cow;

use rayon::prelude::*;

use super::draw::{Draw, draw};

/// Candidates kept per step.
pub(crate) const TOP: usize = 5;

/// The logit rows of one answer, and how they become one.
#[derive(Debug, Clone)]
pub(crate) struct Group<'a> {
    /// Rows among those that emit.
    pub rows: std::ops::Range<usize>,
    pub fuse: Fuse<'a>,
}

/// How several rows of logits become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fuse<'a> {
    /// Mean of the logits; of one row, the row itself.
    Mean,
    /// Largest of the probabilities.
    Max,
    /// Mean of the probabilities.
    MeanProbability,
    /// Sum of the logits times these weights, which sum to 1.
    Weighted(&'a [f32]),
    /// A token is drawn from the one row, which other groups may draw from too.
    Drawn(Draw),
}

/// The best tokens of one step, best first; of equals the lowest id first. Where one is drawn, that one alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TopTokens {
    /// `(id, logit)`, where probabilities are fused `(id, probability)`.
    pub top: Vec<(u32, f32)>,
    /// Of the same tokens.
    pub probabilities: Vec<f32>,
}

impl Group<'_> {
    /// One row alone.
    pub fn of_row(row: usize) -> Self {
        Group {
            rows: row..row + 1,
            fuse: Fuse::Mean,
        }
    }

    /// Whether what is chosen from is a sum of its rows of logits.
    pub fn is_sum(&self) -> bool {
        matches!(self.fuse, Fuse::Mean | Fuse::Weighted(_))
    }

    /// Whether both draw from the same numbers.
    fn draws_like(&self, other: &Group<'_>) -> bool {
        match (self.fuse, other.fuse) {
            (Fuse::Drawn(a), Fuse::Drawn(b)) => self.rows == other.rows && a.is_like(&b),
            _ => false,
        }
    }
}

/// One choice per group of rows of logits `[rows, vocabulary]`; `None` where a logit of the group is not finite.
pub(crate) fn choose(
    logits: &[f32],
    vocabulary: usize,
    groups: &[Group<'_>],
) -> Vec<Option<TopTokens>> {
    groups
        .par_chunk_by(|a, b| a.draws_like(b))
        .flat_map_iter(|alike| {
            let Group { rows, fuse } = &alike[0];
            let logits = &logits[rows.start * vocabulary..rows.end * vocabulary];
            let Fuse::Drawn(of) = fuse else {
                return vec![argmax(logits, vocabulary, *fuse)];
            };
            let key = |group: &Group<'_>| match group.fuse {
                Fuse::Drawn(draw) => Some(draw.key),
                _ => None,
            };
            let keys: Vec<u64> = alike.iter().filter_map(key).collect();
            match draw(logits, of.temperature, of.top_p, &keys) {
                Some(drawn) => drawn.into_iter().map(Some).collect(),
                None => vec![None; alike.len()],
            }
        })
        .collect()
}

/// Chooses from rows of logits `[rows, vocabulary]`; `None` where one is not finite.
fn argmax(logits: &[f32], vocabulary: usize, fuse: Fuse<'_>) -> Option<TopTokens> {
    if !all_finite(logits) {
        return None;
    }
    let rows = logits.chunks_exact(vocabulary);
    Some(match fuse {
        Fuse::Drawn(of) => return draw(logits, of.temperature, of.top_p, &[of.key])?.pop(),
        Fuse::Mean | Fuse::Weighted(_) => from_logits(&summed(logits, vocabulary, fuse)),
        Fuse::Max => from_probabilities(rows, vocabulary, f32::max),
        Fuse::MeanProbability => {
            let share = 1.0 / rows.len() as f32;
            from_probabilities(rows, vocabulary, |sum, probability| {
                sum + probability * share
            })
        }
    })
}

/// ln p of some tokens after fusing rows of logits `[rows, vocabulary]`; `None` where one is not finite.
pub(crate) fn among(
    logits: &[f32],
    vocabulary: usize,
    fuse: Fuse<'_>,
    tokens: &[u32],
) -> Option<Vec<f32>> {
    if !all_finite(logits) {
        return None;
    }
    let of_row = |row: &[f32]| -> Vec<f32> {
        let (max, log_sum) = log_sum(row);
        let ln_p = |&token: &u32| row[token as usize] - max - log_sum;
        tokens.iter().map(ln_p).collect()
    };
    if matches!(fuse, Fuse::Mean | Fuse::Weighted(_)) {
        return Some(of_row(&summed(logits, vocabulary, fuse)));
    }
    let rows: Vec<Vec<f32>> = logits.chunks_exact(vocabulary).map(of_row).collect();
    let fused = |token: usize| {
        let max = rows
            .iter()
            .map(|row| row[token])
            .fold(f32::NEG_INFINITY, f32::max);
        match fuse {
            Fuse::Max => max,
            _ => {
                let sum: f32 = rows.iter().map(|row| (row[token] - max).exp()).sum();
                max + (sum / rows.len() as f32).ln()
            }
        }
    };
    Some((0..tokens.len()).map(fused).collect())
}

/// The mean of rows `[rows, width]`, or their weighted sum.
pub(crate) fn summed<'a>(all: &'a [f32], width: usize, fuse: Fuse<'_>) -> Cow<'a, [f32]> {
    let rows = all.chunks_exact(width);
    let mut sum = vec![0.0; width];
    match fuse {
        Fuse::Weighted(weights) => {
            for (row, weight) in rows.zip(weights) {
                accumulate(&mut sum, row, *weight);
            }
        }
        _ if rows.len() == 1 => return Cow::Borrowed(all),
        _ => {
            let share = 1.0 / rows.len() as f32;
            rows.for_each(|row| accumulate(&mut sum, row, 1.0));
            sum.iter_mut().for_each(|value| *value *= share);
        }
    }
    Cow::Owned(sum)
}

/// Whether no value is NaN or infinite. Without an early exit, so that it runs on whole vectors.
pub(crate) fn all_finite(values: &[f32]) -> bool {
    let magnitude = |value: &f32| value.abs().to_bits();
    values.iter().map(magnitude).fold(0, u32::max) < f32::INFINITY.to_bits()
}

/// Folds the rows' probabilities, from 0 on.
fn from_probabilities<'a>(
    rows: impl Iterator<Item = &'a [f32]>,
    vocabulary: usize,
    fold: impl Fn(f32, f32) -> f32,
) -> TopTokens {
    let mut fused = vec![0.0f32; vocabulary];
    for row in rows {
        let (max, log_sum) = log_sum(row);
        for (fused, logit) in fused.iter_mut().zip(row) {
            *fused = fold(*fused, (logit - max - log_sum).exp());
        }
    }
    let top = best(&fused);
    TopTokens {
        probabilities: top.iter().map(|(_, probability)| *probability).collect(),
        top,
    }
}

fn accumulate(sum: &mut [f32], row: &[f32], weight: f32) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += value * weight;
    }
}

fn from_logits(logits: &[f32]) -> TopTokens {
    let (max, log_sum) = log_sum(logits);
    let top = best(logits);
    TopTokens {
        probabilities: top
            .iter()
            .map(|(_, logit)| (logit - max - log_sum).exp())
            .collect(),
        top,
    }
}

/// The largest logit, and ln Σ e^(logit − largest).
pub(super) fn log_sum(logits: &[f32]) -> (f32, f32) {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - max).exp()).sum();
    (max, sum.ln())
}

/// The [`TOP`] largest values with their ids; the order of ids decides between equals.
fn best(values: &[f32]) -> Vec<(u32, f32)> {
    let mut top: Vec<(u32, f32)> = Vec::with_capacity(TOP + 1);
    for (id, &value) in (0u32..).zip(values) {
        if top.len() == TOP && value <= top[TOP - 1].1 {
            continue;
        }
        let at = top.partition_point(|&(_, other)| other >= value);
        top.insert(at, (id, value));
        top.truncate(TOP);
    }
    top
}
