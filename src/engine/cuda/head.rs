//! From the last rows to logits.
//!
//! Logits are linear in the rows that they come from, as in `engine/cpu/head.rs`: where a choice is made from the sum of
//! some rows' logits, the rows are summed first and take one row of the output matrix, the largest of all. So the product
//! waits until it is known what is chosen from, but in a recorded step.

use super::Cuda;
use super::device::{Address, Buffer, Device};
use super::weights::{Epilogue, Weight};
use crate::engine::argmax::{Fuse, Group};
use crate::engine::error::EngineError;

/// The output matrix of the pass that was last.
pub(super) struct Head {
    /// Where the product with all rows waits.
    weight: Option<Weight>,
    /// What is summed: first row, rows and first weight of each group, then the weights.
    spans: Buffer,
}

impl Head {
    pub fn new(device: &Device) -> Result<Head, EngineError> {
        Ok(Head {
            weight: None,
            spans: Buffer::new(device, 0)?,
        })
    }

    /// Nothing waits.
    pub fn clear(&mut self) {
        self.weight = None;
    }
}

impl Cuda {
    /// Puts the product with the output matrix off, where that may be.
    pub(super) fn put_off(&mut self, weight: &Weight) -> Result<(), EngineError> {
        if self.pass.few || self.pass.recorded {
            let logits = self.working.logits.address();
            self.product(weight, self.normed(), logits, Epilogue::Logits)?;
            return self.bend_logits(self.pass.rows);
        }
        self.head.weight = Some(weight.shared());
        Ok(())
    }

    /// Logits of all rows that emitted.
    pub(super) fn all_logits(&mut self) -> Result<(), EngineError> {
        let Some(weight) = self.head.weight.take() else {
            return Ok(());
        };
        let rows = self.pass.rows;
        let x_y = (self.normed(), self.working.logits.address());
        self.logits_of(&weight, x_y, rows)
    }

    /// One row of logits per group, if all are sums and of several rows; says whether it was done.
    pub(super) fn summed_logits(&mut self, groups: &[Group<'_>]) -> Result<bool, EngineError> {
        let rows: usize = groups.iter().map(|group| group.rows.len()).sum();
        // Bent logits are no longer linear.
        let is_linear = self.shape.logits_softcap.is_none();
        let are_sums = groups.iter().all(Group::is_sum) && groups.len() < rows;
        let weight = match &self.head.weight {
            Some(weight) if is_linear && are_sums => weight.shared(),
            _ => return Ok(false),
        };
        let mut words: Vec<u32> = Vec::with_capacity(3 * groups.len() + rows);
        let mut first = 0;
        for group in groups {
            let (start, len) = (group.rows.start as u32, group.rows.len() as u32);
            words.extend([start, len, first]);
            first += len;
        }
        for group in groups {
            let share = 1.0 / group.rows.len() as f32;
            match group.fuse {
                Fuse::Weighted(weights) => words.extend(weights.iter().map(|of| of.to_bits())),
                _ => words.extend(std::iter::repeat_n(share.to_bits(), group.rows.len())),
            }
        }
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        if bytes.len() > self.head.spans.bytes() {
            self.head.spans = Buffer::new(&self.device, bytes.len().next_power_of_two())?;
        }
        self.head.spans.upload(&self.device, 0, &bytes)?;
        let (spans, hidden) = (self.head.spans.address(), self.shape.hidden);
        // The residual stream has been read.
        let sums = self.working.x.address();
        let arguments = [
            self.normed().into(),
            spans.into(),
            spans.plus(12 * groups.len()).into(),
            sums.into(),
            hidden.into(),
        ];
        // SAFETY: `sum_groups(rows, spans, weights, out, hidden)`; groups name rows that emitted.
        unsafe {
            let function = &self.functions.sum_groups;
            let grid = (groups.len(), 1, 1);
            self.device.launch(function, grid, 128, 0, &arguments)?;
        }
        let x_y = (sums, self.working.logits.address());
        self.logits_of(&weight, x_y, groups.len())?;
        Ok(true)
    }

    fn logits_of(
        &self,
        weight: &Weight,
        x_y: (Address, Address),
        rows: usize,
    ) -> Result<(), EngineError> {
        debug_assert_eq!(weight.outputs(), self.shape.vocabulary);
        let (device, functions) = (&self.device, &self.functions);
        let into = Epilogue::Logits;
        self.products
            .many(device, functions, weight, x_y, rows, into)?;
        self.bend_logits(rows)
    }

    fn bend_logits(&self, rows: usize) -> Result<(), EngineError> {
        if self.shape.logits_softcap.is_none() {
            return Ok(());
        }
        let arguments = [
            self.working.logits.address().into(),
            self.shape.vocabulary.into(),
        ];
        // SAFETY: `bend_logits(logits, vocabulary)`
        unsafe {
            let function = &self.functions.bend_logits;
            self.device
                .launch(function, (rows, 1, 1), 256, 0, &arguments)
        }
    }
}
