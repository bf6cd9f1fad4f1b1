//! Engine options.

use clap::Args;

use super::positive;
use crate::engine::{Device, Dtype, EngineSettings, Path};
use crate::model::ModelRef;

/// Which model runs, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// embedded, an alias such as llama3.2_3b_it, OWNER/NAME on the hub, a folder, or a .gguf file
    #[arg(long, default_value = "embedded", value_name = "MODEL")]
    pub model: ModelRef,
    /// auto, cpu, cuda[:i][,cuda:j] or metal
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: Device,
    /// auto, f32, bf16, f16, q8_0 or q4k
    #[arg(long, default_value = "auto", value_name = "DTYPE")]
    dtype: Dtype,
    /// How many tokens are generated at most [default: 10, for WebQuestions data 20]
    #[arg(long, alias = "max_new_tokens", value_name = "N", value_parser = positive)]
    pub max_new_tokens: Option<usize>,
    /// How many facts are run together [default: as fits]
    #[arg(long, value_name = "N", value_parser = positive)]
    batch: Option<usize>,
    /// cached, or dense: the slow reference without a cache
    #[arg(long, default_value = "cached", value_name = "PATH")]
    pub path: Path,
}

impl EngineArgs {
    pub fn settings(&self) -> EngineSettings {
        EngineSettings {
            model: self.model.clone(),
            device: self.device.clone(),
            dtype: self.dtype,
            batch: self.batch,
            path: self.path,
        }
    }
}
