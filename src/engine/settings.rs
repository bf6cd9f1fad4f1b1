//! Which model runs where, and how.

use std::fmt;
use std::str::FromStr;

use crate::model::ModelRef;
use crate::named::named;

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
    /// The first CUDA device, else Metal where this program was built for it, else the CPU.
    #[default]
    Auto,
    Cpu,
    /// Per engine its ordinals, over which the layers are spread; the engines share one queue of facts.
    Cuda(Vec<Vec<usize>>),
    Metal,
}

named! {
    /// `--dtype`: how weights are held.
    #[derive(Default)]
    pub enum Dtype {
        /// f32 arithmetic on the CPU, bf16 elsewhere
        #[default]
        Auto = "auto",
        /// 32-bit floats
        F32 = "f32",
        /// 16-bit floats with the exponent of f32
        Bf16 = "bf16",
        /// 16-bit floats
        F16 = "f16",
        /// 8-bit blocks, approximate, CPU only
        Q8_0 = "q8_0" | "q8-0",
        /// 4-bit blocks, approximate, CPU only
        Q4k = "q4k",
    }
}

named! {
    /// `--path`: which of the two implementations.
    #[derive(Default)]
    pub enum Path {
        /// Keys and values are kept and shared between prompts
        #[default]
        Cached = "cached",
        /// The reference, on the CPU or Metal: every step reads the whole sequence under a dense mask
        Dense = "dense",
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Auto => f.pad("auto"),
            Device::Cpu => f.pad("cpu"),
            Device::Metal => f.pad("metal"),
            Device::Cuda(engines) => {
                let names = engines.iter().map(|engine| ordinals_in_words(engine));
                f.pad(&names.collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// The devices of one engine: `cuda:0+1`.
pub(crate) fn ordinals_in_words(ordinals: &[usize]) -> String {
    let numbers: Vec<String> = ordinals.iter().map(usize::to_string).collect();
    format!("cuda:{}", numbers.join("+"))
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` is no device: expected auto, cpu, cuda, cuda:0,cuda:1 (the whole model on each), cuda:0+1 (its \
                 layers spread over them) or metal"
            )
        };
        match text {
            "auto" => return Ok(Device::Auto),
            "cpu" => return Ok(Device::Cpu),
            "metal" => return Ok(Device::Metal),
            _ => {}
        }
        let mut engines: Vec<Vec<usize>> = Vec::new();
        for part in text.split(',') {
            let numbers = match part.split_once(':') {
                None if part == "cuda" => "0",
                Some(("cuda", numbers)) => numbers,
                _ => return Err(wrong()),
            };
            let mut engine = Vec::new();
            for number in numbers.split('+') {
                let ordinal = number.parse().map_err(|_| wrong())?;
                if engine.contains(&ordinal) || engines.iter().any(|of| of.contains(&ordinal)) {
                    return Err(format!("`{text}` names cuda:{ordinal} twice"));
                }
                engine.push(ordinal);
            }
            engines.push(engine);
        }
        Ok(Device::Cuda(engines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_said_as_they_are_named() {
        let cuda =
            |engines: &[&[usize]]| Ok(Device::Cuda(engines.iter().map(|it| it.to_vec()).collect()));
        for (text, device) in [
            ("cuda:0", cuda(&[&[0]])),
            ("cuda:0,cuda:1", cuda(&[&[0], &[1]])),
            ("cuda:0+1", cuda(&[&[0, 1]])),
            ("cuda:3+1,cuda:0+2", cuda(&[&[3, 1], &[0, 2]])),
        ] {
            assert_eq!(text.parse(), device);
            assert_eq!(device.map(|device| device.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("cuda".parse(), cuda(&[&[0]]));
        for text in [
            "cuda:",
            "cuda:0+",
            "cuda:+1",
            "cuda:0-1",
            "cuda0+1",
            "gpu:0",
            "cuda:0,1",
            "cuda:0+cuda:1",
        ] {
            let error = text.parse::<Device>().expect_err(text);
            assert!(error.contains("cuda:0+1"), "{error}");
        }
        for text in ["cuda:0,cuda:0", "cuda:0+0", "cuda:0+1,cuda:1"] {
            let error = text.parse::<Device>().expect_err(text);
            assert!(error.contains("twice"), "{error}");
        }
    }
}
