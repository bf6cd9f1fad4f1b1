//! The kernels against those of the CPU, on random models. Needs a device:
//! `cargo test --release --features cuda --lib cuda -- --ignored`

use std::error::Error;

use candle_core::DType;

use super::Cuda;
use crate::bench::Shape;
use crate::bench::random::Random;
use crate::bench::text::{Facts, Words};
use crate::engine::Cancel;
use crate::engine::EngineError;
use crate::engine::cached::Cached;
use crate::engine::cached::decoder::Decoder;
use crate::engine::cached::kernels::Kernels;
use crate::engine::choose::{Choice, Fuse, Group};
use crate::engine::cpu::{Cpu, Precision};
use crate::engine::runner::{Runner, SequenceId};
use crate::layout::{Layout, Preset, Source};
use crate::model::Config;

type Outcome = Result<(), Box<dyn Error>>;

const VOCABULARY: usize = 9001;
const STEPS: usize = 4;

fn config(heads: usize, kv_heads: usize, head_dim: usize, biased: bool, qk_norm: bool) -> Config {
    Config {
        vocab_size: VOCABULARY,
        hidden_size: 320,
        layers: 3,
        heads,
        kv_heads,
        head_dim,
        tied_embeddings: !biased,
        qkv_bias: biased,
        output_bias: biased,
        mlp_bias: biased,
        qk_norm,
        ..Shape::Demo.config()
    }
}

fn runner<K: Kernels + 'static>(mut kernels: K, config: &Config) -> Result<Cached<K>, EngineError> {
    let decoder = Decoder::load(&mut kernels, config, &Random, &mut |_| Ok(()))?;
    Ok(Cached::new(kernels, decoder))
}

/// Prompts of `count` facts, no two of them alike between calls with other `first`.
fn layouts(
    preset: Preset,
    cross: bool,
    first: usize,
    count: usize,
) -> Result<Vec<Layout>, Box<dyn Error>> {
    let facts = Facts::load()?;
    let words = Words {
        vocabulary: VOCABULARY,
    };
    let mut options = preset.options();
    options.manual_cross_attention = cross;
    (first..first + count)
        .map(|fact| {
            let questions = facts.questions(fact, 3, 2);
            let source = Source {
                context: &facts.context,
                questions: &questions,
                manual: 3,
            };
            Ok(Layout::build(&words, source, options)?)
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

/// Choices of all steps, the same tokens given to whoever runs.
fn choices(runner: &mut dyn Runner, layouts: &[Layout]) -> Result<Vec<Choice>, EngineError> {
    let prompts: Vec<&Layout> = layouts.iter().collect();
    let groups = groups(layouts.len());
    let sequences = runner.prefill(&prompts, &Cancel::new(), &mut |_| ())?;
    let mut all = runner.choose(&groups)?;
    for step in 0..STEPS {
        let token = |row: usize| ((7 + 31 * step + 13 * row) % VOCABULARY) as u32;
        let tokens: Vec<(SequenceId, u32)> = sequences
            .iter()
            .enumerate()
            .map(|(row, id)| (*id, token(row)))
            .collect();
        runner.extend(&tokens)?;
        all.extend(runner.choose(&groups)?);
    }
    sequences
        .into_iter()
        .for_each(|sequence| runner.release(sequence));
    Ok(all)
}

/// The largest difference between values of the same tokens.
fn difference(want: &[Choice], got: &[Choice]) -> f32 {
    let pairs = want.iter().zip(got).flat_map(|(want, got)| {
        want.top.iter().filter_map(|(id, value)| {
            let (_, other) = got.top.iter().find(|(other, _)| other == id)?;
            Some((value - other).abs())
        })
    });
    pairs.fold(0.0, f32::max)
}

/// One sequence goes through the kernels for few rows, five through cuBLAS, forty through several parts' tiles; the
/// third step of each is recorded and the fourth replayed.
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
#[ignore = "needs a CUDA device"]
fn f32_agrees_with_the_cpu() -> Outcome {
    agrees(&config(6, 2, 16, false, false), DType::F32, 1e-4)?;
    agrees(&config(4, 1, 80, true, true), DType::F32, 1e-4)
}

#[test]
#[ignore = "needs a CUDA device"]
fn bf16_agrees_with_the_cpu() -> Outcome {
    agrees(&config(6, 2, 128, false, false), DType::BF16, 4e-2)?;
    agrees(&config(14, 2, 64, true, false), DType::BF16, 4e-2)?;
    agrees(&config(16, 1, 64, false, false), DType::BF16, 4e-2)?;
    agrees(&config(6, 3, 24, false, true), DType::BF16, 4e-2)
}

#[test]
#[ignore = "needs a CUDA device"]
fn f16_agrees_with_the_cpu() -> Outcome {
    agrees(&config(2, 2, 256, false, false), DType::F16, 5e-3)
}
