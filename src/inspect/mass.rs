//! How much a row reads of each part of the prompt.

use rayon::prelude::*;

use super::attention::{Attention, Heads};
use crate::engine::{Cancel, EngineError, Shape};
use crate::layout::{Layout, Role};

/// The attention of one row, summed over the parts of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Mass {
    /// Questions 0 … N − 1, what stands in front (*shared*, *context*), the rest. They sum to 1 where the row reads
    /// anything, less what a sink takes.
    pub parts: Vec<f32>,
    /// −Σ a ln a, in nats.
    pub entropy: f32,
}

impl Mass {
    /// Of the row that emits a token of the answer, in one layer and head.
    pub fn of(attention: &Attention, step: usize, layer: usize, head: usize) -> Self {
        let mut weights = Vec::new();
        let row = attention.emitting(step);
        attention.weights(layer, head, row, &mut weights);
        let layout = attention.layout();
        let mut parts = vec![0.0f64; parts(layout)];
        let mut entropy = 0.0f64;
        for (key, &weight) in layout.visible(row).keys().zip(&weights) {
            let weight = f64::from(weight);
            parts[part(layout, key)] += weight;
            if weight > 0.0 {
                entropy -= weight * weight.ln();
            }
        }
        Mass {
            parts: parts.into_iter().map(|part| part as f32).collect(),
            entropy: entropy as f32,
        }
    }

    /// `[step][layer][head]`
    pub fn of_all(attention: &Attention) -> Vec<Vec<Vec<Self>>> {
        let Shape { layers, heads, .. } = attention.shape();
        let heads_of = |step, layer| {
            let of = |head| Mass::of(attention, step, layer, head);
            (0..heads).map(of).collect()
        };
        (0..attention.steps())
            .into_par_iter()
            .map(|step| (0..layers).map(|layer| heads_of(step, layer)).collect())
            .collect()
    }

    /// Mean over the chosen heads of `[layer][head]`.
    pub fn mean(of: &[Vec<Self>], chosen: Heads) -> Self {
        let is = |chosen: Option<usize>, at: usize| chosen.is_none_or(|chosen| chosen == at);
        let layers = (0..).zip(of).filter(|(at, _)| is(chosen.layer, *at));
        let heads = layers.flat_map(|(_, heads)| (0..).zip(heads));
        let all: Vec<&Mass> = heads
            .filter(|(at, _)| is(chosen.head, *at))
            .map(|(_, mass)| mass)
            .collect();
        let share = 1.0 / all.len().max(1) as f32;
        let parts = all.first().map_or(0, |mass| mass.parts.len());
        let sum = |part: usize| all.iter().map(|mass| mass.parts[part]).sum::<f32>();
        Mass {
            parts: (0..parts).map(|part| share * sum(part)).collect(),
            entropy: share * all.iter().map(|mass| mass.entropy).sum::<f32>(),
        }
    }
}

/// Number of parts: the questions, front, rest.
pub(super) fn parts(layout: &Layout) -> usize {
    layout.segments().len() + 2
}

/// The part that a key belongs to.
pub(super) fn part(layout: &Layout, key: usize) -> usize {
    let questions = layout.segments().len();
    match (
        layout.owner.get(key).copied().flatten(),
        layout.role.get(key),
    ) {
        (Some(owner), _) => owner as usize,
        (None, Some(Role::Shared | Role::Context)) => questions,
        _ => questions + 1,
    }
}

/// Mean over heads and over question i's rows of the attention on question j's keys, `[layer][i][j]`.
///
/// # Errors
/// [`EngineError::Cancelled`]
pub fn between(attention: &Attention, cancel: &Cancel) -> Result<Vec<Vec<Vec<f32>>>, EngineError> {
    let Shape { layers, heads, .. } = attention.shape();
    let layout = attention.layout();
    let count = layout.segments().len();
    let of_row = |layer: usize, row: usize, weights: &mut Vec<f32>| {
        let mut sums = vec![0.0f64; count];
        // Cancelled, the sums are thrown away.
        for head in (0..heads).take_while(|_| !cancel.is_cancelled()) {
            attention.weights(layer, head, row, weights);
            for (key, &weight) in layout.visible(row).keys().zip(weights.iter()) {
                if let Some(sum) = sums.get_mut(part(layout, key)) {
                    *sum += f64::from(weight);
                }
            }
        }
        sums
    };
    let of_question = |layer: usize, question: usize| {
        let rows = layout.segments()[question].clone();
        let cells = (rows.len() * heads).max(1) as f64;
        let sums = rows
            .into_par_iter()
            .map_init(Vec::new, |weights, row| of_row(layer, row, weights))
            .reduce(
                || vec![0.0; count],
                |a, b| a.iter().zip(b).map(|(a, b)| a + b).collect(),
            );
        sums.into_iter().map(|sum| (sum / cells) as f32).collect()
    };
    let all = (0..layers)
        .map(|layer| {
            (0..count)
                .map(|question| of_question(layer, question))
                .collect()
        })
        .collect();
    match cancel.is_cancelled() {
        true => Err(EngineError::Cancelled),
        false => Ok(all),
    }
}
