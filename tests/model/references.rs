//! The reference models, where they are.

use std::fs;
use std::path::Path;

use lamascope::model::{Architecture, QkNorm, Watch};
use lamascope::prompt::Encode;
use serde_json::{Value, json};

use crate::support::*;

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
        let files = in_folder(&oracle.join("models").join(model));
        let config = files.config(Watch::none()).unwrap();
        assert_eq!(
            (config.architecture, config.eos.as_slice()),
            (architecture, &[1][..])
        );
        let weights = files.weights(Watch::none()).unwrap();
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
            config.qk_norm != QkNorm::None
        );

        let tokenizer = files.tokenizer(Watch::none()).unwrap();
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
