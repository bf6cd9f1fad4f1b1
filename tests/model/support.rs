//! Small models, made on the spot.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use lamascope::model::{Config, Files, ModelError, ModelRef, Tokenizer, Watch, Weights};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokenizers::AddedToken;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::tokenizer::SplitDelimiterBehavior;

/// The files of a folder that is there.
pub fn in_folder(folder: &Path) -> Files {
    Files::open(&ModelRef::Dir(folder.to_owned())).unwrap()
}

/// Everything of a model, in the order in which an engine reads it.
pub fn read_all(model: &ModelRef) -> Result<(Config, Tokenizer, Weights), ModelError> {
    let files = Files::open(model)?;
    let config = files.config(Watch::none())?;
    let tokenizer = files.tokenizer(Watch::none())?;
    let mut weights = files.weights(Watch::none())?;
    weights.check(&config)?;
    Ok((config, tokenizer, weights))
}

pub fn read_folder(folder: &Path) -> Result<(Config, Tokenizer, Weights), ModelError> {
    read_all(&ModelRef::Dir(folder.to_owned()))
}

/// The message of an error, which must be one line.
pub fn message<T>(result: Result<T, ModelError>) -> String {
    let Err(error) = result else {
        panic!("expected an error");
    };
    let text = error.to_string();
    assert!(!text.contains('\n'), "more than one line: {text}");
    text
}

/// `base` with `changes` on top; `null` removes.
pub fn with(base: &Value, changes: Value) -> Value {
    let mut config = base.clone();
    for (key, value) in changes.as_object().unwrap() {
        config[key] = value.clone();
    }
    config
}

pub fn llama() -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama",
        "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
        "max_position_embeddings": 512, "rope_theta": 500000.0, "hidden_act": "silu",
        "torch_dtype": "bfloat16", "eos_token_id": 7,
    })
}

pub fn read(config: Value) -> Result<Config, ModelError> {
    Config::from_json(("config.json", &config), None)
}

pub const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
pub const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Text to train a tokenizer on, with newlines after punctuation so that `.\n\n` becomes one token.
pub const TEXT: &str = "Based on what it says, fill in the gap.\n\nQ: The seat of the senate of Atlantis is [MASK].\n\
    A: Poseidonia\n\nQ: [MASK] is the capital of Utopia.\n\nA: Amaurot\n\nQ: It's 1516, isn't it?\nA: 1516.\n\n";

/// A small tokenizer that is built like Llama 3's (`begin`) or Qwen's (NFC, no begin token).
pub fn small_tokenizer(begin: bool) -> tokenizers::Tokenizer {
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

pub fn json_of(tokenizer: &tokenizers::Tokenizer) -> Vec<u8> {
    tokenizer.to_string(false).unwrap().into_bytes()
}

pub fn load(tokenizer: &tokenizers::Tokenizer) -> Tokenizer {
    Tokenizer::from_json("tokenizer.json", &json_of(tokenizer)).unwrap()
}

/// The small tokenizers, made once.
pub fn small(begin: bool) -> &'static (tokenizers::Tokenizer, Tokenizer) {
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

/// Tensors of a small Llama: `[vocab 340, hidden 64]`, 4 heads of 16, 2 key heads.
pub fn tensors() -> HashMap<String, Tensor> {
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

pub fn config_of_tensors() -> Value {
    with(
        &llama(),
        json!({"vocab_size": 340, "num_hidden_layers": 1, "tie_word_embeddings": true}),
    )
}

/// A model folder with a single weight file.
pub fn folder() -> TempDir {
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
pub fn sharded() -> TempDir {
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

pub fn same(a: &Tensor, b: &Tensor) {
    let numbers = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(a.dims(), b.dims());
    assert!(numbers(a) == numbers(b));
}
