//! Tensors by name.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use candle_core::quantized::ggml_file::qtensor_from_ggml;
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use super::bytes::InFile;
use super::error::first_line;
use super::form::{Form, Stack, Stored};
use super::gguf::Gguf;
use super::shards::Shards;
use super::{Config, ModelError, mxfp4};

/// A model's tensors under their names on the hub (`model.layers.0.self_attn.q_proj.weight`).
///
/// Nothing is read before it is asked for: files are memory-mapped. They must not change while this lives.
#[derive(Debug)]
pub struct Weights {
    source: Source,
    form: Form,
}

#[derive(Debug)]
pub(super) enum Source {
    Shards(Shards),
    Gguf(Arc<Gguf>),
}

/// A tensor of plain numbers as it lies in its file: row-major, little-endian, not necessarily aligned.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub dtype: DType,
    pub shape: Vec<usize>,
    /// Borrowed from the mapped file wherever its rows stand in the hub's order.
    pub bytes: Cow<'a, [u8]>,
    /// Where they do.
    place: Option<InFile<'a>>,
}

impl<'a> View<'a> {
    /// A tensor in memory.
    pub fn of(dtype: DType, shape: &[usize], bytes: &'a [u8]) -> View<'a> {
        View {
            dtype,
            shape: shape.to_vec(),
            bytes: Cow::Borrowed(bytes),
            place: None,
        }
    }

    /// Copies bytes from `at` on, out of the file where it is one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn read(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        if let Some(place) = self.place {
            return place.read(at, into);
        }
        into.copy_from_slice(&self.bytes[at..at + into.len()]);
        Ok(())
    }
}

/// A tensor as it lies in its file, or a part of it.
pub(super) struct Raw<'a> {
    pub kind: Kind,
    pub bytes: Cow<'a, [u8]>,
    /// The bytes are blocks of MXFP4 with their scales, which become numbers of `kind` once they are cut.
    pub packed: bool,
}

/// What a tensor's bytes are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Plain(DType),
    /// Quantized, some numbers to a block.
    Blocks(GgmlDType),
}

impl Kind {
    /// Bytes of a number; of quantized ones no whole number, and nobody asks.
    fn size(self) -> usize {
        match self {
            Kind::Plain(dtype) => dtype.size_in_bytes(),
            Kind::Blocks(_) => 1,
        }
    }
}

/// Every model has this one; its number type stands for the whole.
const EMBEDDING: &str = "model.embed_tokens.weight";

impl Weights {
    pub(super) fn new(source: Source) -> Weights {
        Weights {
            source,
            form: Form::default(),
        }
    }

    /// Takes from a configuration how its family stores tensors, and holds all shapes in the files' headers against it,
    /// before any memory follows from them.
    ///
    /// # Errors
    ///
    /// [`ModelError::Tensor`] for the first that is missing or of another shape.
    pub fn check(&mut self, config: &Config) -> Result<(), ModelError> {
        let packed = "model.layers.0.mlp.experts.gate_up_proj_blocks";
        let stack = match &self.source {
            Source::Gguf(_) => Stack::Plain,
            Source::Shards(shards) if shards.has(packed) => Stack::Packed,
            Source::Shards(_) => Stack::Turned,
        };
        self.form = Form::of(config, stack);
        for (name, shape) in config.tensors() {
            self.check_shape(&name, &shape)?;
        }
        Ok(())
    }

    /// Has the system read the files into its cache while this goes on.
    pub fn read_ahead(&self) {
        match &self.source {
            Source::Shards(shards) => shards.read_ahead(),
            Source::Gguf(gguf) => gguf.read_ahead(),
        }
    }

    fn in_file(&self, bytes: &[u8]) -> Option<InFile<'_>> {
        match &self.source {
            Source::Shards(shards) => shards.in_file(bytes),
            Source::Gguf(gguf) => gguf.in_file(bytes),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        match &self.source {
            Source::Shards(shards) => shards.has(name),
            Source::Gguf(gguf) => gguf.has(name),
        }
    }

    /// A tensor on the CPU in the type that it is stored in; a quantized one is expanded to `f32`.
    ///
    /// # Errors
    ///
    /// [`ModelError::Tensor`] if it is missing, not of a floating-point type, or not of this shape.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        let Raw { kind, bytes, .. } = self.raw(name, shape)?;
        let tensor = match kind {
            Kind::Plain(dtype) => Tensor::from_raw_buffer(&bytes, dtype, shape, &Device::Cpu),
            Kind::Blocks(dtype) => {
                let mut numbers = vec![0.0; shape.iter().product()];
                dequantize(dtype, &bytes, &mut numbers)
                    .and_then(|()| Tensor::from_vec(numbers, shape, &Device::Cpu))
            }
        };
        tensor.map_err(|e| self.wrong(name, first_line(&e.to_string())))
    }

    /// A tensor's bytes in its file, to be copied to where they are needed without a stop in between.
    ///
    /// # Errors
    ///
    /// As [`Weights::get`], and for a quantized tensor.
    pub fn view(&self, name: &str, shape: &[usize]) -> Result<View<'_>, ModelError> {
        let Raw { kind, bytes, .. } = self.raw(name, shape)?;
        match kind {
            Kind::Plain(dtype) => Ok(View {
                dtype,
                shape: shape.to_vec(),
                place: match &bytes {
                    Cow::Borrowed(bytes) => self.in_file(bytes),
                    Cow::Owned(_) => None,
                },
                bytes,
            }),
            Kind::Blocks(dtype) => Err(self.wrong(name, format!("is quantized ({dtype:?})"))),
        }
    }

    /// A tensor as it is stored, on the CPU, if it is stored in quantized blocks that rows are whole numbers of.
    ///
    /// # Errors
    ///
    /// As [`Weights::get`].
    pub fn quantized(&self, name: &str, shape: &[usize]) -> Result<Option<QTensor>, ModelError> {
        let quantized = match &self.source {
            Source::Gguf(gguf) => gguf.is_quantized(&self.form.find(name, shape).name)?,
            Source::Shards(_) => false,
        };
        if !quantized {
            return Ok(None);
        }
        match self.raw(name, shape)? {
            Raw {
                kind: Kind::Blocks(dtype),
                bytes,
                ..
            } => qtensor_from_ggml(dtype, &bytes, shape.to_vec(), &Device::Cpu)
                .map(Some)
                .map_err(|e| self.wrong(name, first_line(&e.to_string()))),
            _ => Ok(None),
        }
    }

    /// A tensor's bytes with its rows in the order in which the decoder has them.
    fn raw(&self, name: &str, shape: &[usize]) -> Result<Raw<'_>, ModelError> {
        self.check_shape(name, shape)?;
        let place = self.form.find(name, shape);
        let rows = match shape.len() {
            0 | 1 => place.shape.iter().product(),
            _ => place.shape[..place.shape.len() - 1]
                .iter()
                .product::<usize>(),
        };
        if place.packed {
            return self.unpacked(&place);
        }
        let mut raw = self.stored(&place.name)?;
        if let Some(part) = &place.part {
            // A block is no whole number of a bias's rows.
            if shape.len() < 2 && (raw.packed || matches!(raw.kind, Kind::Blocks(_))) {
                return Err(self.wrong(&place.name, "is quantized, expected F32".to_owned()));
            }
            raw.bytes = part.cut(raw.bytes, rows, raw.kind.size());
        }
        if raw.packed {
            raw.bytes = Cow::Owned(mxfp4::unpack_scaled(&raw.bytes));
        }
        raw.bytes = self.form.ordered(name, raw.bytes, shape[0]);
        Ok(raw)
    }

    /// Blocks of four bits, and the scales beside them, as bf16.
    fn unpacked(&self, place: &Stored<'_>) -> Result<Raw<'_>, ModelError> {
        let Source::Shards(shards) = &self.source else {
            return Err(self.wrong(&place.name, "is packed in four bits".to_owned()));
        };
        let rows = place.shape[..place.shape.len() - 2].iter().product();
        let bytes_of = |name: &str| {
            let bytes = Cow::Borrowed(shards.bytes(name)?);
            Ok::<_, ModelError>(match &place.part {
                Some(part) => part.cut(bytes, rows, 1),
                None => bytes,
            })
        };
        let (blocks, scales) = (bytes_of(&place.name)?, bytes_of(&scales_of(&place.name))?);
        Ok(Raw {
            kind: Kind::Plain(DType::BF16),
            bytes: Cow::Owned(mxfp4::unpack(&blocks, &scales)),
            packed: false,
        })
    }

    /// The type that most of the model is stored in: its embedding's, `None` if that is quantized.
    ///
    /// # Errors
    ///
    /// [`ModelError::Tensor`] if there is no embedding, or if it is not of a floating-point type.
    pub fn dtype(&self) -> Result<Option<DType>, ModelError> {
        match &self.source {
            Source::Gguf(gguf) if gguf.is_quantized(EMBEDDING)? => Ok(None),
            _ => match self.stored(EMBEDDING)?.kind {
                Kind::Plain(dtype) => Ok(Some(dtype)),
                Kind::Blocks(_) => Ok(None),
            },
        }
    }

    /// A tensor whose shape has been checked.
    fn stored(&self, name: &str) -> Result<Raw<'_>, ModelError> {
        match &self.source {
            Source::Shards(shards) => shards.raw(name),
            Source::Gguf(gguf) => gguf.raw(name),
        }
    }

    fn check_shape(&self, name: &str, expected: &[usize]) -> Result<(), ModelError> {
        let place = self.form.find(name, expected);
        self.check_stored(&place.name, &place.shape)?;
        if place.packed {
            let scales = &place.shape[..place.shape.len() - 1];
            self.check_stored(&scales_of(&place.name), scales)?;
        }
        Ok(())
    }

    fn check_stored(&self, name: &str, expected: &[usize]) -> Result<(), ModelError> {
        let has = match &self.source {
            Source::Shards(shards) => shards.shape(name)?,
            Source::Gguf(gguf) => gguf.shape(name)?,
        };
        if has == expected {
            return Ok(());
        }
        Err(self.wrong(name, format!("is of shape {has:?}, expected {expected:?}")))
    }

    fn wrong(&self, name: &str, what: String) -> ModelError {
        match &self.source {
            Source::Shards(shards) => shards.wrong(name, what),
            Source::Gguf(gguf) => gguf.wrong(name, what),
        }
    }
}

/// Bytes of quantized blocks that one task expands.
const TASK: usize = 1 << 18;

/// Expands quantized blocks on all threads.
///
/// # Errors
///
/// Bytes that are no whole number of blocks.
pub(crate) fn dequantize(
    dtype: GgmlDType,
    bytes: &[u8],
    numbers: &mut [f32],
) -> candle_core::Result<()> {
    if numbers.len() / dtype.block_size() * dtype.type_size() != bytes.len() {
        candle_core::bail!(
            "{} bytes for {} numbers in {dtype:?}",
            bytes.len(),
            numbers.len()
        );
    }
    let blocks = TASK / dtype.type_size();
    let tasks = numbers
        .par_chunks_mut(blocks * dtype.block_size())
        .zip(bytes.par_chunks(blocks * dtype.type_size()));
    tasks.try_for_each(|(numbers, bytes)| {
        let blocks = qtensor_from_ggml(dtype, bytes, vec![numbers.len()], &Device::Cpu)?;
        let expanded = blocks.dequantize(&Device::Cpu)?.to_vec1()?;
        numbers.copy_from_slice(&expanded);
        Ok(())
    })
}

/// The tensor of the scales of one of blocks.
fn scales_of(blocks: &str) -> String {
    blocks.replace("_blocks", "_scales")
}
