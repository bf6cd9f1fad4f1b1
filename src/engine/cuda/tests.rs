//! The kernels against those of the CPU, on random models. Where there is no CUDA device they say so and pass.

use std::error::Error;

use candle_core::{DType, Device as CandleDevice, Tensor};

use super::{Cuda, devices, open};
use crate::bench::random::Random;
use crate::engine::Cancel;
use crate::engine::EngineError;
use crate::engine::argmax::{Fuse, Group, TopTokens};
use crate::engine::cached::Cached;
use crate::engine::cached::decoder::Tensors;
use crate::engine::cached::spread::Spread;
use crate::engine::cpu::{Cpu, Precision};
use crate::engine::draw::Draws;
use crate::engine::event::Event;
use crate::engine::runner::{Runner, SequenceId};
use crate::engine::tests::{
    VOCABULARY, choices, config, difference, finite, layouts, of_experts, other_parts, runner,
    spread,
};
use crate::layout::{Layout, Preset};
use crate::model::{Config, ModelError, Norms, QkNorm};

type Outcome = Result<(), Box<dyn Error>>;

/// Whether there is a device to test.
fn is_there() -> bool {
    devices()
        .inspect_err(|error| println!("skipped: {error}"))
        .is_ok()
}

/// Where the driver has gone too, its errors still have names.
#[test]
fn errors_of_a_device_are_one_line_without_the_driver() {
    use cudarc::cublas::{result::CublasError, sys::cublasStatus_t as Status};
    use cudarc::driver::{DriverError, sys::CUresult as Code};

    for code in [
        Code::CUDA_ERROR_ECC_UNCORRECTABLE,
        Code::CUDA_ERROR_LAUNCH_FAILED,
        Code::CUDA_ERROR_ILLEGAL_ADDRESS,
        Code::CUDA_ERROR_UNKNOWN,
    ] {
        let line = EngineError::from(DriverError(code)).to_string();
        assert!(!line.contains('\n'), "{line}");
        for part in [&format!("{code:?}"), "nvidia-smi", "--resume"] {
            assert!(line.contains(part), "{line}");
        }
    }
    let line = EngineError::from(CublasError(Status::CUBLAS_STATUS_EXECUTION_FAILED)).to_string();
    assert!(line.contains("CUBLAS_STATUS_EXECUTION_FAILED"), "{line}");
    for full in [
        EngineError::from(DriverError(Code::CUDA_ERROR_OUT_OF_MEMORY)),
        EngineError::from(CublasError(Status::CUBLAS_STATUS_ALLOC_FAILED)),
    ] {
        assert!(matches!(full, EngineError::DeviceFull), "{full}");
    }
}

impl Cuda {
    /// The whole model on one device.
    fn new(
        config: &Config,
        ordinal: usize,
        dtype: DType,
        _sink: &mut dyn FnMut(Event),
    ) -> Result<Cuda, EngineError> {
        Cuda::of_layers(config, ordinal, 0..config.layers, dtype)
    }
}

/// One sequence goes through the kernels for few rows, five through cuBLAS, forty through several parts' tiles; the
/// third step of each is recorded and the fourth replayed. Ninety attend in common.
fn agrees(config: &Config, dtype: DType, bound: f32) -> Outcome {
    let mut cpu = runner(Cpu::new(config, Precision::Exact), config)?;
    let mut cuda = runner(Cuda::new(config, 0, dtype, &mut |_| ())?, config)?;
    let mut again = runner(Cuda::new(config, 0, dtype, &mut |_| ())?, config)?;
    let cases = [
        (Preset::Fused, false, 1),
        (Preset::Series, true, 1),
        (Preset::Pcw, false, 3),
        (Preset::Seed, true, 5),
        (Preset::Causal, false, 9),
        (Preset::Fused, true, 40),
        (Preset::Ape, false, 1),
        (Preset::Ape, true, 9),
        (Preset::Fused, false, 90),
        (Preset::Series, true, 90),
        // Every context of a prompt is the same one.
        (Preset::Pcw, false, 90),
    ];
    let mut first = 0;
    for (preset, cross, count) in cases {
        let layouts = layouts(preset, cross, first, count)?;
        first += count;
        let want = choices(&mut cpu, &layouts)?;
        let got = choices(&mut cuda, &layouts)?;
        let difference = difference(&want, &got);
        assert!(
            difference < bound,
            "{preset}, {count} prompts: {difference} ≥ {bound}"
        );
        assert_eq!(
            got,
            choices(&mut again, &layouts)?,
            "{preset}, {count} prompts, again"
        );
    }
    Ok(())
}

#[test]
fn f32_agrees_with_the_cpu() -> Outcome {
    if !is_there() {
        return Ok(());
    }
    agrees(&config(6, 2, 16, false, false), DType::F32, 1e-4)?;
    agrees(&config(4, 1, 80, true, true), DType::F32, 1e-4)?;
    agrees(&other_parts(QkNorm::Head), DType::F32, 1e-4)?;
    agrees(&other_parts(QkNorm::All), DType::F32, 1e-4)?;
    agrees(&of_experts(2, Norms::Before, true), DType::F32, 1e-4)?;
    agrees(&of_experts(1, Norms::Around, false), DType::F32, 1e-4)?;
    agrees(&of_experts(3, Norms::After, false), DType::F32, 1e-4)
}

#[test]
fn bf16_agrees_with_the_cpu() -> Outcome {
    if !is_there() {
        return Ok(());
    }
    agrees(&config(6, 2, 128, false, false), DType::BF16, 4e-2)?;
    agrees(&config(14, 2, 64, true, false), DType::BF16, 4e-2)?;
    agrees(&config(16, 1, 64, false, false), DType::BF16, 4e-2)?;
    agrees(&config(6, 3, 24, false, true), DType::BF16, 4e-2)?;
    agrees(&other_parts(QkNorm::Head), DType::BF16, 4e-2)?;
    agrees(&other_parts(QkNorm::All), DType::BF16, 4e-2)?;
    // All are chosen: rounding sends no row elsewhere.
    agrees(&of_experts(5, Norms::Before, true), DType::BF16, 4e-2)?;
    agrees(&of_experts(5, Norms::After, false), DType::BF16, 4e-2)
}

#[test]
fn f16_agrees_with_the_cpu() -> Outcome {
    if !is_there() {
        return Ok(());
    }
    agrees(&config(2, 2, 256, false, false), DType::F16, 5e-3)
}

/// The layers of one model on two devices, against all of them on the first. Cases as in [`agrees`]: a few rows, many,
/// recorded and replayed on each device.
#[test]
fn layers_spread_over_two_devices_change_nothing() -> Outcome {
    if !devices().is_ok_and(|count| count > 1) {
        println!("skipped: two CUDA devices are needed");
        return Ok(());
    }
    for config in [
        config(6, 2, 16, false, false),
        config(4, 1, 80, true, true),
        other_parts(QkNorm::Head),
        of_experts(2, Norms::Before, true),
    ] {
        let on = |ordinals: &[usize]| open(&config, ordinals, DType::F32, &mut |_| ());
        let mut one = spread(on(&[0])?, &config)?;
        let mut two = spread(on(&[0, 1])?, &config)?;
        for (preset, count) in [
            (Preset::Fused, 1),
            (Preset::Series, 5),
            (Preset::Pcw, 40),
            (Preset::Ape, 9),
        ] {
            let layouts = layouts(preset, true, 7 * count, count)?;
            let want = choices(&mut one, &layouts)?;
            let got = choices(&mut two, &layouts)?;
            let difference = difference(&want, &got);
            assert!(difference < 1e-5, "{preset}, {count}: {difference}");
        }
        let layout = &layouts(Preset::Fused, false, 3, 1)?[0];
        let look = |runner: &mut Cached<Cuda>| -> Result<Vec<f32>, EngineError> {
            let seen = runner.observe(layout, &[5, 6], &Cancel::new())?;
            let last = seen.layers.last().expect("there are layers");
            let hidden = config.hidden_size;
            let mut seen: Vec<f32> = runner.read_out(&last.residual[..2 * hidden])?;
            seen.extend(last.queries.iter().chain(&last.keys));
            Ok(seen)
        };
        let (want, got) = (look(&mut one)?, look(&mut two)?);
        assert_eq!(want.len(), got.len());
        let largest = want.iter().zip(&got).map(|(a, b)| (a - b).abs());
        assert!(largest.fold(0.0, f32::max) < 1e-4);
    }
    Ok(())
}

/// Random weights, but for the last token's embedding.
struct Poisoned;

impl Tensors for Poisoned {
    fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        let tensor = Random.get(name, shape)?;
        if name != "model.embed_tokens.weight" {
            return Ok(tensor);
        }
        let poison = || {
            let nan = Tensor::full(f32::NAN, (1, shape[1]), &CandleDevice::Cpu)?;
            let nan = nan.to_dtype(tensor.dtype())?;
            Tensor::cat(&[&tensor.narrow(0, 0, shape[0] - 1)?, &nan], 0)
        };
        Ok(poison().expect("the table has rows"))
    }
}

/// NaN in one prompt changes no bit of the others', though they share tiles and slots of the cache.
#[test]
fn what_is_not_finite_stays_in_its_prompt() -> Outcome {
    if !is_there() {
        return Ok(());
    }
    let config = config(6, 2, 64, true, false);
    for dtype in [DType::BF16, DType::F16, DType::F32] {
        for preset in [Preset::Fused, Preset::Series, Preset::Causal] {
            let first = |poisoned: bool| -> Result<Vec<Option<TopTokens>>, Box<dyn Error>> {
                let cuda = Cuda::new(&config, 0, dtype, &mut |_| ())?;
                let cuda = Spread::one(cuda, &config);
                let mut runner = Cached::load(&config, cuda, &Poisoned, &mut |_| Ok(()))?;
                let mut layouts = layouts(preset, false, 0, 9)?;
                if poisoned {
                    let last = layouts[0].len() - 2;
                    layouts[0].tokens[last] = VOCABULARY as u32 - 1;
                }
                let prompts: Vec<&Layout> = layouts.iter().collect();
                let groups: Vec<_> = (0..9)
                    .map(|row| Group {
                        rows: row..row + 1,
                        fuse: [Fuse::Mean, Fuse::Max, Fuse::Weighted(&[1.0])][row % 3],
                    })
                    .collect();
                let sequences = runner.prefill(&prompts, None, &Cancel::new(), &mut |_| ())?;
                let mut choices = runner.argmax(&groups)?;
                let tokens: Vec<_> = sequences.iter().map(|id| (*id, 7)).collect();
                runner.decode_step(&tokens, None)?;
                choices.extend(runner.argmax(&groups)?);
                Ok(choices)
            };
            let (clean, poisoned) = (first(false)?, first(true)?);
            for (row, (clean, poisoned)) in clean.into_iter().zip(poisoned).enumerate() {
                assert!(clean.is_some(), "{preset}, row {row}");
                let want = clean.filter(|_| row % 9 != 0);
                assert_eq!(poisoned, want, "{preset}, {dtype:?}, row {row}");
            }
        }
    }
    Ok(())
}

/// A draw from a row for each key.
fn draws(
    row: usize,
    keys: std::ops::Range<u64>,
    (temperature, top_p): (f32, f32),
) -> Vec<Group<'static>> {
    let of = Draws {
        samples: 0,
        seed: 0,
        temperature,
        top_p,
    };
    let group = |key| Group {
        rows: row..row + 1,
        fuse: Fuse::Drawn(of.draw(key, 0)),
    };
    keys.map(group).collect()
}

/// The same numbers are drawn on both devices; where logits differ by rounding, one race in many ends otherwise.
#[test]
fn what_is_drawn_is_what_the_cpu_draws() -> Outcome {
    if !is_there() {
        return Ok(());
    }
    let config = config(6, 2, 16, false, false);
    let mut cpu = runner(Cpu::new(&config, Precision::Exact), &config)?;
    let mut cuda = runner(Cuda::new(&config, 0, DType::F32, &mut |_| ())?, &config)?;
    let layouts = layouts(Preset::Series, false, 0, 3)?;
    let prompts: Vec<&Layout> = layouts.iter().collect();
    let mut groups = Vec::new();
    for (row, how) in [(0, (1.0, 1.0)), (1, (1.5, 0.9)), (2, (0.3, 0.05))] {
        groups.extend(draws(row, 0..1000, how));
        // Others stand between them.
        groups.push(Group {
            rows: 0..3,
            fuse: Fuse::Weighted(&[0.25, 0.5, 0.25]),
        });
    }
    let drawn = |runner: &mut dyn Runner| -> Result<Vec<TopTokens>, EngineError> {
        runner.prefill(&prompts, None, &Cancel::new(), &mut |_| ())?;
        finite(runner.argmax(&groups)?)
    };
    let (want, got) = (drawn(&mut cpu)?, drawn(&mut cuda)?);
    assert!(difference(&want, &got) < 1e-4);
    let first = |of: &[TopTokens]| of.iter().map(|of| of.top[0].0).collect::<Vec<_>>();
    let pairs = first(&want).into_iter().zip(first(&got));
    let other = pairs.filter(|(want, got)| want != got).count();
    assert!(other <= 5, "{other} of {} draws differ", groups.len());
    let tokens: Vec<u32> = first(&got)[..1000].to_vec();
    assert!(tokens.iter().any(|token| *token != tokens[0]));
    assert!(got[..1000].iter().all(|of| of.top.len() == 1));
    Ok(())
}

/// Shares of the vocabulary come up as often as they are probable, within three and a half standard errors.
#[test]
fn tokens_come_as_often_as_they_are_probable() -> Outcome {
    const DRAWS: u64 = 40_000;
    const SHARES: usize = 9;
    if !is_there() {
        return Ok(());
    }
    let config = config(6, 2, 64, false, false);
    let mut cuda = runner(Cuda::new(&config, 0, DType::BF16, &mut |_| ())?, &config)?;
    let layouts = layouts(Preset::Series, false, 0, 1)?;
    cuda.prefill(&[&layouts[0]], None, &Cancel::new(), &mut |_| ())?;
    let logits = cuda.logits()?;
    let share = |id: usize| id * SHARES / VOCABULARY;
    for (temperature, top_p) in [(1.0, 1.0), (1.5, 0.9), (0.2, 0.5)] {
        let mut sorted: Vec<(usize, f64)> = logits
            .iter()
            .map(|logit| f64::from(*logit / temperature).exp())
            .enumerate()
            .collect();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
        let all: f64 = sorted.iter().map(|of| of.1).sum();
        let mut sum = 0.0;
        sorted.retain(|of| {
            let is_in = sum < f64::from(top_p) * all;
            sum += of.1;
            is_in
        });
        let kept: f64 = sorted.iter().map(|of| of.1).sum();
        let mut wanted = [0.0; SHARES];
        sorted
            .iter()
            .for_each(|of| wanted[share(of.0)] += of.1 / kept);
        let mut counts = [0.0; SHARES];
        let groups = draws(0, 0..DRAWS, (temperature, top_p));
        for groups in groups.chunks(4096) {
            for choice in finite(cuda.argmax(groups)?)? {
                counts[share(choice.top[0].0 as usize)] += 1.0 / DRAWS as f64;
            }
        }
        for (count, wanted) in counts.iter().zip(&wanted) {
            let error = (wanted * (1.0 - wanted) / DRAWS as f64).sqrt();
            assert!(
                (count - wanted).abs() < 3.5 * error + 1e-4,
                "temperature {temperature}, top-p {top_p}: drawn {counts:?}, wanted {wanted:?}"
            );
        }
    }
    Ok(())
}

/// A branch reads what its stem has read, and leaves that as it was.
#[test]
fn a_fork_goes_on_as_the_sequence_would() -> Outcome {
    if !is_there() {
        return Ok(());
    }
    let config = config(6, 2, 64, false, false);
    let layouts = layouts(Preset::Series, false, 0, 1)?;
    let new = || runner(Cuda::new(&config, 0, DType::F32, &mut |_| ())?, &config);
    let group = || {
        let fuse = Fuse::Mean;
        [Group { rows: 0..1, fuse }]
    };
    let (mut one, mut two) = (new()?, new()?);
    let read = |runner: &mut Cached<Cuda>| -> Result<SequenceId, EngineError> {
        let ids = runner.prefill(&[&layouts[0]], None, &Cancel::new(), &mut |_| ())?;
        Ok(ids[0])
    };
    let (alone, stem) = (read(&mut one)?, read(&mut two)?);
    let branch = two.fork(stem);
    for token in [5, 6, 7] {
        two.decode_step(&[(branch, token + 100)], None)?;
        one.decode_step(&[(alone, token)], None)?;
        two.decode_step(&[(stem, token)], None)?;
        assert_eq!(one.argmax(&group())?, two.argmax(&group())?);
    }
    Ok(())
}
