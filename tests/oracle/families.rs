//! Every family, with random weights in the names and forms of its published files: the cached path answers as the
//! reference path does, and a window shorter than the prompt is among them.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device as CandleDevice, Tensor};
use lamascope::inspect::Attention;
use lamascope::model::{Config, QkNorm};
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::*;

/// What the `config.json` of a family says beside the sizes that all have.
pub fn kind(class: &str, name: &str, more: Value) -> Value {
    let mut config = json!({"architectures": [class], "model_type": name});
    let fields = more.as_object().expect("an object").clone();
    config.as_object_mut().expect("an object").extend(fields);
    config
}

/// A row per family: what its `config.json` says beside the sizes that all have.
fn families() -> Vec<(&'static str, Value)> {
    let yarn = json!({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64});
    let longrope = json!({"type": "longrope", "short_factor": [1.0, 1.1, 1.2], "long_factor": [1.0, 2.0, 3.0]});
    let gemma = json!({"head_dim": 12, "query_pre_attn_scalar": 10, "sliding_window": 20,
        "hidden_activation": "gelu_pytorch_tanh", "attn_logit_softcapping": 20.0, "final_logit_softcapping": 15.0});
    let gemma3 = json!({"head_dim": 12, "query_pre_attn_scalar": 10, "sliding_window": 20, "sliding_window_pattern": 3,
        "rope_theta": 1e6, "rope_local_base_freq": 1e4, "rope_scaling": {"rope_type": "linear", "factor": 8.0}});
    let qwen3_moe = json!({"head_dim": 12, "num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 24,
        "norm_topk_prob": true, "decoder_sparse_step": 1, "mlp_only_layers": [1]});
    let gpt_oss = json!({"head_dim": 12, "num_local_experts": 5, "experts_per_token": 2, "attention_bias": true,
        "sliding_window": 20, "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "truncate": false,
            "original_max_position_embeddings": 64}});
    let ministral = json!({"head_dim": 12, "sliding_window": null, "rope_parameters": {"rope_type": "yarn",
        "rope_theta": 1e6, "factor": 4.0, "mscale": 1.0, "mscale_all_dim": 1.0,
        "original_max_position_embeddings": 32, "llama_4_scaling_beta": 0.3}});
    let exaone = json!({"head_dim": 12, "sliding_window": 20, "sliding_window_pattern": "LLG"});
    vec![
        (
            "Mistral",
            kind(
                "MistralForCausalLM",
                "mistral",
                json!({"head_dim": 12, "sliding_window": null}),
            ),
        ),
        (
            "Mistral with a window",
            kind(
                "MistralForCausalLM",
                "mistral",
                json!({"sliding_window": 30}),
            ),
        ),
        (
            "Qwen2 with yarn",
            kind("Qwen2ForCausalLM", "qwen2", json!({"rope_scaling": yarn})),
        ),
        (
            "SmolLM3",
            kind(
                "SmolLM3ForCausalLM",
                "smollm3",
                json!({"no_rope_layer_interval": 2}),
            ),
        ),
        (
            "Granite",
            kind(
                "GraniteForCausalLM",
                "granite",
                json!({"embedding_multiplier": 3.0,
            "attention_multiplier": 0.2, "residual_multiplier": 0.6, "logits_scaling": 2.0}),
            ),
        ),
        ("OLMo 2", kind("Olmo2ForCausalLM", "olmo2", json!({}))),
        (
            "OLMo 3",
            kind("Olmo3ForCausalLM", "olmo3", json!({"sliding_window": 20})),
        ),
        (
            "Phi-3",
            kind("Phi3ForCausalLM", "phi3", json!({"sliding_window": 1000})),
        ),
        (
            "Phi-4-mini",
            kind(
                "Phi3ForCausalLM",
                "phi3",
                json!({"partial_rotary_factor": 0.75, "rope_scaling": longrope,
            "original_max_position_embeddings": 1024, "tie_word_embeddings": true}),
            ),
        ),
        (
            "Qwen3-MoE",
            kind("Qwen3MoeForCausalLM", "qwen3_moe", qwen3_moe),
        ),
        ("gpt-oss", kind("GptOssForCausalLM", "gpt_oss", gpt_oss)),
        (
            "Ministral 3",
            kind("Ministral3ForCausalLM", "ministral3", ministral),
        ),
        (
            "EXAONE 4 with a window",
            kind("Exaone4ForCausalLM", "exaone4", exaone),
        ),
        (
            "EXAONE 4",
            kind(
                "Exaone4ForCausalLM",
                "exaone4",
                json!({"sliding_window": null, "head_dim": 12}),
            ),
        ),
        ("Gemma 2", kind("Gemma2ForCausalLM", "gemma2", gemma)),
        ("Gemma 3", kind("Gemma3ForCausalLM", "gemma3_text", gemma3)),
    ]
}

/// A family's whole `config.json`, and what it is understood as.
pub fn understood(family: &Value) -> (Value, Config) {
    let mut config = json!({"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "max_position_embeddings": 2048, "vocab_size": 800,
        "eos_token_id": 1, "rope_theta": 1e4});
    let fields = family.as_object().expect("an object").clone();
    config.as_object_mut().expect("an object").extend(fields);
    let understood = Config::from_json(("config.json", &config), None).expect("a configuration");
    (config, understood)
}

/// Random numbers for every tensor.
pub fn numbers(config: &Config) -> HashMap<String, Tensor> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut tensor = |(name, shape): (String, Vec<usize>)| {
        let centre = if name.ends_with("norm.weight") {
            1.0 - config.norm_offset
        } else {
            0.0
        };
        let count: usize = shape.iter().product();
        let numbers: Vec<f32> = (0..count)
            .map(|_| centre + random.random_range(-0.3..0.3))
            .collect();
        let tensor = Tensor::from_vec(numbers, shape, &CandleDevice::Cpu).expect("a tensor");
        (name, tensor)
    };
    config.tensors().into_iter().map(&mut tensor).collect()
}

/// Writes a model's folder in the form of its family.
pub fn save(folder: &Path, json: &Value, config: &Config, mut tensors: HashMap<String, Tensor>) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-llama");
    for file in ["tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(fixture.join(file), folder.join(file)).expect("the tokenizer is copied");
    }
    std::fs::write(folder.join("config.json"), json.to_string()).expect("written");
    match json["model_type"].as_str() {
        Some("phi3") => fuse(config, &mut tensors),
        Some("gpt_oss") => stack(config, &mut tensors),
        _ => {}
    }
    candle_core::safetensors::save(&tensors, folder.join("model.safetensors")).expect("saved");
}

/// Puts projections of one input into one tensor, as Phi-3's files have them.
fn fuse(config: &Config, tensors: &mut HashMap<String, Tensor>) {
    for layer in 0..config.layers {
        for (parts, fused) in [
            (
                &["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"][..],
                "self_attn.qkv_proj",
            ),
            (&["mlp.gate_proj", "mlp.up_proj"][..], "mlp.gate_up_proj"),
        ] {
            let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
            let parts: Vec<Tensor> = parts
                .iter()
                .map(|part| tensors.remove(&name(part)).expect("a part"))
                .collect();
            let fused_part = Tensor::cat(&parts, 0).expect("parts of one width");
            tensors.insert(name(fused), fused_part);
        }
    }
}

/// Puts experts into one tensor per layer and projection as gpt-oss's files have them: `[experts, inputs, outputs]`, gate
/// and up by turns.
fn stack(config: &Config, tensors: &mut HashMap<String, Tensor>) {
    let experts = config.experts.as_ref().expect("experts");
    for layer in 0..config.layers {
        let prefix = format!("model.layers.{layer}.mlp");
        let mut take = |part: &str| {
            let mut of = |expert| tensors.remove(&format!("{prefix}.experts.{expert}.{part}"));
            let each = (0..experts.count).map(|expert| of(expert).expect("an expert's part"));
            Tensor::stack(&each.collect::<Vec<_>>(), 0).expect("of one shape")
        };
        let turns = |gate: Tensor, up: Tensor| {
            let both = Tensor::stack(&[gate, up], 2).expect("of one shape");
            both.flatten(1, 2).expect("two dimensions")
        };
        let turned = |tensor: Tensor| {
            let turned = tensor.transpose(1, 2).and_then(|it| it.contiguous());
            turned.expect("a matrix per expert")
        };
        let gate_up = turned(turns(take("gate_proj.weight"), take("up_proj.weight")));
        let gate_up_bias = turns(take("gate_proj.bias"), take("up_proj.bias"));
        let (down, down_bias) = (turned(take("down_proj.weight")), take("down_proj.bias"));
        for (name, tensor) in [
            ("experts.gate_up_proj", gate_up),
            ("experts.gate_up_proj_bias", gate_up_bias),
            ("experts.down_proj", down),
            ("experts.down_proj_bias", down_bias),
        ] {
            tensors.insert(format!("{prefix}.{name}"), tensor);
        }
        for kind in ["weight", "bias"] {
            let gate = tensors.remove(&format!("{prefix}.gate.{kind}"));
            tensors.insert(format!("{prefix}.router.{kind}"), gate.expect("a router"));
        }
    }
}

#[test]
fn every_family_answers_alike_on_both_paths() {
    let folder = Folder::of_fixtures("cases.json");
    // A group of each method and layout, all of them with the tokenizer of the families.
    let groups: Vec<&Group> = folder
        .cases
        .groups
        .iter()
        .filter(|group| group.model == "tiny-llama")
        .collect();
    assert!(groups.len() > 5);
    for (name, family) in families() {
        let place = tempfile::tempdir().expect("a folder");
        let (json, config) = understood(&family);
        save(place.path(), &json, &config, numbers(&config));
        assert_eq!(config.qk_norm == QkNorm::All, name.starts_with("OLMo"));
        let mut engines = [
            load(place.path().to_owned(), &on_the_cpu(EnginePath::Dense, 1)),
            load(place.path().to_owned(), &on_the_cpu(EnginePath::Cached, 1)),
            load(place.path().to_owned(), &on_the_cpu(EnginePath::Cached, 7)),
        ];
        for group in groups.iter().step_by(3) {
            let answers = engines
                .each_mut()
                .map(|engine| answers(engine, &folder, group));
            let [dense, cached, batched] = &answers;
            assert_eq!(
                cached, batched,
                "{name} {:?}: batches change nothing",
                group.preset
            );
            for (dense, cached) in dense.iter().zip(cached) {
                let label = format!("{name} {} {:?}", group.method, group.preset);
                near(&dense.steps, &cached.steps, TOLERANCE, &label);
            }
        }
    }
}

/// Experts have no product that all rows share; what is behind a layer they have.
#[test]
fn products_of_experts_are_not_mixed() {
    let (_, family) = families()
        .into_iter()
        .find(|(name, _)| *name == "Qwen3-MoE")
        .expect("a family of experts");
    let place = tempfile::tempdir().expect("a folder");
    let (json, config) = understood(&family);
    save(place.path(), &json, &config, numbers(&config));
    let folder = Folder::of_fixtures("cases.json");
    let mut request = folder.cases.groups[0].request(&folder.shots);
    for path in [EnginePath::Dense, EnginePath::Cached] {
        let engine = load(place.path().to_owned(), &on_the_cpu(path, 1));
        for method in [Method::FfnAvg, Method::FfnMax] {
            request.method = method;
            let error = engine
                .check(&request)
                .expect_err("it is refused")
                .to_string();
            assert!(
                error.ends_with("experts instead: choose layer-avg"),
                "{error}"
            );
        }
        request.method = Method::LayerAvg;
        assert!(engine.check(&request).is_ok());
    }
}

/// What a row reads is less than all where its heads have sinks, and the same on both paths.
#[test]
fn sinks_take_their_share_of_what_is_read() {
    let (_, family) = families()
        .into_iter()
        .find(|(name, _)| *name == "gpt-oss")
        .expect("a family with sinks");
    let place = tempfile::tempdir().expect("a folder");
    let (json, config) = understood(&family);
    let mut tensors = numbers(&config);
    for layer in 0..config.layers {
        // The first head's is far above all scores, the last one's far below.
        let sinks = Tensor::new(&[50f32, 1.0, 0.0, -50.0], &CandleDevice::Cpu).expect("numbers");
        tensors.insert(format!("model.layers.{layer}.self_attn.sinks"), sinks);
    }
    save(place.path(), &json, &config, tensors);
    let folder = Folder::of_fixtures("cases.json");
    let flex = |group: &&Group| group.model == "tiny-llama" && group.method == "flex";
    let group = folder.cases.groups.iter().find(flex).expect("a layout");
    let mut read = [EnginePath::Dense, EnginePath::Cached].map(|path| {
        let mut engine = load(place.path().to_owned(), &on_the_cpu(path, 1));
        let layout = answers(&mut engine, &folder, group)[0].layouts[0].clone();
        let observed = engine
            .observe(&layout, &[], &Cancel::new())
            .expect("it is read");
        Attention::new(layout, observed)
    });
    let mut weights = |of: usize, layer: usize, head: usize| {
        let (attention, mut weights) = (&mut read[of], Vec::new());
        let row = attention.emitting(0);
        assert!(attention.has_sinks());
        attention.weights(layer, head, row, &mut weights);
        weights
    };
    for layer in 0..config.layers {
        let mut sums = Vec::new();
        for head in 0..config.heads {
            let [dense, cached] = [0, 1].map(|of| weights(of, layer, head));
            for (a, b) in dense.iter().zip(&cached) {
                assert!(
                    (a - b).abs() < 1e-5,
                    "layer {layer}, head {head}: {a} and {b}"
                );
            }
            sums.push(dense.iter().sum::<f32>());
        }
        assert!(sums[0] < 1e-6 && (sums[3] - 1.0).abs() < 1e-5, "{sums:?}");
        assert!(sums[1] < 1.0 && sums[1] > 0.0 && sums[2] < 1.0, "{sums:?}");
    }
}

/// Logits agree until a token differs because the two best are equal to rounding.
pub fn near(wanted: &[Vec<(u32, f32)>], found: &[Vec<(u32, f32)>], tolerance: f32, label: &str) {
    for (step, (wanted, found)) in wanted.iter().zip(found).enumerate() {
        for ((_, a), (_, b)) in wanted.iter().zip(found) {
            assert!(
                (a - b).abs() < tolerance,
                "{label}: step {step}: {a} and {b}"
            );
        }
        if wanted[0].0 != found[0].0 {
            assert!(
                wanted[0].1 - wanted[1].1 < tolerance,
                "{label}: step {step}"
            );
            return;
        }
    }
}

pub fn answers(engine: &mut Engine, folder: &Folder, group: &Group) -> Vec<Answer> {
    let mut shots = folder.shots.clone();
    shots.shots.truncate(group.few_shot);
    let request = Request {
        method: word::<Method>(&group.method),
        options: options(group),
        blend: Default::default(),
        context: shots.context(Style::MyriadLama),
        max_new_tokens: 4,
        until: None,
        stream: false,
        draws: None,
    };
    let task = |(id, reference): (usize, &Reference)| Task {
        id,
        questions: reference.questions.clone(),
        manual: group.num_manual.min(reference.questions.len()),
        contexts: Vec::new(),
        groups: Vec::new(),
        labels: Vec::new(),
        confidence: None,
    };
    let tasks: Vec<Task> = group.results.iter().enumerate().map(task).collect();
    let mut found: Vec<Option<Answer>> = vec![None; tasks.len()];
    let mut sink = |event| {
        if let Event::Finished { task, answers } = event {
            found[task] = answers.into_iter().next();
        }
    };
    engine
        .run(&request, &tasks, &mut sink, &Cancel::new())
        .expect("the group runs");
    found
        .into_iter()
        .map(|answer| answer.expect("every task ends"))
        .collect()
}
