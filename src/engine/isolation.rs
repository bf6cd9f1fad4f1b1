//! Isolation, seen from inside: what a segment says leaves every row outside it bit for bit as it was.

use proptest::prelude::*;

use super::cached::Cached;
use super::cached::spread::Spread;
use super::cancel::Cancel;
use super::cpu::{Cpu, Precision};
use super::dense::Dense;
use super::runner::Runner;
use crate::layout::{Isolation, Layout, Preset, Source};
use crate::model::{Config, Files, ModelRef, Tokenizer, Watch, Weights};
use crate::prompt::Context;

struct Model {
    config: Config,
    weights: Weights,
    tokenizer: Tokenizer,
}

fn model(name: &str) -> Model {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let files = Files::open(&ModelRef::Dir(folder)).expect("the fixture is there");
    Model {
        config: files.config(Watch::none()).expect("a config"),
        weights: files.weights(Watch::none()).expect("weights"),
        tokenizer: files.tokenizer(Watch::none()).expect("a tokenizer"),
    }
}

/// Per row of the prompt, its keys and values in every layer, by an engine that has seen nothing else.
fn cached_rows(model: &Model, layout: &Layout) -> Vec<Vec<f32>> {
    let cpu = Cpu::new(&model.config, Precision::Stored);
    let cpu = Spread::one(cpu, &model.config);
    let mut cached = Cached::load(&model.config, cpu, &model.weights, &mut |_| Ok(()))
        .expect("the decoder loads");
    let ids = cached
        .prefill(&[layout], None, &Cancel::new(), &mut |_| {})
        .expect("the prompt is read");
    cached.stored(ids[0])
}

/// Per row of the prompt, its last hidden state, by the reference.
fn dense_rows(model: &Model, layout: &Layout) -> Vec<Vec<f32>> {
    let dense = Dense::load(
        &model.config,
        &model.weights,
        candle_core::Device::Cpu,
        candle_core::DType::F32,
        &mut |_| Ok(()),
    )
    .expect("the reference loads");
    dense
        .hidden(layout, &[], None)
        .and_then(|hidden| hidden.to_vec2())
        .expect("the prompt is read")
}

/// Every preset under which segments do not read each other.
fn isolated() -> Vec<Preset> {
    let all = Preset::ALL.iter().copied();
    all.filter(|preset| preset.options().isolation == Isolation::Segments)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn rows_outside_a_changed_segment_keep_every_bit(
        name in prop::sample::select(vec!["tiny-llama", "tiny-qwen2", "tiny-qwen3"]),
        preset in prop::sample::select(isolated()),
        questions in prop::collection::vec("[A-Z][a-z]{2,5} is \\[MASK\\]\\.", 2..5),
        which in 0usize..4,
        by in 1u32..50,
    ) {
        let model = model(name);
        let context = Context::new("Fill in.", &[("One [MASK].".into(), "two".into())]);
        let source = Source::new(&context, &questions, 1);
        let before = Layout::build(&model.tokenizer, source, preset.options()).expect("a preset");
        let which = which % questions.len();
        let mut after = before.clone();
        for at in before.segments()[which].clone() {
            after.tokens[at] = (after.tokens[at] + by) % model.tokenizer.vocab_size() as u32;
        }
        for rows in [cached_rows, dense_rows] {
            let (a, b) = (rows(&model, &before), rows(&model, &after));
            let mut changed = 0;
            for row in 0..before.len() {
                let outside = before.owner[row] != Some(which as u32) && !before.fuses(row);
                let same = a[row].iter().map(|v| v.to_bits()).eq(b[row].iter().map(|v| v.to_bits()));
                prop_assert!(same || !outside, "row {} of {}", row, name);
                changed += usize::from(!same);
            }
            prop_assert!(changed > 0, "the segment itself changes");
        }
    }
}
