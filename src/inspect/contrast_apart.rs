//! Why one answer and not another, of methods without a mask: each prompt by itself, and what they make together.

use super::apart::Apart;
use super::contrast::parting;
use super::look::LookError;
use crate::engine::{Cancel, Engine, Method, Mix, Reads};

/// Two answers behind every prompt, both teacher-forced. Differences are ln p of the first less ln p of the second, in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct ContrastApart {
    /// Tokens of both.
    pub answers: [Vec<u32>; 2],
    /// How many tokens both begin with: where they part.
    pub part: usize,
    /// ln p of the tokens of either answer, `[prompts][answer][tokens]`.
    pub ln_p: Vec<[Vec<f64>; 2]>,
    /// What the method makes of all prompts at the token where the answers part; `None` where each prompt has an answer of
    /// its own.
    pub together: Option<f64>,
}

impl ContrastApart {
    /// Compares two answers to what was looked at.
    ///
    /// # Errors
    /// [`LookError::Alike`] where one answer begins with the other; [`crate::engine::EngineError::Cancelled`], or a failing
    /// device.
    pub fn compute(
        engine: &mut Engine,
        (method, apart): (Method, &Apart),
        answers: [&[u32]; 2],
        cancel: &Cancel,
    ) -> Result<Self, LookError> {
        let part = parting(answers).ok_or(LookError::Alike)?;
        let layouts: Vec<_> = (apart.prompts.iter())
            .map(|prompt| prompt.attention.layout())
            .collect();
        let one = engine.forced(&layouts, answers[0], cancel)?;
        let other = engine.forced(&layouts, answers[1], cancel)?;
        let ln_p: Vec<[Vec<f64>; 2]> = one.into_iter().zip(other).map(Into::into).collect();
        let weights = || apart.prompts.iter().map(|prompt| prompt.weight);
        let at = |side: usize| ln_p.iter().map(move |of| of[side][part]);
        // Averaged logits: what a prompt's probabilities are divided by is in both.
        let mean = || (weights().zip(at(0).zip(at(1)))).map(|(weight, (a, b))| weight * (a - b));
        let share = |side| (weights().zip(at(side))).map(|(weight, ln_p)| weight * ln_p.exp());
        let most = |side| at(side).fold(f64::NEG_INFINITY, f64::max);
        let together = match method.mix() {
            Mix::Mean | Mix::Weighted | Mix::MostConfident => mean().sum(),
            Mix::Probabilities => share(0).sum::<f64>().ln() - share(1).sum::<f64>().ln(),
            Mix::Max => most(0) - most(1),
        };
        Ok(ContrastApart {
            answers: answers.map(<[u32]>::to_vec),
            part,
            together: (method.reads() != Reads::Each).then_some(together),
            ln_p,
        })
    }

    /// What a prompt says where the answers part.
    pub fn first(&self, prompt: usize) -> f64 {
        let [one, other] = &self.ln_p[prompt];
        one[self.part] - other[self.part]
    }

    /// What a prompt says of the whole answers.
    pub fn whole(&self, prompt: usize) -> f64 {
        let [one, other] = &self.ln_p[prompt];
        one.iter().sum::<f64>() - other.iter().sum::<f64>()
    }
}
