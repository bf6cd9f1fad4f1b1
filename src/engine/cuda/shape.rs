//! Sizes of a model, as the kernels know them.

use candle_core::DType;
use cudarc::cublas::sys::cudaDataType_t;
use half::{bf16, f16};

use super::experts;
use crate::engine::error::EngineError;
use crate::model::{Activation, Config, Growth, QkNorm};

/// The (row, query head) pairs of one tile: `TILE_PAIRS` in `tiles.cu`.
const TILE_PAIRS: usize = 64;
/// `TILE_KEYS` in `tiles.cu`.
const TILE_KEYS: usize = 32;

/// What weights, activations, keys and values are held in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Bf16,
    F16,
    F32,
}

impl Element {
    pub fn of(dtype: DType) -> Result<Element, EngineError> {
        match dtype {
            DType::BF16 => Ok(Element::Bf16),
            DType::F16 => Ok(Element::F16),
            DType::F32 => Ok(Element::F32),
            other => Err(EngineError::Device(format!(
                "cuda: weights cannot be held in {}: use --dtype bf16, f16 or f32",
                other.as_str()
            ))),
        }
    }

    /// `ELEMENT` in `common.cu`.
    pub fn number(self) -> usize {
        match self {
            Element::Bf16 => 1,
            Element::F16 => 2,
            Element::F32 => 3,
        }
    }

    pub fn bytes(self) -> usize {
        if self == Element::F32 { 4 } else { 2 }
    }

    /// The nearest number of this type.
    pub fn round(self, value: f32) -> f32 {
        match self {
            Element::Bf16 => bf16::from_f32(value).to_f32(),
            Element::F16 => f16::from_f32(value).to_f32(),
            Element::F32 => value,
        }
    }

    /// Elements as they lie in memory, as f32.
    pub fn widen(self, bytes: &[u8]) -> Vec<f32> {
        let halves = bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
        match self {
            Element::Bf16 => halves.map(|b| bf16::from_le_bytes(b).to_f32()).collect(),
            Element::F16 => halves.map(|b| f16::from_le_bytes(b).to_f32()).collect(),
            Element::F32 => (bytes.chunks_exact(4))
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        }
    }

    /// The reverse of [`Element::widen`], rounded.
    pub fn to_bytes(self, values: &[f32]) -> Vec<u8> {
        let values = values.iter();
        match self {
            Element::Bf16 => values
                .flat_map(|&v| bf16::from_f32(v).to_le_bytes())
                .collect(),
            Element::F16 => values
                .flat_map(|&v| f16::from_f32(v).to_le_bytes())
                .collect(),
            Element::F32 => values.flat_map(|v| v.to_le_bytes()).collect(),
        }
    }

    pub fn dtype(self) -> DType {
        match self {
            Element::Bf16 => DType::BF16,
            Element::F16 => DType::F16,
            Element::F32 => DType::F32,
        }
    }

    pub fn cublas(self) -> cudaDataType_t {
        match self {
            Element::Bf16 => cudaDataType_t::CUDA_R_16BF,
            Element::F16 => cudaDataType_t::CUDA_R_16F,
            Element::F32 => cudaDataType_t::CUDA_R_32F,
        }
    }
}

/// Sizes of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub element: Element,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub hidden: usize,
    pub inner: usize,
    /// The wider of `inner` and what an expert has.
    pub widest: usize,
    /// Experts of a layer, and those that a row goes through; 0 where there are none.
    pub experts: (usize, usize),
    pub vocabulary: usize,
    pub activation: Activation,
    pub qk_norm: QkNorm,
    pub embedding_scale: f32,
    pub attention_scale: f32,
    pub attention_softcap: Option<f32>,
    pub logits_softcap: Option<f32>,
    pub query_growth: Option<Growth>,
}

impl Shape {
    pub fn new(config: &Config, element: Element) -> Result<Shape, EngineError> {
        // Rows are read 16 bytes at a time.
        for (name, size) in [
            ("hidden_size", config.hidden_size),
            ("intermediate_size", config.intermediate_size),
            (
                "moe_intermediate_size",
                config.experts.as_ref().map_or(0, |it| it.inner_size),
            ),
            ("heads · head_dim", config.heads * config.head_dim),
        ] {
            if size % 8 != 0 {
                return Err(EngineError::Device(format!(
                    "cuda: {name} is {size}, expected a multiple of 8: use --device cpu"
                )));
            }
        }
        for (name, size) in [
            ("vocab_size", config.vocab_size),
            ("hidden_size", config.hidden_size),
            ("intermediate_size", 2 * config.widest_inner()),
            (
                "heads · head_dim",
                (config.heads + 2 * config.kv_heads) * config.head_dim,
            ),
        ] {
            if i32::try_from(size).is_err() {
                return Err(EngineError::Device(format!(
                    "cuda: {name} asks for rows of {size}, expected below 2³¹: use --device cpu"
                )));
            }
        }
        if config.head_dim > 256 {
            return Err(EngineError::Device(format!(
                "cuda: head_dim is {}, expected 256 at most: use --device cpu",
                config.head_dim
            )));
        }
        Ok(Shape {
            element,
            layers: config.layers,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            hidden: config.hidden_size,
            inner: config.intermediate_size,
            widest: config.widest_inner(),
            experts: (config.experts.as_ref()).map_or((0, 0), |it| (it.count, it.chosen)),
            vocabulary: config.vocab_size,
            activation: config.activation,
            qk_norm: config.qk_norm,
            embedding_scale: element.round(config.embedding_scale),
            attention_scale: config.attention_scale,
            attention_softcap: config.attention_softcap,
            logits_softcap: config.logits_softcap,
            query_growth: config.query_growth,
        })
    }

    /// Elements of one row of fused projections.
    pub fn qkv(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.head_dim
    }

    /// Elements of one row of attention output.
    pub fn attended(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Elements from one head to the next in the cache.
    pub fn head_pad(&self) -> usize {
        self.head_dim.next_multiple_of(16)
    }

    /// Bytes of one token's keys, or values, in one layer.
    pub fn slot_bytes(&self) -> usize {
        self.kv_heads * self.head_pad() * self.element.bytes()
    }

    /// Bytes of one token's keys and values in all layers.
    pub fn token_bytes(&self) -> usize {
        2 * self.layers * self.slot_bytes()
    }

    /// The most rows of one attention tile.
    pub fn tile_rows(&self) -> usize {
        TILE_PAIRS * self.kv_heads / self.heads
    }

    /// `sizeof(TileMemory)` in `tiles.cu`.
    pub fn tile_shared(&self) -> usize {
        let rows = TILE_PAIRS + 4 * TILE_KEYS;
        rows * (self.head_pad() + 8) * self.element.bytes() + 2 * TILE_KEYS * 4
    }

    /// Query heads that one block of `attend_split` takes: `MEMBERS` in `split.cu`.
    pub fn members(&self) -> usize {
        match self.heads / self.kv_heads {
            group if group <= 8 => group,
            group if group % 8 == 0 => 8,
            group if group % 4 == 0 => 4,
            _ => 1,
        }
    }

    /// Bytes of working memory per row, logits aside.
    pub fn row_bytes(&self) -> usize {
        let row = 3 * self.hidden + self.qkv() + self.attended() + 3 * self.widest;
        self.element.bytes() * row + experts::Rows::row_bytes(self)
    }
}
