//! What both engine paths do, so that one decoding loop drives either.

use super::argmax::{Group, TopTokens};
use super::blend::Blending;
use super::cancel::Cancel;
use super::error::EngineError;
use super::event::Reading;
use super::observed::Observed;
use crate::layout::Layout;

/// Handle of a sequence that a runner holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SequenceId(pub usize);

/// Reads prompts, takes tokens, gives logits.
pub(crate) trait Runner: Send {
    /// Reads prompts. Afterwards the logits of each one's last row stand ready, in order. Either all are read or,
    /// with an error, none is kept. The groups of `blending` are of prompts, whose last rows are mixed. `progress` hears how far it is: before the first token and whenever some have been
    /// computed.
    fn prefill(
        &mut self,
        prompts: &[&Layout],
        blending: Option<&Blending>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Reading),
    ) -> Result<Vec<SequenceId>, EngineError>;

    /// Adds one generated token to each sequence. Afterwards their logits stand ready, in order. The groups of `blending`
    /// are of these tokens; sequences that were read with one are stepped with one.
    fn decode_step(
        &mut self,
        tokens: &[(SequenceId, u32)],
        blending: Option<&Blending>,
    ) -> Result<(), EngineError>;

    /// The logits that stand ready, `[rows, vocabulary]`.
    fn logits(&mut self) -> Result<Vec<f32>, EngineError>;

    /// One choice per group of the rows that stand ready; `None` where a logit of the group is not finite.
    fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError>;

    /// ln p of each of the answer's tokens after each of the prompts, as if it had been generated there,
    /// `[prompts][tokens]`. Keeps nothing of it; no logits stand ready afterwards.
    fn forced(
        &mut self,
        prompts: &[&Layout],
        answer: &[u32],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f64>>, EngineError>;

    /// Reads a prompt whose questions are all visible and the answer to it once more, and says what that leaves behind:
    /// the steps are the last prompt row and each generated token's. Keeps nothing of it; no logits stand ready
    /// afterwards.
    fn observe(
        &mut self,
        layout: &Layout,
        generated: &[u32],
        cancel: &Cancel,
    ) -> Result<Observed, EngineError>;

    /// Logits `[rows, vocabulary]` of rows of the residual stream `[rows, hidden]`, through final norm and output matrix.
    /// No logits stand ready afterwards.
    fn read_out(&mut self, residual: &[f32]) -> Result<Vec<f32>, EngineError>;

    /// Another sequence that has read and generated the same and goes on by itself. It needs the one that it is of: that
    /// is let go of no earlier.
    fn fork(&mut self, sequence: SequenceId) -> SequenceId;

    /// Lets go of a finished sequence.
    fn release(&mut self, sequence: SequenceId);
}
