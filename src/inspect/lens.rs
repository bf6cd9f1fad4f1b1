//! What the model would say after each layer.

use super::attention::Attention;
use crate::engine::{Engine, EngineError, log_probability, log_sum};

/// What stands in the residual stream after one layer, read through final norm and output matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// Per token that was asked for.
    pub tokens: Vec<Seen>,
    /// The best token; of equals the lowest id.
    pub best: u32,
    /// Of the whole distribution, in nats.
    pub entropy: f64,
}

/// How far up a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    pub log_probability: f64,
    /// Counted from 1.
    pub rank: usize,
}

/// What the row that emits a token of the answer shows of some tokens, per layer.
///
/// # Errors
/// A failing device.
pub fn lens(
    engine: &mut Engine,
    attention: &Attention,
    step: usize,
    tokens: &[u32],
) -> Result<Vec<Sight>, EngineError> {
    let logits = engine.read_out(&attention.observed().residuals(step))?;
    let rows = logits.chunks_exact(attention.shape().vocabulary);
    Ok(rows.map(|row| sight(row, tokens)).collect())
}

/// The layer from which on a token, by its place in [`Sight::tokens`], stays the best to the end; `None` where it is not
/// the best in the end.
pub fn settled(lens: &[Sight], token: usize) -> Option<usize> {
    let is_behind = |sight: &Sight| sight.tokens[token].rank > 1;
    let from = lens.iter().rposition(is_behind).map_or(0, |last| last + 1);
    (from < lens.len()).then_some(from)
}

fn sight(logits: &[f32], tokens: &[u32]) -> Sight {
    let seen = |&token: &u32| {
        let logit = logits[token as usize];
        let above = logits.iter().filter(|other| **other > logit).count();
        Seen {
            log_probability: log_probability(logits, token),
            rank: above + 1,
        }
    };
    let mut best = 0;
    for (id, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = id;
        }
    }
    let sum = log_sum(logits);
    let nats = |&logit: &f32| {
        let ln_p = f64::from(logit) - sum;
        -ln_p.exp() * ln_p
    };
    Sight {
        tokens: tokens.iter().map(seen).collect(),
        best: best as u32,
        entropy: logits.iter().map(nats).sum(),
    }
}
