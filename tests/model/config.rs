//! `config.json` in its forms, and what is refused.

use lamascope::model::{Architecture, Config, QkNorm, RopeScaling};
use serde_json::{Value, json};

use crate::support::*;

#[test]
fn old_and_new_forms_of_a_configuration() {
    let old = read(llama()).unwrap();
    assert_eq!(old.architecture, Architecture::Llama);
    assert_eq!(
        (
            old.vocab_size,
            old.hidden_size,
            old.intermediate_size,
            old.layers
        ),
        (100, 64, 96, 2)
    );
    assert_eq!((old.heads, old.kv_heads, old.head_dim), (4, 2, 16));
    assert_eq!((old.max_positions, old.rms_norm_eps), (512, 1e-5));
    assert_eq!(old.rope.theta, 500_000.0);
    assert!(matches!(old.rope.scaling, RopeScaling::None));
    assert!(!old.tied_embeddings && !old.qkv_bias && !old.output_bias);
    assert!(!old.mlp_bias && old.qk_norm == QkNorm::None);
    assert_eq!(old.eos, [7]);

    let scaling = json!({"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 128, "rope_type": "llama3"});
    let changed = |changes| read(with(&llama(), changes)).unwrap();
    let new = with(&scaling, json!({"rope_theta": 3e5}));
    let older = with(&scaling, json!({"rope_type": null, "type": "llama3"}));
    for (config, theta) in [
        (changed(json!({"rope_scaling": scaling})), 5e5),
        (changed(json!({"rope_scaling": older})), 5e5),
        (
            changed(json!({"rope_theta": null, "rope_parameters": new, "dtype": "bfloat16"})),
            3e5,
        ),
    ] {
        assert_eq!(config.rope.theta, theta);
        let RopeScaling::Llama3(llama3) = config.rope.scaling else {
            panic!("expected llama3");
        };
        assert_eq!((llama3.factor, llama3.high_freq_factor), (8.0, 4.0));
        assert_eq!(llama3.original_max_position_embeddings, 128);
    }
    let plain = changed(json!({"rope_theta": null, "rope_scaling": null}));
    assert_eq!(plain.rope.theta, 10_000.0);
    let plain = changed(json!({"rope_parameters": {"rope_type": "default", "rope_theta": 2e4}}));
    assert_eq!(plain.rope.theta, 20_000.0);

    assert_eq!(changed(json!({"head_dim": 32})).head_dim, 32);
    assert_eq!(changed(json!({"num_key_value_heads": null})).kv_heads, 4);
    assert_eq!(
        changed(json!({"architectures": null})).architecture,
        Architecture::Llama
    );
    assert_eq!(
        changed(json!({"model_type": null})).architecture,
        Architecture::Llama
    );
    assert!(changed(json!({"tie_word_embeddings": true})).tied_embeddings);
    let biased = changed(json!({"attention_bias": true, "mlp_bias": true}));
    assert!(biased.qkv_bias && biased.output_bias && biased.mlp_bias);
}

#[test]
fn qwen_configurations() {
    let qwen2 = with(
        &llama(),
        json!({"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "sliding_window": null,
            "use_sliding_window": false, "max_window_layers": 28, "layer_types": ["full_attention"]}),
    );
    let config = read(qwen2).unwrap();
    assert_eq!(config.architecture, Architecture::Qwen2);
    assert!(config.qkv_bias && !config.output_bias && config.qk_norm == QkNorm::None);

    let qwen3 = with(
        &llama(),
        json!({"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "head_dim": 24,
            "attention_bias": false}),
    );
    let config = read(qwen3.clone()).unwrap();
    assert_eq!(
        (config.architecture, config.head_dim),
        (Architecture::Qwen3, 24)
    );
    assert!(config.qk_norm == QkNorm::Head && !config.qkv_bias && !config.output_bias);
    assert_eq!(
        read(with(&qwen3, json!({"head_dim": null})))
            .unwrap()
            .head_dim,
        128
    );
}

#[test]
fn end_tokens_of_the_generation_configuration_win() {
    let ends = |config: Value, generation: Value| {
        let config = with(&llama(), json!({"eos_token_id": config}));
        Config::from_json(("c", &config), Some(("g", &generation)))
            .unwrap()
            .eos
    };
    assert_eq!(ends(json!(3), json!({"eos_token_id": [5, 6]})), [5, 6]);
    assert_eq!(ends(json!([3, 4]), json!({"eos_token_id": 5})), [5]);
    assert_eq!(ends(json!([3, 4]), json!({"eos_token_id": null})), [3, 4]);
    assert_eq!(ends(json!(null), json!({})), [0u32; 0]);
}

#[test]
fn what_cannot_be_run_is_refused_by_name() {
    let other = json!({"rope_type": "proportional", "factor": 4.0});
    let experts = json!({"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "num_experts": 8,
        "num_experts_per_tok": 2, "moe_intermediate_size": 64});
    let per_layer = json!({"full_attention": {"rope_theta": 1e4, "rope_type": "default"}});
    for (changes, names) in [
        (
            json!({"architectures": ["MixtralForCausalLM"]}),
            "architecture `MixtralForCausalLM`",
        ),
        (
            json!({"architectures": ["LlamaForSequenceClassification"]}),
            "`LlamaForSequenceClassification`",
        ),
        (
            json!({"architectures": null, "model_type": "gemma"}),
            "architecture `gemma`",
        ),
        (
            json!({"architectures": ["Qwen3_5ForCausalLM"], "model_type": "qwen3_5_text"}),
            "its layers keep a state instead of keys",
        ),
        (
            json!({"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3"}),
            "its compressed keys (latent attention) are not computed; use a causal language model of llama, ",
        ),
        (
            json!({"architectures": ["GPTNeoXForCausalLM"], "model_type": null}),
            "LayerNorm with a bias is not computed",
        ),
        (
            json!({"model_type": "qwen2"}),
            "`model_type` is \"qwen2\", expected `llama`",
        ),
        (
            json!({"architectures": null, "model_type": null}),
            "`architectures` is missing",
        ),
        (json!({"rope_scaling": other}), "rope type `proportional`"),
        (
            json!({"rope_parameters": other}),
            "rope type `proportional`",
        ),
        (
            json!({"rope_scaling": {"type": "linear"}}),
            "`factor` is missing",
        ),
        (
            json!({"rope_scaling": {"type": "longrope", "short_factor": [1.0]}}),
            "`short_factor` is [1.0], expected a list of",
        ),
        (
            json!({"rope_scaling": {"factor": 2.0}}),
            "`rope_type` is missing",
        ),
        (
            json!({"rope_parameters": {"sliding_attention": per_layer}}),
            "`rope_type` is missing",
        ),
        (
            json!({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}),
            "`low_freq_factor` is missing",
        ),
        (
            json!({"partial_rotary_factor": 1.5}),
            "`partial_rotary_factor` is 1.5, expected a number above 0, at most 1",
        ),
        (json!({"hidden_act": "gelu"}), "activation `gelu`"),
        (
            with(&experts, json!({"num_experts_per_tok": 9})),
            "`num_experts_per_tok` is 9, expected at most 8, the number of experts",
        ),
        (
            with(&experts, json!({"mlp_only_layers": "all"})),
            "`mlp_only_layers` is \"all\", expected a list of layers",
        ),
        (
            json!({"architectures": ["GptOssForCausalLM"], "model_type": "gpt_oss", "num_local_experts": 4,
                "num_experts_per_tok": 2, "sliding_window": 8, "swiglu_limit": 5.0}),
            "`swiglu_limit` is 5.0, expected 7",
        ),
        (
            json!({"architectures": ["Exaone4ForCausalLM"], "model_type": "exaone4", "sliding_window": 8,
                "sliding_window_pattern": "LGL"}),
            "`sliding_window_pattern` is \"LGL\", expected `L` for each local layer, then a `G`",
        ),
        (
            json!({"quantization_config": {"quant_method": "awq"}}),
            "quantization `awq`",
        ),
        (
            json!({"use_bidirectional_attention": true}),
            "`use_bidirectional_attention`",
        ),
        (
            json!({"layer_types": ["full_attention", "linear_attention"]}),
            "layer type `linear_attention`",
        ),
        (
            json!({"num_key_value_heads": 3}),
            "`num_key_value_heads` is 3",
        ),
        (
            json!({"head_dim": 15}),
            "`head_dim` is 15, expected an even number",
        ),
        (
            json!({"head_dim": 1_u64 << 33}),
            "`head_dim` is 8589934592, expected at most 4096",
        ),
        (
            json!({"head_dim": 4096, "num_attention_heads": 4096, "num_key_value_heads": 1}),
            "`head_dim` is 4096, expected at most 256 with 4096 heads",
        ),
        (
            json!({"num_hidden_layers": 50_000_000}),
            "`num_hidden_layers` is 50000000, expected at most 4096",
        ),
        (
            json!({"vocab_size": u64::MAX}),
            "`vocab_size` is 18446744073709551615, expected at most 16777216",
        ),
        (
            json!({"hidden_size": "64"}),
            "`hidden_size` is \"64\", expected a whole number above 0",
        ),
        (json!({"vocab_size": null}), "`vocab_size` is missing"),
        (
            json!({"rms_norm_eps": 0}),
            "`rms_norm_eps` is 0, expected a number above 0",
        ),
        (
            json!({"eos_token_id": [1, "x"]}),
            "`eos_token_id` is [1,\"x\"]",
        ),
    ] {
        let text = message(read(with(&llama(), changes.clone())));
        assert!(text.starts_with("config.json: "), "{text}");
        assert!(text.contains(names), "{changes}: {text}");
    }
}

#[test]
fn parameters_are_counted() {
    // Published sizes: 1,235,814,400; 3,212,749,824; 3,085,938,688; 1,720,574,976.
    let counted = |config: Value| read(with(&llama(), config)).unwrap().parameters();
    let shape =
        |vocab: usize, hidden: usize, inner: usize, layers: usize, heads: usize, kv: usize| {
            json!({"vocab_size": vocab, "hidden_size": hidden, "intermediate_size": inner,
            "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv,
            "tie_word_embeddings": true})
        };
    let kind = |class: &str| json!({"architectures": [class], "model_type": null, "head_dim": 128});
    assert_eq!(
        counted(shape(128_256, 2048, 8192, 16, 32, 8)),
        1_235_814_400
    );
    assert_eq!(
        counted(shape(128_256, 3072, 8192, 28, 24, 8)),
        3_212_749_824
    );
    let qwen2 = with(
        &shape(151_936, 2048, 11_008, 36, 16, 2),
        kind("Qwen2ForCausalLM"),
    );
    assert_eq!(counted(qwen2), 3_085_938_688);
    let qwen3 = with(
        &shape(151_936, 2048, 6144, 28, 16, 8),
        kind("Qwen3ForCausalLM"),
    );
    assert_eq!(counted(qwen3), 1_720_574_976);
    // Qwen3-30B-A3B and gpt-oss-20b.
    let experts = json!({"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768,
        "tie_word_embeddings": false});
    let shaped = with(
        &shape(151_936, 2048, 6144, 48, 32, 4),
        kind("Qwen3MoeForCausalLM"),
    );
    assert_eq!(counted(with(&shaped, experts)), 30_532_122_624);
    let shaped = with(
        &shape(201_088, 2880, 2880, 24, 64, 8),
        kind("GptOssForCausalLM"),
    );
    let rest = json!({"num_local_experts": 32, "num_experts_per_tok": 4, "attention_bias": true, "head_dim": 64,
        "sliding_window": 128, "tie_word_embeddings": false});
    assert_eq!(counted(with(&shaped, rest)), 20_914_757_184);
}

#[test]
fn a_model_of_text_and_images_holds_a_decoder() {
    let published = json!({
        "architectures": ["Mistral3ForConditionalGeneration"], "model_type": "mistral3", "eos_token_id": 2,
        "text_config": {
            "model_type": "ministral3", "vocab_size": 131_072, "hidden_size": 3072, "intermediate_size": 9216,
            "num_hidden_layers": 26, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
            "rms_norm_eps": 1e-5, "max_position_embeddings": 262_144, "sliding_window": null,
            "tie_word_embeddings": true,
            "rope_parameters": {"rope_type": "yarn", "type": "yarn", "rope_theta": 1e6, "factor": 16.0,
                "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0,
                "original_max_position_embeddings": 16_384, "llama_4_scaling_beta": 0.1}},
        "vision_config": {"model_type": "pixtral"}});
    let config = read(published.clone()).unwrap();
    assert_eq!(config.architecture, Architecture::Ministral3);
    assert_eq!((config.layers, config.tied_embeddings), (26, true));
    assert_eq!(
        (config.eos.as_slice(), config.rope.amplitude),
        (&[2][..], 1.0)
    );
    let growth = config.query_growth.unwrap();
    assert_eq!((growth.at(16_383), growth.original), (1.0, 16_384));
    assert!((growth.at(16_384) - (1.0 + 0.1 * 2f32.ln())).abs() < 1e-6);
    // Some write 0 for what they do not do.
    let mut off = published.clone();
    off["text_config"]["rope_parameters"]["llama_4_scaling_beta"] = json!(0.0);
    off["text_config"]["rope_parameters"]["mscale_all_dim"] = json!(0.0);
    let config = read(off).unwrap();
    assert!(config.query_growth.is_none() && config.rope.amplitude > 1.2);

    // What Gemma's files leave out.
    let gemma = json!({
        "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "eos_token_id": [1, 106],
        "text_config": {"model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10_240,
            "num_hidden_layers": 34, "sliding_window": 1024, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}}});
    let config = read(gemma).unwrap();
    assert_eq!(
        (config.heads, config.kv_heads, config.head_dim),
        (8, 4, 256)
    );
    assert_eq!((config.vocab_size, config.rms_norm_eps), (262_208, 1e-6));
    assert!(config.tied_embeddings && config.eos == [1, 106]);

    let error = read(json!({"architectures": ["Gemma3ForConditionalGeneration"]}));
    assert!(message(error).contains("`text_config` is missing"));
}

/// No table is made before the weights confirm its size.
#[test]
fn a_configuration_of_another_model_is_told_by_the_first_tensor() {
    let folder = folder();
    for (changes, says) in [
        (
            json!({"head_dim": 4096}),
            "`model.layers.0.self_attn.q_proj.weight` is of shape [64, 64], expected [16384, 64]",
        ),
        (
            json!({"num_hidden_layers": 4096}),
            "`model.layers.1.self_attn.q_proj.weight` is missing",
        ),
        (
            json!({"intermediate_size": 1 << 20}),
            "`model.layers.0.mlp.gate_proj.weight` is of shape [96, 64], expected [1048576, 64]",
        ),
    ] {
        let config = with(&config_of_tensors(), changes);
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        let text = message(read_folder(folder.path()));
        assert!(text.contains(says), "{text}");
    }
    let shared = std::path::Path::new("../shared/cases/config-too-large");
    for (file, key) in [
        ("head-dim.json", "head_dim"),
        ("layers.json", "num_hidden_layers"),
    ] {
        if let Ok(text) = std::fs::read_to_string(shared.join(file)) {
            let config: Value = serde_json::from_str(&text).unwrap();
            let text = message(read(config));
            assert!(
                text.starts_with(&format!("config.json: `{key}` is ")),
                "{text}"
            );
        }
    }
}
