//! Answers that are drawn: a prompt is read once, and its samples share every row in which they agree.
//!
//! ```text
//! prompt ─┬─ " Paris" (87 samples) ─┬─ "." (80)
//!         │                         └─ "\n" (7)
//!         └─ " Lyon"  (13 samples) ─── …
//! ```
//!
//! A branch is one sequence and the samples that have said the same so far. Each of these draws its next token from the
//! branch's one row of logits by its own key; those that draw different tokens part.

use super::argmax::{Fuse, Group};
use super::decode::Decoding;
use super::draw::Draws;
use super::error::EngineError;
use super::runner::SequenceId;
use crate::layout::Layout;

/// Samples under way at once, but for those of a single prompt: bounds the tokens that are kept where all of them part.
const MOST_OPEN: usize = 4096;
/// Branches that take a step together at most: bounds what their logits hold.
const MOST_BRANCHES: usize = 512;
/// Tokens drawn at once at most: bounds what a device holds of their races.
const MOST_DRAWN: usize = 4096;

/// Samples that have said the same so far.
struct Branch {
    /// Which prompt.
    prompt: usize,
    sequence: SequenceId,
    samples: Vec<usize>,
    /// What they said last; the sequence does not hold it yet.
    token: u32,
    /// Tokens said.
    said: usize,
}

/// Tokens of each sample of a prompt, the stopping one included; `None` where a logit was not finite.
pub(super) type Samples = Option<Vec<Vec<u32>>>;

/// The samples of one prompt in the making.
#[derive(Clone)]
struct Drawn {
    keys: Vec<u64>,
    /// Token ids, the stopping one included.
    generated: Vec<Vec<u32>>,
    /// Whether a logit was not finite.
    failed: bool,
}

impl Decoding<'_> {
    /// Draws answers to prompts. Nothing is kept afterwards.
    pub(super) fn draw(
        &mut self,
        prompts: &[&Layout],
        draws: &Draws,
    ) -> Result<Vec<Samples>, EngineError> {
        let mut drawn = Vec::with_capacity(prompts.len());
        for prompts in prompts.chunks((MOST_OPEN / draws.samples.max(1)).max(1)) {
            drawn.extend(self.draw_together(prompts, draws)?);
        }
        Ok(drawn)
    }

    fn draw_together(
        &mut self,
        prompts: &[&Layout],
        draws: &Draws,
    ) -> Result<Vec<Samples>, EngineError> {
        let mut held = self
            .runner
            .prefill(prompts, None, self.cancel, &mut |_| ())?;
        let mut drawn: Vec<Drawn> = prompts
            .iter()
            .map(|prompt| Drawn {
                keys: draws.keys(&prompt.tokens),
                generated: vec![Vec::new(); draws.samples],
                failed: false,
            })
            .collect();
        let outcome = self.branch_out(draws, &mut drawn, &mut held);
        // A branch needs the one that it parted from, so all go together.
        held.into_iter().for_each(|id| self.runner.release(id));
        outcome?;
        let whole = |of: Drawn| (!of.failed).then_some(of.generated);
        Ok(drawn.into_iter().map(whole).collect())
    }

    fn branch_out(
        &mut self,
        draws: &Draws,
        drawn: &mut [Drawn],
        held: &mut Vec<SequenceId>,
    ) -> Result<(), EngineError> {
        let roots = held.iter().enumerate().map(|(prompt, &sequence)| Branch {
            prompt,
            sequence,
            samples: (0..draws.samples).collect(),
            token: 0,
            said: 0,
        });
        // The rows of the prompts stand ready.
        let mut open = self.part(roots.collect(), draws, drawn, held)?;
        while !open.is_empty() {
            let mut next = Vec::new();
            while !open.is_empty() {
                if self.cancel.is_cancelled() {
                    return Err(EngineError::Cancelled);
                }
                let now: Vec<Branch> = open.drain(..open.len().min(MOST_BRANCHES)).collect();
                let tokens: Vec<_> = now.iter().map(|of| (of.sequence, of.token)).collect();
                self.runner.decode_step(&tokens, None)?;
                next.extend(self.part(now, draws, drawn, held)?);
            }
            open = next;
        }
        Ok(())
    }

    /// Draws the next token of every sample of the branches whose rows stand ready, and gives the branches that go on.
    fn part(
        &mut self,
        branches: Vec<Branch>,
        draws: &Draws,
        drawn: &mut [Drawn],
        held: &mut Vec<SequenceId>,
    ) -> Result<Vec<Branch>, EngineError> {
        let rows = branches.iter().enumerate();
        let groups: Vec<Group<'_>> = rows
            .flat_map(|(row, branch)| {
                let keys = &drawn[branch.prompt].keys;
                branch.samples.iter().map(move |&sample| Group {
                    rows: row..row + 1,
                    fuse: Fuse::Drawn(draws.draw(keys[sample], branch.said)),
                })
            })
            .collect();
        let mut choices = Vec::with_capacity(groups.len());
        for groups in groups.chunks(MOST_DRAWN) {
            choices.extend(self.runner.argmax(groups)?);
        }
        let mut choices = choices.into_iter();
        let mut open = Vec::new();
        for branch in branches {
            let of = &mut drawn[branch.prompt];
            // In the order in which samples come to them.
            let mut parts: Vec<(u32, Vec<usize>)> = Vec::new();
            for (sample, choice) in branch.samples.into_iter().zip(&mut choices) {
                let Some(choice) = choice else {
                    of.failed = true;
                    continue;
                };
                let token = choice.top[0].0;
                of.generated[sample].push(token);
                if self.is_end(&of.generated[sample])
                    || branch.said + 1 >= self.prompts.request.max_new_tokens
                {
                    continue;
                }
                match parts.iter_mut().find(|(other, _)| *other == token) {
                    Some((_, samples)) => samples.push(sample),
                    None => parts.push((token, vec![sample])),
                }
            }
            for (at, (token, samples)) in parts.into_iter().enumerate() {
                let sequence = match at {
                    0 => branch.sequence,
                    _ => {
                        let fork = self.runner.fork(branch.sequence);
                        held.push(fork);
                        fork
                    }
                };
                open.push(Branch {
                    prompt: branch.prompt,
                    sequence,
                    samples,
                    token,
                    said: branch.said + 1,
                });
            }
        }
        Ok(open)
    }
}
