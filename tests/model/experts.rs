//! Experts as files hold them.

use std::collections::HashMap;
use std::fs;

use candle_core::{DType, Device, Tensor};
use lamascope::model::{Files, ModelRef, Watch};
use serde_json::{Value, json};

use crate::support::*;

const EXPERTS: usize = 3;
const HIDDEN: usize = 64;
const INNER: usize = 32;

fn gpt_oss() -> Value {
    with(
        &config_of_tensors(),
        json!({"architectures": ["GptOssForCausalLM"], "model_type": "gpt_oss", "num_local_experts": EXPERTS,
            "num_experts_per_tok": 2, "intermediate_size": INNER, "head_dim": 16, "sliding_window": 8,
            "quantization_config": {"quant_method": "mxfp4"}}),
    )
}

/// Bytes that are not all alike.
fn bytes(count: usize, step: usize) -> Vec<u8> {
    (0..count).map(|at| (at * step + at / 7) as u8).collect()
}

/// What MXFP4 stands for, number by number: sign, two bits of exponent, one of mantissa, times 2^(scale - 127).
fn number(bits: u8, scale: u8) -> f32 {
    let (sign, exponent, mantissa) = (bits >> 3, (bits >> 1) & 3, f32::from(bits & 1));
    let size = match exponent {
        0 => mantissa / 2.0,
        _ => (1.0 + mantissa / 2.0) * 2f32.powi(i32::from(exponent) - 1),
    };
    let number = size * 2f32.powi(i32::from(scale) - 127);
    if sign == 1 { -number } else { number }
}

/// The published form: `[experts, outputs, inputs / 32, 16]` and a scale per block, gate and up by turns.
#[test]
fn experts_in_four_bits_are_unpacked() {
    let folder = folder();
    let mut all: HashMap<String, Tensor> = tensors()
        .into_iter()
        .filter(|(name, _)| !name.contains(".mlp."))
        .collect();
    let put = |all: &mut HashMap<String, Tensor>, name: &str, tensor: Tensor| {
        all.insert(format!("model.layers.0.{name}"), tensor);
    };
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let mut packed = HashMap::new();
    for (part, outputs, inputs) in [
        ("gate_up_proj", 2 * INNER, HIDDEN),
        ("down_proj", HIDDEN, INNER),
    ] {
        let blocks = bytes(EXPERTS * outputs * inputs / 2, 37);
        let scales: Vec<u8> = bytes(EXPERTS * outputs * inputs / 32, 11)
            .into_iter()
            .map(|byte| 120 + byte % 10)
            .collect();
        let shape = [EXPERTS, outputs, inputs / 32, 16];
        let tensor = |numbers: &[u8], shape: &[usize]| {
            Tensor::from_slice(numbers, shape, &Device::Cpu).unwrap()
        };
        put(
            &mut all,
            &format!("mlp.experts.{part}_blocks"),
            tensor(&blocks, &shape),
        );
        put(
            &mut all,
            &format!("mlp.experts.{part}_scales"),
            tensor(&scales, &shape[..3]),
        );
        let bias: Vec<f32> = (0..EXPERTS * outputs).map(|at| at as f32).collect();
        let bias = Tensor::from_vec(bias, (EXPERTS, outputs), &Device::Cpu).unwrap();
        put(&mut all, &format!("mlp.experts.{part}_bias"), bias);
        packed.insert(part, (blocks, scales));
    }
    put(&mut all, "mlp.router.weight", zeros(&[EXPERTS, HIDDEN]));
    put(&mut all, "mlp.router.bias", zeros(&[EXPERTS]));
    put(&mut all, "self_attn.sinks", zeros(&[4]));
    candle_core::safetensors::save(&all, folder.path().join("model.safetensors")).unwrap();
    fs::write(folder.path().join("config.json"), gpt_oss().to_string()).unwrap();

    let (config, _, weights) = read_folder(folder.path()).unwrap();
    assert_eq!(config.experts.as_ref().unwrap().count, EXPERTS);
    for expert in 0..EXPERTS {
        for (part, stored, outputs, inputs, first, every) in [
            ("gate_proj", "gate_up_proj", INNER, HIDDEN, 0, 2),
            ("up_proj", "gate_up_proj", INNER, HIDDEN, 1, 2),
            ("down_proj", "down_proj", HIDDEN, INNER, 0, 1),
        ] {
            let name = format!("model.layers.0.mlp.experts.{expert}.{part}");
            let (blocks, scales) = &packed[stored];
            let row = |output: usize| expert * every * outputs + first + every * output;
            let found = weights
                .get(&format!("{name}.weight"), &[outputs, inputs])
                .unwrap();
            assert_eq!(found.dtype(), DType::BF16);
            let found = found
                .to_dtype(DType::F32)
                .unwrap()
                .to_vec2::<f32>()
                .unwrap();
            for (output, found) in found.iter().enumerate() {
                for (input, found) in found.iter().enumerate() {
                    let at = row(output) * inputs + input;
                    let bits = blocks[at / 2] >> (4 * (at % 2)) & 15;
                    assert_eq!(
                        *found,
                        number(bits, scales[at / 32]),
                        "{name} {output} {input}"
                    );
                }
            }
            let bias = weights.get(&format!("{name}.bias"), &[outputs]).unwrap();
            let wanted: Vec<f32> = (0..outputs).map(|output| row(output) as f32).collect();
            assert_eq!(bias.to_vec1::<f32>().unwrap(), wanted, "{name}");
        }
    }

    // Every block needs its scale.
    let scales = Tensor::zeros((EXPERTS, HIDDEN, 2), DType::U8, &Device::Cpu).unwrap();
    put(&mut all, "mlp.experts.down_proj_scales", scales);
    candle_core::safetensors::save(&all, folder.path().join("model.safetensors")).unwrap();
    let text = message(read_folder(folder.path()));
    assert!(
        text.contains("down_proj_scales` is of shape [3, 64, 2], expected [3, 64, 1]"),
        "{text}"
    );
}

/// A GGUF file byte by byte, since no library writes this type of tensor.
fn gguf(
    texts: &[(&str, &str)],
    numbers: &[(&str, u32)],
    tensors: &[(&str, Vec<usize>, u32, Vec<u8>)],
) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let mut file = b"GGUF".to_vec();
    file.extend(3u32.to_le_bytes());
    file.extend((tensors.len() as u64).to_le_bytes());
    file.extend((texts.len() as u64 + numbers.len() as u64 + 2).to_le_bytes());
    for (key, value) in texts {
        file.extend([text(key), 8u32.to_le_bytes().to_vec(), text(value)].concat());
    }
    for (key, value) in numbers {
        file.extend(
            [
                text(key),
                4u32.to_le_bytes().to_vec(),
                value.to_le_bytes().to_vec(),
            ]
            .concat(),
        );
    }
    file.extend(text("gpt-oss.attention.layer_norm_rms_epsilon"));
    file.extend([&6u32.to_le_bytes()[..], &1e-5f32.to_le_bytes()].concat());
    // A list of two texts.
    file.extend(text("tokenizer.ggml.tokens"));
    file.extend(
        [
            &9u32.to_le_bytes()[..],
            &8u32.to_le_bytes(),
            &2u64.to_le_bytes(),
        ]
        .concat(),
    );
    file.extend([text("a"), text("<|return|>")].concat());
    let mut data: Vec<u8> = Vec::new();
    for (name, shape, kind, bytes) in tensors {
        file.extend(text(name));
        file.extend((shape.len() as u32).to_le_bytes());
        file.extend(
            shape
                .iter()
                .rev()
                .flat_map(|dim| (*dim as u64).to_le_bytes()),
        );
        file.extend(kind.to_le_bytes());
        data.resize(data.len().next_multiple_of(32), 0);
        file.extend((data.len() as u64).to_le_bytes());
        data.extend(bytes);
    }
    file.resize(file.len().next_multiple_of(32), 0);
    file.extend(data);
    file
}

/// llama.cpp's form: gate and up apart, a block's scale in front, a number and the one sixteen behind it to a byte.
#[test]
fn experts_in_four_bits_are_unpacked_from_gguf() {
    const MXFP4: u32 = 39;
    let plain = |name: &'static str, shape: &[usize]| {
        let bytes = vec![0; 4 * shape.iter().product::<usize>()];
        (name, shape.to_vec(), 0, bytes)
    };
    let blocks = |name: &'static str, outputs: usize, inputs: usize, step: usize| {
        let mut blocks = bytes(EXPERTS * outputs * inputs / 32 * 17, step);
        blocks
            .iter_mut()
            .step_by(17)
            .for_each(|scale| *scale = 120 + *scale % 10);
        (name, vec![EXPERTS, outputs, inputs], MXFP4, blocks)
    };
    let tensors = [
        plain("token_embd.weight", &[340, HIDDEN]),
        plain("output_norm.weight", &[HIDDEN]),
        plain("blk.0.attn_norm.weight", &[HIDDEN]),
        plain("blk.0.post_attention_norm.weight", &[HIDDEN]),
        plain("blk.0.attn_q.weight", &[64, HIDDEN]),
        plain("blk.0.attn_k.weight", &[32, HIDDEN]),
        plain("blk.0.attn_v.weight", &[32, HIDDEN]),
        plain("blk.0.attn_output.weight", &[HIDDEN, 64]),
        plain("blk.0.attn_sinks.weight", &[4]),
        plain("blk.0.ffn_gate_inp.weight", &[EXPERTS, HIDDEN]),
        plain("blk.0.ffn_gate_inp.bias", &[EXPERTS]),
        plain("blk.0.ffn_gate_exps.bias", &[EXPERTS, INNER]),
        plain("blk.0.ffn_up_exps.bias", &[EXPERTS, INNER]),
        plain("blk.0.ffn_down_exps.bias", &[EXPERTS, HIDDEN]),
        blocks("blk.0.ffn_gate_exps.weight", INNER, HIDDEN, 37),
        blocks("blk.0.ffn_up_exps.weight", INNER, HIDDEN, 41),
        blocks("blk.0.ffn_down_exps.weight", HIDDEN, INNER, 43),
    ];
    let numbers = [
        ("gpt-oss.block_count", 1),
        ("gpt-oss.context_length", 512),
        ("gpt-oss.embedding_length", HIDDEN as u32),
        ("gpt-oss.attention.head_count", 4),
        ("gpt-oss.attention.head_count_kv", 2),
        ("gpt-oss.expert_count", EXPERTS as u32),
        ("gpt-oss.expert_used_count", 2),
        ("gpt-oss.expert_feed_forward_length", INNER as u32),
        ("gpt-oss.attention.sliding_window", 8),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    let file = gguf(&[("general.architecture", "gpt-oss")], &numbers, &tensors);
    fs::write(&path, &file).unwrap();
    let files = Files::open(&ModelRef::Gguf(path.clone())).unwrap();
    let config = files.config(Watch::none()).unwrap();
    assert!(config.sinks && config.tied_embeddings && config.eos == [1]);
    let mut weights = files.weights(Watch::none()).unwrap();
    weights.check(&config).unwrap();
    for expert in 0..EXPERTS {
        for ((_, shape, _, blocks), part) in tensors[14..].iter().zip(["gate", "up", "down"]) {
            let (outputs, inputs) = (shape[1], shape[2]);
            let name = format!("model.layers.0.mlp.experts.{expert}.{part}_proj.weight");
            assert!(weights.quantized(&name, &shape[1..]).unwrap().is_none());
            let found = weights.get(&name, &shape[1..]).unwrap();
            let found = found
                .to_dtype(DType::F32)
                .unwrap()
                .to_vec2::<f32>()
                .unwrap();
            for (output, found) in found.iter().enumerate() {
                for (input, found) in found.iter().enumerate() {
                    let row = (expert * outputs + output) * inputs;
                    let block = &blocks[(row + input) / 32 * 17..][..17];
                    let bits = block[1 + input % 16] >> (4 * (input % 32 / 16)) & 15;
                    assert_eq!(*found, number(bits, block[0]), "{name} {output} {input}");
                }
            }
        }
    }

    // Biases are numbers: one in blocks is no converter's.
    let mut wrong = tensors.clone();
    let bias = wrong
        .iter_mut()
        .find(|(name, ..)| *name == "blk.0.ffn_up_exps.bias");
    let (_, _, kind, bytes) = bias.unwrap();
    (*kind, *bytes) = (8, vec![0; EXPERTS * INNER / 32 * 34]);
    let wrong = gguf(&[("general.architecture", "gpt-oss")], &numbers, &wrong);
    fs::write(&path, wrong).unwrap();
    let mut weights = Files::open(&ModelRef::Gguf(path.clone()))
        .unwrap()
        .weights(Watch::none())
        .unwrap();
    weights.check(&config).unwrap();
    let name = "model.layers.0.mlp.experts.1.up_proj.bias";
    let text = message(weights.get(name, &[INNER]));
    assert!(text.ends_with("is quantized, expected F32"), "{text}");

    fs::write(&path, &file[..file.len() - 100]).unwrap();
    let text = message(Files::open(&ModelRef::Gguf(path)));
    assert!(text.contains("is cut off"), "{text}");
}

/// The decoder of a model of text and images stands under names of its own.
#[test]
fn tensors_beside_those_of_images_are_found() {
    let folder = folder();
    for (prefix, under) in [("language_model.", "model."), ("model.language_model.", "")] {
        let renamed: HashMap<String, Tensor> = tensors()
            .into_iter()
            .map(|(name, tensor)| {
                let rest = name.strip_prefix("model.").unwrap();
                (format!("{prefix}{under}{rest}"), tensor)
            })
            .collect();
        candle_core::safetensors::save(&renamed, folder.path().join("model.safetensors")).unwrap();
        let text = with(
            &config_of_tensors(),
            json!({"architectures": null, "model_type": "ministral3", "head_dim": 16, "sliding_window": null}),
        );
        let config =
            json!({"architectures": ["Mistral3ForConditionalGeneration"], "text_config": text});
        fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        let (_, _, weights) = read_folder(folder.path()).unwrap();
        let name = "model.layers.0.mlp.down_proj.weight";
        same(&weights.get(name, &[64, 96]).unwrap(), &tensors()[name]);
    }
}
