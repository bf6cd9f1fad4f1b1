//! Checkpoints whose tensors are of several types: adapters merged in float32, types chosen per tensor by llama.cpp.

use std::collections::HashMap;
use std::path::Path;

use candle_core::quantized::GgmlDType;
use candle_core::{DType, Tensor};
use lamascope::engine::{
    self, Answer, Cancel, Engine, EngineSettings, Event, Method, Request, Task,
};
use lamascope::layout::Preset;
use lamascope::model::ModelRef;
use lamascope::prompt::Context;

use crate::gguf::gguf_of;
use crate::support::*;

/// What a model answers on one path.
fn answer(model: &ModelRef, path: engine::Path) -> Answer {
    let settings = EngineSettings {
        model: model.clone(),
        device: engine::Device::Cpu,
        dtype: engine::Dtype::Auto,
        batch: None,
        path,
    };
    let cancel = Cancel::new();
    let mut engine = Engine::load(&settings, &mut |_| {}, &cancel).expect("the model loads");
    let request = Request {
        method: Method::Flex,
        options: Preset::Fused.options(),
        blend: Default::default(),
        context: Context::new("Fill in the gap.", &[]),
        max_new_tokens: 5,
        until: None,
        stream: false,
        draws: None,
    };
    let questions = ["The seat of Utopia is [MASK].", "[MASK] is its capital."];
    let task = Task {
        id: 0,
        questions: questions.map(str::to_owned).to_vec(),
        manual: 1,
        contexts: Vec::new(),
        groups: Vec::new(),
        labels: Vec::new(),
        confidence: None,
    };
    let mut found = None;
    let mut sink = |event| {
        if let Event::Finished { mut answers, .. } = event {
            found = answers.pop();
        }
    };
    engine
        .run(&request, &[task], &mut sink, &cancel)
        .expect("the run succeeds");
    found.expect("an answer")
}

#[track_caller]
fn same_answers(model: &ModelRef) {
    let fast = answer(model, engine::Path::Cached);
    let reference = answer(model, engine::Path::Dense);
    assert_eq!(fast.generated, reference.generated);
    for (fast, reference) in fast.steps.iter().zip(&reference.steps) {
        for (fast, reference) in fast.iter().zip(reference) {
            let most = 1e-4 * (1.0 + reference.1.abs());
            assert!(
                (fast.1 - reference.1).abs() < most,
                "{fast:?} and {reference:?}"
            );
        }
    }
}

#[test]
fn safetensors_of_several_types_run_on_the_fast_path() {
    let folder = folder();
    let types: [fn(&str) -> DType; 3] = [
        // As in the wild: an adapter on queries and values, merged and saved in float32.
        |name| match name {
            name if name.contains("q_proj") || name.contains("v_proj") => DType::F32,
            _ => DType::BF16,
        },
        |name| match name {
            name if name.contains("gate_proj") => DType::F16,
            name if name.contains("norm") => DType::F32,
            _ => DType::BF16,
        },
        |name| match name {
            name if name.contains("k_proj") || name.contains("embed") => DType::F16,
            _ => DType::F32,
        },
    ];
    for dtype in types {
        let mixed: HashMap<String, Tensor> = tensors()
            .into_iter()
            .map(|(name, tensor)| {
                let tensor = tensor.to_dtype(dtype(&name)).unwrap();
                (name, tensor)
            })
            .collect();
        candle_core::safetensors::save(&mixed, folder.path().join("model.safetensors")).unwrap();
        same_answers(&ModelRef::Dir(folder.path().to_owned()));
    }
    let shared = Path::new("../shared/cases/mixed-dtypes/model");
    if shared.is_dir() {
        same_answers(&ModelRef::Dir(shared.to_owned()));
    }
}

/// Products with quantized weights alone are approximate on the fast path, so those are in mixed company here.
#[test]
fn gguf_files_of_several_types_run_on_the_fast_path() {
    let folder = tempfile::tempdir().unwrap();
    let kind = |part: &str| match part {
        "q_proj" => GgmlDType::Q8_0,
        "k_proj" => GgmlDType::F16,
        "v_proj" => GgmlDType::BF16,
        "gate_proj" => GgmlDType::Q4_0,
        _ => GgmlDType::F32,
    };
    let path = gguf_of(folder.path(), &tensors(), kind, |_| {});
    same_answers(&ModelRef::Gguf(path));
}
