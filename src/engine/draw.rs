//! Drawing a token from a row of logits, on every device from the same numbers.
//!
//! ```text
//! key of a draw, id of a token ─► hash ─► E, exponentially distributed ─► the token with the largest p / E
//! ```
//!
//! In this race a token of probability p comes first with probability p, exactly (the Gumbel-max trick, as a race of
//! exponentials). So a draw is one pass that looks for a largest number, as finding the best token is, and no row leaves
//! its device. What is drawn depends on the key and the logits alone: not on threads, batch or what else is drawn.

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::argmax::{TopTokens, all_finite, log_sum};

/// Answers that are drawn beside the one of best tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draws {
    /// How many of each prompt.
    pub samples: usize,
    pub seed: u64,
    /// Divides the logits.
    pub temperature: f32,
    /// Tokens are drawn from the most probable ones whose probabilities sum to this; from all at 1.
    pub top_p: f32,
}

/// One draw from one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Draw {
    pub key: u64,
    pub temperature: f32,
    pub top_p: f32,
}

impl Draw {
    /// Whether both draw from the same numbers where they draw from one row.
    pub fn is_like(&self, other: &Draw) -> bool {
        (self.temperature, self.top_p) == (other.temperature, other.top_p)
    }
}

impl Draws {
    /// The key of each sample's draws from behind a prompt: of the prompt's tokens and the seed, so that the same prompt
    /// gives the same samples wherever it stands.
    pub(super) fn keys(&self, tokens: &[u32]) -> Vec<u64> {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        for token in tokens {
            hash.update(token.to_le_bytes());
        }
        let digest = hash.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        let prompt = u64::from_le_bytes(first);
        let samples = 0..self.samples as u64;
        samples.map(|sample| mixed(prompt, sample)).collect()
    }

    /// The draw of a sample's next token.
    pub(super) fn draw(&self, sample: u64, step: usize) -> Draw {
        Draw {
            key: mixed(sample, step as u64),
            temperature: self.temperature,
            top_p: self.top_p,
        }
    }
}

/// Number `counter` of SplitMix64 from `key` on: `mixed` in `argmax.cu`.
///
/// G. L. Steele, D. Lea, C. H. Flood, *Fast splittable pseudorandom number generators* (OOPSLA 2014).
fn mixed(key: u64, counter: u64) -> u64 {
    let mut z = key.wrapping_add(counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Uniform above 0 and below 1, fine where it is small: those numbers win races.
fn uniform(key: u64, token: u64) -> f32 {
    const STEP: f32 = 1.0 / (1u64 << 32) as f32;
    const MOST: f32 = 1.0 - f32::EPSILON / 2.0;
    (((mixed(key, token) >> 32) as f32 + 0.5) * STEP).min(MOST)
}

/// Draws one token per key from a row of logits; `None` where one of these is not finite.
///
/// [`TopTokens`] then holds the token that was drawn, with its logit and probability as the model gave them, whatever the
/// temperature.
pub(crate) fn draw(
    logits: &[f32],
    temperature: f32,
    top_p: f32,
    keys: &[u64],
) -> Option<Vec<TopTokens>> {
    if !all_finite(logits) {
        return None;
    }
    let (largest, log_sum) = log_sum(logits);
    let odds = odds(logits, largest, temperature, top_p);
    let one = |&key: &u64| {
        let id = first(&odds, key);
        let logit = logits[id];
        TopTokens {
            top: vec![(id as u32, logit)],
            probabilities: vec![(logit - largest - log_sum).exp()],
        }
    };
    Some(keys.par_iter().map(one).collect())
}

/// Up to a factor the probability with which each token is drawn.
fn odds(logits: &[f32], largest: f32, temperature: f32, top_p: f32) -> Vec<f32> {
    let mut odds: Vec<f32> = logits
        .iter()
        .map(|logit| ((logit - largest) / temperature).exp())
        .collect();
    if top_p < 1.0 {
        let least = nucleus(&odds, top_p);
        odds.iter_mut()
            .filter(|odds| **odds < least)
            .for_each(|odds| *odds = 0.0);
    }
    odds
}

/// The least odds among the largest that make up a share `top_p` of all; equal ones are in together.
///
/// A. Holtzman et al., *The curious case of neural text degeneration* (arXiv 1904.09751).
fn nucleus(odds: &[f32], top_p: f32) -> f32 {
    let mut sorted = odds.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let all: f64 = sorted.iter().map(|odds| f64::from(*odds)).sum();
    let mut sum = 0.0;
    let reaches = |odds: &f32| {
        sum += f64::from(*odds);
        sum >= f64::from(top_p) * all
    };
    sorted.into_iter().find(reaches).unwrap_or(0.0)
}

/// The token that comes first in the race.
fn first(odds: &[f32], key: u64) -> usize {
    let (mut best, mut speed) = (0, 0.0);
    for (id, odds) in odds.iter().enumerate() {
        let uniform = uniform(key, id as u64);
        // E = −ln(1 − u) ≥ u: most tokens are too slow whatever the logarithm says.
        if *odds > speed * uniform {
            let this = odds / -(-uniform).ln_1p();
            if this > speed {
                (best, speed) = (id, this);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 50_000;

    fn drawn(logits: &[f32], temperature: f32, top_p: f32) -> Vec<f64> {
        let draws = Draws {
            samples: DRAWS,
            seed: 7,
            temperature,
            top_p,
        };
        let keys = draws.keys(&[1, 2, 3]);
        let steps: Vec<u64> = keys.iter().map(|key| draws.draw(*key, 0).key).collect();
        let tokens = draw(logits, temperature, top_p, &steps).expect("all are finite");
        let mut counts = vec![0.0; logits.len()];
        for token in tokens {
            counts[token.top[0].0 as usize] += 1.0 / DRAWS as f64;
        }
        counts
    }

    /// Within three standard errors; the seed is fixed.
    fn agree(counts: &[f64], wanted: &[f64]) {
        for (id, (count, wanted)) in counts.iter().zip(wanted).enumerate() {
            let error = (wanted * (1.0 - wanted) / DRAWS as f64).sqrt();
            assert!(
                (count - wanted).abs() <= 3.0 * error,
                "token {id}: drawn {count}, probability {wanted}"
            );
        }
    }

    fn softmax(logits: &[f32], temperature: f64) -> Vec<f64> {
        let powers: Vec<f64> = logits
            .iter()
            .map(|logit| (f64::from(*logit) / temperature).exp())
            .collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }

    const LOGITS: [f32; 9] = [2.0, -1.0, 0.5, 0.5, 3.25, -6.0, 1.0, 0.0, 2.0];

    #[test]
    fn tokens_come_as_often_as_they_are_probable() {
        for temperature in [0.5, 1.0, 1.5] {
            let counts = drawn(&LOGITS, temperature, 1.0);
            agree(&counts, &softmax(&LOGITS, f64::from(temperature)));
        }
    }

    /// At temperature 1 the probabilities are .538, .154 twice, .057, …: 0.9 takes in the first four, 0.6 the equal ones
    /// together.
    #[test]
    fn a_nucleus_leaves_out_what_is_improbable() {
        let all = softmax(&LOGITS, 1.0);
        for (top_p, kept) in [(0.9, &[4, 0, 8, 6][..]), (0.6, &[4, 0, 8])] {
            let sum: f64 = kept.iter().map(|id| all[*id]).sum();
            let mut wanted = vec![0.0; LOGITS.len()];
            kept.iter().for_each(|id| wanted[*id] = all[*id] / sum);
            let counts = drawn(&LOGITS, 1.0, top_p);
            agree(&counts, &wanted);
            for (id, count) in counts.iter().enumerate() {
                assert!(kept.contains(&id) || *count == 0.0, "token {id}, {top_p}");
            }
        }
        // So little that the best token alone makes it up.
        let counts = drawn(&LOGITS, 1.0, 0.01);
        assert!((0..LOGITS.len()).all(|id| (id == 4) == (counts[id] > 0.0)));
    }

    #[test]
    fn many_improbable_tokens_make_up_their_share() {
        let mut logits = vec![-7.0; 2_000];
        logits[17] = 1.0;
        let counts = drawn(&logits, 1.0, 1.0);
        let wanted = softmax(&logits, 1.0);
        agree(&counts[17..18], &wanted[17..18]);
        // Halves of the vocabulary too.
        let half = |of: &[f64]| of[1_000..].iter().sum::<f64>();
        agree(&[half(&counts)], &[half(&wanted)]);
    }

    #[test]
    fn a_draw_says_what_the_model_said() {
        let of = draw(&LOGITS, 1.5, 0.9, &[3]).expect("all are finite");
        let (id, logit) = of[0].top[0];
        assert_eq!(logit, LOGITS[id as usize]);
        let p = softmax(&LOGITS, 1.0)[id as usize];
        assert!((f64::from(of[0].probabilities[0]) - p).abs() < 1e-6);
        assert!(draw(&[0.0, f32::NAN], 1.0, 1.0, &[3]).is_none());
    }

    #[test]
    fn keys_follow_from_prompt_seed_and_sample() {
        let draws = |seed| Draws {
            samples: 3,
            seed,
            temperature: 1.0,
            top_p: 1.0,
        };
        let keys = draws(1).keys(&[5, 6]);
        assert_eq!(keys, draws(1).keys(&[5, 6]));
        for other in [draws(2).keys(&[5, 6]), draws(1).keys(&[6, 5])] {
            assert!(keys.iter().all(|key| !other.contains(key)));
        }
        // Of more samples the first are the same.
        let more = Draws {
            samples: 5,
            ..draws(1)
        };
        assert_eq!(more.keys(&[5, 6])[..3], keys);
        // The first two numbers of SplitMix64 from 1234567 on, by its published code.
        assert_eq!(mixed(1_234_567, 0), 6_457_827_717_110_365_317);
        assert_eq!(mixed(1_234_567, 1), 3_203_168_211_198_807_973);
    }
}
