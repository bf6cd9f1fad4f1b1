//! What an engine says about an answer that it has given: everything here is computed when somebody asks.

use super::cancel::Cancel;
use super::engine::Engine;
use super::error::EngineError;
use super::observed::Observed;
use crate::layout::Layout;

impl Engine {
    /// Queries, keys and the residual stream of a prompt with all its questions and of generated tokens after it. The
    /// last token of an answer need not be among them: no later one reads it.
    ///
    /// # Errors
    /// [`EngineError::TooMuchToObserve`], [`EngineError::Cancelled`], or a failing device.
    pub fn observe(
        &mut self,
        layout: &Layout,
        generated: &[u32],
        cancel: &Cancel,
    ) -> Result<Observed, EngineError> {
        self.runner().observe(layout, generated, cancel)
    }

    /// Logits `[rows, vocabulary]` of rows of the residual stream `[rows, hidden]`, through final norm and output matrix.
    ///
    /// # Errors
    /// A failing device.
    pub fn read_out(&mut self, residual: &[f32]) -> Result<Vec<f32>, EngineError> {
        self.runner().read_out(residual)
    }

    /// ln p of each of the answer's tokens after each of the prompts, as if it had been generated there: `[prompts][tokens]`.
    /// All prompts are read at once; what they have in common is computed once.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`], or a failing device.
    pub fn forced(
        &mut self,
        prompts: &[&Layout],
        answer: &[u32],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f64>>, EngineError> {
        self.runner().forced(prompts, answer, cancel)
    }

    /// Logits after each of the prompts, from which the first token of its answer is chosen: `[prompts][vocabulary]`. All
    /// prompts are read at once; what they have in common is computed once.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`], or a failing device.
    pub fn first_logits(
        &mut self,
        prompts: &[&Layout],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let vocabulary = self.vocabulary();
        let runner = self.runner();
        let sequences = runner.prefill(prompts, None, cancel, &mut |_| ())?;
        let logits = runner.logits();
        for sequence in sequences {
            runner.release(sequence);
        }
        Ok(logits?
            .chunks_exact(vocabulary)
            .map(<[f32]>::to_vec)
            .collect())
    }

    /// Tokens of an answer without the one that ended it, where one did.
    pub fn without_end<'a>(&self, generated: &'a [u32]) -> &'a [u32] {
        match generated {
            [said @ .., last] if self.ends(said.len(), *last) => said,
            all => all,
        }
    }
}

/// ln of a token's share in the softmax of `logits`, summed in f64.
pub fn log_probability(logits: &[f32], token: u32) -> f64 {
    f64::from(logits[token as usize]) - log_sum(logits)
}

/// ln Σ e^logit, summed in f64.
pub fn log_sum(logits: &[f32]) -> f64 {
    let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits
        .iter()
        .map(|&logit| (f64::from(logit) - largest).exp())
        .sum();
    largest + sum.ln()
}
