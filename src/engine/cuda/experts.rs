//! Experts on a device: the router's logits come to the host, which groups rows by expert; then each expert's rows are
//! gathered, multiplied and added up.
//!
//! Waiting for the logits in every layer costs some tens of microseconds, and such a pass cannot be recorded.

use super::Cuda;
use super::device::{Address, Buffer, Device};
use super::shape::{Element, Shape};
use super::weights::{Epilogue, Vector, Weight};
use crate::engine::cached::kernels::ExpertWeights;
use crate::engine::error::EngineError;
use crate::engine::routing::Routing;

/// Working rows of one layer's experts; without experts they hold nothing.
pub(super) struct Rows {
    /// What the router says, f32 `[rows, experts]`.
    logits: Buffer,
    /// Rows and shares by expert, u32 and f32 `[rows · chosen]`.
    sent: Buffer,
    shares: Buffer,
    /// What one expert reads and says, `[rows, hidden]`.
    read: Buffer,
    said: Buffer,
    /// f32 `[rows, hidden]`
    sum: Buffer,
}

impl Rows {
    pub fn new(device: &Device, shape: &Shape, rows: usize) -> Result<Rows, EngineError> {
        let (count, chosen) = shape.experts;
        let hidden = if count == 0 { 0 } else { shape.hidden };
        let buffer = |bytes: usize| Buffer::new(device, rows * bytes);
        Ok(Rows {
            logits: buffer(4 * count)?,
            sent: buffer(4 * chosen)?,
            shares: buffer(4 * chosen)?,
            read: buffer(hidden * shape.element.bytes())?,
            said: buffer(hidden * shape.element.bytes())?,
            sum: buffer(4 * hidden)?,
        })
    }

    /// Bytes per row.
    pub fn row_bytes(shape: &Shape) -> usize {
        match shape.experts {
            (0, _) => 0,
            (count, chosen) => {
                4 * count + 8 * chosen + (4 + 2 * shape.element.bytes()) * shape.hidden
            }
        }
    }
}

impl Cuda {
    /// x += Σ s fₑ(normed), through a norm where there is one.
    pub(super) fn add_experts(
        &mut self,
        weights: &ExpertWeights<Weight>,
        norm: Option<&Vector>,
    ) -> Result<(), EngineError> {
        let Some(experts) = self.experts.clone() else {
            return Ok(());
        };
        let (rows, hidden) = (self.pass.rows, self.shape.hidden);
        let x = self.normed_now()?;
        let working = &self.working.by_expert;
        let (logits, sum) = (working.logits.address(), working.sum.address());
        let (read, said) = (working.read.address(), working.said.address());
        let (sent, shares) = (working.sent.address(), working.shares.address());
        self.many(&weights.router, (x, logits), rows, Epilogue::Logits)?;
        let logits = self
            .device
            .read(logits, rows * experts.count, Element::F32)?;
        let routing = Routing::of(&logits, &experts);
        let working = &mut self.working.by_expert;
        let bytes: Vec<u8> = routing
            .rows
            .iter()
            .flat_map(|it| it.to_le_bytes())
            .collect();
        working.sent.upload(&self.device, 0, &bytes)?;
        let bytes = Element::F32.to_bytes(&routing.shares);
        working.shares.upload(&self.device, 0, &bytes)?;
        working.sum.clear(&self.device, 4 * rows * hidden)?;
        let (both, inner) = (self.working.both.address(), self.working.inner.address());
        for (expert, range) in routing.busy() {
            let (gate_up, down) = &weights.each[expert];
            let count = range.len();
            let (sent, shares) = (sent.plus(4 * range.start), shares.plus(4 * range.start));
            let arguments = [x.into(), sent.into(), read.into(), hidden.into()];
            let grid = (count, 1, 1);
            // SAFETY: `gather(from, rows, to, hidden)`; `read` has room for all rows.
            unsafe {
                let gather = &self.functions.gather;
                self.device.launch(gather, grid, 128, 0, &arguments)?;
            }
            self.many(gate_up, (read, both), count, Epilogue::Replace)?;
            self.gated(count, experts.inner_size)?;
            self.many(down, (inner, said), count, Epilogue::Replace)?;
            let arguments = [
                sum.into(),
                sent.into(),
                shares.into(),
                said.into(),
                hidden.into(),
            ];
            // SAFETY: `add_shares(sum, rows, shares, said, hidden)`; an expert has each row once.
            unsafe {
                let add_shares = &self.functions.add_shares;
                self.device.launch(add_shares, grid, 128, 0, &arguments)?;
            }
        }
        let arguments = [
            self.working.x.address().into(),
            sum.into(),
            norm.map_or(Address::NULL, |norm| norm.0.address()).into(),
            hidden.into(),
            self.eps.into(),
        ];
        // SAFETY: `add_sum(x, sum, weight, hidden, eps)`
        unsafe {
            let add_sum = &self.functions.add_sum;
            self.device
                .launch(add_sum, (rows, 1, 1), 256, 0, &arguments)
        }
    }

    /// The rows that the last norm left; one that a product was to apply on the way is applied.
    fn normed_now(&mut self) -> Result<Address, EngineError> {
        let norm = std::mem::replace(&mut self.pass.norm, Address::NULL);
        if self.pass.plain {
            return Ok(self.working.x.address());
        }
        if norm != Address::NULL {
            self.rms_norm(norm)?;
        }
        Ok(self.working.normed.address())
    }

    fn many(
        &self,
        weight: &Weight,
        x_y: (Address, Address),
        rows: usize,
        into: Epilogue,
    ) -> Result<(), EngineError> {
        self.products
            .many(&self.device, &self.functions, weight, x_y, rows, into)
    }
}
