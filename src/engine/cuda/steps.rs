//! The steps of a pass, each one launch or two.

use candle_core::Tensor;
use candle_core::quantized::QTensor;

use super::Cuda;
use super::device::Address;
use super::functions::FEW;
use super::graphs::Graphs;
use super::joint::Joint;
use super::pass::{Mixing, Pass};
use super::shape::{Element, Shape};
use super::upload::Tiles;
use super::weights::{self, Epilogue, Vector, Weight};
use crate::engine::argmax::{Group, TopTokens};
use crate::engine::cached::batch::Batch;
use crate::engine::cached::kernels::{ExpertWeights, Kernels, Mixed};
use crate::engine::error::EngineError;
use crate::engine::method::Blended;
use crate::model::{QkNorm, View};

impl Kernels for Cuda {
    type Weight = Weight;
    type Vector = Vector;
    type Table = Weight;

    fn weight(&mut self, parts: &[Tensor], bias: Option<&Tensor>) -> Result<Weight, EngineError> {
        let (device, element) = (self.device.clone(), self.shape.element);
        Weight::upload(&device, self.feed()?, element, parts, bias)
    }

    fn quantized(
        &mut self,
        parts: Vec<QTensor>,
        bias: Option<&Tensor>,
    ) -> Result<Option<Weight>, EngineError> {
        let (device, element) = (self.device.clone(), self.shape.element);
        Weight::upload_blocks(&device, self.feed()?, element, &parts, bias).map(Some)
    }

    fn stored(
        &mut self,
        parts: &[View<'_>],
        bias: Option<&Tensor>,
    ) -> Result<Option<Weight>, EngineError> {
        let (device, element) = (self.device.clone(), self.shape.element);
        Weight::upload_stored(&device, self.feed()?, element, parts, bias).map(Some)
    }

    fn vector(&mut self, tensor: &Tensor) -> Result<Vector, EngineError> {
        Ok(Vector(weights::vector(&self.device, tensor)?))
    }

    fn table(&mut self, tensor: &Tensor) -> Result<Weight, EngineError> {
        self.weight(std::slice::from_ref(tensor), None)
    }

    fn stored_table(&mut self, view: View<'_>) -> Result<Option<Weight>, EngineError> {
        self.stored(&[view], None)
    }

    fn table_of_head(&self, head: &Weight) -> Option<Weight> {
        Some(head.shared())
    }

    fn reserve(&mut self, slots: usize) -> Result<usize, EngineError> {
        if slots > self.arena.slots() {
            // All else that takes memory has it by now: weights, kernels, cuBLAS.
            self.feed = None;
            self.wait()?;
            let budget = self.budget()?;
            // Whatever comes of it, some layers may have moved.
            self.graphs.clear();
            self.arena.grow(&self.device, &self.shape, slots, budget)?;
        }
        Ok(self.arena.slots())
    }

    fn most_rows(&self) -> usize {
        self.most_rows
    }

    fn first_rows(&self) -> usize {
        self.most_rows / 4
    }

    fn attends_in_common(&self, rows: usize, parts: usize) -> bool {
        self.functions.attend_joint.is_some()
            && Graphs::bucket(rows).is_none()
            && self.has_room_for(parts)
    }

    fn run(
        &mut self,
        batch: &Batch,
        before: Option<&mut Self>,
        replays: bool,
        pass: &mut dyn FnMut(&mut Self) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let rows = batch.rows();
        if rows == 0 {
            return Ok(());
        }
        self.device.context.bind_to_thread()?;
        self.wait()?;
        let whole = batch.emit.len() == rows;
        let tiles = match &self.functions.attend_tiles {
            Some(_) => Tiles::find(batch, self.shape.tile_rows()),
            None => Tiles::default(),
        };
        // A recording has the kernels of an ordinary pass.
        let ordinary = batch.blending.is_none() && !batch.is_tempered();
        // What goes through experts asks the host.
        let recorded = replays && ordinary && self.experts.is_none();
        let bucket = if recorded && whole && tiles.shared.is_empty() {
            Graphs::bucket(rows)
        } else {
            None
        };
        let filled = bucket.unwrap_or(rows);
        let emitting = if whole { filled } else { batch.emit.len() };
        let common = batch.common.as_ref();
        let joint = common.map(|common| Joint::of(common, batch, self.shape.tile_rows()));
        let parts = joint.as_ref().map_or(0, Joint::parts);
        let logits = if self.ends { emitting } else { 0 };
        let grown = self
            .working
            .grow(&self.device, &self.shape, filled, (logits, parts));
        // After an error too, some rows may have moved.
        if !matches!(grown, Ok(false)) {
            self.graphs.clear();
        }
        grown?;
        let spare = self.arena.spare();
        let (fields, moved) =
            self.upload
                .send(&self.device, batch, filled, spare, &tiles, joint.as_ref())?;
        if moved {
            self.graphs.clear();
        }
        let widest = self
            .shape
            .hidden
            .max(self.shape.widest)
            .max(self.shape.attended());
        let few = filled <= FEW
            && filled * widest * self.shape.element.bytes() <= self.functions.few_shared;
        self.head.clear();
        self.pass = Pass {
            fields,
            recorded: bucket.is_some(),
            rows: filled,
            emitting,
            chosen: Address::NULL,
            few,
            norm: Address::NULL,
            plain: false,
            mixing: batch.blending.as_ref().map(|mix| Mixing {
                alpha: mix.alpha,
                most: mix.what == Blended::ProductMax,
            }),
        };
        // Outside of what is recorded: the other device's rows may move.
        if let Some(before) = before {
            self.take_over(before)?;
        }
        if bucket.is_some() {
            self.replay(pass)
        } else {
            pass(self)
        }
    }

    fn embed(&mut self, table: &Weight) -> Result<(), EngineError> {
        let arguments = [
            table.data.address().into(),
            self.pass.fields.tokens.into(),
            self.working.x.address().into(),
            self.shape.hidden.into(),
            self.shape.embedding_scale.into(),
        ];
        // SAFETY: `embed(table, tokens, x, hidden, scale)`; tokens lie in the vocabulary.
        unsafe {
            self.device.launch(
                &self.functions.embed,
                (self.pass.rows, 1, 1),
                128,
                0,
                &arguments,
            )
        }
    }

    fn norm(&mut self, weight: Option<&Vector>) -> Result<(), EngineError> {
        self.pass.plain = weight.is_none();
        let Some(weight) = weight else {
            return Ok(());
        };
        if self.pass.few {
            self.pass.norm = weight.0.address();
            return Ok(());
        }
        self.rms_norm(weight.0.address())
    }

    fn project(&mut self, weight: &Weight) -> Result<(), EngineError> {
        debug_assert_eq!(weight.outputs(), self.shape.qkv());
        self.product(
            weight,
            self.normed(),
            self.working.qkv.address(),
            Epilogue::Replace,
        )
    }

    fn rotate_and_store(
        &mut self,
        layer: usize,
        head_norms: Option<(&Vector, &Vector)>,
    ) -> Result<(), EngineError> {
        let (keys, values) = self.arena.of(layer);
        let norms = head_norms.map(|(query, key)| (query.0.address(), key.0.address()));
        let none = (Address::NULL, Address::NULL);
        let (query_norm, key_norm) = match (norms, self.shape.qk_norm) {
            (Some((query, key)), QkNorm::All) => {
                let Shape {
                    heads,
                    kv_heads,
                    head_dim,
                    ..
                } = self.shape;
                self.norm_heads(query, 0, heads * head_dim)?;
                self.norm_heads(key, heads * head_dim, kv_heads * head_dim)?;
                none
            }
            (norms, _) => norms.unwrap_or(none),
        };
        let [frequencies, lengths] = &self.rotations[self.rotation_of[layer]];
        let arguments = [
            self.working.qkv.address().into(),
            self.pass.fields.positions.into(),
            self.pass.fields.slots.into(),
            frequencies.address().into(),
            lengths.address().into(),
            keys.into(),
            values.into(),
            query_norm.into(),
            key_norm.into(),
            self.eps.into(),
        ];
        // One row alone gets a warp per head or two, so that it takes no longer than it must.
        let threads = if self.pass.few { 512 } else { 128 };
        // SAFETY: `rotate_and_store(qkv, positions, slots, frequencies, lengths, keys, values, query_norm, key_norm, eps)`;
        // slots lie in the arena, and it waits first of all.
        unsafe {
            let grid = (self.pass.rows, 1, 1);
            self.launch(&self.functions.rotate_and_store, grid, threads, &arguments)
        }
    }

    fn keep_emitting(&mut self) -> Result<(), EngineError> {
        if self.pass.emitting == self.pass.rows {
            return Ok(());
        }
        let emit = self.pass.fields.emit;
        let arguments = [
            self.working.x.address().into(),
            emit.into(),
            self.working.normed.address().into(),
            self.shape.hidden.into(),
        ];
        // SAFETY: `gather(from, rows, to, hidden)`
        unsafe {
            self.device.launch(
                &self.functions.gather,
                (self.pass.emitting, 1, 1),
                128,
                0,
                &arguments,
            )?;
        }
        std::mem::swap(&mut self.working.x, &mut self.working.normed);
        self.pass.rows = self.pass.emitting;
        self.pass.chosen = emit;
        Ok(())
    }

    fn attend(&mut self, layer: usize, sinks: Option<&Vector>) -> Result<(), EngineError> {
        let sinks = sinks.map_or(Address::NULL, |sinks| sinks.0.address());
        let Pass {
            fields,
            rows,
            chosen,
            ..
        } = self.pass;
        if let Some(joint) = fields.joint {
            return self.attend_in_parts(layer, sinks, joint);
        }
        // Rows of a tile read one list from its beginning; a window cuts that off.
        if chosen != Address::NULL || fields.tile_count == 0 || self.sliding[layer] {
            return self.attend_split(layer, sinks, rows, (chosen, Address::NULL));
        }
        self.attend_tiles(layer, sinks)?;
        if fields.single_count > 0 {
            let of = (fields.singles, fields.singles);
            self.attend_split(layer, sinks, fields.single_count, of)?;
        }
        Ok(())
    }

    fn add_attended(&mut self, weight: &Weight, norm: Option<&Vector>) -> Result<(), EngineError> {
        self.add(weight, self.working.attended.address(), norm)
    }

    fn gate(&mut self, weight: &Weight) -> Result<(), EngineError> {
        let inner = self.working.inner.address();
        if self.pass.few {
            return self.product(weight, self.normed(), inner, Epilogue::Gate);
        }
        let both = self.working.both.address();
        self.product(weight, self.normed(), both, Epilogue::Replace)?;
        self.gated(self.pass.rows, self.shape.inner)
    }

    fn add_hidden(&mut self, weight: &Weight, norm: Option<&Vector>) -> Result<(), EngineError> {
        self.add(weight, self.working.inner.address(), norm)
    }

    fn blend(&mut self, rows: Mixed) -> Result<(), EngineError> {
        let Pass { fields, mixing, .. } = &self.pass;
        let Some(Mixing { alpha, most }) = *mixing else {
            return Ok(());
        };
        // In the last layer no other rows are left.
        let emit = match self.pass.rows == self.pass.emitting {
            true => Address::NULL,
            false => fields.emit,
        };
        let (rows, width) = match rows {
            Mixed::Residual => (&self.working.x, self.shape.hidden),
            Mixed::Product => (&self.working.inner, self.shape.inner),
        };
        let arguments = [
            rows.address().into(),
            fields.groups.into(),
            emit.into(),
            width.into(),
            alpha.into(),
            usize::from(most).into(),
        ];
        let grid = (fields.group_count, width.div_ceil(256), 1);
        // SAFETY: `mix_rows(rows, groups, emit, width, alpha, most)`; groups name rows that emit.
        unsafe {
            let function = &self.functions.mix_rows;
            self.device.launch(function, grid, 256, 0, &arguments)
        }
    }

    fn through_experts(
        &mut self,
        experts: &ExpertWeights<Weight>,
        norm: Option<&Vector>,
    ) -> Result<(), EngineError> {
        self.add_experts(experts, norm)
    }

    fn logits(&mut self, weight: &Weight) -> Result<(), EngineError> {
        self.put_off(weight)
    }

    fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError> {
        self.device.context.bind_to_thread()?;
        let sums: Vec<Group<'_>>;
        let groups = if self.summed_logits(groups)? {
            sums = (0..groups.len()).map(Group::of_row).collect();
            &sums
        } else {
            self.all_logits()?;
            groups
        };
        self.top.argmax(
            &self.device,
            &self.functions,
            self.working.logits.address(),
            self.shape.vocabulary,
            groups,
        )
    }

    fn read_logits(&mut self, rows: usize) -> Result<Vec<f32>, EngineError> {
        self.device.context.bind_to_thread()?;
        self.all_logits()?;
        let logits = self.working.logits.address();
        self.device
            .read(logits, rows * self.shape.vocabulary, Element::F32)
    }

    fn queries(&mut self) -> Result<Vec<f32>, EngineError> {
        let Shape { element, .. } = self.shape;
        let rows = self.pass.rows * self.shape.qkv();
        let rows = self
            .device
            .read(self.working.qkv.address(), rows, element)?;
        let query = |row: &[f32]| row[..self.shape.attended()].to_vec();
        Ok(rows
            .chunks_exact(self.shape.qkv())
            .flat_map(query)
            .collect())
    }

    fn keys(&mut self, layer: usize, slots: &[u32]) -> Result<Vec<f32>, EngineError> {
        let Shape {
            element,
            kv_heads,
            head_dim,
            ..
        } = self.shape;
        let (keys, _) = self.arena.of(layer);
        let mut read = Vec::with_capacity(slots.len() * kv_heads * head_dim);
        // Slots side by side are one copy.
        for run in slots.chunk_by(|a, b| *b == *a + 1) {
            let from = keys.plus(run[0] as usize * self.shape.slot_bytes());
            let elements = run.len() * kv_heads * self.shape.head_pad();
            let heads = self.device.read(from, elements, element)?;
            let heads = heads.chunks_exact(self.shape.head_pad());
            read.extend(heads.flat_map(|head| head[..head_dim].to_vec()));
        }
        Ok(read)
    }

    fn residual(&mut self) -> Result<Vec<f32>, EngineError> {
        let elements = self.pass.rows * self.shape.hidden;
        self.device
            .read(self.working.x.address(), elements, self.shape.element)
    }

    fn set_residual(&mut self, rows: &[f32]) -> Result<(), EngineError> {
        let bytes = self.shape.element.to_bytes(rows);
        Ok(self.working.x.upload(&self.device, 0, &bytes)?)
    }
}
