//! The cached path on a CUDA device: bf16 (f16, f32) weights, activations, keys and values; sums, norms, softmax
//! and logits in f32.
//!
//! Matrix products are cuBLAS' for many rows and `few.cu`'s for one to four; everything else is a kernel of ours,
//! compiled when the model is loaded. Nothing depends on the order in which blocks run, so a command repeats
//! itself exactly on the same device.

mod arena;
mod ceilings;
mod choice;
mod compile;
mod device;
mod functions;
mod graphs;
mod shape;
mod upload;
mod weights;
mod working;

use std::sync::Arc;

use candle_core::cuda_backend::cudarc;
use candle_core::{DType, Tensor, TensorId};
use cudarc::driver::sys::{
    CUdevice_attribute_enum as Attribute, CUgraphInstantiate_flags, CUstreamCaptureMode,
};

use self::arena::Arena;
use self::choice::Chooser;
use self::device::{Address, Buffer, Device};
use self::functions::{FEW, Functions};
use self::graphs::{Graphs, Step};
use self::shape::{Element, Shape};
use self::upload::{Fields, Upload, tiles};
use self::weights::{Into, Products};
use self::working::Working;

pub(crate) use self::weights::{Vector, Weight};

use super::cached::batch::Batch;
use super::cached::kernels::Kernels;
use super::choose::{Choice, Group};
use super::error::EngineError;
use super::event::Event;
use crate::model::Config;

/// Rows of one pass at most: products have reached their full speed, and a run can be cancelled within a tenth of a
/// second.
const MOST_ROWS: usize = 8192;
/// Parts of one row's keys at most.
const MOST_PARTS: usize = 16;

/// Working rows, the cache of keys and values, and what is recorded on one device.
pub(crate) struct Cuda {
    device: Device,
    shape: Shape,
    eps: f32,
    /// f32 `[head_dim / 2]`
    frequencies: Buffer,
    functions: Functions,
    products: Products,
    arena: Arena,
    upload: Upload,
    working: Working,
    chooser: Chooser,
    graphs: Graphs,
    /// The single tensor uploaded last: with tied embeddings the table is the head.
    last: Option<(TensorId, Arc<Buffer>)>,
    most_rows: usize,
    /// Blocks of attention that fill the device.
    blocks: usize,
    pass: Pass,
}

/// The batch under way.
struct Pass {
    fields: Fields,
    /// Rows worked on: all, and in the last layer those that emit.
    rows: usize,
    emitting: usize,
    /// The rows worked on among all, or null for all.
    chosen: Address,
    /// Rows go through the kernels of `few.cu`.
    few: bool,
    /// Weights of a norm that the next product applies itself.
    norm: Address,
}

impl Cuda {
    /// Opens a device and compiles the kernels for this model.
    ///
    /// # Errors
    /// [`EngineError::Device`] if there is no such device, or if its kernels do not cover the model.
    pub fn new(
        config: &Config,
        ordinal: usize,
        dtype: DType,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Cuda, EngineError> {
        let shape = Shape::new(config, Element::of(dtype)?)?;
        let device = Device::open(ordinal)?;
        let functions = Functions::load(&device, &shape, &mut || {
            sink(Event::Loading {
                what: "compiling kernels".to_owned(),
                done: 0,
                total: 0,
            });
        })?;
        let processors = device
            .context
            .attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
        let blocks = 4 * usize::try_from(processors).unwrap_or(1);
        let frequencies = config.rope.inverse_frequencies(config.head_dim);
        let frequencies = Tensor::new(frequencies, &candle_core::Device::Cpu)?;
        let share = device.context.total_mem()? / 16;
        Ok(Cuda {
            eps: config.rms_norm_eps as f32,
            frequencies: weights::vector(&device, &frequencies)?,
            functions,
            products: Products::new(&device, shape.element)?,
            arena: Arena::new(&device, &shape)?,
            upload: Upload::new(&device)?,
            working: Working::new(&device, &shape, blocks)?,
            chooser: Chooser::new(&device)?,
            graphs: Graphs::default(),
            last: None,
            most_rows: (share / shape.row_bytes()).clamp(64, MOST_ROWS),
            blocks,
            pass: Pass::default(),
            device,
            shape,
        })
    }

    /// The device's name.
    pub fn hardware(&self) -> Result<String, EngineError> {
        Ok(self.device.context.name()?)
    }

    /// Parts into which each row's keys are split so that so many rows fill the device.
    fn parts(&self, rows: usize) -> usize {
        let blocks = rows * self.shape.heads / self.shape.members();
        (self.blocks / blocks.max(1)).clamp(1, MOST_PARTS)
    }

    /// A product with the working rows.
    fn product(
        &mut self,
        weight: &Weight,
        x: Address,
        y: Address,
        into: Into,
    ) -> Result<(), EngineError> {
        let rows = self.pass.rows;
        let norm = std::mem::replace(&mut self.pass.norm, Address::NULL);
        if self.pass.few {
            let norm = (norm, self.eps);
            let x_y = (x, y);
            return self
                .products
                .few(&self.device, &self.functions, weight, x_y, rows, into, norm);
        }
        self.products
            .many(&self.device, &self.functions, weight, (x, y), rows, into)
    }

    /// The rows that norms' products read: already normalised, or to be.
    fn normed(&self) -> Address {
        if self.pass.few {
            self.working.x.address()
        } else {
            self.working.normed.address()
        }
    }

    /// Runs a pass, recorded where that pays.
    fn replay(
        &mut self,
        pass: &mut dyn FnMut(&mut Self) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let rows = self.pass.rows;
        match self.graphs.get(rows) {
            Some(Step::Recorded(graph)) => Ok(graph.launch()?),
            Some(Step::Refused) => pass(self),
            Some(Step::Warm) => {
                self.device
                    .stream
                    .begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)?;
                let outcome = pass(self);
                let graph = self.device.stream.end_capture(CUgraphInstantiate_flags(0));
                if let (Ok(()), Ok(Some(graph))) = (outcome, graph) {
                    graph.launch()?;
                    self.graphs.set(rows, Step::Recorded(graph));
                    return Ok(());
                }
                // Nothing has run yet.
                self.graphs.set(rows, Step::Refused);
                pass(self)
            }
            None => {
                self.graphs.set(rows, Step::Warm);
                pass(self)
            }
        }
    }
}

impl Default for Pass {
    fn default() -> Self {
        let none = Address::NULL;
        Pass {
            fields: Fields {
                rows: 0,
                tokens: none,
                positions: none,
                slots: none,
                reads: none,
                bias: none,
                emit: none,
                lists: none,
                tiles: none,
                tile_count: 0,
            },
            rows: 0,
            emitting: 0,
            chosen: none,
            few: false,
            norm: none,
        }
    }
}

impl Kernels for Cuda {
    type Weight = Weight;
    type Vector = Vector;
    type Table = Weight;

    fn weight(&mut self, parts: &[Tensor], bias: Option<&Tensor>) -> Result<Weight, EngineError> {
        let weight = Weight::upload(&self.device, self.shape.element, parts, bias)?;
        if let [part] = parts {
            self.last = Some((part.id(), weight.data.clone()));
        }
        Ok(weight)
    }

    fn vector(&mut self, tensor: &Tensor) -> Result<Vector, EngineError> {
        Ok(Vector(weights::vector(&self.device, tensor)?))
    }

    fn table(&mut self, tensor: &Tensor) -> Result<Weight, EngineError> {
        if let Some((id, data)) = &self.last
            && *id == tensor.id()
        {
            let (rows, width) = tensor.dims2()?;
            return Ok(Weight::shared(data.clone(), rows, width));
        }
        self.weight(std::slice::from_ref(tensor), None)
    }

    fn reserve(&mut self, slots: usize) -> Result<usize, EngineError> {
        if slots > self.arena.slots() {
            // A twentieth stays free, and room for working rows and their logits.
            let rows = self.most_rows * self.shape.row_bytes() + 1024 * 4 * self.shape.vocabulary;
            let left = rows + self.device.context.total_mem()? / 20;
            let budget = self.device.free_memory()?.saturating_sub(left);
            if self.arena.grow(&self.device, &self.shape, slots, budget)? {
                self.graphs.clear();
            }
        }
        Ok(self.arena.slots())
    }

    fn most_rows(&self) -> usize {
        self.most_rows
    }

    fn run(
        &mut self,
        batch: &Batch,
        pass: &mut dyn FnMut(&mut Self) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let rows = batch.rows();
        if rows == 0 {
            return Ok(());
        }
        self.device.context.bind_to_thread()?;
        let whole = batch.emit.len() == rows;
        let mut tiles = match &self.functions.attend_tiles {
            Some(_) => tiles(batch, self.shape.tile_rows()),
            None => Vec::new(),
        };
        // Tiles pay where rows share lists.
        if tiles.len() * 2 > rows {
            tiles.clear();
        }
        let bucket = if whole && tiles.is_empty() {
            Graphs::bucket(rows)
        } else {
            None
        };
        let filled = bucket.unwrap_or(rows);
        let emitting = if whole { filled } else { batch.emit.len() };
        let moved = self
            .working
            .grow(&self.device, &self.shape, filled, emitting)?;
        let spare = self.arena.spare();
        let (fields, sent_elsewhere) =
            self.upload
                .send(&self.device, batch, filled, spare, &tiles)?;
        if moved || sent_elsewhere {
            self.graphs.clear();
        }
        let widest = self.shape.hidden.max(self.shape.inner).max(self.shape.attended());
        let few = filled <= FEW
            && filled * widest * self.shape.element.bytes() <= self.functions.few_shared;
        self.pass = Pass {
            fields,
            rows: filled,
            emitting,
            chosen: Address::NULL,
            few,
            norm: Address::NULL,
        };
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
        ];
        // SAFETY: `embed(table, tokens, x, hidden)`; tokens lie in the vocabulary.
        unsafe {
            self.device
                .launch(&self.functions.embed, (self.pass.rows, 1, 1), 128, 0, &arguments)
        }
    }

    fn norm(&mut self, weight: &Vector) -> Result<(), EngineError> {
        if self.pass.few {
            self.pass.norm = weight.0.address();
            return Ok(());
        }
        let arguments = [
            self.working.x.address().into(),
            weight.0.address().into(),
            self.working.normed.address().into(),
            self.shape.hidden.into(),
            self.eps.into(),
        ];
        // SAFETY: `rms_norm(x, weight, out, hidden, eps)`
        unsafe {
            self.device
                .launch(&self.functions.rms_norm, (self.pass.rows, 1, 1), 256, 0, &arguments)
        }
    }

    fn project(&mut self, weight: &Weight) -> Result<(), EngineError> {
        debug_assert_eq!(weight.outputs(), self.shape.qkv());
        self.product(weight, self.normed(), self.working.qkv.address(), Into::Replace)
    }

    fn rotate_and_store(
        &mut self,
        layer: usize,
        head_norms: Option<(&Vector, &Vector)>,
    ) -> Result<(), EngineError> {
        let (keys, values) = self.arena.of(layer);
        let norms = head_norms.map(|(query, key)| (query.0.address(), key.0.address()));
        let (query_norm, key_norm) = norms.unwrap_or((Address::NULL, Address::NULL));
        let arguments = [
            self.working.qkv.address().into(),
            self.pass.fields.positions.into(),
            self.pass.fields.slots.into(),
            self.frequencies.address().into(),
            keys.into(),
            values.into(),
            query_norm.into(),
            key_norm.into(),
            self.eps.into(),
        ];
        // One row alone gets a warp per head or two, so that it takes no longer than it must.
        let threads = if self.pass.few { 512 } else { 128 };
        // SAFETY: `rotate_and_store(qkv, positions, slots, frequencies, keys, values, query_norm, key_norm, eps)`;
        // slots lie in the arena.
        unsafe {
            self.device.launch(
                &self.functions.rotate_and_store,
                (self.pass.rows, 1, 1),
                threads,
                0,
                &arguments,
            )
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
            self.device
                .launch(&self.functions.gather, (self.pass.emitting, 1, 1), 128, 0, &arguments)?;
        }
        std::mem::swap(&mut self.working.x, &mut self.working.normed);
        self.pass.rows = self.pass.emitting;
        self.pass.chosen = emit;
        Ok(())
    }

    fn attend(&mut self, layer: usize) -> Result<(), EngineError> {
        let Pass {
            fields,
            rows,
            chosen,
            ..
        } = self.pass;
        let (keys, values) = self.arena.of(layer);
        let scale = 1.0 / (self.shape.head_dim as f32).sqrt();
        let (qkv, out) = (self.working.qkv.address(), self.working.attended.address());
        if let Some(function) = &self.functions.attend_tiles
            && fields.tile_count > 0
            && chosen == Address::NULL
        {
            let arguments = [
                qkv.into(),
                keys.into(),
                values.into(),
                fields.lists.into(),
                fields.reads.into(),
                fields.bias.into(),
                fields.tiles.into(),
                out.into(),
                scale.into(),
            ];
            let grid = (fields.tile_count, self.shape.kv_heads, 1);
            let shared = self.shape.tile_shared();
            // SAFETY: `attend_tiles(qkv, keys, values, lists, reads, bias, tiles, out, scale)`; lists name slots of
            // the arena.
            return unsafe { self.device.launch(function, grid, 128, shared, &arguments) };
        }
        let parts = self.parts(rows);
        let sums = self.working.part_sums.address();
        let totals = self.working.part_totals.address();
        let arguments = [
            qkv.into(),
            keys.into(),
            values.into(),
            fields.lists.into(),
            fields.reads.into(),
            fields.bias.into(),
            chosen.into(),
            out.into(),
            sums.into(),
            totals.into(),
            scale.into(),
        ];
        let grid = (rows, self.shape.heads / self.shape.members(), parts);
        // SAFETY: `attend_split(qkv, keys, values, lists, reads, bias, rows, out, part_sums, part_totals, scale)`;
        // lists name slots of the arena, and parts of `blocks` blocks have room.
        unsafe {
            self.device
                .launch(&self.functions.attend_split, grid, 128, 0, &arguments)?;
        }
        if parts > 1 {
            let arguments = [sums.into(), totals.into(), out.into(), parts.into()];
            let threads = self.shape.head_dim.next_multiple_of(32);
            // SAFETY: `merge_parts(part_sums, part_totals, out, parts)`
            unsafe {
                self.device.launch(
                    &self.functions.merge_parts,
                    (rows * self.shape.heads, 1, 1),
                    threads,
                    0,
                    &arguments,
                )?;
            }
        }
        Ok(())
    }

    fn add_attended(&mut self, weight: &Weight) -> Result<(), EngineError> {
        let (attended, x) = (self.working.attended.address(), self.working.x.address());
        self.product(weight, attended, x, Into::Add)
    }

    fn gate(&mut self, weight: &Weight) -> Result<(), EngineError> {
        let inner = self.working.inner.address();
        if self.pass.few {
            return self.product(weight, self.normed(), inner, Into::Gate);
        }
        let both = self.working.both.address();
        self.product(weight, self.normed(), both, Into::Replace)?;
        let arguments = [both.into(), inner.into(), self.shape.inner.into()];
        let vectors = self.shape.inner * self.shape.element.bytes() / 16;
        // SAFETY: `gated(both, out, inner)`
        unsafe {
            self.device.launch(
                &self.functions.gated,
                (self.pass.rows, vectors.div_ceil(256), 1),
                256,
                0,
                &arguments,
            )
        }
    }

    fn add_hidden(&mut self, weight: &Weight) -> Result<(), EngineError> {
        let (inner, x) = (self.working.inner.address(), self.working.x.address());
        self.product(weight, inner, x, Into::Add)
    }

    fn logits(&mut self, weight: &Weight) -> Result<(), EngineError> {
        debug_assert_eq!(weight.outputs(), self.shape.vocabulary);
        self.product(weight, self.normed(), self.working.logits.address(), Into::Logits)
    }

    fn choose(&mut self, groups: &[Group<'_>]) -> Result<Vec<Choice>, EngineError> {
        self.device.context.bind_to_thread()?;
        self.chooser.choose(
            &self.device,
            &self.functions,
            self.working.logits.address(),
            self.shape.vocabulary,
            groups,
        )
    }
}
