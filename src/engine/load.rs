//! From settings to an engine on a device.

use std::collections::BTreeMap;

use candle_core::DType;
use candle_core::quantized::GgmlDType;

use super::cached::Cached;
use super::cached::spread::{Sizes, Spread};
use super::cancel::Cancel;
use super::cpu::{Cpu, Precision};
use super::cuda::{self, Cuda, Unavailable};
use super::dense::Dense;
use super::error::EngineError;
use super::event::{About, Event};
use super::reading::Pending;
use super::runner::Runner;
use super::settings::{Device, Dtype, EngineSettings, Path, ordinals_in_words};
use crate::model::{Config, Weights};

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
const CUDA_BATCH: usize = 512;

/// One runner per device, or per several that share the layers.
pub(super) fn runners(
    settings: &EngineSettings,
    config: &Config,
    weights: &Weights,
    listener: &mut Listener<'_>,
) -> Result<Vec<Loaded>, EngineError> {
    let device = resolve(
        &settings.device,
        settings.dtype,
        settings.path,
        config,
        &mut |note| (listener.sink)(Event::Note(note)),
    );
    if matches!(settings.dtype, Dtype::Q8_0 | Dtype::Q4k)
        && (device != Device::Cpu || settings.path == Path::Dense)
    {
        return Err(EngineError::Device(format!(
            "--dtype {} goes with --device cpu and --path cached only",
            settings.dtype
        )));
    }
    let sizes = Sizes::of(config);
    let mut progress = |done: usize| listener.report(done, &sizes);
    let about = |device: &str, dtype: Dtype, hardware: String| About {
        model: settings.model.to_string(),
        parameters: config.parameters(),
        device: device.to_owned(),
        dtype: dtype.to_string(),
        layers: config.layers,
        max_positions: config.max_positions,
        window: config.windows(),
        // Told when weights are in place.
        files: BTreeMap::new(),
        hardware,
    };
    let cpu_batch = if config.parameters() < SMALL_MODEL {
        64
    } else {
        16
    };
    match (device, settings.path) {
        (Device::Auto | Device::Cpu, Path::Cached) => {
            let cpu = Cpu::new(config, precision(settings.dtype));
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
            let cpu = Spread::one(cpu, config);
            Ok(vec![Loaded {
                runner: Box::new(Cached::load(config, cpu, weights, &mut progress)?),
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
        (Device::Cuda(_), Path::Dense) => Err(EngineError::Device(
            "--path dense goes with --device cpu or metal only".to_owned(),
        )),
        (Device::Cuda(engines), Path::Cached) => {
            on_cuda(&engines, settings.dtype, config, weights, listener, &about)
        }
    }
}

/// `auto` becomes the first CUDA device, where there is one and what is asked for runs on it, else Metal where this
/// program was built for it, else the CPU.
pub(crate) fn resolve(
    device: &Device,
    dtype: Dtype,
    path: Path,
    config: &Config,
    note: &mut dyn FnMut(String),
) -> Device {
    if *device != Device::Auto {
        return device.clone();
    }
    let quantized = matches!(dtype, Dtype::Q8_0 | Dtype::Q4k);
    if path == Path::Cached && !quantized {
        match cuda::devices() {
            Ok(_) => match Cuda::check(config) {
                Ok(()) => return Device::Cuda(vec![vec![0]]),
                Err(error) => note(format!("the CPU is used: {error}")),
            },
            // A device without its libraries is worth a word.
            Err(error @ Unavailable::Libraries { .. }) => {
                note(format!("the CPU is used: {error}"));
            }
            Err(_) => {}
        }
    }
    if candle_core::utils::metal_is_available() && !quantized {
        return Device::Metal;
    }
    Device::Cpu
}

/// The type of a quantized file's blocks, as its largest projections have it.
fn stored_blocks(config: &Config, weights: &Weights) -> Result<Option<GgmlDType>, EngineError> {
    let (mlp, inner) = match config.experts_of(0) {
        Some(experts) => ("mlp.experts.0", experts.inner_size),
        None => ("mlp", config.intermediate_size),
    };
    let name = format!("model.layers.0.{mlp}.down_proj.weight");
    let down = weights.quantized(&name, &[config.hidden_size, inner])?;
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

/// Who hears of a model that is being loaded, and may stop it.
pub(super) struct Listener<'a> {
    pub texts: &'a mut Pending,
    pub sink: &'a mut dyn FnMut(Event),
    pub cancel: &'a Cancel,
}

impl Listener<'_> {
    fn say(&mut self, what: &str, done: usize, total: usize) {
        (self.sink)(Event::Loading {
            what: what.to_owned(),
            done: done as u64,
            total: total as u64,
        });
    }

    /// Says how much of the weights has been taken to the device, in numbers of its layers, and what has been read
    /// meanwhile.
    fn report(&mut self, layers: usize, sizes: &Sizes) -> Result<(), EngineError> {
        if self.cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        self.texts.look(self.sink)?;
        self.say("loading weights", sizes.before(layers), sizes.all());
        Ok(())
    }
}

fn on_cuda(
    engines: &[Vec<usize>],
    dtype: Dtype,
    config: &Config,
    weights: &Weights,
    listener: &mut Listener<'_>,
    about: &dyn Fn(&str, Dtype, String) -> About,
) -> Result<Vec<Loaded>, EngineError> {
    let held = dense_dtype(dtype, DType::BF16);
    let sizes = Sizes::of(config);
    cuda::arranged(config, engines, held)?
        .iter()
        .map(|ordinals| {
            let mut spread = cuda::open(config, ordinals, held, listener.sink)?;
            let hardware = spread.hardware()?;
            let mut runner = Cached::load(config, spread, weights, &mut |done| {
                listener.report(done, &sizes)
            })?;
            if runner.devices().any(|cuda| cuda.is_compiling()) {
                listener.say("compiling kernels", 0, 0);
                runner.devices().try_for_each(|cuda| cuda.wait())?;
            }
            listener.say("warming up", 0, 0);
            runner.warm_up()?;
            Ok(Loaded {
                runner: Box::new(runner),
                about: about(
                    &ordinals_in_words(ordinals),
                    shown(dtype, Dtype::Bf16),
                    hardware,
                ),
                batch: CUDA_BATCH,
            })
        })
        .collect()
}
