//! Experts on the CPU: rows are gathered by expert, so that each one's weights are read once for all of them.

use super::matmul::{Epilogue, Weight};
use super::{Cpu, ops};
use crate::engine::cached::kernels::ExpertWeights;
use crate::engine::error::EngineError;
use crate::engine::routing::Routing;

/// Working rows of one layer's experts.
#[derive(Default)]
pub(super) struct Rows {
    /// `[rows, experts]`
    logits: Vec<f32>,
    /// What one expert reads, its gate and up projection, their product, and what it says.
    read: Vec<f32>,
    gate_up: Vec<f32>,
    product: Vec<f32>,
    said: Vec<f32>,
}

impl Cpu {
    /// branch = Σ s fₑ(normed) over the experts of each row, added up in their order whatever else is in the batch.
    pub(super) fn sum_of_experts(
        &mut self,
        weights: &ExpertWeights<Weight>,
    ) -> Result<(), EngineError> {
        let (rows, hidden, isa) = (self.rows.len(), self.hidden, self.isa);
        let Some(experts) = &self.parts.experts else {
            return Ok(());
        };
        let all = &mut self.by_expert;
        all.logits.resize(rows * experts.count, 0.0);
        self.branch
            .resize((rows * hidden).max(self.branch.len()), 0.0);
        self.branch[..rows * hidden].fill(0.0);
        let into = Epilogue::Replace;
        let scratch = &mut self.scratch;
        let router = &weights.router;
        router.multiply(isa, &self.normed, &mut all.logits, rows, into, scratch)?;
        let routing = Routing::of(&all.logits, experts);
        let inner = experts.inner_size;
        for (expert, of_expert) in routing.busy() {
            let (gate_up, down) = &weights.each[expert];
            let count = of_expert.len();
            let sent = &routing.rows[of_expert.clone()];
            all.read.clear();
            for &row in sent {
                let at = row as usize * hidden;
                all.read.extend_from_slice(&self.normed[at..at + hidden]);
            }
            all.gate_up.resize(count * 2 * inner, 0.0);
            all.product.resize(count * inner, 0.0);
            all.said.resize(count * hidden, 0.0);
            gate_up.multiply(isa, &all.read, &mut all.gate_up, count, into, scratch)?;
            let activation = self.parts.activation;
            ops::gate(isa, activation, &all.gate_up, inner, &mut all.product);
            down.multiply(isa, &all.product, &mut all.said, count, into, scratch)?;
            let shares = &routing.shares[of_expert];
            for ((&row, share), said) in sent.iter().zip(shares).zip(all.said.chunks_exact(hidden))
            {
                let sum = &mut self.branch[row as usize * hidden..][..hidden];
                for (sum, said) in sum.iter_mut().zip(said) {
                    *sum += share * said;
                }
            }
        }
        Ok(())
    }
}
