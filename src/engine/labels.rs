//! Answers that are one of some labels: the next token decides.
//!
//! As lm-evaluation-harness does it for `A`, `B`, `C`, …: of the label's tokens behind the cue, with the space in front of
//! it where that makes one token, the likeliest wins.

use super::argmax::TopTokens;
use crate::prompt::{Encode, Frame};

/// The first token of each label where it stands as an answer behind the cue; without the space in front of it where the
/// tokenizer gives that a token of its own, so that the labels begin alike.
///
/// # Errors
/// The first two labels that begin alike either way.
pub fn label_tokens(
    tokenizer: &(impl Encode + ?Sized),
    frame: &Frame,
    labels: &[String],
) -> Result<Vec<u32>, (String, String)> {
    let first = |tokens: Vec<u32>| tokens.first().copied();
    let behind = labels
        .iter()
        .map(|label| first(frame.answer(tokenizer, label)));
    let behind: Vec<Option<u32>> = behind.collect();
    if let (None, Some(tokens)) = (alike(&behind), behind.into_iter().collect()) {
        return Ok(tokens);
    }
    let alone: Vec<Option<u32>> = (labels.iter())
        .map(|label| first(tokenizer.encode(label)))
        .collect();
    match (alike(&alone), alone.into_iter().collect()) {
        (None, Some(tokens)) => Ok(tokens),
        (pair, _) => {
            let (a, b) = pair.unwrap_or_default();
            let label = |at: usize| labels.get(at).cloned().unwrap_or_default();
            Err((label(a), label(b)))
        }
    }
}

/// The first two that are equal.
fn alike(tokens: &[Option<u32>]) -> Option<(usize, usize)> {
    let later = |(at, token): (usize, &Option<u32>)| {
        let first = tokens[..at].iter().position(|other| other == token)?;
        Some((first, at))
    };
    tokens.iter().enumerate().find_map(later)
}

/// What one step says about labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    /// Probability of each label's token among all tokens.
    pub probabilities: Vec<f32>,
    /// The labels' tokens, the likeliest first, of equals the first label; with their shares, which sum to 1.
    pub top: TopTokens,
}

impl Chosen {
    /// From ln p of the labels' tokens.
    pub fn of(tokens: &[u32], ln_p: &[f32]) -> Self {
        let best = ln_p.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let above: Vec<f32> = ln_p.iter().map(|ln_p| (ln_p - best).exp()).collect();
        let sum: f32 = above.iter().sum();
        let mut top: Vec<(u32, f32)> = tokens
            .iter()
            .zip(&above)
            .map(|(&token, above)| (token, above / sum))
            .collect();
        // Stable: of equals the first label stays first.
        top.sort_by(|a, b| b.1.total_cmp(&a.1));
        Chosen {
            probabilities: ln_p.iter().map(|ln_p| ln_p.exp()).collect(),
            top: TopTokens {
                probabilities: top.iter().map(|(_, share)| *share).collect(),
                top,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_hold_where_probabilities_vanish() {
        let chosen = Chosen::of(&[7, 8, 9], &[-200.0, -201.0, -200.0]);
        assert_eq!(chosen.probabilities, [0.0; 3]);
        let e = (-1.0f32).exp();
        let wanted = [
            (7, 1.0 / (2.0 + e)),
            (9, 1.0 / (2.0 + e)),
            (8, e / (2.0 + e)),
        ];
        for ((token, share), (id, is)) in wanted.iter().zip(&chosen.top.top) {
            assert_eq!(token, id);
            assert!((share - is).abs() < 1e-6, "{share} {is}");
        }
    }
}
