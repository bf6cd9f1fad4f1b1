//! `--model`: the files of a folder, and GGUF.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use candle_core::quantized::GgmlDType;
use candle_core::{DType, Device, Tensor};
use lamascope::model::{Config, Files, ModelRef, Tokenizer, Watch, Weights};
use lamascope::prompt::{Chat, Context, Encode, Template};
use serde_json::{Value, json};

use crate::{Reader, alone, gguf, put, support};

pub const CONFIG: Reader = Reader {
    name: "config",
    file: "config.json",
    prepare: alone,
    read: |path| {
        let Ok(config) = files(path).config(Watch::none()) else {
            return;
        };
        config.tensors();
        config.parameters();
        config.rotations();
    },
    seeds: |folder| {
        let llama = support::llama();
        let yarn = json!({"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128}});
        let llama3 = json!({"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}, "eos_token_id": [1, 2]});
        let qwen = json!({"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "head_dim": 32,
            "sliding_window": null, "attention_bias": false});
        let gemma = json!({"architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "head_dim": 16,
            "hidden_activation": "gelu_pytorch_tanh", "sliding_window": 16, "query_pre_attn_scalar": 16,
            "layer_types": ["sliding_attention", "full_attention"], "rope_local_base_freq": 10000.0});
        let variants = [json!({}), yarn, llama3, qwen, gemma];
        for (i, changes) in variants.into_iter().enumerate() {
            let text = support::with(&llama, changes).to_string();
            put(folder, &[(&format!("family-{i}"), text.as_bytes())]);
        }
    },
};

pub const TOKENIZER: Reader = Reader {
    name: "tokenizer",
    file: "tokenizer.json",
    prepare: alone,
    read: |path| {
        if let Ok(tokenizer) = files(path).tokenizer_alone(Watch::none()) {
            use_tokenizer(&tokenizer);
        }
    },
    seeds: |folder| {
        for begin in [false, true] {
            let json = support::json_of(&support::small(begin).0);
            put(folder, &[(&format!("small-{begin}"), &json)]);
        }
    },
};

pub const SAFETENSORS: Reader = Reader {
    name: "safetensors",
    file: "model.safetensors",
    prepare: |folder| put(folder, &[("config.json", tiny().to_string().as_bytes())]),
    read: |path| {
        let files = files(path);
        let config = files.config(Watch::none()).expect("a good configuration");
        if let Ok(weights) = files.weights(Watch::none()) {
            use_weights(weights, &config);
        }
    },
    seeds: |folder| {
        for dtype in [DType::F32, DType::BF16, DType::F16] {
            let name = format!("{dtype:?}");
            save(&tiny(), dtype, &folder.join(&name));
            // A header of which little is behind it.
            let mut cut = fs::read(folder.join(&name)).expect("the seed");
            cut.truncate(cut.len() / 2);
            put(folder, &[(&format!("cut-{name}"), &cut)]);
        }
    },
};

/// The list of a model's weight files.
pub const INDEX: Reader = Reader {
    name: "index",
    file: "model.safetensors.index.json",
    prepare: |folder| {
        put(folder, &[("config.json", tiny().to_string().as_bytes())]);
        save(
            &tiny(),
            DType::F32,
            &folder.join("model-00001-of-00001.safetensors"),
        );
    },
    read: SAFETENSORS.read,
    seeds: |folder| {
        let file = "model-00001-of-00001.safetensors";
        let map = json!({"model.embed_tokens.weight": file, "model.norm.weight": file});
        let index = json!({"metadata": {"total_size": 1}, "weight_map": map});
        put(folder, &[("index", index.to_string().as_bytes())]);
    },
};

pub const GGUF: Reader = Reader {
    name: "gguf",
    file: "a.gguf",
    prepare: alone,
    read: |path| {
        let Ok(files) = Files::open(&ModelRef::Gguf(path.to_owned())) else {
            return;
        };
        if let Ok(tokenizer) = files.tokenizer(Watch::none()) {
            use_tokenizer(&tokenizer);
        }
        let config = files
            .config(Watch::none())
            .expect("it was read with the file");
        if let Ok(weights) = files.weights(Watch::none()) {
            use_weights(weights, &config);
        }
    },
    seeds: |folder| {
        for kind in [GgmlDType::Q8_0, GgmlDType::Q4_0, GgmlDType::F16] {
            let made = tempfile::tempdir().expect("a folder");
            let path = gguf::gguf_of(made.path(), &support::tensors(), |_| kind, |_| {});
            let bytes = fs::read(path).expect("the file");
            put(folder, &[(&format!("{kind:?}"), &bytes)]);
        }
    },
};

pub const CHAT_TEMPLATE: Reader = Reader {
    name: "chat_template",
    file: "chat_template.jinja",
    prepare: alone,
    read: |path| {
        let Ok(source) = fs::read_to_string(path) else {
            return;
        };
        let special = BTreeMap::from([("bos_token".to_owned(), "<s>".to_owned())]);
        ask(&Bytes(Some(Template::new(source, special))));
    },
    seeds: |folder| put(folder, &CHATS.map(|(name, text)| (name, text.as_bytes()))),
};

/// The chat template and the special tokens of a `tokenizer_config.json`.
pub const CHAT_CONFIG: Reader = Reader {
    name: "chat_config",
    file: "tokenizer_config.json",
    prepare: |folder| {
        let small = include_bytes!("../../tests/fixtures/tiny-llama/tokenizer.json");
        put(folder, &[("tokenizer.json", small)]);
    },
    read: |path| {
        if let Ok(tokenizer) = files(path).tokenizer(Watch::none()) {
            ask(&tokenizer);
        }
    },
    seeds: |folder| {
        for (name, text) in CHATS {
            let one = json!({"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "chat_template": text});
            let list = json!([{"name": "tool_use", "template": "x"}, {"name": "default", "template": text}]);
            let several = support::with(&one, json!({"chat_template": list}));
            let texts = [one.to_string(), several.to_string()];
            put(
                folder,
                &[
                    (name, texts[0].as_bytes()),
                    (&format!("{name}-list"), texts[1].as_bytes()),
                ],
            );
        }
    },
};

/// Chat templates of the kinds that models carry.
const CHATS: [(&str, &str); 3] = [
    (
        "chatml",
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m['content'] | trim + '<|im_end|>\n' }}{% endfor %}\
         {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    ),
    (
        "alternating",
        "{{ bos_token }}{% set ns = namespace(n=0) %}{%- for m in messages -%}{% if m.role == 'system' %}\
         {{ raise_exception('no system turn') }}{% elif (m.role == 'user') != (loop.index0 % 2 == 0) %}\
         {{ raise_exception('turns must alternate') }}{% endif %}[INST] {{ m.content.strip() }} [/INST]\
         {% set ns.n = ns.n + 1 %}{%- endfor -%}",
    ),
    (
        "macros",
        "{% macro turn(m, last=false) %}<|{{ m.role | upper }}|>{{ m.content.split('</think>')[-1] }}{{ m | tojson(indent=1) }}\
         {% endmacro %}{% for m in messages[::-1][::-1] %}{% generation %}{{ turn(m, last=loop.last) }}{% endgeneration %}\
         {% endfor %}{{ strftime_now('%d %b %Y') }}{% if tools is not none and tools | length > 0 %}{{ tools | join(', ') }}{% endif %}",
    ),
];

/// One token per byte, and a chat template.
struct Bytes(Option<Template>);

impl Encode for Bytes {
    fn encode(&self, text: &str) -> Vec<u32> {
        text.bytes().map(u32::from).collect()
    }

    fn bos(&self) -> Option<u32> {
        None
    }

    fn chat(&self) -> Option<&Template> {
        self.0.as_ref()
    }
}

fn ask(tokenizer: &impl Encode) {
    let shots = [("Who is [MASK]?".to_owned(), "Nobody".to_owned())];
    for chat in [Chat::User, Chat::Turns] {
        let context = Context::new("Say it.", &shots).asked_as(chat);
        if let Ok(frame) = context.frame(tokenizer) {
            frame.begin(tokenizer);
            frame.prompt("Q?");
        }
    }
}

fn files(path: &Path) -> Files {
    let folder = path.parent().expect("a folder");
    Files::open(&ModelRef::Dir(folder.to_owned())).expect("the folder is there")
}

fn use_tokenizer(tokenizer: &Tokenizer) {
    let ids = tokenizer.encode("Q: The capital of 1516 Österreich's is\n\n [MASK].\nA:");
    tokenizer.decode(&ids);
    for &id in ids.iter().take(8) {
        tokenizer.text(id);
        tokenizer.added(&ids[..1], id);
    }
}

fn use_weights(mut weights: Weights, config: &Config) {
    if weights.check(config).is_err() {
        return;
    }
    let _ = weights.dtype();
    for (name, shape) in config.tensors() {
        let _ = weights.get(&name, &shape);
    }
}

/// A model whose weights are a few kilobytes.
fn tiny() -> Value {
    let sizes = json!({"vocab_size": 5, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
        "num_attention_heads": 2, "num_key_value_heads": 1});
    support::with(&support::llama(), sizes)
}

/// Weights as a configuration wants them.
fn save(config: &Value, dtype: DType, path: &Path) {
    let config = support::read(config.clone()).expect("a good configuration");
    let zeros = |(name, shape): (String, Vec<usize>)| {
        let tensor = Tensor::zeros(shape, dtype, &Device::Cpu).expect("a small tensor");
        (name, tensor)
    };
    let tensors: HashMap<String, Tensor> = config.tensors().into_iter().map(zeros).collect();
    candle_core::safetensors::save(&tensors, path).expect("room for a seed");
}
