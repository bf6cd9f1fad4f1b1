//! Models of random weights, prompts, and what a runner says of them: to hold one device against another.

use std::error::Error;

use super::argmax::{Fuse, Group, TopTokens};
use super::cached::Cached;
use super::cached::kernels::Kernels;
use super::cached::spread::Spread;
use super::cancel::Cancel;
use super::error::EngineError;
use super::runner::{Runner, SequenceId};
use crate::bench::random::Random;
use crate::bench::text::{Facts, HashTokenizer};
use crate::layout::{Layout, Preset, Source};
use crate::model::{Activation, Config, Experts, Growth, Norms, QkNorm, Rope};

pub const VOCABULARY: usize = 9001;
const STEPS: usize = 6;

pub fn config(
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    biased: bool,
    qk_norm: bool,
) -> Config {
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
pub fn other_parts(qk_norm: QkNorm) -> Config {
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
pub fn of_experts(chosen: usize, norms: Norms, biased: bool) -> Config {
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

/// A model of random weights on one device.
pub fn runner<K: Kernels>(kernels: K, config: &Config) -> Result<Cached<K>, EngineError> {
    spread(Spread::one(kernels, config), config)
}

/// The same on devices that share its layers.
pub fn spread<K: Kernels>(of: Spread<K>, config: &Config) -> Result<Cached<K>, EngineError> {
    Cached::load(config, of, &Random, &mut |_| Ok(()))
}

/// Prompts of `count` facts, no two of them alike between calls with other `first`.
pub fn layouts(
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

/// Groups of one to three rows, of every way to fuse; of many rows sums alone.
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
        let ways = if rows > 50 { 3 } else { 4 };
        let (len, fuse) = match (groups.len() % ways, rows - at) {
            (1 | 3, 2..) => (2, fuses[groups.len() % ways]),
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

pub fn finite(choices: Vec<Option<TopTokens>>) -> Result<Vec<TopTokens>, EngineError> {
    let choices: Option<_> = choices.into_iter().collect();
    choices.ok_or_else(|| EngineError::Device("a logit is not finite".to_owned()))
}

/// Choices of all steps, the same tokens given to whoever runs. Every fifth sequence ends two steps before the others.
pub fn choices(runner: &mut dyn Runner, layouts: &[Layout]) -> Result<Vec<TopTokens>, EngineError> {
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
pub fn difference(want: &[TopTokens], got: &[TopTokens]) -> f32 {
    let pairs = want.iter().zip(got).flat_map(|(want, got)| {
        want.top.iter().filter_map(|(id, value)| {
            let (_, other) = got.top.iter().find(|(other, _)| other == id)?;
            Some((value - other).abs())
        })
    });
    pairs.fold(0.0, f32::max)
}
