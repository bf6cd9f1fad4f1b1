//! The cached path on a CUDA device: bf16 (f16, f32) weights, activations, keys and values; sums, norms, softmax
//! and logits in f32.
//!
//! Matrix products are cuBLAS' for many rows and `few.cu`'s for one to four; everything else is a kernel of ours,
//! compiled when the model is loaded. Nothing depends on the order in which blocks run, so a command repeats
//! itself exactly on the same device.
//!
//! # How exact
//!
//! Against the reference answers (three tiny models, 192 answers over 96 groups of layouts and methods, the five best
//! logits of every step until a token differs), `cargo test --release --test oracle -- --nocapture` on one H200,
//! 2026-11-23; differences of logits:
//!
//! | | median | 99 % | largest | same token | where the gap exceeds 0.1 |
//! |---|---|---|---|---|---|
//! | f32 | | | 7.2e-6 | all | all |
//! | bf16 | 0.009 | 0.070 | 0.158 | 818 of 826 | 685 of 685 |
//!
//! # Where the time goes
//!
//! One H100, Llama-3.2-3B shape, bf16, 2026-11-27, microseconds per layer by `ncu --metrics gpu__time_duration.sum` (caches
//! and clocks left as they are) under `lamascope bench --shape llama3.2-3b --workload fused`. On this device a large product
//! reaches 800 TFLOP/s for some hundredths of a second and 683 for as long as a run takes, a copy 3.02 TB/s.
//!
//! | | chunk of 8,192 rows | step of 512 sequences with 560 keys each |
//! |---|---|---|
//! | gate and up | 1,061 (777 TFLOP/s) | 82 |
//! | output and down | 812 (698 TFLOP/s) | 62 |
//! | query, key and value | 451 (571 TFLOP/s) | 31 |
//! | attention | 137 (`tiles.cu`) | common keys 44, own keys 104, which overlap; merging 19 |
//! | silu · up | 135 (2.98 TB/s) | 8 |
//! | norms | 70 (2.9 TB/s) | 9 |
//! | rotation, keys and values | 67 | 9 |
//!
//! A step takes 11.8 ms from token to token: 28 layers, 0.7 ms of logits, 0.3 of the choice, and about 0.6 on the host.
//! Where every row reads its whole list by itself, attention takes 314.
//!
//! One H200, 2026-11-22, where a large product reaches 797 TFLOP/s and a copy 4.27 TB/s.
//! A decode step of one sequence with 555 keys, as a graph: 2.27 ms from token to token. Reading the weights once
//! takes 1.50 ms. Each kernel on its own (in the graph they overlap, so the sum is more):
//!
//! | | ms | share | reached |
//! |---|---|---|---|
//! | gate, up and silu | 0.80 | 31 % | 3.5 TB/s |
//! | output and down | 0.71 | 28 % | 2.7 TB/s |
//! | query, key and value | 0.36 | 14 % | 2.4 TB/s |
//! | attention and merge | 0.35 | 14 % | |
//! | logits | 0.18 | 7 % | 4.4 TB/s |
//! | rotation, choice, embedding | 0.14 | 6 % | |

mod arena;
mod argmax;
mod attention;
mod ceilings;
mod compile;
mod device;
mod experts;
mod feed;
mod functions;
mod graphs;
mod head;
mod joint;
mod later;
mod libraries;
mod opening;
mod pass;
mod shape;
mod stages;
mod steps;
#[cfg(test)]
mod tests;
mod upload;
mod weights;
mod working;

use std::ops::Range;

use candle_core::{DType, Tensor};
use cudarc::driver::CudaEvent;
use cudarc::driver::sys::CUdevice_attribute_enum as Attribute;

use self::arena::Arena;
use self::argmax::Argmax;
use self::device::{Buffer, Device};
use self::feed::Feed;
use self::functions::Functions;
use self::graphs::Graphs;
use self::head::Head;
use self::later::Later;
use self::pass::Pass;
use self::shape::{Element, Shape};
use self::upload::Upload;
use self::weights::Products;
use self::working::{FIRST_ROWS, Working};

pub use self::libraries::Unavailable;
pub(crate) use self::libraries::devices;
pub(crate) use self::opening::Opening;
pub(crate) use self::stages::{arranged, open};
use super::cached::spread::Sizes;
use super::error::EngineError;
use crate::model::{Config, Experts};

/// Rows of one pass at most: products have reached their full speed, and a run can be cancelled within a tenth of a
/// second.
const MOST_ROWS: usize = 8192;

/// Rows of logits that have room beside the cache.
const MANY_LOGITS: usize = 1024;

/// Working rows, the cache of keys and values, and what is recorded on one device.
pub(crate) struct Cuda {
    device: Device,
    shape: Shape,
    eps: f32,
    experts: Option<Experts>,
    /// Of each way in which heads turn frequencies and lengths, f32 `[head_dim / 2]`.
    rotations: Vec<[Buffer; 2]>,
    /// Per layer which of them, and whether it has a sliding window.
    rotation_of: Vec<usize>,
    sliding: Vec<bool>,
    /// Made while weights come; [`Cuda::wait`] stands before their use.
    functions: Later<Functions>,
    products: Later<Products>,
    /// Until the weights are in place.
    feed: Option<Feed>,
    arena: Arena,
    upload: Upload,
    working: Working,
    head: Head,
    top: Argmax,
    graphs: Graphs,
    most_rows: usize,
    /// Blocks of attention that fill the device.
    blocks: usize,
    pass: Pass,
    /// Whether the last layer is here, and with it the logits.
    ends: bool,
    /// Rows have been computed, or taken over, as far as another device waits for.
    passed: CudaEvent,
}

impl Cuda {
    /// Whether the kernels cover this model.
    ///
    /// # Errors
    /// [`EngineError::Device`] with the size that they do not cover.
    pub fn check(config: &Config) -> Result<(), EngineError> {
        Shape::new(config, Element::Bf16).map(drop)
    }

    /// Opens a device and compiles the kernels for some layers of this model.
    ///
    /// # Errors
    /// [`EngineError::Device`] if there is no such device, if its kernels do not cover the model, or if its memory does not
    /// hold the weights.
    pub fn of_layers(
        config: &Config,
        ordinal: usize,
        layers: Range<usize>,
        dtype: DType,
    ) -> Result<Cuda, EngineError> {
        let ends = layers.end == config.layers;
        let shape = Shape {
            layers: layers.len(),
            ..Shape::new(config, Element::of(dtype)?)?
        };
        let device = Device::open(ordinal)?;
        let opened = device.clone();
        let functions = Later::begin(move || Functions::load(&opened, &shape, &mut || ()))?;
        let opened = device.clone();
        let products = Later::begin(move || Products::new(&opened, shape.element))?;
        let processors = device
            .context
            .attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
        let blocks = 4 * usize::try_from(processors).unwrap_or(1);
        let (rotations, rotation_of) = config.rotations();
        let numbers = |numbers: Vec<f32>| -> Result<Buffer, EngineError> {
            let numbers = Tensor::new(numbers, &candle_core::Device::Cpu)?;
            weights::vector(&device, &numbers)
        };
        let rotations = rotations
            .into_iter()
            .map(|rotation| Ok([numbers(rotation.frequencies)?, numbers(rotation.lengths)?]));
        let rotations = rotations.collect::<Result<_, EngineError>>()?;
        let (weights, free) = (
            Sizes::of(config).numbers(&layers) * shape.element.bytes(),
            device.free_memory()?,
        );
        if weights >= free {
            return Err(EngineError::Device(format!(
                "cuda:{ordinal}: the weights take {} and {} of its memory are free: free some, take another device, \
                 several (--device cuda:0+1) or --device cpu",
                gib(weights),
                gib(free)
            )));
        }
        Ok(Cuda {
            eps: config.rms_norm_eps as f32,
            experts: config.experts.clone(),
            rotations,
            rotation_of,
            sliding: (0..config.layers)
                .map(|layer| config.slides(layer))
                .collect(),
            functions,
            products,
            feed: None,
            arena: Arena::new(&device, &shape, layers.start)?,
            upload: Upload::new(&device)?,
            working: Working::new(&device, &shape, blocks)?,
            head: Head::new(&device)?,
            top: Argmax::new(&device)?,
            graphs: Graphs::default(),
            most_rows: MOST_ROWS,
            blocks,
            pass: Pass::default(),
            ends,
            passed: device.context.new_event(None)?,
            device,
            shape,
        })
    }

    /// Bytes that the cache of keys and values may take of what is free now. The first call, which finds the
    /// weights in place, also says how many rows one pass may have.
    fn budget(&mut self) -> Result<usize, EngineError> {
        let free = self.device.free_memory()?;
        if self.arena.slots() == 0 {
            self.most_rows = (free / 8 / self.shape.row_bytes()).clamp(FIRST_ROWS, MOST_ROWS);
        }
        // What working rows and logits of many rows may still grow by, and a twentieth for what else is allocated.
        let rows = self.most_rows.saturating_sub(self.working.rows()) * self.shape.row_bytes();
        let many = if self.ends { MANY_LOGITS } else { 0 };
        let logits = Working::logits_bytes(&self.shape, many).min(free / 8);
        let logits = logits.saturating_sub(self.working.logits.bytes());
        Ok(free.saturating_sub(rows + logits + free / 20))
    }

    /// What brings weights here.
    fn feed(&mut self) -> Result<&mut Feed, EngineError> {
        match &mut self.feed {
            Some(feed) => Ok(feed),
            none => Ok(none.insert(Feed::new(&self.device)?)),
        }
    }

    /// Whether kernels are still being compiled.
    pub fn is_compiling(&self) -> bool {
        !self.functions.is_made()
    }

    /// Waits until kernels and cuBLAS are ready.
    pub fn wait(&self) -> Result<(), EngineError> {
        self.functions.wait()?;
        self.products.wait()
    }

    /// The device's name.
    pub fn hardware(&self) -> Result<String, EngineError> {
        Ok(self.device.context.name()?)
    }
}

/// A device by number, name and memory: `cuda:0 NVIDIA H100, 78.1 of 79.2 GiB free`.
pub(crate) fn in_words(ordinal: usize) -> Result<String, EngineError> {
    let device = Device::open(ordinal)?;
    let (free, total) = device.context.mem_get_info()?;
    let name = device.context.name()?;
    let free = format!("{:.1}", free as f64 / f64::from(1 << 30));
    Ok(format!(
        "cuda:{ordinal} {name}, {free} of {} free",
        gib(total)
    ))
}

/// `6.4 GiB`.
fn gib(bytes: usize) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}
