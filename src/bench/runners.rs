//! Models of random weights on the devices asked for, and what those devices can reach.

use candle_core::DType;
use candle_core::quantized::GgmlDType;

use super::Error;
use super::limits::{Ceilings, Costs, Widths};
use super::random::Random;
use crate::engine::cached::Cached;
use crate::engine::cached::kernels::Kernels;
use crate::engine::cached::spread::Spread;
use crate::engine::cpu::{Cpu, Precision};
use crate::engine::cuda;
use crate::engine::load::resolve;
use crate::engine::runner::Runner;
use crate::engine::{Device, Dtype, EngineError, Event, Path};
use crate::model::Config;

/// What is loaded.
pub(super) struct Loaded {
    pub runners: Vec<Box<dyn Runner>>,
    pub device: String,
    pub hardware: String,
    pub dtype: String,
    pub bytes: Widths,
    /// Facts that pay to be worked on together.
    pub batch: usize,
    pub ceilings: Ceilings,
}

pub(super) fn load(
    config: &Config,
    device: &Device,
    dtype: Dtype,
    progress: &mut dyn FnMut(&str),
) -> Result<Loaded, Error> {
    let device = resolve(device, dtype, Path::Cached, config, &mut |note| {
        progress(&note);
    });
    match device {
        Device::Auto | Device::Cpu => cpu(config, dtype, progress),
        Device::Cuda(engines) => on_cuda(config, &engines, dtype, progress),
        Device::Metal => Err(Error::Engine(EngineError::Device(
            "bench measures --device cpu or cuda".to_owned(),
        ))),
    }
}

fn cpu(config: &Config, dtype: Dtype, progress: &mut dyn FnMut(&str)) -> Result<Loaded, Error> {
    let blocks = |dtype: GgmlDType| {
        let weight = dtype.type_size() as f64 / dtype.block_size() as f64;
        (Precision::Quantized(dtype), weight)
    };
    let (precision, weight) = match dtype {
        // The random weights are bf16.
        Dtype::Auto => (Precision::Exact, 2.0),
        Dtype::Bf16 => (Precision::Rounded(DType::BF16), 2.0),
        Dtype::F32 => (Precision::Rounded(DType::F32), 4.0),
        Dtype::F16 => (Precision::Rounded(DType::F16), 4.0),
        Dtype::Q8_0 => blocks(GgmlDType::Q8_0),
        Dtype::Q4k => blocks(GgmlDType::Q4K),
    };
    let bytes = Widths { weight, kept: 4.0 };
    let cpu = Cpu::new(config, precision);
    let hardware = format!(
        "{} threads, {}",
        rayon::current_num_threads(),
        cpu.instruction_set(None)
    );
    progress("what the processor reaches");
    let [(flops, flops_by), moved] = cpu.ceilings(Costs::new(config, bytes).weights as usize);
    let runner = runner(Spread::one(cpu, config), config, progress)?;
    Ok(Loaded {
        runners: vec![Box::new(runner)],
        device: "cpu".to_owned(),
        hardware,
        dtype: match dtype {
            Dtype::Auto => "bf16 weights, f32 arithmetic".to_owned(),
            dtype => dtype.to_string(),
        },
        bytes,
        batch: 64,
        ceilings: Ceilings {
            flops,
            flops_by,
            bytes: moved.0,
            bytes_by: moved.1,
        },
    })
}

fn runner<K: Kernels>(
    spread: Spread<K>,
    config: &Config,
    progress: &mut dyn FnMut(&str),
) -> Result<Cached<K>, EngineError> {
    Cached::load(config, spread, &Random, &mut |layer| {
        progress(&format!("weights, layer {layer} of {}", config.layers));
        Ok(())
    })
}

fn on_cuda(
    config: &Config,
    engines: &[Vec<usize>],
    dtype: Dtype,
    progress: &mut dyn FnMut(&str),
) -> Result<Loaded, Error> {
    let candle = match dtype {
        Dtype::Auto | Dtype::Bf16 => DType::BF16,
        Dtype::F16 => DType::F16,
        Dtype::F32 => DType::F32,
        Dtype::Q8_0 | Dtype::Q4k => {
            return Err(Error::Engine(EngineError::Device(format!(
                "--dtype {dtype} goes with --device cpu only"
            ))));
        }
    };
    let mut runners: Vec<Box<dyn Runner>> = Vec::new();
    let mut measured = None;
    let engines = cuda::arranged(config, engines, candle)?;
    for ordinals in &engines {
        let mut spread = cuda::open(config, ordinals, candle, &mut |event| match event {
            Event::Note(what) | Event::Loading { what, .. } => progress(&what),
            _ => {}
        })?;
        if measured.is_none() {
            let (flops, bytes) = spread.last().ceilings()?;
            let ceilings = Ceilings {
                flops,
                flops_by: "a large product kept up for a second",
                bytes,
                bytes_by: "a large copy",
            };
            measured = Some((spread.hardware()?, ceilings));
        }
        let mut runner = runner(spread, config, progress)?;
        progress("warming up");
        runner.warm_up()?;
        runners.push(Box::new(runner));
    }
    let Some((hardware, ceilings)) = measured else {
        return Err(Error::Engine(EngineError::Device(
            "--device cuda: no device named".to_owned(),
        )));
    };
    Ok(Loaded {
        runners,
        device: Device::Cuda(engines).to_string(),
        hardware,
        dtype: candle.as_str().to_owned(),
        bytes: Widths {
            weight: candle.size_in_bytes() as f64,
            kept: candle.size_in_bytes() as f64,
        },
        batch: 512,
        ceilings,
    })
}
