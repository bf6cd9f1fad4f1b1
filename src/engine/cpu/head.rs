//! From the last rows to logits and choices.
//!
//! Logits are linear in the rows that they come from: the sum of some rows' logits is the logits of the rows' sum. So
//! the output matrix, the largest of all, waits until it is known what is chosen from, and a group whose logits are summed
//! costs one row of it, not one per prompt.

use rayon::prelude::*;

use super::Cpu;
use super::matmul::Epilogue;
use crate::engine::argmax::{Fuse, Group, TopTokens, choose, summed};
use crate::engine::error::EngineError;

impl Cpu {
    /// One choice per group of the rows that emitted in the last pass.
    pub(super) fn choose(
        &mut self,
        groups: &[Group<'_>],
    ) -> Result<Vec<Option<TopTokens>>, EngineError> {
        let hidden = self.hidden;
        // Bent logits are no longer linear.
        let is_linear = self.parts.logits_softcap.is_none();
        let sums = |group: &Group<'_>| is_linear && group.is_sum();
        let mut rows: Vec<f32> = Vec::new();
        let mut of_rows: Vec<Group<'_>> = Vec::with_capacity(groups.len());
        for (at, group) in groups.iter().enumerate() {
            let of_group = &self.normed[group.rows.start * hidden..group.rows.end * hidden];
            let start = rows.len() / hidden;
            let (fuse, rows) = if sums(group) {
                rows.extend_from_slice(&summed(of_group, hidden, group.fuse));
                (Fuse::Mean, start..start + 1)
            } else if at > 0 && groups[at - 1].rows == group.rows && !sums(&groups[at - 1]) {
                // One of many draws from one row.
                (group.fuse, of_rows[at - 1].rows.clone())
            } else {
                rows.extend_from_slice(of_group);
                (group.fuse, start..start + group.rows.len())
            };
            of_rows.push(Group { rows, fuse });
        }
        self.logits_of(&rows)?;
        Ok(choose(&self.logits, self.vocabulary, &of_rows))
    }

    /// logits = W rows, bent where the model bends them; `rows` `[rows, hidden]`.
    pub(super) fn logits_of(&mut self, rows: &[f32]) -> Result<(), EngineError> {
        let count = rows.len() / self.hidden;
        self.logits.resize(count * self.vocabulary, 0.0);
        let Some(head) = &self.head else {
            return Ok(());
        };
        head.multiply(
            self.isa,
            rows,
            &mut self.logits,
            count,
            Epilogue::Replace,
            &mut self.scratch,
        )?;
        if let Some(cap) = self.parts.logits_softcap {
            self.logits
                .par_iter_mut()
                .for_each(|logit| *logit = cap * (*logit / cap).tanh());
        }
        Ok(())
    }
}
