//! A model's name, files, configuration, tokenizer and weights, through the public interface.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use candle_core::quantized::gguf_file::{self, Value as Meta};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Tensor};
use lamascope::layout::Encode;
use lamascope::model::{
    ALIASES, Architecture, Config, Files, ModelError, ModelRef, Rope, RopeScaling, Tokenizer,
    Weights,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::models::{ModelWrapper, TrainerWrapper};
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::tokenizer::SplitDelimiterBehavior;
use tokenizers::{AddedToken, TruncationParams};

fn locate(model: &ModelRef) -> Result<Files, ModelError> {
    Files::locate(model, &mut |_, _, _| {}, &AtomicBool::new(false))
}

fn locate_dir(folder: &Path) -> Result<Files, ModelError> {
    locate(&ModelRef::Dir(folder.to_owned()))
}

/// The message of an error, which must be one line.
fn message<T>(result: Result<T, ModelError>) -> String {
    let Err(error) = result else {
        panic!("expected an error");
    };
    let text = error.to_string();
    assert!(!text.contains('\n'), "more than one line: {text}");
    text
}

// ------------------------------------------------------------------------------------------------ names

#[test]
fn names_of_models() {
    let named = |name: &str| name.parse::<ModelRef>();
    let hub = |repository: &str| ModelRef::Hub(repository.to_owned());
    assert_eq!(named("embedded").unwrap(), ModelRef::Embedded);
    assert_eq!(
        named("llama3.2_3b_it").unwrap(),
        hub("meta-llama/Llama-3.2-3B-Instruct")
    );
    assert_eq!(
        named("deepseek_r1_distill_llama_8b").unwrap(),
        hub("deepseek-ai/DeepSeek-R1-Distill-Llama-8B")
    );
    assert_eq!(named("qwen2.5_3b").unwrap(), hub("Qwen/Qwen2.5-3B"));
    assert_eq!(named("qwen3_1.7b").unwrap(), hub("Qwen/Qwen3-1.7B"));
    assert_eq!(
        named("owner/Some-Model_1.5").unwrap(),
        hub("owner/Some-Model_1.5")
    );
    assert_eq!(
        named("models/tiny.Q4_K.gguf").unwrap(),
        ModelRef::Gguf("models/tiny.Q4_K.gguf".into())
    );
    assert_eq!(
        named("./no/such/folder").unwrap(),
        ModelRef::Dir("./no/such/folder".into())
    );
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(named(path).unwrap(), ModelRef::Dir(path.into()));
    assert_eq!(named(path).unwrap().to_string(), path);
    for (alias, repository) in ALIASES {
        assert_eq!(named(alias).unwrap().to_string(), repository);
    }
}

#[test]
fn a_wrong_alias_names_the_nearest() {
    let text = message("llama3.2_3bit".parse::<ModelRef>());
    assert!(text.contains("`llama3.2_3bit`"), "{text}");
    assert!(text.contains("nearest: llama3.2_3b_it, "), "{text}");
    let text = message("gpt-oss".parse::<ModelRef>());
    assert!(
        text.contains("OWNER/NAME") && text.contains("llama3.2_3b_it"),
        "{text}"
    );
}

// ------------------------------------------------------------------------------------------------ config

/// `base` with `changes` on top; `null` removes.
fn with(base: &Value, changes: Value) -> Value {
    let mut config = base.clone();
    for (key, value) in changes.as_object().unwrap() {
        config[key] = value.clone();
    }
    config
}

fn llama() -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama",
        "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
        "max_position_embeddings": 512, "rope_theta": 500000.0, "hidden_act": "silu",
        "torch_dtype": "bfloat16", "eos_token_id": 7,
    })
}

fn read(config: Value) -> Result<Config, ModelError> {
    Config::from_json(("config.json", &config), None)
}

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
    assert!(!old.mlp_bias && !old.qk_norm);
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
    assert!(config.qkv_bias && !config.output_bias && !config.qk_norm);

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
    assert!(config.qk_norm && !config.qkv_bias && !config.output_bias);
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
    let yarn = json!({"rope_type": "yarn", "factor": 4.0});
    let per_layer = json!({"full_attention": {"rope_theta": 1e4, "rope_type": "default"}});
    for (changes, names) in [
        (
            json!({"architectures": ["MistralForCausalLM"]}),
            "architecture `MistralForCausalLM`",
        ),
        (
            json!({"architectures": ["LlamaForSequenceClassification"]}),
            "`LlamaForSequenceClassification`",
        ),
        (
            json!({"architectures": null, "model_type": "gemma2"}),
            "architecture `gemma2`",
        ),
        (
            json!({"model_type": "qwen2"}),
            "`model_type` is \"qwen2\", expected `llama`",
        ),
        (
            json!({"architectures": null, "model_type": null}),
            "`architectures` is missing",
        ),
        (json!({"rope_scaling": yarn}), "rope type `yarn`"),
        (json!({"rope_parameters": yarn}), "rope type `yarn`"),
        (
            json!({"rope_scaling": {"type": "linear", "factor": 2.0}}),
            "rope type `linear`",
        ),
        (
            json!({"rope_scaling": {"factor": 2.0}}),
            "`rope_type` is missing",
        ),
        (
            json!({"rope_parameters": per_layer}),
            "`rope_type` is missing",
        ),
        (
            json!({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}),
            "`low_freq_factor` is missing",
        ),
        (
            json!({"partial_rotary_factor": 0.5}),
            "`partial_rotary_factor` 0.5",
        ),
        (json!({"hidden_act": "gelu"}), "activation `gelu`"),
        (
            json!({"quantization_config": {"quant_method": "awq"}}),
            "quantization `awq`",
        ),
        (json!({"use_sliding_window": true}), "`use_sliding_window`"),
        (
            json!({"layer_types": ["full_attention", "sliding_attention"]}),
            "\"sliding_attention\"",
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
}

// ------------------------------------------------------------------------------------------------ rope

#[test]
fn inverse_frequencies_are_those_of_transformers() {
    // ROPE_INIT_FUNCTIONS["llama3"](LlamaConfig(hidden_size=3072, num_attention_heads=24, head_dim=128,
    //   rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=32.0, low_freq_factor=1.0,
    //   high_freq_factor=4.0, original_max_position_embeddings=8192)), "cpu") of transformers 5.23, at these pairs.
    // By hand for pair 32: 500000^-0.5 = 0.00141421356, wavelength 4442.9, smooth = (8192/4442.9 - 1)/3 = 0.281285,
    // (1 - smooth) * f / 32 + smooth * f = 0.000429557.
    let expected = [
        (0, 1.0),
        (1, 0.814617217),
        (28, 0.00321144611),
        (29, 0.00211840682),
        (32, 0.000429556705),
        (34, 9.70828623e-05),
        (35, 2.38905304e-05),
        (36, 1.94616387e-05),
        (63, 7.67231469e-08),
    ];
    let scaled = with(
        &llama(),
        json!({"rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}),
    );
    let rope = read(scaled).unwrap().rope;
    let frequencies = rope.inverse_frequencies(128);
    assert_eq!(frequencies.len(), 64);
    for (pair, expected) in expected {
        close(frequencies[pair], expected);
    }

    // 1e6^(-2i/24): 1, 10^-0.5, 0.1, …
    let plain = Rope {
        theta: 1e6,
        scaling: RopeScaling::None,
    };
    let frequencies = plain.inverse_frequencies(24);
    close(frequencies[1], 0.316_227_77);
    close(frequencies[2], 0.1);
    close(frequencies[11], 3.162_277_7e-6);

    let divided = Rope {
        scaling: RopeScaling::Divisors(vec![1.0, 1.0, 8.0, 32.0]),
        ..plain
    };
    let frequencies = divided.inverse_frequencies(8);
    close(frequencies[1], 0.031_622_777);
    close(frequencies[2], 1e-3 / 8.0);
}

/// Equal to two roundings of a float32.
fn close(a: f32, b: f32) {
    assert!(
        (a - b).abs() <= 2.0 * f32::EPSILON * b.abs(),
        "{a:e} is not {b:e}"
    );
}

// ------------------------------------------------------------------------------------------------ tokenizer

const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Text to train a tokenizer on, with newlines after punctuation so that `.\n\n` becomes one token.
const TEXT: &str = "Based on what it says, fill in the gap.\n\nQ: The seat of the senate of Atlantis is [MASK].\n\
    A: Poseidonia\n\nQ: [MASK] is the capital of Utopia.\n\nA: Amaurot\n\nQ: It's 1516, isn't it?\nA: 1516.\n\n";

/// A small tokenizer that is built like Llama 3's (`begin`) or Qwen's (NFC, no begin token).
fn small_tokenizer(begin: bool) -> tokenizers::Tokenizer {
    let mut tokenizer = tokenizers::Tokenizer::new(BPE::default());
    let pattern = SplitPattern::Regex(if begin { LLAMA3 } else { QWEN2 }.to_owned());
    let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).unwrap();
    let bytes = ByteLevel::new(false, false, false);
    let sequence = Sequence::new(vec![split.into(), bytes.into()]);
    tokenizer.with_pre_tokenizer(Some(PreTokenizerWrapper::from(sequence)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    if !begin {
        tokenizer.with_normalizer(Some(NFC)).unwrap();
    }
    let mut trainer: TrainerWrapper = BpeTrainer::builder()
        .vocab_size(340)
        .show_progress(false)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .special_tokens(vec![
            AddedToken::from("<|begin|>", true),
            AddedToken::from("<|end|>", true),
        ])
        .build()
        .into();
    tokenizer
        .train(&mut trainer, std::iter::once(TEXT))
        .unwrap();
    if begin {
        let template = TemplateProcessing::builder()
            .try_single("<|begin|> $A")
            .unwrap()
            .special_tokens(vec![("<|begin|>", 0)])
            .build()
            .unwrap();
        tokenizer.with_post_processor(Some(template));
    }
    tokenizer
}

fn json_of(tokenizer: &tokenizers::Tokenizer) -> Vec<u8> {
    tokenizer.to_string(false).unwrap().into_bytes()
}

fn load(tokenizer: &tokenizers::Tokenizer) -> Tokenizer {
    Tokenizer::from_json("tokenizer.json", &json_of(tokenizer)).unwrap()
}

#[test]
fn the_begin_token_is_what_the_post_processor_puts_first() {
    assert_eq!(load(&small_tokenizer(true)).bos(), Some(0));
    assert_eq!(load(&small_tokenizer(false)).bos(), None);
    let mut ends = small_tokenizer(false);
    let template = TemplateProcessing::builder()
        .try_single("$A <|end|>")
        .unwrap()
        .special_tokens(vec![("<|end|>", 1)])
        .build()
        .unwrap();
    ends.with_post_processor(Some(template));
    assert_eq!(load(&ends).bos(), None);
}

#[test]
fn texts_and_tokens() {
    let tokenizer = load(&small_tokenizer(true));
    let ids = tokenizer.encode("Q: It's 1516 [MASK].\n\nA: Größe");
    assert_eq!(tokenizer.decode(&ids), "Q: It's 1516 [MASK].\n\nA: Größe");
    assert!(!ids.contains(&0), "no special tokens are added");
    assert_eq!(tokenizer.decode(&[0, ids[0], 1]), "Q");
    assert_eq!(tokenizer.text(1), "<|end|>");
    assert_eq!(tokenizer.text(9_999), "");
    assert_eq!(tokenizer.vocab_size(), 340);
    let stop = *tokenizer.encode("gap.\n\n").last().unwrap();
    assert_eq!(tokenizer.text(stop), ".\n\n");
    assert!(tokenizer.breaks_line(stop) && !tokenizer.breaks_line(1));
    assert_eq!(tokenizer.encode(""), [0u32; 0]);
}

#[test]
fn stored_limits_do_not_count() {
    let mut limited = small_tokenizer(true);
    let expected = load(&limited).encode(TEXT);
    limited
        .with_truncation(Some(TruncationParams {
            max_length: 4,
            ..Default::default()
        }))
        .unwrap();
    limited.with_padding(Some(Default::default()));
    assert_eq!(load(&limited).encode(TEXT), expected);
}

#[test]
fn other_tokenizers_are_refused_by_name() {
    let refused = |model: Value| {
        let mut json: Value = serde_json::from_slice(&json_of(&small_tokenizer(true))).unwrap();
        json["model"] = model;
        json["post_processor"] = Value::Null;
        message(Tokenizer::from_json("t.json", json.to_string().as_bytes()))
    };
    let unigram =
        json!({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0.0]], "byte_fallback": false});
    assert!(refused(unigram).starts_with("t.json: a Unigram tokenizer is not supported"));
    let dropout =
        json!({"type": "BPE", "dropout": 0.1, "unk_token": null, "vocab": {"a": 0}, "merges": []});
    assert!(refused(dropout).contains("dropout"));
    let unknown = json!({"type": "BPE", "unk_token": "?", "vocab": {"a": 0}, "merges": []});
    assert!(refused(unknown).contains("unknown token `?`"));
    let text = message(Tokenizer::from_json("t.json", b"{}"));
    assert!(text.starts_with("t.json: is no tokenizer"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..Default::default()
    })]

    /// Pieces are encoded apart only where that changes nothing.
    #[test]
    fn encoding_by_pieces_is_encoding_as_a_whole(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "\n", "\n\n", "\r\n", " ", "  ", "\t", ".", "].", "'", "'s", "A:", "Q: ", "the", "12345", "é", "e\u{301}",
            "\u{301}", "\u{a0}", "\u{2028}", "\u{b}", "\u{1c}", "\0", "'LL", "'Re",
            "R", "漢", "[MASK]", "<|end|>",
            "<|", "x", "\u{85}", "🙂", "ſ",
        ]), 0..40),
    ) {
        let text = pieces.concat();
        for begin in [true, false] {
            let whole = small(begin).0.encode(text.as_str(), false).unwrap();
            // Twice: the second time from memory.
            for _ in 0..2 {
                prop_assert_eq!(small(begin).1.encode(&text), whole.get_ids());
            }
        }
    }
}

/// The small tokenizers, made once.
fn small(begin: bool) -> &'static (tokenizers::Tokenizer, Tokenizer) {
    static SMALL: std::sync::LazyLock<[(tokenizers::Tokenizer, Tokenizer); 2]> =
        std::sync::LazyLock::new(|| {
            [false, true].map(|begin| {
                let tokenizer = small_tokenizer(begin);
                let ours = load(&tokenizer);
                (tokenizer, ours)
            })
        });
    &SMALL[usize::from(begin)]
}

#[test]
fn threads_may_share_a_tokenizer() {
    let tokenizer = load(&small_tokenizer(true));
    let text = |i: usize| format!("{TEXT}Q: Question {i}?\nA:");
    let expected: Vec<_> = (0..200).map(|i| tokenizer.encode(&text(i))).collect();
    let shared = load(&small_tokenizer(true));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let shared = shared.clone();
            let expected = &expected;
            scope.spawn(move || {
                for (i, expected) in expected.iter().enumerate() {
                    assert_eq!(&shared.encode(&text(i)), expected);
                }
            });
        }
    });
}

// ------------------------------------------------------------------------------------------------ folders

/// Tensors of a small Llama: `[vocab 340, hidden 64]`, 4 heads of 16, 2 key heads.
fn tensors() -> HashMap<String, Tensor> {
    let shapes: [(&str, &[usize]); 11] = [
        ("model.embed_tokens.weight", &[340, 64]),
        ("model.norm.weight", &[64]),
        ("model.layers.0.input_layernorm.weight", &[64]),
        ("model.layers.0.post_attention_layernorm.weight", &[64]),
        ("model.layers.0.self_attn.q_proj.weight", &[64, 64]),
        ("model.layers.0.self_attn.k_proj.weight", &[32, 64]),
        ("model.layers.0.self_attn.v_proj.weight", &[32, 64]),
        ("model.layers.0.self_attn.o_proj.weight", &[64, 64]),
        ("model.layers.0.mlp.gate_proj.weight", &[96, 64]),
        ("model.layers.0.mlp.up_proj.weight", &[96, 64]),
        ("model.layers.0.mlp.down_proj.weight", &[64, 96]),
    ];
    let tensor = |(seed, (name, shape)): (usize, &(&str, &[usize]))| {
        let count = shape.iter().product::<usize>();
        // Different numbers everywhere, small enough to be told apart after quantization.
        let values =
            (0..count).map(|i| (((i * 7919 + seed * 104_729) % 2003) as f32 - 1001.0) / 500.0);
        let tensor = Tensor::from_iter(values, &Device::Cpu).unwrap();
        ((*name).to_owned(), tensor.reshape(*shape).unwrap())
    };
    shapes.iter().enumerate().map(tensor).collect()
}

fn config_of_tensors() -> Value {
    with(
        &llama(),
        json!({"vocab_size": 340, "num_hidden_layers": 1, "tie_word_embeddings": true}),
    )
}

/// A model folder with a single weight file.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("config.json", config_of_tensors().to_string().as_bytes());
    put("generation_config.json", br#"{"eos_token_id": [1, 2]}"#);
    put("tokenizer.json", &json_of(&small(true).0));
    let weights = folder.path().join("model.safetensors");
    candle_core::safetensors::save(&tensors(), weights).unwrap();
    folder
}

/// The same with two shards and their index.
fn sharded() -> TempDir {
    let folder = folder();
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let mut map = serde_json::Map::new();
    for shard in ["1", "2"] {
        let file = format!("model-0000{shard}-of-00002.safetensors");
        let part: HashMap<_, _> = tensors()
            .into_iter()
            .filter(|(name, _)| name.contains(".layers.") == (shard == "2"))
            .collect();
        map.extend(part.keys().map(|name| (name.clone(), json!(file))));
        candle_core::safetensors::save(&part, folder.path().join(file)).unwrap();
    }
    let index = json!({"weight_map": map}).to_string();
    fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    folder
}

fn same(a: &Tensor, b: &Tensor) {
    let numbers = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(a.dims(), b.dims());
    assert!(numbers(a) == numbers(b));
}

#[test]
fn a_folder_single_and_sharded() {
    for folder in [folder(), sharded()] {
        let files = locate_dir(folder.path()).unwrap();
        let config = Config::load(&files).unwrap();
        assert_eq!(config.eos, [1, 2]);
        assert_eq!(Tokenizer::load(&files).unwrap().bos(), Some(0));
        let weights = Weights::open(&files).unwrap();
        assert_eq!(weights.dtype().unwrap(), Some(DType::F32));
        for (name, tensor) in tensors() {
            assert!(weights.has(&name));
            same(&weights.get(&name, tensor.dims()).unwrap(), &tensor);
            let view = weights.view(&name, tensor.dims()).unwrap();
            assert_eq!((view.dtype, view.shape), (DType::F32, tensor.dims()));
            assert_eq!(view.bytes.len(), 4 * tensor.elem_count());
            assert!(weights.quantized(&name, tensor.dims()).unwrap().is_none());
        }
        assert!(!weights.has("lm_head.weight"));
    }
}

#[test]
fn half_precision_stays_as_it_is_stored() {
    let folder = folder();
    for dtype in [DType::BF16, DType::F16] {
        let half: HashMap<_, _> = tensors()
            .into_iter()
            .map(|(name, tensor)| (name, tensor.to_dtype(dtype).unwrap()))
            .collect();
        candle_core::safetensors::save(&half, folder.path().join("model.safetensors")).unwrap();
        let weights = Weights::open(&locate_dir(folder.path()).unwrap()).unwrap();
        assert_eq!(weights.dtype().unwrap(), Some(dtype));
        let norm = weights.get("model.norm.weight", &[64]).unwrap();
        assert_eq!(norm.dtype(), dtype);
        let f32 = |t: &Tensor| t.to_dtype(DType::F32).unwrap();
        same(&f32(&norm), &f32(&half["model.norm.weight"]));
    }
}

#[test]
fn each_missing_file_is_named() {
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let folder = folder();
        fs::remove_file(folder.path().join(file)).unwrap();
        let text = message(locate_dir(folder.path()));
        assert!(text.contains(&format!(": {file} is missing")), "{text}");
        assert!(text.starts_with(folder.path().to_str().unwrap()), "{text}");
    }
    let folder = sharded();
    fs::remove_file(folder.path().join("model-00002-of-00002.safetensors")).unwrap();
    let text = message(locate_dir(folder.path()));
    assert!(
        text.contains(": model-00002-of-00002.safetensors is missing"),
        "{text}"
    );
    let text = message(locate_dir(Path::new("/no/such/folder")));
    assert!(
        text.contains("/no/such/folder: the folder is missing"),
        "{text}"
    );
    // Not every model has one.
    let folder = self::folder();
    fs::remove_file(folder.path().join("generation_config.json")).unwrap();
    let files = locate_dir(folder.path()).unwrap();
    assert_eq!(Config::load(&files).unwrap().eos, [7]);
}

#[test]
fn damaged_weights_are_told_apart() {
    let folder = folder();
    let path = folder.path().join("model.safetensors");
    let whole = fs::read(&path).unwrap();
    let mut longer = whole.clone();
    longer.push(0);
    let lfs: &[u8] = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    let cut = &whole[..whole.len() - 10];
    let told = format!(
        "is cut off: it has {} bytes, its header tells of {}",
        cut.len(),
        whole.len()
    );
    for (bytes, says) in [
        (cut, told.as_str()),
        (&whole[..100], "is cut off"),
        (&whole[..5], "is cut off"),
        (&longer, "is too long"),
        (b"", "is empty"),
        (lfs, "is a Git LFS pointer"),
        (b"<!doctype html><p>404", "is a web page"),
        (
            b"\x10\0\0\0\0\0\0\0{\"a\": 1234567890}",
            "is no safetensors file",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        let text = message(Weights::open(&locate_dir(folder.path()).unwrap()));
        assert!(text.starts_with(path.to_str().unwrap()), "{text}");
        assert!(text.contains(says), "{text} does not say: {says}");
        assert!(text.ends_with("download it again"), "{text}");
    }
}

#[test]
fn damaged_text_files_are_told_apart() {
    for (file, bytes, says) in [
        (
            "config.json",
            &b"{\"hidden_size\": 6"[..],
            "is no JSON (EOF",
        ),
        (
            "config.json",
            b"version https://git-lfs.github.com",
            "is a Git LFS pointer",
        ),
        ("config.json", b"[]", "holds no JSON object"),
        (
            "tokenizer.json",
            b"{\"version\": \"1.0\"",
            "is no tokenizer",
        ),
        ("tokenizer.json", b"", "is empty"),
    ] {
        let folder = folder();
        fs::write(folder.path().join(file), bytes).unwrap();
        let files = locate_dir(folder.path()).unwrap();
        let text = match file {
            "config.json" => message(Config::load(&files)),
            _ => message(Tokenizer::load(&files)),
        };
        assert!(text.contains(file) && text.contains(says), "{text}");
    }
    for (index, says) in [
        ("{}", "holds no `weight_map`"),
        (r#"{"weight_map": {}}"#, "names no weight file"),
        (
            r#"{"weight_map": {"a": 1}}"#,
            "something else than file names",
        ),
        (
            r#"{"weight_map": {"a": "../b.safetensors"}}"#,
            "in another folder",
        ),
        ("{", "is no JSON"),
    ] {
        let folder = sharded();
        fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
        let text = message(locate_dir(folder.path()));
        assert!(
            text.contains("index.json: ") && text.contains(says),
            "{text}"
        );
    }
}

#[test]
fn a_wrong_tensor_is_named_with_both_shapes() {
    let folder = folder();
    let weights = Weights::open(&locate_dir(folder.path()).unwrap()).unwrap();
    let text = message(weights.get("model.norm.weight", &[32]));
    assert!(
        text.contains("model.safetensors: tensor `model.norm.weight`"),
        "{text}"
    );
    assert!(text.contains("is of shape [64], expected [32]"), "{text}");
    let text = message(weights.get("lm_head.weight", &[340, 64]));
    assert!(
        text.contains("tensor `lm_head.weight` is missing"),
        "{text}"
    );

    let mut whole = tensors();
    let norm = Tensor::zeros(64, DType::I64, &Device::Cpu).unwrap();
    whole.insert("model.norm.weight".to_owned(), norm);
    candle_core::safetensors::save(&whole, folder.path().join("model.safetensors")).unwrap();
    let weights = Weights::open(&locate_dir(folder.path()).unwrap()).unwrap();
    let text = message(weights.get("model.norm.weight", &[64]));
    assert!(
        text.contains("is stored as I64, expected F32, BF16 or F16"),
        "{text}"
    );
}

// ------------------------------------------------------------------------------------------------ GGUF

/// The small model as llama.cpp's converter would write it, matrices as `kind`.
fn gguf(folder: &Path, kind: GgmlDType, change: impl Fn(&mut HashMap<String, Meta>)) -> PathBuf {
    let names = HashMap::from([
        ("input_layernorm", "attn_norm"),
        ("post_attention_layernorm", "ffn_norm"),
        ("q_proj", "attn_q"),
        ("k_proj", "attn_k"),
        ("v_proj", "attn_v"),
        ("o_proj", "attn_output"),
        ("gate_proj", "ffn_gate"),
        ("up_proj", "ffn_up"),
        ("down_proj", "ffn_down"),
    ]);
    let mut stored = Vec::new();
    for (name, tensor) in tensors() {
        let part = name.rsplit('.').nth(1).unwrap();
        let name = match part {
            "embed_tokens" => "token_embd.weight".to_owned(),
            "norm" => "output_norm.weight".to_owned(),
            part => format!("blk.0.{}.weight", names[part]),
        };
        // LlamaModel.permute of convert_hf_to_gguf.py.
        let heads = match part {
            "q_proj" => Some(4),
            "k_proj" => Some(2),
            _ => None,
        };
        let tensor = match heads {
            Some(heads) => tensor
                .reshape((heads, 2, 8, 64))
                .unwrap()
                .transpose(1, 2)
                .unwrap()
                .reshape((heads * 16, 64))
                .unwrap(),
            None => tensor,
        };
        let kind = if tensor.rank() == 1 {
            GgmlDType::F32
        } else {
            kind
        };
        stored.push((name, QTensor::quantize(&tensor, kind).unwrap()));
    }
    let divisors = Tensor::new(&[1f32, 1.0, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0], &Device::Cpu).unwrap();
    let divisors = QTensor::quantize(&divisors, GgmlDType::F32).unwrap();
    stored.push(("rope_freqs.weight".to_owned(), divisors));

    let texts = |list: Vec<String>| Meta::Array(list.into_iter().map(Meta::String).collect());
    let ModelWrapper::BPE(bpe) = small(true).0.get_model() else {
        panic!("a BPE model was built");
    };
    let json = serde_json::to_value(bpe).unwrap();
    let mut tokens: Vec<(String, u64)> = json["vocab"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(token, id)| (token.clone(), id.as_u64().unwrap()))
        .collect();
    tokens.sort_by_key(|(_, id)| *id);
    let types = (0..tokens.len()).map(|id| Meta::I32(if id < 2 { 3 } else { 1 }));
    let merges = json["merges"].as_array().unwrap().iter();
    let merges = merges.map(|m| format!("{} {}", m[0].as_str().unwrap(), m[1].as_str().unwrap()));
    let text = |text: &str| Meta::String(text.to_owned());
    let mut meta: HashMap<String, Meta> = [
        ("general.architecture", text("llama")),
        ("llama.block_count", Meta::U32(1)),
        ("llama.context_length", Meta::U32(512)),
        ("llama.embedding_length", Meta::U32(64)),
        ("llama.feed_forward_length", Meta::U32(96)),
        ("llama.attention.head_count", Meta::U32(4)),
        ("llama.attention.head_count_kv", Meta::U32(2)),
        ("llama.attention.layer_norm_rms_epsilon", Meta::F32(1e-5)),
        ("llama.rope.freq_base", Meta::F32(500_000.0)),
        ("llama.rope.dimension_count", Meta::U32(16)),
        ("tokenizer.ggml.model", text("gpt2")),
        ("tokenizer.ggml.pre", text("llama-bpe")),
        (
            "tokenizer.ggml.tokens",
            texts(tokens.into_iter().map(|t| t.0).collect()),
        ),
        ("tokenizer.ggml.token_type", Meta::Array(types.collect())),
        ("tokenizer.ggml.merges", texts(merges.collect())),
        ("tokenizer.ggml.bos_token_id", Meta::U32(0)),
        ("tokenizer.ggml.eos_token_id", Meta::U32(1)),
        ("tokenizer.ggml.eot_token_id", Meta::U32(2)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    change(&mut meta);

    let path = folder.join("small.gguf");
    let mut file = fs::File::create(&path).unwrap();
    let meta: Vec<_> = meta
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    let stored: Vec<_> = stored.iter().map(|(name, t)| (name.as_str(), t)).collect();
    gguf_file::write(&mut file, &meta, &stored).unwrap();
    path
}

#[test]
fn a_gguf_file_is_the_same_model() {
    let folder = TempDir::new().unwrap();
    for kind in [GgmlDType::F32, GgmlDType::Q8_0] {
        let path = gguf(folder.path(), kind, |_| {});
        let files = locate(&path.to_str().unwrap().parse().unwrap()).unwrap();
        let config = Config::load(&files).unwrap();
        let hub = read(config_of_tensors()).unwrap();
        assert_eq!(config.parameters(), hub.parameters());
        assert_eq!((config.head_dim, config.max_positions), (16, 512));
        assert_eq!(
            (config.eos.as_slice(), config.tied_embeddings),
            (&[1, 2][..], true)
        );
        let plain = hub.rope.inverse_frequencies(16);
        let divided = config.rope.inverse_frequencies(16);
        assert_eq!((divided[2], divided[4]), (plain[2], plain[4] / 4.0));

        let weights = Weights::open(&files).unwrap();
        let quantized = kind != GgmlDType::F32;
        assert_eq!(weights.dtype().unwrap(), (!quantized).then_some(DType::F32));
        for (name, tensor) in tensors() {
            let got = weights.get(&name, tensor.dims()).unwrap();
            if quantized && tensor.rank() == 2 {
                let blocks = weights.quantized(&name, tensor.dims()).unwrap().unwrap();
                assert_eq!(blocks.dtype(), kind);
                same(
                    &got,
                    &QTensor::quantize(&tensor, kind)
                        .unwrap()
                        .dequantize(&Device::Cpu)
                        .unwrap(),
                );
                let text = message(weights.view(&name, tensor.dims()));
                assert!(text.contains("is quantized (Q8_0)"), "{text}");
            } else {
                same(&got, &tensor);
                assert_eq!(
                    weights.view(&name, tensor.dims()).unwrap().dtype,
                    DType::F32
                );
            }
        }
        assert!(!weights.has("lm_head.weight"));
        let text = message(weights.get("model.embed_tokens.weight", &[340, 32]));
        assert!(
            text.contains("is of shape [340, 64], expected [340, 32]"),
            "{text}"
        );

        let tokenizer = Tokenizer::load(&files).unwrap();
        let original = &small(true).1;
        assert_eq!(tokenizer.bos(), Some(0));
        assert_eq!(tokenizer.vocab_size(), original.vocab_size());
        for text in [TEXT, "<|end|> Größe 123456", "A:\n\n\n x"] {
            let ids = tokenizer.encode(text);
            assert_eq!(ids, original.encode(text));
            assert_eq!(tokenizer.decode(&ids), original.decode(&ids));
        }
    }
}

#[test]
fn gguf_files_that_cannot_be_run_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let text = |text: &str| Meta::String(text.to_owned());
    for (key, value, says) in [
        (
            "general.architecture",
            text("gemma3"),
            "architecture `gemma3`",
        ),
        (
            "llama.rope.scaling.type",
            text("yarn"),
            "rope scaling `yarn`",
        ),
        ("llama.expert_count", Meta::U32(8), "a mixture of experts"),
        (
            "llama.attention.sliding_window",
            Meta::U32(64),
            "a sliding window",
        ),
        (
            "split.count",
            Meta::U16(2),
            "a model split over several files",
        ),
        (
            "llama.rope.dimension_count",
            Meta::U32(8),
            "`llama.rope.dimension_count` is U32(8), expected",
        ),
        (
            "llama.block_count",
            text("one"),
            "`llama.block_count` is `one`, expected a whole number",
        ),
    ] {
        let path = gguf(folder.path(), GgmlDType::F32, |meta| {
            meta.insert(key.to_owned(), value.clone());
        });
        let text = message(locate(&ModelRef::Gguf(path)));
        assert!(
            text.contains("small.gguf: ") && text.contains(says),
            "{text}"
        );
    }
    for (key, value, says) in [
        (
            "tokenizer.ggml.model",
            text("llama"),
            "tokenizer model `llama`",
        ),
        ("tokenizer.ggml.pre", text("gpt-4o"), "tokenizer `gpt-4o`"),
        (
            "tokenizer.ggml.bos_token_id",
            Meta::U32(5_000),
            "a token of the vocabulary",
        ),
    ] {
        let path = gguf(folder.path(), GgmlDType::F32, |meta| {
            meta.insert(key.to_owned(), value.clone());
        });
        let text = message(Tokenizer::load(&locate(&ModelRef::Gguf(path)).unwrap()));
        assert!(
            text.contains("small.gguf: ") && text.contains(says),
            "{text}"
        );
    }
    let path = gguf(folder.path(), GgmlDType::F32, |_| {});
    let whole = fs::read(&path).unwrap();
    for (bytes, says) in [
        (&whole[..whole.len() - 64], "is cut off"),
        (&whole[..500], "is cut off or no GGUF file"),
        (b"PK\x03\x04 something", "is cut off or no GGUF file"),
        (b"", "is empty"),
    ] {
        fs::write(&path, bytes).unwrap();
        let text = message(locate(&ModelRef::Gguf(path.clone())));
        assert!(text.contains(says), "{text}");
    }
    let text = message(locate(&ModelRef::Gguf("/no/such.gguf".into())));
    assert!(text.starts_with("/no/such.gguf: cannot be read"), "{text}");
}

// ------------------------------------------------------------------------------------------------ references

#[test]
fn the_reference_models_open_and_encode_alike() {
    let oracle = Path::new("../shared/oracle");
    if !oracle.join("models").is_dir() {
        eprintln!("skipped: {} is not here", oracle.display());
        return;
    }
    let json = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let cases = json(&oracle.join("cases-dev.json"));
    let shots = json(Path::new("../shared/data/upstream-shots.json"));
    for (model, architecture) in [
        ("tiny-llama", Architecture::Llama),
        ("tiny-qwen2", Architecture::Qwen2),
        ("tiny-qwen3", Architecture::Qwen3),
    ] {
        let files = locate_dir(&oracle.join("models").join(model)).unwrap();
        let config = Config::load(&files).unwrap();
        assert_eq!(
            (config.architecture, config.eos.as_slice()),
            (architecture, &[1][..])
        );
        let weights = Weights::open(&files).unwrap();
        let queries = [config.heads * config.head_dim, config.hidden_size];
        weights
            .get("model.layers.2.self_attn.q_proj.weight", &queries)
            .unwrap();
        assert_eq!(weights.has("lm_head.weight"), !config.tied_embeddings);
        assert_eq!(
            weights.has("model.layers.0.self_attn.q_proj.bias"),
            config.qkv_bias
        );
        assert_eq!(
            weights.has("model.layers.0.self_attn.q_norm.weight"),
            config.qk_norm
        );

        let tokenizer = Tokenizer::load(&files).unwrap();
        let mut compared = 0;
        for group in cases["groups"].as_array().unwrap() {
            let preset = group["preset"].as_str().unwrap_or_default();
            let plain = group["override"].as_object().is_none_or(|o| o.is_empty());
            if group["model"] != model
                || !plain
                || !["seed", "seed-as-run", "fused"].contains(&preset)
            {
                continue;
            }
            let mut context = shots["instruction"].as_str().unwrap().to_owned();
            let count = group["few_shot"].as_u64().unwrap() as usize;
            for shot in &shots["shots"].as_array().unwrap()[..count] {
                let word = |i: usize| shot[i].as_str().unwrap();
                context += &format!("\n\nQ: {}\nA: {}", word(0), word(1));
            }
            for result in group["results"].as_array().unwrap() {
                let mut ids: Vec<u32> = tokenizer.bos().into_iter().collect();
                for (i, question) in result["questions"].as_array().unwrap().iter().enumerate() {
                    if i > 0 {
                        ids.extend(tokenizer.encode("\n\n"));
                    }
                    let question = question.as_str().unwrap();
                    ids.extend(tokenizer.encode(&format!("{context}\n\nQ: {question}\nA:")));
                }
                assert_eq!(json!(ids), result["tokens"]);
                let generated: Vec<u32> =
                    serde_json::from_value(result["generated"].clone()).unwrap();
                assert_eq!(json!(tokenizer.decode(&generated)), result["generation"]);
                compared += 1;
            }
        }
        eprintln!("{model}: {compared} prompts encode alike");
        assert!(compared > 0);
    }
}
