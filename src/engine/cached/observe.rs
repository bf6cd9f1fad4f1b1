//! Looking inside: one extra pass whose queries, keys and residual stream are read back.
//!
//! The pass has slots of its own, so that every row is computed and nothing of it is kept.

use std::collections::HashMap;

use super::batch::BIASED;
use super::decoder::Point;
use super::kernels::Kernels;
use super::plan::Planned;
use super::prefix::Prefixes;
use super::{Batch, Cached};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::look::log_probability;
use crate::engine::observed::Observed;
use crate::engine::runner::{Runner, SequenceId};
use crate::layout::Layout;

impl<K: Kernels> Cached<K> {
    pub(super) fn observed(
        &mut self,
        layout: &Layout,
        generated: &[u32],
        cancel: &Cancel,
    ) -> Result<Observed, EngineError> {
        let tokens = layout.len() + generated.len();
        let mut observed = Observed::new(&self.config, tokens)?;
        self.make_room(tokens)?;
        let mut slots: Vec<u32> = (0..tokens)
            .map_while(|_| self.prefixes.private_slot())
            .collect();
        debug_assert_eq!(slots.len(), tokens, "make_room saw to a slot per token");
        // Handed out from the end: neighbours shall lie side by side.
        slots.sort_unstable_by(|a, b| b.cmp(a));
        let mut planned = Planned::new(self.config.window);
        let mut apart = Prefixes::of(slots.clone());
        planned
            .add(layout, &mut apart)
            .and_then(|()| planned.follow(generated, &mut apart))
            .expect("there is a slot per token");
        let outcome = self.read_back(&planned, &mut observed, cancel);
        self.prefixes.give_back(slots);
        outcome.map(|()| observed)
    }

    fn read_back(
        &mut self,
        planned: &Planned,
        observed: &mut Observed,
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        let mut row_of: HashMap<u32, u32> = HashMap::new();
        let silent = planned.silent.chunks(self.spread.most_rows());
        let chunks = silent.map(|rows| (rows, false));
        let mut batch = Batch::default();
        for (rows, emit) in chunks.chain([(planned.emitting.as_slice(), true)]) {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            batch.clear();
            planned.fill(rows, emit, &mut batch);
            for &slot in &batch.slots {
                row_of.insert(slot, row_of.len() as u32);
            }
            let mut tap = |kernels: &mut K, layer: usize, point| {
                let layer = (layer, &mut observed.layers[layer]);
                match (point, layer) {
                    (Point::Projected, (index, layer)) => {
                        layer.queries.extend(kernels.queries()?);
                        layer.keys.extend(kernels.keys(index, &batch.slots)?);
                    }
                    (Point::Layer, (_, layer)) if emit => {
                        layer.residual.extend(kernels.residual()?);
                    }
                    (Point::Layer, _) => {}
                }
                Ok(())
            };
            self.decoder
                .pass(&mut self.spread, &batch, Some(&mut tap))?;
        }
        for (index, layer) in observed.layers.iter_mut().enumerate() {
            layer.sinks = self.decoder.sinks(index).to_vec();
        }
        let keys = &planned.sequences[0].keys;
        let rows = keys.iter().map(|slot| row_of[&(slot & !BIASED)]);
        observed.rows.extend(rows);
        Ok(())
    }

    /// All prompts are read at once; what they have in common is computed once.
    pub(super) fn ln_p(
        &mut self,
        prompts: &[&Layout],
        answer: &[u32],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f64>>, EngineError> {
        let ids = self.prefill(prompts, None, cancel, &mut |_| {})?;
        let outcome = self.step_through(&ids, answer, cancel);
        for id in ids {
            self.release(id);
        }
        outcome
    }

    fn step_through(
        &mut self,
        ids: &[SequenceId],
        answer: &[u32],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f64>>, EngineError> {
        let mut values = vec![Vec::with_capacity(answer.len()); ids.len()];
        for (step, &token) in answer.iter().enumerate() {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            if step > 0 {
                let before = answer[step - 1];
                let next: Vec<_> = ids.iter().map(|&id| (id, before)).collect();
                self.decode_step(&next, None)?;
            }
            let logits = self.spread.last().read_logits(ids.len())?;
            let rows = logits.chunks_exact(self.config.vocab_size);
            for (values, row) in values.iter_mut().zip(rows) {
                values.push(log_probability(row, token));
            }
        }
        Ok(values)
    }

    /// Logits of rows of the residual stream `[rows, hidden]`, as if no layer followed; `[rows, vocabulary]`.
    pub(super) fn read_out(&mut self, residual: &[f32]) -> Result<Vec<f32>, EngineError> {
        let (hidden, vocabulary) = (self.config.hidden_size, self.config.vocab_size);
        let mut logits = Vec::with_capacity(residual.len() / hidden * vocabulary);
        for rows in residual.chunks(self.spread.most_rows() * hidden) {
            self.decoder.read_out(&mut self.spread, rows, hidden)?;
            logits.extend(self.spread.last().read_logits(rows.len() / hidden)?);
        }
        self.ready = 0;
        Ok(logits)
    }
}
