//! The kernels against those of the CPU, on random models. Where there is no CUDA device they say so and pass.

use std::error::Error;

use candle_core::{DType, Device as CandleDevice, Tensor};

use super::{Cuda, devices};
use crate::bench::random::Random;
use crate::bench::text::{Facts, HashTokenizer};
use crate::engine::Cancel;
use crate::engine::EngineError;
use crate::engine::argmax::{Fuse, Group, TopTokens};
use crate::engine::cached::Cached;
use crate::engine::cached::decoder::{Decoder, Tensors};
use crate::engine::cached::kernels::Kernels;
use crate::engine::cpu::{Cpu, Precision};
use crate::engine::draw::Draws;
use crate::engine::runner::{Runner, SequenceId};
use crate::layout::{Layout, Preset, Source};
use crate::model::{Activation, Config, Experts, Growth, ModelError, Norms, QkNorm, Rope};

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

const VOCABULARY: usize = 9001;
const STEPS: usize = 6;

fn config(heads: usize, kv_heads: usize, head_dim: usize, biased: bool, qk_norm: bool) -> Config {
    Config {
        vocab_size: VOCABULARY,
        intermediate_size: 768,
        layers: 3,
        kv_heads,
        tied_embeddings: !biased,
        qkv_bias: biased,
        output_bias: biased,
        mlp_bias: biased,
        qk_norm: if qk_norm { QkNorm::Head } else { QkNorm::None },
        ..Config::plain(500_000.0, 320, heads, head_dim)
    }
}

/// A decoder of every part that Llama's lacks.
fn other_parts(qk_norm: QkNorm) -> Config {
    Config {
        norms: match qk_norm {
            QkNorm::All => Norms::After,
            _ => Norms::Around,
        },
        qk_norm,
        norm_offset: 1.0,
        activation: Activation::GeluTanh,
        embedding_scale: 3.0,
        attention_scale: 0.2,
        attention_softcap: Some(5.0),
        logits_scale: 0.5,
        logits_softcap: Some(3.0),
        rotated: vec![true, false, true],
        sliding: vec![true, false, true],
        window: Some(40),
        local_rope: Some(Rope {
            dims: Some(16),
            amplitude: 1.1,
            ..Rope::plain(10_000.0)
        }),
        ..config(4, 2, 24, false, false)
    }
}

/// Layers of experts around one with a single MLP; sinks, a gate within bounds, queries that grow.
fn of_experts(chosen: usize, norms: Norms, biased: bool) -> Config {
    Config {
        norms,
        activation: Activation::Clamped,
        experts: Some(Experts {
            count: 5,
            chosen,
            inner_size: 136,
            renormalised: chosen < 5,
            biased,
            layers: vec![true, false, true],
        }),
        sinks: true,
        query_growth: Some(Growth {
            beta: 0.3,
            original: 32,
        }),
        sliding: vec![true, false, true],
        window: Some(40),
        ..config(8, 2, 24, biased, false)
    }
}

fn runner<K: Kernels + 'static>(mut kernels: K, config: &Config) -> Result<Cached<K>, EngineError> {
    let decoder = Decoder::load(&mut kernels, config, &Random, &mut |_| Ok(()))?;
    Ok(Cached::new(config, kernels, decoder))
}

/// Prompts of `count` facts, no two of them alike between calls with other `first`.
fn layouts(
    preset: Preset,
    cross: bool,
    first: usize,
    count: usize,
) -> Result<Vec<Layout>, Box<dyn Error>> {
    let facts = Facts::load()?;
    let words = HashTokenizer {
        vocabulary: VOCABULARY,
    };
    let mut options = preset.options();
    options.manual_cross_attention = cross;
    (first..first + count)
        .map(|fact| {
            let questions = facts.questions(fact, 3, 2);
            let source = Source::new(&facts.context, &questions, 3);
            Ok(Layout::build(&words, source, options.clone())?)
        })
        .collect()
}

/// Groups of one to three rows, of every way to fuse.
fn groups(rows: usize) -> Vec<Group<'static>> {
    let fuses = [
        Fuse::Mean,
        Fuse::Mean,
        Fuse::Weighted(&[0.25, 0.5, 0.25]),
        Fuse::Max,
    ];
    let mut groups = Vec::new();
    let mut at = 0;
    while at < rows {
        let (len, fuse) = match (groups.len() % 4, rows - at) {
            (1 | 3, 2..) => (2, fuses[groups.len() % 4]),
            (2, 3..) => (3, fuses[2]),
            _ => (1, fuses[0]),
        };
        groups.push(Group {
            rows: at..at + len,
            fuse,
        });
        at += len;
    }
    groups
}

fn finite(choices: Vec<Option<TopTokens>>) -> Result<Vec<TopTokens>, EngineError> {
    let choices: Option<_> = choices.into_iter().collect();
    choices.ok_or_else(|| EngineError::Device("a logit is not finite".to_owned()))
}

/// Choices of all steps, the same tokens given to whoever runs. Every fifth sequence ends two steps before the others.
fn choices(runner: &mut dyn Runner, layouts: &[Layout]) -> Result<Vec<TopTokens>, EngineError> {
    let prompts: Vec<&Layout> = layouts.iter().collect();
    let mut sequences = runner.prefill(&prompts, None, &Cancel::new(), &mut |_| ())?;
    let mut all = finite(runner.argmax(&groups(sequences.len()))?)?;
    for step in 0..STEPS {
        if step + 2 == STEPS {
            for ended in (4..sequences.len()).step_by(5).rev() {
                runner.release(sequences.remove(ended));
            }
        }
        let token = |row: usize| ((7 + 31 * step + 13 * row) % VOCABULARY) as u32;
        let tokens: Vec<(SequenceId, u32)> = sequences
            .iter()
            .enumerate()
            .map(|(row, id)| (*id, token(row)))
            .collect();
        runner.decode_step(&tokens, None)?;
        all.extend(finite(runner.argmax(&groups(sequences.len()))?)?);
    }
    sequences
        .into_iter()
        .for_each(|sequence| runner.release(sequence));
    Ok(all)
}

/// The largest difference between values of the same tokens.
fn difference(want: &[TopTokens], got: &[TopTokens]) -> f32 {
    let pairs = want.iter().zip(got).flat_map(|(want, got)| {
        want.top.iter().filter_map(|(id, value)| {
            let (_, other) = got.top.iter().find(|(other, _)| other == id)?;
            Some((value - other).abs())
        })
    });
    pairs.fold(0.0, f32::max)
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
                let mut cuda = Cuda::new(&config, 0, dtype, &mut |_| ())?;
                let decoder = Decoder::load(&mut cuda, &config, &Poisoned, &mut |_| Ok(()))?;
                let mut runner = Cached::new(&config, cuda, decoder);
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
