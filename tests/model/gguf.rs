//! GGUF files.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{self, Value as Meta};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Tensor};
use lamascope::model::{Files, ModelRef, Watch};
use lamascope::prompt::{Chat, Context, Encode};
use tempfile::TempDir;
use tokenizers::models::ModelWrapper;

use crate::support::*;

/// The small model as llama.cpp's converter would write it, matrices as `kind`.
fn gguf(folder: &Path, kind: GgmlDType, change: impl Fn(&mut HashMap<String, Meta>)) -> PathBuf {
    gguf_of(folder, &tensors(), |_| kind, change)
}

/// The same with tensors of one's own, each of the kind that its part asks for (`q_proj`).
pub fn gguf_of(
    folder: &Path,
    tensors: &HashMap<String, Tensor>,
    kind: impl Fn(&str) -> GgmlDType,
    change: impl Fn(&mut HashMap<String, Meta>),
) -> PathBuf {
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
    for (name, tensor) in tensors {
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
            Some(heads) if tensor.dim(0).unwrap() == heads * 16 => tensor
                .reshape((heads, 2, 8, 64))
                .unwrap()
                .transpose(1, 2)
                .unwrap()
                .reshape((heads * 16, 64))
                .unwrap(),
            _ => tensor.clone(),
        };
        let kind = if tensor.rank() == 1 {
            GgmlDType::F32
        } else {
            kind(part)
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
        let files = Files::open(&path.to_str().unwrap().parse().unwrap()).unwrap();
        let config = files.config(Watch::none()).unwrap();
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

        let weights = files.weights(Watch::none()).unwrap();
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

        let tokenizer = files.tokenizer(Watch::none()).unwrap();
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
fn a_gguf_file_ends_at_every_end_token_and_fills_up_with_tokens_without_text() {
    let folder = TempDir::new().unwrap();
    let path = gguf(folder.path(), GgmlDType::F32, |meta| {
        let mut add = |key: &str, value: Meta| {
            let Some(Meta::Array(list)) = meta.get_mut(key) else {
                panic!("{key} is a list");
            };
            list.push(value);
        };
        for (token, kind) in [("<|im_end|>", 3), ("<|endoftext|>", 3), ("[PAD342]", 5)] {
            add("tokenizer.ggml.tokens", Meta::String(token.to_owned()));
            add("tokenizer.ggml.token_type", Meta::I32(kind));
        }
    });
    let files = Files::open(&path.to_str().unwrap().parse().unwrap()).unwrap();
    assert_eq!(files.config(Watch::none()).unwrap().eos, [1, 2, 340, 341]);
    let tokenizer = files.tokenizer(Watch::none()).unwrap();
    assert_eq!(tokenizer.text(340), "<|im_end|>");
    assert_eq!(
        (tokenizer.text(342), tokenizer.decode(&[342])),
        (String::new(), String::new())
    );
}

/// Llama 2's way: blanks as `▁`, merges by score, bytes for characters that the vocabulary lacks.
#[test]
fn a_gguf_file_brings_a_sentence_piece_vocabulary() {
    let bytes: Vec<String> = (0..256).map(|byte| format!("<0x{byte:02X}>")).collect();
    // The better a piece's score, the earlier it is merged: `ha` before `at`.
    let pieces = [
        "▁", "t", "h", "e", "a", "c", ".", "▁t", "he", "▁the", "ha", "at", "▁c", "▁cat",
    ];
    let tokens: Vec<&str> = ["<unk>", "<s>", "</s>"]
        .into_iter()
        .chain(bytes.iter().map(String::as_str))
        .chain(pieces)
        .chain(["hat"])
        .collect();
    // The last one is there to fill up: no text becomes it, though its parts are there.
    let unused = tokens.len() - 1;
    let kinds = (0..tokens.len()).map(|id| match id {
        id if id == unused => 5,
        0 => 2,
        1 | 2 => 3,
        3..259 => 6,
        _ => 1,
    });
    let folder = TempDir::new().unwrap();
    let path = gguf(folder.path(), GgmlDType::F32, |meta| {
        let list = |values: Vec<Meta>| Meta::Array(values);
        let texts = tokens.iter().map(|token| Meta::String((*token).to_owned()));
        let scores = (0..tokens.len()).map(|id| Meta::F32(-(id as f32)));
        meta.extend([
            (
                "tokenizer.ggml.model".to_owned(),
                Meta::String("llama".to_owned()),
            ),
            (
                "tokenizer.ggml.pre".to_owned(),
                Meta::String("default".to_owned()),
            ),
            ("tokenizer.ggml.tokens".to_owned(), list(texts.collect())),
            ("tokenizer.ggml.scores".to_owned(), list(scores.collect())),
            (
                "tokenizer.ggml.token_type".to_owned(),
                list(kinds.clone().map(Meta::I32).collect()),
            ),
            ("tokenizer.ggml.bos_token_id".to_owned(), Meta::U32(1)),
            ("tokenizer.ggml.eos_token_id".to_owned(), Meta::U32(2)),
        ]);
        meta.remove("tokenizer.ggml.eot_token_id");
        meta.remove("tokenizer.ggml.merges");
    });
    let tokenizer = Files::open(&ModelRef::Gguf(path))
        .unwrap()
        .tokenizer(Watch::none())
        .unwrap();
    assert_eq!(tokenizer.bos(), Some(1));
    let spelled = |text: &str| {
        let ids = tokenizer.encode(text);
        assert_eq!(tokenizer.decode(&ids), text);
        ids.iter()
            .map(|id| tokens[*id as usize])
            .collect::<Vec<_>>()
    };
    assert_eq!(spelled("the cat."), ["▁the", "▁cat", "."]);
    assert_eq!(spelled("hat"), ["▁", "ha", "t"]);
    assert_eq!(spelled("a\né"), ["▁", "a", "<0x0A>", "<0xC3>", "<0xA9>"]);
    assert_eq!(tokenizer.text(unused as u32 - 1), " cat");
}

#[test]
fn gguf_files_that_cannot_be_run_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let text = |text: &str| Meta::String(text.to_owned());
    for (key, value, says) in [
        (
            "general.architecture",
            text("mamba"),
            "architecture `mamba`",
        ),
        ("llama.rope.scaling.type", text("su"), "rope scaling `su`"),
        ("llama.expert_count", Meta::U32(8), "a mixture of experts"),
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
        (
            "llama.block_count",
            Meta::U32(50_000_000),
            "`llama.block_count` is U32(50000000), expected at most 4096",
        ),
        ("general.alignment", Meta::U32(0), "is no GGUF file"),
        (
            "llama.attention.key_length",
            Meta::U64(1 << 33),
            "`llama.attention.key_length` is U64(8589934592), expected at most 4096",
        ),
    ] {
        let path = gguf(folder.path(), GgmlDType::F32, |meta| {
            meta.insert(key.to_owned(), value.clone());
        });
        let text = message(Files::open(&ModelRef::Gguf(path)));
        assert!(
            text.contains("small.gguf: ") && text.contains(says),
            "{text}"
        );
    }
    for (key, value, says) in [
        (
            "tokenizer.ggml.model",
            text("bert"),
            "tokenizer model `bert`",
        ),
        ("tokenizer.ggml.pre", text("viking"), "tokenizer `viking`"),
        (
            "tokenizer.ggml.bos_token_id",
            Meta::U32(5_000),
            "a token of the vocabulary",
        ),
    ] {
        let path = gguf(folder.path(), GgmlDType::F32, |meta| {
            meta.insert(key.to_owned(), value.clone());
        });
        let text = message(
            Files::open(&ModelRef::Gguf(path))
                .unwrap()
                .tokenizer(Watch::none()),
        );
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
        let text = message(Files::open(&ModelRef::Gguf(path.clone())));
        assert!(text.contains(says), "{text}");
    }
    let text = message(Files::open(&ModelRef::Gguf("/no/such.gguf".into())));
    assert!(text.starts_with("/no/such.gguf: cannot be read"), "{text}");
}

/// Rows are put back in the hub's order only where the shape allows it.
#[test]
fn attention_matrices_with_the_wrong_number_of_rows_are_named() {
    let folder = TempDir::new().unwrap();
    for kind in [GgmlDType::F32, GgmlDType::F16, GgmlDType::Q8_0] {
        for rows in [1, 7, 63, 65] {
            let mut tensors = tensors();
            let name = "model.layers.0.self_attn.q_proj.weight";
            let wrong = Tensor::ones((rows, 64), DType::F32, &Device::Cpu).unwrap();
            tensors.insert(name.to_owned(), wrong);
            let path = gguf_of(folder.path(), &tensors, |_| kind, |_| {});
            let expected = format!("tensor `{name}` is of shape [{rows}, 64], expected [64, 64]");
            let model = ModelRef::Gguf(path);
            let text = message(read_all(&model));
            assert!(text.ends_with(&expected), "{text}");
            let weights = Files::open(&model).unwrap().weights(Watch::none()).unwrap();
            let text = message(weights.get(name, &[64, 64]));
            assert!(text.ends_with(&expected), "{text}");
        }
    }
    let shared = Path::new("../shared/cases/gguf-shape/bad.gguf");
    if shared.is_file() {
        let text = message(read_all(&ModelRef::Gguf(shared.to_owned())));
        assert!(
            text.contains("self_attn.q_proj.weight` is of shape"),
            "{text}"
        );
    }
}

#[test]
fn the_chat_template_stands_in_the_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let file = gguf(folder.path(), GgmlDType::F32, |data| {
        let template = "{{ bos_token }}[{{ messages[0].content }}]{{ eos_token }}";
        let template = Meta::String(template.to_owned());
        data.insert("tokenizer.chat_template".to_owned(), template);
        data.insert("tokenizer.ggml.bos_token_id".to_owned(), Meta::U32(0));
        data.insert("tokenizer.ggml.eos_token_id".to_owned(), Meta::U32(1));
    });
    let files = Files::open(&ModelRef::Gguf(file)).unwrap();
    let tokenizer = files.tokenizer(Watch::none()).unwrap();
    let context = Context::new("Say.", &[]).asked_as(Chat::User);
    let frame = context.frame(&tokenizer).unwrap();
    assert_eq!(frame.begin(&tokenizer), [0]);
    assert_eq!(frame.prompt("One?"), "[Say.\n\nQ: One?\nA:]<|end|>");
}
