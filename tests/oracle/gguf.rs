//! Files as llama.cpp's converter writes them: each answers as the same model's safetensors, on a GPU too where there is one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{self, Value as Meta};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device as CandleDevice, Tensor};
use lamascope::model::{Config, Norms};
use serde_json::{Value, json};

use super::families::{answers, kind, near, numbers, save, understood};
use super::*;

/// A family: its name in a test's message and in the file, what its `config.json` says, and the keys of the file that say
/// the same beside the sizes that all have.
struct Row {
    label: &'static str,
    name: &'static str,
    config: Value,
    keys: Vec<(&'static str, Meta)>,
}

fn rows() -> Vec<Row> {
    let row = |label, name, config, keys: &[(&'static str, Meta)]| Row {
        label,
        name,
        config,
        keys: keys.to_vec(),
    };
    let text = |text: &str| Meta::String(text.to_owned());
    let yarn = [
        ("rope.scaling.type", text("yarn")),
        ("rope.scaling.factor", Meta::F32(4.0)),
        ("rope.scaling.original_context_length", Meta::U32(64)),
    ];
    let yarn_json =
        json!({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64});
    let window = ("attention.sliding_window", Meta::U32(20));
    let experts = |chosen: u32| {
        [
            ("expert_count", Meta::U32(6)),
            ("expert_used_count", Meta::U32(chosen)),
            ("expert_feed_forward_length", Meta::U32(64)),
        ]
    };
    vec![
        row(
            "Mistral with yarn",
            "llama",
            kind(
                "MistralForCausalLM",
                "mistral",
                json!({"head_dim": 12, "sliding_window": null, "rope_scaling": yarn_json}),
            ),
            &yarn,
        ),
        row(
            "Ministral 3",
            "mistral3",
            kind(
                "Ministral3ForCausalLM",
                "ministral3",
                json!({"head_dim": 12, "sliding_window": null, "rope_parameters": {"rope_type": "yarn",
                    "rope_theta": 1e4, "factor": 4.0, "mscale": 1.0, "mscale_all_dim": 1.0,
                    "original_max_position_embeddings": 64, "llama_4_scaling_beta": 0.3}}),
            ),
            &[
                &yarn[..],
                &[
                    ("rope.scaling.yarn_log_multiplier", Meta::F32(1.0)),
                    ("attention.temperature_scale", Meta::F32(0.3)),
                ],
            ]
            .concat(),
        ),
        row(
            "SmolLM3",
            "smollm3",
            kind(
                "SmolLM3ForCausalLM",
                "smollm3",
                json!({"num_hidden_layers": 4}),
            ),
            &[],
        ),
        row(
            "Granite",
            "granite",
            kind(
                "GraniteForCausalLM",
                "granite",
                json!({"embedding_multiplier": 3.0, "attention_multiplier": 0.2,
                    "residual_multiplier": 0.6, "logits_scaling": 2.0}),
            ),
            &[
                ("embedding_scale", Meta::F32(3.0)),
                ("attention.scale", Meta::F32(0.2)),
                ("residual_scale", Meta::F32(0.6)),
                ("logit_scale", Meta::F32(2.0)),
            ],
        ),
        row(
            "OLMo 2",
            "olmo2",
            kind("Olmo2ForCausalLM", "olmo2", json!({})),
            &[],
        ),
        row(
            "OLMo 3",
            "olmo2",
            kind(
                "Olmo3ForCausalLM",
                "olmo3",
                json!({"num_hidden_layers": 4, "sliding_window": 20, "rope_scaling": yarn_json}),
            ),
            &[&yarn[..], std::slice::from_ref(&window)].concat(),
        ),
        row(
            "EXAONE 4",
            "exaone4",
            kind(
                "Exaone4ForCausalLM",
                "exaone4",
                json!({"num_hidden_layers": 3, "sliding_window": 20, "sliding_window_pattern": "LLG"}),
            ),
            &[
                window.clone(),
                (
                    "attention.sliding_window_pattern",
                    Meta::Array([true, true, false].map(Meta::Bool).to_vec()),
                ),
            ],
        ),
        row(
            "Phi-3",
            "phi3",
            kind("Phi3ForCausalLM", "phi3", json!({"sliding_window": 20})),
            std::slice::from_ref(&window),
        ),
        row(
            "Phi-4-mini",
            "phi3",
            kind(
                "Phi3ForCausalLM",
                "phi3",
                json!({"partial_rotary_factor": 0.75, "tie_word_embeddings": true,
                    "original_max_position_embeddings": 1024, "rope_scaling": {"type": "longrope",
                        "short_factor": [1.0, 1.1, 1.2], "long_factor": [1.0, 2.0, 3.0]}}),
            ),
            &[
                ("attention.sliding_window", Meta::U32(0)),
                ("rope.dimension_count", Meta::U32(6)),
                ("rope.scaling.original_context_length", Meta::U32(1024)),
            ],
        ),
        row(
            "Gemma 2",
            "gemma2",
            kind(
                "Gemma2ForCausalLM",
                "gemma2",
                json!({"head_dim": 12, "query_pre_attn_scalar": 12, "sliding_window": 20,
                    "attn_logit_softcapping": 20.0, "final_logit_softcapping": 15.0}),
            ),
            &[
                window.clone(),
                ("attn_logit_softcapping", Meta::F32(20.0)),
                ("final_logit_softcapping", Meta::F32(15.0)),
            ],
        ),
        row(
            "Gemma 3",
            "gemma3",
            kind(
                "Gemma3ForCausalLM",
                "gemma3_text",
                json!({"num_hidden_layers": 6, "head_dim": 12, "query_pre_attn_scalar": 12, "sliding_window": 20,
                    "rope_scaling": {"rope_type": "linear", "factor": 8.0}}),
            ),
            &[
                window.clone(),
                ("rope.scaling.type", text("linear")),
                ("rope.scaling.factor", Meta::F32(8.0)),
            ],
        ),
        row(
            "Qwen3-MoE",
            "qwen3moe",
            kind(
                "Qwen3MoeForCausalLM",
                "qwen3_moe",
                json!({"head_dim": 12, "num_experts": 6, "num_experts_per_tok": 2,
                    "moe_intermediate_size": 64, "norm_topk_prob": true}),
            ),
            &experts(2),
        ),
        row(
            "gpt-oss",
            "gpt-oss",
            kind(
                "GptOssForCausalLM",
                "gpt_oss",
                json!({"head_dim": 12, "num_local_experts": 6, "experts_per_token": 6, "intermediate_size": 64,
                    "attention_bias": true, "sliding_window": 20, "rope_scaling": {"rope_type": "yarn",
                        "factor": 4.0, "truncate": false, "original_max_position_embeddings": 64}}),
            ),
            &[&yarn[..], &experts(6)[..], std::slice::from_ref(&window)].concat(),
        ),
    ]
}

/// What a matrix of so many inputs is stored in.
fn stored_as(tensor: &Tensor, quantized: bool) -> GgmlDType {
    let inputs = tensor.dims().last().copied().unwrap_or(0);
    match quantized && tensor.rank() > 1 && inputs.is_multiple_of(32) {
        true => GgmlDType::Q8_0,
        false => GgmlDType::F32,
    }
}

/// The model's tensors under llama.cpp's names.
fn renamed(row: &Row, config: &Config, tensors: &HashMap<String, Tensor>) -> Vec<(String, Tensor)> {
    let get = |name: &str| tensors.get(name).cloned();
    let stack = |layer: usize, part: &str| {
        let count = config.experts.as_ref()?.count;
        let of = |expert| get(&format!("model.layers.{layer}.mlp.experts.{expert}.{part}"));
        let each: Option<Vec<Tensor>> = (0..count).map(of).collect();
        Some(Tensor::stack(&each?, 0).expect("of one shape"))
    };
    // LlamaModel.permute of convert_hf_to_gguf.py.
    let permuted = |tensor: Tensor, heads: usize| {
        if !matches!(row.name, "llama" | "granite" | "smollm3" | "mistral3") {
            return tensor;
        }
        let (outputs, inputs) = tensor.dims2().expect("a matrix");
        tensor
            .reshape((heads, 2, outputs / heads / 2, inputs))
            .and_then(|it| it.transpose(1, 2))
            .and_then(|it| it.reshape((outputs, inputs)))
            .expect("whole heads")
    };
    let mut found: Vec<(String, Tensor)> = Vec::new();
    let mut put = |name: String, tensor: Option<Tensor>| {
        found.extend(tensor.map(|tensor| (name, tensor)));
    };
    put("token_embd.weight".into(), get("model.embed_tokens.weight"));
    put("output_norm.weight".into(), get("model.norm.weight"));
    put("output.weight".into(), get("lm_head.weight"));
    for layer in 0..config.layers {
        let at = |name: &str| get(&format!("model.layers.{layer}.{name}"));
        let mut put = |name: &str, tensor| put(format!("blk.{layer}.{name}"), tensor);
        put("attn_norm.weight", at("input_layernorm.weight"));
        let behind = match (config.norms, row.name) {
            (Norms::Before, name) if name != "gpt-oss" => "ffn_norm.weight",
            _ => "post_attention_norm.weight",
        };
        put(behind, at("post_attention_layernorm.weight"));
        put("ffn_norm.weight", at("pre_feedforward_layernorm.weight"));
        put(
            "post_ffw_norm.weight",
            at("post_feedforward_layernorm.weight"),
        );
        put("attn_q_norm.weight", at("self_attn.q_norm.weight"));
        put("attn_k_norm.weight", at("self_attn.k_norm.weight"));
        put("attn_sinks.weight", at("self_attn.sinks"));
        put("attn_output.weight", at("self_attn.o_proj.weight"));
        put("attn_output.bias", at("self_attn.o_proj.bias"));
        let [q, k, v] = ["q", "k", "v"].map(|it| at(&format!("self_attn.{it}_proj.weight")));
        let joined = |parts: [Option<Tensor>; 3]| {
            let parts: Vec<Tensor> = parts.into_iter().flatten().collect();
            Some(Tensor::cat(&parts, 0).expect("of one width"))
        };
        let [gate, up] = ["gate", "up"].map(|it| at(&format!("mlp.{it}_proj.weight")));
        if row.name == "phi3" {
            put("attn_qkv.weight", joined([q, k, v]));
            put("ffn_up.weight", joined([gate, up, None]));
        } else {
            put("attn_q.weight", q.map(|it| permuted(it, config.heads)));
            put("attn_k.weight", k.map(|it| permuted(it, config.kv_heads)));
            put("attn_v.weight", v);
            for part in ["q", "k", "v"] {
                let bias = at(&format!("self_attn.{part}_proj.bias"));
                put(&format!("attn_{part}.bias"), bias);
            }
            put("ffn_gate.weight", gate);
            put("ffn_up.weight", up);
        }
        put("ffn_down.weight", at("mlp.down_proj.weight"));
        put("ffn_gate_inp.weight", at("mlp.gate.weight"));
        put("ffn_gate_inp.bias", at("mlp.gate.bias"));
        for part in ["gate", "up", "down"] {
            for kind in ["weight", "bias"] {
                let stacked = stack(layer, &format!("{part}_proj.{kind}"));
                put(&format!("ffn_{part}_exps.{kind}"), stacked);
            }
        }
    }
    if config.norm_offset != 0.0 {
        let norms = found
            .iter_mut()
            .filter(|(name, _)| name.ends_with("norm.weight"));
        norms.for_each(|(_, norm)| *norm = (&*norm + 1.0).expect("numbers"));
    }
    if row.label == "Phi-4-mini" {
        for (name, factors) in [("short", [1f32, 1.1, 1.2]), ("long", [1.0, 2.0, 3.0])] {
            let factors = Tensor::new(&factors, &CandleDevice::Cpu).expect("numbers");
            found.push((format!("rope_factors_{name}.weight"), factors));
        }
    }
    found
}

/// The tokenizer of the fixtures in a file's metadata.
fn tokenizer() -> Vec<(String, Meta)> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-llama");
    let text = std::fs::read_to_string(fixture.join("tokenizer.json")).expect("a fixture");
    let json: Value = serde_json::from_str(&text).expect("well-formed");
    let vocab = json["model"]["vocab"].as_object().expect("a vocabulary");
    let mut tokens: Vec<(&String, u64)> = vocab
        .iter()
        .map(|(token, id)| (token, id.as_u64().expect("an id")))
        .collect();
    tokens.sort_by_key(|(_, id)| *id);
    let texts = |list: Vec<String>| Meta::Array(list.into_iter().map(Meta::String).collect());
    let types = (0..tokens.len()).map(|id| Meta::I32(if id < 2 { 3 } else { 1 }));
    let merges = json["model"]["merges"].as_array().expect("merges").iter();
    let word = |it: &Value| it.as_str().expect("a text").to_owned();
    let merges = merges.map(|it| format!("{} {}", word(&it[0]), word(&it[1])));
    let tokens = tokens.into_iter().map(|(token, _)| token.clone());
    [
        ("model", Meta::String("gpt2".to_owned())),
        ("pre", Meta::String("dbrx".to_owned())),
        ("add_bos_token", Meta::Bool(true)),
        ("bos_token_id", Meta::U32(0)),
        ("eos_token_id", Meta::U32(1)),
        ("token_type", Meta::Array(types.collect())),
        ("merges", texts(merges.collect())),
        ("tokens", texts(tokens.collect())),
    ]
    .map(|(key, value)| (format!("tokenizer.ggml.{key}"), value))
    .into()
}

fn write(
    folder: &Path,
    row: &Row,
    config: &Config,
    tensors: &HashMap<String, Tensor>,
    quantized: bool,
) -> PathBuf {
    let size = |size: usize| Meta::U32(size as u32);
    let mut meta: HashMap<String, Meta> = [
        ("block_count", size(config.layers)),
        ("context_length", size(2048)),
        ("embedding_length", size(config.hidden_size)),
        ("feed_forward_length", size(config.intermediate_size)),
        ("attention.head_count", size(config.heads)),
        ("attention.head_count_kv", size(config.kv_heads)),
        ("attention.key_length", size(config.head_dim)),
        ("attention.value_length", size(config.head_dim)),
        ("attention.layer_norm_rms_epsilon", Meta::F32(1e-5)),
        ("rope.freq_base", Meta::F32(config.rope.theta as f32)),
        ("rope.dimension_count", size(config.head_dim)),
    ]
    .into_iter()
    .chain(row.keys.clone())
    .map(|(key, value)| (format!("{}.{key}", row.name), value))
    .chain(tokenizer())
    .collect();
    let name = Meta::String(row.name.to_owned());
    meta.insert("general.architecture".to_owned(), name);
    let stored: Vec<(String, QTensor)> = renamed(row, config, tensors)
        .into_iter()
        .map(|(name, tensor)| {
            // The converter leaves routers and biases alone.
            let alone = name.contains("gate_inp") || name.ends_with("bias");
            let kind = stored_as(&tensor, quantized && !alone);
            (
                name,
                QTensor::quantize(&tensor, kind).expect("whole blocks"),
            )
        })
        .collect();
    let path = folder.join("model.gguf");
    let mut file = std::fs::File::create(&path).expect("a file");
    let meta: Vec<_> = meta
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    let stored: Vec<_> = stored
        .iter()
        .map(|(name, it)| (name.as_str(), it))
        .collect();
    gguf_file::write(&mut file, &meta, &stored).expect("written");
    path
}

fn engine(model: ModelRef, device: Device, dtype: Dtype) -> Engine {
    let settings = EngineSettings {
        model,
        device,
        dtype,
        batch: Some(7),
        path: EnginePath::Cached,
    };
    Engine::load(&settings, &mut |_| {}, &Cancel::new()).expect("the model loads")
}

#[test]
fn a_gguf_file_of_every_family_answers_as_its_safetensors() {
    let folder = Folder::of_fixtures("cases.json");
    let ours = |group: &&Group| group.model == "tiny-llama" && group.method == "flex";
    let groups: Vec<&Group> = folder.cases.groups.iter().filter(ours).step_by(4).collect();
    assert!(groups.len() > 1);
    let has_gpu = on_a_gpu::is_there();
    for row in rows() {
        for quantized in [false, true] {
            let place = tempfile::tempdir().expect("a folder");
            let (json, config) = understood(&row.config);
            let steady = config
                .experts
                .as_ref()
                .is_none_or(|it| it.chosen == it.count);
            let mut tensors = numbers(&config);
            for (name, tensor) in &mut tensors {
                // What a file of few bits holds, the other must hold as well.
                let kind = stored_as(tensor, quantized && !name.ends_with("mlp.gate.weight"));
                let blocks = QTensor::quantize(tensor, kind).expect("whole blocks");
                *tensor = blocks.dequantize(&CandleDevice::Cpu).expect("numbers");
            }
            let file = write(place.path(), &row, &config, &tensors, quantized);
            save(place.path(), &json, &config, tensors);
            let of_hub = ModelRef::Dir(place.path().to_owned());
            let file = ModelRef::Gguf(file);
            let mut hub = engine(of_hub, Device::Cpu, Dtype::F32);
            let mut exact = engine(file.clone(), Device::Cpu, Dtype::F32);
            let gpu = has_gpu.then(|| Device::Cuda(vec![vec![0]]));
            let mut gpu = gpu.map(|gpu| engine(file.clone(), gpu, Dtype::F32));
            let mut stored = engine(file, Device::Cpu, Dtype::Auto);
            for group in &groups {
                let label = format!("{}, {:?}, quantized {quantized}", row.label, group.preset);
                let wanted = answers(&mut hub, &folder, group);
                let exact = answers(&mut exact, &folder, group);
                let stored = answers(&mut stored, &folder, group);
                if let Some(gpu) = &mut gpu {
                    for (wanted, gpu) in wanted.iter().zip(answers(gpu, &folder, group)) {
                        near(&wanted.steps, &gpu.steps, TOLERANCE, &label);
                    }
                }
                for ((wanted, exact), stored) in wanted.iter().zip(&exact).zip(&stored) {
                    near(&wanted.steps, &exact.steps, TOLERANCE, &label);
                    // Rows are rounded to 8 bits on their way, which may send one to other experts.
                    if steady {
                        near(&wanted.steps[..1], &stored.steps[..1], 0.3, &label);
                    }
                }
            }
        }
    }
}
