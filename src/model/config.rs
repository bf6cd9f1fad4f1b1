//! The shape of a decoder, read from `config.json` in its older and newer forms.

use serde_json::Value;

use super::ModelError;
use super::json::Object;
use super::rope::Rope;

/// Limits that no model of these families comes near. They keep every size that is computed from a configuration far from
/// overflow, and tables made from it small, until the weights' shapes confirm it.
pub(super) mod most {
    pub const LAYERS: usize = 1 << 12;
    pub const HEADS: usize = 1 << 12;
    pub const HEAD_DIM: usize = 1 << 12;
    /// Of a row of hidden numbers, of queries or inside the MLP.
    pub const WIDTH: usize = 1 << 20;
    pub const VOCABULARY: usize = 1 << 24;
    pub const POSITIONS: usize = 1 << 31;
}

/// Families that the one decoder covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    Llama,
    Qwen2,
    Qwen3,
}

/// Everything that tells one decoder from another.
#[derive(Debug, Clone)]
pub struct Config {
    pub architecture: Architecture,
    /// Rows of the embedding; the tokenizer may know fewer tokens.
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Even; `heads * head_dim` need not be `hidden_size`.
    pub head_dim: usize,
    pub rms_norm_eps: f64,
    pub rope: Rope,
    /// Positions that the model knows: `max_position_embeddings`.
    pub max_positions: usize,
    /// The output matrix is the embedding.
    pub tied_embeddings: bool,
    /// Query, key and value projections carry a bias.
    pub qkv_bias: bool,
    /// The projection after attention carries a bias.
    pub output_bias: bool,
    pub mlp_bias: bool,
    /// Queries and keys are normalised per head before rotation.
    pub qk_norm: bool,
    /// Tokens that end a generation.
    pub eos: Vec<u32>,
}

impl Architecture {
    const ALL: [Architecture; 3] = [
        Architecture::Llama,
        Architecture::Qwen2,
        Architecture::Qwen3,
    ];

    /// The word in `model_type`, and in a GGUF file's `general.architecture`.
    pub fn name(self) -> &'static str {
        match self {
            Architecture::Llama => "llama",
            Architecture::Qwen2 => "qwen2",
            Architecture::Qwen3 => "qwen3",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Architecture> {
        Architecture::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The word in `architectures`.
    fn class(self) -> &'static str {
        match self {
            Architecture::Llama => "LlamaForCausalLM",
            Architecture::Qwen2 => "Qwen2ForCausalLM",
            Architecture::Qwen3 => "Qwen3ForCausalLM",
        }
    }
}

impl Config {
    /// Reads `config.json` and, where there is one, `generation_config.json`, whose end tokens win as in
    /// transformers. The file names are for error messages.
    ///
    /// # Errors
    ///
    /// [`ModelError::Value`] for a value that is missing or of the wrong kind, [`ModelError::Unsupported`] for
    /// whatever this decoder would run wrongly: another architecture, rope type or activation, a sliding
    /// window, quantized weights.
    pub fn from_json(
        (file, config): (&str, &Value),
        generation: Option<(&str, &Value)>,
    ) -> Result<Config, ModelError> {
        let json = Object::root(file, config)?;
        let architecture = architecture(json)?;
        refuse(json)?;
        let llama = architecture == Architecture::Llama;
        let count = |key, most| json.need(key, json.count(key, most));

        let hidden_size = count("hidden_size", most::WIDTH)?;
        let heads = count("num_attention_heads", most::HEADS)?;
        let kv_heads = match json.count("num_key_value_heads", most::HEADS)? {
            Some(kv_heads) => kv_heads,
            // Llama files from before grouped queries name none; Qwen's always do.
            None if llama => heads,
            None => return Err(json.wrong("num_key_value_heads", "a whole number above 0")),
        };
        let head_dim = match json.count("head_dim", most::HEAD_DIM)? {
            Some(head_dim) => head_dim,
            // transformers' Qwen3Config takes this, whatever the hidden size.
            None if architecture == Architecture::Qwen3 => 128,
            None => hidden_size / heads,
        };
        if heads % kv_heads != 0 {
            return Err(json.wrong("num_key_value_heads", "a divisor of `num_attention_heads`"));
        }
        if head_dim == 0 || head_dim % 2 != 0 {
            return Err(json.wrong("head_dim", "an even number"));
        }
        if heads * head_dim > most::WIDTH {
            let most = most::WIDTH / heads;
            return Err(json.wrong("head_dim", &format!("at most {most} with {heads} heads")));
        }
        let attention_bias = json.flag("attention_bias")?.unwrap_or(false);
        let mut eos = match generation {
            Some((file, generation)) => {
                Object::root(file, generation)?.token_ids("eos_token_id")?
            }
            None => Vec::new(),
        };
        if eos.is_empty() {
            eos = json.token_ids("eos_token_id")?;
        }
        Ok(Config {
            architecture,
            vocab_size: count("vocab_size", most::VOCABULARY)?,
            hidden_size,
            intermediate_size: count("intermediate_size", most::WIDTH)?,
            layers: count("num_hidden_layers", most::LAYERS)?,
            heads,
            kv_heads,
            head_dim,
            rms_norm_eps: json.need("rms_norm_eps", json.number("rms_norm_eps"))?,
            rope: Rope::from_json(json)?,
            max_positions: count("max_position_embeddings", most::POSITIONS)?,
            tied_embeddings: json.flag("tie_word_embeddings")?.unwrap_or(false),
            // Qwen2 has biases there and nowhere else, whatever its configuration says.
            qkv_bias: architecture == Architecture::Qwen2 || attention_bias,
            output_bias: architecture != Architecture::Qwen2 && attention_bias,
            mlp_bias: llama && json.flag("mlp_bias")?.unwrap_or(false),
            qk_norm: architecture == Architecture::Qwen3,
            eos,
        })
    }

    /// Every tensor of a checkpoint with its name on the hub and its shape, `[outputs, inputs]` for projections.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let (hidden, inner) = (self.hidden_size, self.intermediate_size);
        let queries = self.heads * self.head_dim;
        let keys = self.kv_heads * self.head_dim;
        let projections = [
            ("self_attn.q_proj", queries, hidden, self.qkv_bias),
            ("self_attn.k_proj", keys, hidden, self.qkv_bias),
            ("self_attn.v_proj", keys, hidden, self.qkv_bias),
            ("self_attn.o_proj", hidden, queries, self.output_bias),
            ("mlp.gate_proj", inner, hidden, self.mlp_bias),
            ("mlp.up_proj", inner, hidden, self.mlp_bias),
            ("mlp.down_proj", hidden, inner, self.mlp_bias),
        ];
        let mut norms = vec![
            ("input_layernorm", hidden),
            ("post_attention_layernorm", hidden),
        ];
        if self.qk_norm {
            norms.extend([
                ("self_attn.q_norm", self.head_dim),
                ("self_attn.k_norm", self.head_dim),
            ]);
        }
        let mut tensors = vec![(
            "model.embed_tokens.weight".to_owned(),
            vec![self.vocab_size, hidden],
        )];
        for layer in 0..self.layers {
            let mut add = |name: &str, kind: &str, shape: &[usize]| {
                tensors.push((
                    format!("model.layers.{layer}.{name}.{kind}"),
                    shape.to_vec(),
                ));
            };
            for (name, outputs, inputs, biased) in projections {
                add(name, "weight", &[outputs, inputs]);
                if biased {
                    add(name, "bias", &[outputs]);
                }
            }
            for (name, width) in &norms {
                add(name, "weight", &[*width]);
            }
        }
        tensors.push(("model.norm.weight".to_owned(), vec![hidden]));
        if !self.tied_embeddings {
            tensors.push(("lm_head.weight".to_owned(), vec![self.vocab_size, hidden]));
        }
        tensors
    }

    /// Number of weights, norms and biases included; tied embeddings count once.
    pub fn parameters(&self) -> usize {
        let sizes = self.tensors().into_iter();
        sizes
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum()
    }
}

/// `architectures` and `model_type`; where both stand they must agree.
fn architecture(json: Object<'_>) -> Result<Architecture, ModelError> {
    let advice = "use a Llama, Qwen2 or Qwen3 causal language model";
    let refused = |name: &str| json.unsupported(format!("architecture `{name}`"), advice);
    let class = match json.get("architectures").map(Value::as_array) {
        None => None,
        Some(Some(list)) => match list.first().map(Value::as_str) {
            None => None,
            Some(Some(class)) => Some(class),
            Some(None) => return Err(json.wrong("architectures", "a list of texts")),
        },
        Some(None) => return Err(json.wrong("architectures", "a list of texts")),
    };
    let by_class = match class {
        Some(class) => Some(
            Architecture::ALL
                .into_iter()
                .find(|it| it.class() == class)
                .ok_or_else(|| refused(class))?,
        ),
        None => None,
    };
    let by_type = match json.text("model_type")? {
        Some(name) => Some(Architecture::from_name(name).ok_or_else(|| refused(name))?),
        None => None,
    };
    match (by_class, by_type) {
        (Some(class), Some(kind)) if class != kind => {
            Err(json.wrong("model_type", &format!("`{}`", class.name())))
        }
        (Some(found), _) | (None, Some(found)) => Ok(found),
        (None, None) => Err(json.wrong("architectures", "a list with one class name")),
    }
}

/// Refuses by name what the decoder does not do.
fn refuse(json: Object<'_>) -> Result<(), ModelError> {
    if let Some(act) = json.text("hidden_act")?
        && act != "silu"
    {
        let what = format!("activation `{act}`");
        return Err(json.unsupported(what, "use a model with `silu`"));
    }
    if let Some(quantization) = json.object("quantization_config")? {
        let method = quantization.text("quant_method")?.unwrap_or("unnamed");
        let advice = "use the unquantized model with `--dtype q8_0` or `q4k`, or a .gguf file";
        return Err(json.unsupported(format!("quantization `{method}`"), advice));
    }
    let advice = "use a model whose layers attend to everything";
    if json.flag("use_sliding_window")? == Some(true) {
        return Err(json.unsupported("`use_sliding_window`".to_owned(), advice));
    }
    let layers = json.get("layer_types").and_then(Value::as_array);
    if let Some(kind) = layers
        .into_iter()
        .flatten()
        .find(|kind| kind.as_str() != Some("full_attention"))
    {
        return Err(json.unsupported(format!("layer type {kind}"), advice));
    }
    Ok(())
}
