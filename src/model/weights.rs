//! Tensors by name.

use std::borrow::Cow;
use std::sync::Arc;

use candle_core::quantized::QTensor;
use candle_core::{DType, Device, Tensor};

use super::error::first_line;
use super::form::{Form, Stored};
use super::gguf::Gguf;
use super::shards::Shards;
use super::{Config, ModelError};

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

/// A tensor as it lies in its file: row-major little-endian numbers, not necessarily aligned.
#[derive(Debug, Clone)]
pub struct View<'a> {
    pub dtype: DType,
    pub shape: Vec<usize>,
    /// Borrowed from the mapped file wherever its rows stand in the hub's order.
    pub bytes: Cow<'a, [u8]>,
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
        self.form = Form::of(config);
        for (name, shape) in config.tensors() {
            self.check_shape(&name, &shape)?;
        }
        Ok(())
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
        let tensor = match self.quantized(name, shape)? {
            Some(blocks) => blocks.dequantize(&Device::Cpu),
            None => {
                let view = self.view(name, shape)?;
                Tensor::from_raw_buffer(&view.bytes, view.dtype, shape, &Device::Cpu)
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
        self.check_shape(name, shape)?;
        let place = self.form.find(name, shape);
        let mut view = self.stored(&place.name)?;
        if let Some(rows) = place.rows {
            let row = view.bytes.len() / place.shape[0];
            let bytes = rows.start * row..rows.end * row;
            view.bytes = match view.bytes {
                Cow::Borrowed(all) => Cow::Borrowed(&all[bytes]),
                Cow::Owned(all) => Cow::Owned(all[bytes].to_vec()),
            };
            view.shape[0] = rows.len();
        }
        view.bytes = self.form.ordered(name, view.bytes, shape[0]);
        Ok(view)
    }

    /// A tensor as it is stored, on the CPU, if it is stored in quantized blocks.
    ///
    /// # Errors
    ///
    /// As [`Weights::get`].
    pub fn quantized(&self, name: &str, shape: &[usize]) -> Result<Option<QTensor>, ModelError> {
        match &self.source {
            Source::Gguf(gguf) if gguf.is_quantized(name)? => {
                self.check_shape(name, shape)?;
                gguf.quantized(name).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The type that most of the model is stored in: its embedding's, `None` if that is quantized.
    ///
    /// # Errors
    ///
    /// [`ModelError::Tensor`] if there is no embedding, or if it is not of a floating-point type.
    pub fn dtype(&self) -> Result<Option<DType>, ModelError> {
        match &self.source {
            Source::Gguf(gguf) if gguf.is_quantized(EMBEDDING)? => Ok(None),
            _ => Ok(Some(self.stored(EMBEDDING)?.dtype)),
        }
    }

    /// A tensor whose shape has been checked.
    fn stored(&self, name: &str) -> Result<View<'_>, ModelError> {
        match &self.source {
            Source::Shards(shards) => shards.view(name),
            Source::Gguf(gguf) => gguf.view(name),
        }
    }

    fn check_shape(&self, name: &str, expected: &[usize]) -> Result<(), ModelError> {
        let Stored {
            name,
            shape: expected,
            ..
        } = self.form.find(name, expected);
        let name = name.as_ref();
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
