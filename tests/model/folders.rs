//! Local folders, whole and damaged.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use lamascope::model::{Files, ModelRef, Tokenizer, Watch};
use lamascope::prompt::Encode;
use serde_json::{Value, json};

use crate::support::*;

#[test]
fn a_folder_single_and_sharded() {
    for folder in [folder(), sharded()] {
        let files = in_folder(folder.path());
        let config = files.config(Watch::none()).unwrap();
        assert_eq!(config.eos, [1, 2]);
        assert_eq!(files.tokenizer(Watch::none()).unwrap().bos(), Some(0));
        let weights = files.weights(Watch::none()).unwrap();
        assert_eq!(weights.dtype().unwrap(), Some(DType::F32));
        for (name, tensor) in tensors() {
            assert!(weights.has(&name));
            same(&weights.get(&name, tensor.dims()).unwrap(), &tensor);
            let view = weights.view(&name, tensor.dims()).unwrap();
            assert_eq!(
                (view.dtype, view.shape),
                (DType::F32, tensor.dims().to_vec())
            );
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
        let weights = in_folder(folder.path()).weights(Watch::none()).unwrap();
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
        let text = message(read_folder(folder.path()));
        assert!(text.contains(&format!(": {file} is missing")), "{text}");
        assert!(text.starts_with(folder.path().to_str().unwrap()), "{text}");
    }
    let folder = sharded();
    fs::remove_file(folder.path().join("model-00002-of-00002.safetensors")).unwrap();
    let text = message(read_folder(folder.path()));
    assert!(
        text.contains(": model-00002-of-00002.safetensors is missing"),
        "{text}"
    );
    let text = message(read_folder(Path::new("/no/such/folder")));
    assert!(
        text.contains("/no/such/folder: the folder is missing"),
        "{text}"
    );
    // Not every model has one.
    let folder = self::folder();
    fs::remove_file(folder.path().join("generation_config.json")).unwrap();
    let files = in_folder(folder.path());
    assert_eq!(files.config(Watch::none()).unwrap().eos, [7]);
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
        let text = message(in_folder(folder.path()).weights(Watch::none()));
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
        (
            "tokenizer.json",
            b"{\"version\": \"1.0\", \"decoder\": {\"type\": \"ByteLevel\", \"trim",
            "tokenizer.json: is no tokenizer: copy or download it again",
        ),
        ("tokenizer.json", b"", "is empty"),
    ] {
        let folder = folder();
        fs::write(folder.path().join(file), bytes).unwrap();
        let files = in_folder(folder.path());
        let text = match file {
            "config.json" => message(files.config(Watch::none())),
            _ => message(files.tokenizer(Watch::none())),
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
        let text = message(read_folder(folder.path()));
        assert!(
            text.contains("index.json: ") && text.contains(says),
            "{text}"
        );
    }
}

#[test]
fn a_wrong_tensor_is_named_with_both_shapes() {
    let folder = folder();
    let weights = in_folder(folder.path()).weights(Watch::none()).unwrap();
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
    let weights = in_folder(folder.path()).weights(Watch::none()).unwrap();
    let text = message(weights.get("model.norm.weight", &[64]));
    assert!(
        text.contains("is stored as I64, expected F32, BF16 or F16"),
        "{text}"
    );
}

#[test]
fn the_embedded_model_is_complete() {
    let files = Files::open(&ModelRef::Embedded).unwrap();
    let config = files.config(Watch::none()).unwrap();
    let weights = files.weights(Watch::none()).unwrap();
    let embedding = [config.vocab_size, config.hidden_size];
    weights
        .get("model.embed_tokens.weight", &embedding)
        .unwrap();
    let tokenizer = files.tokenizer(Watch::none()).unwrap();
    assert!(tokenizer.vocab_size() <= config.vocab_size);
    let text = "Q: Where is [MASK]?\nA:";
    assert_eq!(tokenizer.decode(&tokenizer.encode(text)), text);
}

#[test]
fn no_damage_to_a_tokenizer_is_a_panic() {
    let whole = json_of(&small(true).0);
    let shared = Path::new("../shared/cases/tokenizer-cut/tokenizer.json");
    if let Ok(cut) = fs::read(shared) {
        let text = message(Tokenizer::from_json("tokenizer.json", &cut));
        assert_eq!(
            text,
            "tokenizer.json: is no tokenizer: copy or download it again"
        );
    }
    for end in (0..whole.len()).step_by(97) {
        let text = message(Tokenizer::from_json("t.json", &whole[..end]));
        assert_eq!(text, "t.json: is no tokenizer: copy or download it again");
    }
    // Whole as JSON, but of the wrong kinds.
    let json: Value = serde_json::from_slice(&whole).unwrap();
    for part in [
        "decoder",
        "pre_tokenizer",
        "normalizer",
        "post_processor",
        "model",
    ] {
        for wrong in [
            json!({}),
            json!([]),
            json!(1),
            json!({"type": "ByteLevel", "x": [[[{}]]]}),
        ] {
            let json = with(&json, json!({part: wrong})).to_string();
            if let Err(error) = Tokenizer::from_json("t.json", json.as_bytes()) {
                message::<()>(Err(error));
            }
        }
    }
}

/// The weights that an adapter belongs on top of must not be run without a word.
#[test]
fn an_adapter_beside_a_model_is_refused() {
    for file in ["adapter_config.json", "adapter_model.safetensors"] {
        let folder = folder();
        fs::write(folder.path().join(file), "{}").unwrap();
        let text = message(read_folder(folder.path()));
        let path = folder.path().join(file);
        assert!(text.starts_with(path.to_str().unwrap()), "{text}");
        assert!(
            text.contains("an adapter beside the model is not supported: merge it"),
            "{text}"
        );
    }
    let shared = Path::new("../shared/cases/adapter-beside-model/model");
    if shared.is_dir() {
        let text = message(read_folder(shared));
        assert!(text.contains("adapter_config.json: an adapter"), "{text}");
    }
}
