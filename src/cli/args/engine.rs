//! Engine options.

use clap::Args;

use super::{named, positive};
use crate::engine::{Device, Dtype, EngineSettings, Path};
use crate::model::ModelRef;

/// Which model runs, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// embedded, an alias such as llama3.2_3b_it, OWNER/NAME on the hub, a folder, or a .gguf file
    #[arg(long, default_value = "embedded", value_name = "MODEL")]
    pub model: ModelRef,
    /// auto, cpu, metal, cuda:0, cuda:0,cuda:1 (the model on each) or cuda:0+1 (its layers spread)
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: Device,
    /// How weights are held
    #[arg(long, default_value = "auto", value_name = "DTYPE", value_parser = named::<Dtype>())]
    dtype: Dtype,
    /// How many tokens are generated at most [default: 10, for WebQuestions data 20]
    #[arg(long, alias = "max_new_tokens", value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    pub max_new_tokens: Option<usize>,
    /// How many facts are run together [default: as fits]
    #[arg(long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    batch: Option<usize>,
    /// How attention is computed
    #[arg(long, default_value = "cached", value_name = "PATH", value_parser = named::<Path>())]
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

    /// What differs from the defaults, as option names and values.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let mut words = Vec::new();
        let mut put = |differs: bool, name, value: String| {
            if differs {
                words.push((name, value));
            }
        };
        put(
            self.model != ModelRef::default(),
            "model",
            self.model.to_string(),
        );
        put(
            self.device != Device::default(),
            "device",
            self.device.to_string(),
        );
        put(
            self.dtype != Dtype::default(),
            "dtype",
            self.dtype.to_string(),
        );
        put(self.path != Path::default(), "path", self.path.to_string());
        if let Some(batch) = self.batch {
            put(true, "batch", batch.to_string());
        }
        words
    }
}
