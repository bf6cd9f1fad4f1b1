//! From settings to an engine on a device.


use candle_core::DType;
use candle_core::quantized::GgmlDType;

use super::cached::Cached;
use super::cached::decoder::Decoder;
use super::cancel::Cancel;
use super::cpu::{Cpu, Precision};
use super::dense::Dense;
use super::error::EngineError;
use super::event::{About, Event};
use super::runner::Runner;
use super::settings::{Device, Dtype, EngineSettings, Path};
use crate::model::{Config, Files, ModelError, Weights};

/// A runner, and what there is to say about where it runs.
pub(super) struct Loaded {
    pub runner: Box<dyn Runner>,
    pub about: About,
}

/// Finds the model's files and reads everything but the weights.
pub(super) fn locate(
    settings: &EngineSettings,
    sink: &mut dyn FnMut(Event),
    cancel: &Cancel,
) -> Result<Files, EngineError> {
    let mut progress = |what: &str, done: u64, total: u64| {
        sink(Event::Loading {
            what: what.to_owned(),
            done,
            total,
        });
    };
    Files::locate(&settings.model, &mut progress, cancel.flag()).map_err(|error| match error {
        ModelError::Cancelled => EngineError::Cancelled,
        error => EngineError::Model(error),
    })
}

/// One runner per device.
pub(super) fn runners(
    settings: &EngineSettings,
    config: &Config,
    weights: &Weights,
    sink: &mut dyn FnMut(Event),
    cancel: &Cancel,
) -> Result<Vec<Loaded>, EngineError> {
    let device = resolve(&settings.device);
    if matches!(settings.dtype, Dtype::Q8_0 | Dtype::Q4k)
        && (device != Device::Cpu || settings.path == Path::Dense)
    {
        return Err(EngineError::Device(format!(
            "--dtype {} goes with --device cpu and --path cached only",
            settings.dtype
        )));
    }
    let mut progress = |done: usize| {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        sink(Event::Loading {
            what: "weights".to_owned(),
            done: done as u64,
            total: config.layers as u64,
        });
        Ok(())
    };
    let about = |device: &str, dtype: Dtype, hardware: String| About {
        model: settings.model.to_string(),
        parameters: config.parameters(),
        device: device.to_owned(),
        dtype: dtype.to_string(),
        max_positions: config.max_positions,
        hardware,
    };
    match (device, settings.path) {
        (Device::Auto | Device::Cpu, Path::Cached) => {
            let mut cpu = Cpu::new(config, precision(settings.dtype));
            let hardware = format!(
                "{} threads, {}",
                rayon::current_num_threads(),
                cpu.instruction_set()
            );
            let decoder = Decoder::load(&mut cpu, config, weights, &mut progress)?;
            Ok(vec![Loaded {
                runner: Box::new(Cached::new(cpu, decoder)),
                about: about("cpu", shown(settings.dtype, Dtype::F32), hardware),
            }])
        }
        (Device::Auto | Device::Cpu, Path::Dense) => {
            let dtype = dense_dtype(settings.dtype, DType::F32);
            let dense = Dense::load(config, weights, candle_core::Device::Cpu, dtype, &mut progress)?;
            let hardware = format!("{} threads", rayon::current_num_threads());
            Ok(vec![Loaded {
                runner: Box::new(dense),
                about: about("cpu", shown(settings.dtype, Dtype::F32), hardware),
            }])
        }
        // Metal has no kernels of its own here; the reference runs on candle's.
        (Device::Metal, _) => {
            let device = candle_core::Device::new_metal(0).map_err(|error| {
                EngineError::Device(format!("metal: {}: use --device cpu", first_line(&error)))
            })?;
            let dtype = dense_dtype(settings.dtype, DType::BF16);
            let dense = Dense::load(config, weights, device, dtype, &mut progress)?;
            Ok(vec![Loaded {
                runner: Box::new(dense),
                about: about("metal", shown(settings.dtype, Dtype::Bf16), "Metal".to_owned()),
            }])
        }
        (Device::Cuda(ordinals), path) => {
            cuda(&ordinals, path, settings, config, weights, &mut progress, &about)
        }
    }
}

/// `auto` becomes what this program was built for and finds here.
fn resolve(device: &Device) -> Device {
    match device {
        Device::Auto if candle_core::utils::cuda_is_available() => Device::Cuda(vec![0]),
        Device::Auto if candle_core::utils::metal_is_available() => Device::Metal,
        Device::Auto => Device::Cpu,
        device => device.clone(),
    }
}

fn precision(dtype: Dtype) -> Precision {
    match dtype {
        Dtype::Auto | Dtype::F32 => Precision::Exact,
        Dtype::Bf16 => Precision::Rounded(DType::BF16),
        Dtype::F16 => Precision::Rounded(DType::F16),
        Dtype::Q8_0 => Precision::Quantized(GgmlDType::Q8_0),
        Dtype::Q4k => Precision::Quantized(GgmlDType::Q4K),
    }
}

fn dense_dtype(dtype: Dtype, auto: DType) -> DType {
    match dtype {
        Dtype::F32 => DType::F32,
        Dtype::Bf16 => DType::BF16,
        Dtype::F16 => DType::F16,
        // Quantized types were refused before.
        Dtype::Auto | Dtype::Q8_0 | Dtype::Q4k => auto,
    }
}

fn shown(dtype: Dtype, auto: Dtype) -> Dtype {
    if dtype == Dtype::Auto { auto } else { dtype }
}

fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or("").to_owned()
}

#[cfg(not(feature = "cuda"))]
fn cuda(
    _: &[usize],
    _: Path,
    _: &EngineSettings,
    _: &Config,
    _: &Weights,
    _: &mut dyn FnMut(usize) -> Result<(), EngineError>,
    _: &dyn Fn(&str, Dtype, String) -> About,
) -> Result<Vec<Loaded>, EngineError> {
    Err(EngineError::Device(
        "this program was built without CUDA: use --device cpu, or build it with `--features cuda`".to_owned(),
    ))
}
