//! From settings to an engine on a device.

use candle_core::DType;
use candle_core::quantized::GgmlDType;
use std::collections::BTreeMap;

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
    /// Facts that it pays to work on at once.
    pub batch: usize,
}

/// Small models are bound by the cost of a step, large ones by their arithmetic; a bar that moves is worth more
/// to the latter.
const SMALL_MODEL: usize = 100_000_000;
#[cfg(feature = "cuda")]
const CUDA_BATCH: usize = 512;

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
    files: &BTreeMap<String, String>,
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
    let mut progress = |done: usize| report(done, config.layers, sink, cancel);
    let about = |device: &str, dtype: Dtype, hardware: String| About {
        model: settings.model.to_string(),
        parameters: config.parameters(),
        device: device.to_owned(),
        dtype: dtype.to_string(),
        max_positions: config.max_positions,
        files: files.clone(),
        hardware,
    };
    let cpu_batch = if config.parameters() < SMALL_MODEL {
        64
    } else {
        16
    };
    match (device, settings.path) {
        (Device::Auto | Device::Cpu, Path::Cached) => {
            let mut cpu = Cpu::new(config, precision(settings.dtype));
            let stored = match settings.dtype {
                Dtype::Auto => stored_blocks(config, weights)?,
                _ => None,
            };
            let hardware = format!(
                "{} threads, {}",
                rayon::current_num_threads(),
                cpu.instruction_set(stored)
            );
            let mut about = about("cpu", shown(settings.dtype, Dtype::F32), hardware);
            if let Some(blocks) = stored {
                about.dtype = format!("{blocks:?}").to_lowercase();
            }
            let decoder = Decoder::load(&mut cpu, config, weights, &mut progress)?;
            Ok(vec![Loaded {
                runner: Box::new(Cached::new(cpu, decoder)),
                about,
                batch: cpu_batch,
            }])
        }
        (Device::Auto | Device::Cpu, Path::Dense) => {
            let dtype = dense_dtype(settings.dtype, DType::F32);
            let dense = Dense::load(
                config,
                weights,
                candle_core::Device::Cpu,
                dtype,
                &mut progress,
            )?;
            let hardware = format!("{} threads", rayon::current_num_threads());
            Ok(vec![Loaded {
                runner: Box::new(dense),
                about: about("cpu", shown(settings.dtype, Dtype::F32), hardware),
                batch: cpu_batch,
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
                about: about(
                    "metal",
                    shown(settings.dtype, Dtype::Bf16),
                    "Metal".to_owned(),
                ),
                batch: cpu_batch,
            }])
        }
        (Device::Cuda(ordinals), Path::Dense) => {
            let ordinal = ordinals[0];
            let device = candle_core::Device::new_cuda(ordinal).map_err(|error| {
                EngineError::Device(format!(
                    "cuda:{ordinal}: {}: use --device cpu",
                    first_line(&error)
                ))
            })?;
            let dtype = dense_dtype(settings.dtype, DType::BF16);
            let dense = Dense::load(config, weights, device, dtype, &mut progress)?;
            Ok(vec![Loaded {
                runner: Box::new(dense),
                about: about(
                    &format!("cuda:{ordinal}"),
                    shown(settings.dtype, Dtype::Bf16),
                    "CUDA".to_owned(),
                ),
                batch: cpu_batch,
            }])
        }
        (Device::Cuda(ordinals), Path::Cached) => cuda(
            &ordinals,
            settings.dtype,
            config,
            weights,
            sink,
            cancel,
            &about,
        ),
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

/// The type of a quantized file's blocks, as its largest projections have it.
fn stored_blocks(config: &Config, weights: &Weights) -> Result<Option<GgmlDType>, EngineError> {
    let shape = [config.hidden_size, config.intermediate_size];
    let down = weights.quantized("model.layers.0.mlp.down_proj.weight", &shape)?;
    Ok(down.map(|tensor| tensor.dtype()))
}

fn precision(dtype: Dtype) -> Precision {
    match dtype {
        Dtype::Auto => Precision::Stored,
        Dtype::F32 => Precision::Exact,
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

/// Says how many layers' weights have been taken to the device.
fn report(
    done: usize,
    layers: usize,
    sink: &mut dyn FnMut(Event),
    cancel: &Cancel,
) -> Result<(), EngineError> {
    if cancel.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    sink(Event::Loading {
        what: "loading weights".to_owned(),
        done: done as u64,
        total: layers as u64,
    });
    Ok(())
}

#[cfg(feature = "cuda")]
fn cuda(
    ordinals: &[usize],
    dtype: Dtype,
    config: &Config,
    weights: &Weights,
    sink: &mut dyn FnMut(Event),
    cancel: &Cancel,
    about: &dyn Fn(&str, Dtype, String) -> About,
) -> Result<Vec<Loaded>, EngineError> {
    use super::cuda::Cuda;
    ordinals
        .iter()
        .map(|&ordinal| {
            let mut cuda = Cuda::new(config, ordinal, dense_dtype(dtype, DType::BF16), sink)?;
            let hardware = cuda.hardware()?;
            let decoder = Decoder::load(&mut cuda, config, weights, &mut |done| {
                report(done, config.layers, sink, cancel)
            })?;
            sink(Event::Loading {
                what: "warming up".to_owned(),
                done: 0,
                total: 0,
            });
            let mut runner = Cached::new(cuda, decoder);
            runner.warm_up()?;
            Ok(Loaded {
                runner: Box::new(runner),
                about: about(
                    &format!("cuda:{ordinal}"),
                    shown(dtype, Dtype::Bf16),
                    hardware,
                ),
                batch: CUDA_BATCH,
            })
        })
        .collect()
}

#[cfg(not(feature = "cuda"))]
fn cuda(
    _: &[usize],
    _: Dtype,
    _: &Config,
    _: &Weights,
    _: &mut dyn FnMut(Event),
    _: &Cancel,
    _: &dyn Fn(&str, Dtype, String) -> About,
) -> Result<Vec<Loaded>, EngineError> {
    Err(EngineError::Device(
        "this program was built without CUDA: use --device cpu, or build it with `--features cuda`"
            .to_owned(),
    ))
}
