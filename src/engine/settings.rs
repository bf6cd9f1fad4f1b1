//! Which model runs where, and how.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;

use crate::model::ModelRef;

/// Everything that decides how an engine is loaded.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    pub model: ModelRef,
    pub device: Device,
    pub dtype: Dtype,
    /// Facts worked on at once; as many as pay and fit where `None`.
    pub batch: Option<usize>,
    pub path: Path,
}

/// `--device`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Device {
    /// The first CUDA device or Metal where this program was built for it and finds one, else the CPU.
    #[default]
    Auto,
    Cpu,
    /// Ordinals; one engine each over one queue of facts.
    Cuda(Vec<usize>),
    Metal,
}

/// `--dtype`: how weights are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ValueEnum)]
pub enum Dtype {
    /// f32 arithmetic on the CPU, bf16 elsewhere
    #[default]
    Auto,
    F32,
    Bf16,
    F16,
    /// 8-bit blocks, approximate, CPU only
    #[value(name = "q8_0", alias = "q8-0")]
    Q8_0,
    /// 4-bit blocks, approximate, CPU only
    Q4k,
}

/// `--path`: which of the two implementations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ValueEnum)]
pub enum Path {
    /// Keys and values are kept and shared between prompts
    #[default]
    Cached,
    /// The reference: every step reads the whole sequence under a dense mask
    Dense,
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No value is skipped, so each has a word.
        f.pad(
            self.to_possible_value()
                .as_ref()
                .map_or("", |word| word.get_name()),
        )
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(
            self.to_possible_value()
                .as_ref()
                .map_or("", |word| word.get_name()),
        )
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Auto => f.pad("auto"),
            Device::Cpu => f.pad("cpu"),
            Device::Metal => f.pad("metal"),
            Device::Cuda(ordinals) => {
                let names: Vec<String> = ordinals.iter().map(|i| format!("cuda:{i}")).collect();
                f.pad(&names.join(","))
            }
        }
    }
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            || format!("`{text}` is no device: expected auto, cpu, cuda, cuda:0,cuda:1 or metal");
        match text {
            "auto" => return Ok(Device::Auto),
            "cpu" => return Ok(Device::Cpu),
            "metal" => return Ok(Device::Metal),
            _ => {}
        }
        let mut ordinals = Vec::new();
        for part in text.split(',') {
            let ordinal = match part.split_once(':') {
                None if part == "cuda" => 0,
                Some(("cuda", number)) => number.parse().map_err(|_| wrong())?,
                _ => return Err(wrong()),
            };
            if ordinals.contains(&ordinal) {
                return Err(format!("`{text}` names cuda:{ordinal} twice"));
            }
            ordinals.push(ordinal);
        }
        Ok(Device::Cuda(ordinals))
    }
}
