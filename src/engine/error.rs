//! What can go wrong in an engine.

use super::cuda::Unavailable;
use crate::layout::LayoutError;
use crate::model::ModelError;

/// Why a model cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Model(ModelError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error("{0}")]
    Device(String),
    #[error(transparent)]
    Cuda(#[from] Unavailable),
    #[error(
        "out of memory: {needed} tokens of keys and values are needed at once and {room} fit: lower --batch, or \
         choose fewer templates or shots"
    )]
    OutOfMemory { needed: usize, room: usize },
    #[error(
        "the device's memory is full: free some, lower --batch, take another device or use --device cpu"
    )]
    DeviceFull,
    /// A device that has gone, or cannot go on.
    #[error(
        "the device failed ({0}): see what `nvidia-smi` says of it; what is finished of a run with --out is kept for \
         --resume"
    )]
    DeviceFailed(String),
    #[error(
        "the tokenizer gives token {token}, but the model's vocabulary has {known}: the tokenizer belongs to another \
         model"
    )]
    UnknownToken { token: u32, known: usize },
    #[error(
        "ffn-avg and ffn-max mix what one MLP's down projection reads, and layers of this model have experts instead: \
         choose layer-avg"
    )]
    NoProduct,
    #[error(
        "--from-layer {first}: the model has {layers} layers, counted from 1: give one of them, or leave the option out"
    )]
    NoLayer { first: usize, layers: usize },
    #[error(
        "looking inside {tokens} tokens takes {:.1} GiB of queries and keys, and {:.1} are the limit: choose fewer \
         templates or shots",
        gib(*.bytes), gib(*.most)
    )]
    TooMuchToObserve {
        tokens: usize,
        bytes: usize,
        most: usize,
    },
    #[error(
        "the tokenizer lets the labels {0} and {1} begin with the same token: the next token cannot tell which is meant, \
         choose another model"
    )]
    Labels(String, String),
    #[error("the model failed: {}", one_line(.0))]
    Candle(#[from] candle_core::Error),
}

/// Why one task has no answer; the others go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    #[error(
        "the model's logits are not finite (NaN or infinity): use --dtype bf16 or f32; where they stay so, the \
         weights are damaged"
    )]
    NotFinite,
}

impl From<ModelError> for EngineError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled => EngineError::Cancelled,
            error => EngineError::Model(error),
        }
    }
}

impl EngineError {
    /// Whether less work at once may succeed.
    pub(super) fn is_want_of_memory(&self) -> bool {
        matches!(
            self,
            EngineError::OutOfMemory { .. } | EngineError::DeviceFull
        )
    }
}

fn gib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// Candle adds a backtrace to its messages; the first line says what happened.
fn one_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or("").to_owned()
}
