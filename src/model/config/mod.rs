//! The shape of a decoder, read from `config.json` in its older and newer forms.

mod experts;
mod layers;
mod parts;

use serde_json::Value;

pub use self::experts::Experts;
pub(super) use self::layers::every;
use self::layers::{rotated, windows};
pub(super) use self::parts::Family;
pub use self::parts::{Activation, Norms, QkNorm};
use super::ModelError;
use super::architecture::{Architecture, decoder_of};
use super::json::Object;
use super::rope::{Growth, Rope, Ropes, Rotation};
use crate::layout::Window;

/// Limits that no model of these families comes near. They keep every size that is computed from a configuration far from
/// overflow, and tables made from it small, until the weights' shapes confirm it.
pub(super) mod most {
    pub const LAYERS: usize = 1 << 12;
    pub const HEADS: usize = 1 << 12;
    pub const EXPERTS: usize = 1 << 12;
    pub const HEAD_DIM: usize = 1 << 12;
    /// Of a row of hidden numbers, of queries or inside the MLP.
    pub const WIDTH: usize = 1 << 20;
    pub const VOCABULARY: usize = 1 << 24;
    pub const POSITIONS: usize = 1 << 31;
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
    /// Of layers with a window, where it is another one.
    pub local_rope: Option<Rope>,
    /// Per layer whether queries and keys are rotated at all; empty: in every layer.
    pub rotated: Vec<bool>,
    /// Per layer whether a row reads no further back than `window`; empty: in no layer.
    pub sliding: Vec<bool>,
    /// The tokens that a row of a sliding layer can reach, itself included, counted along the sequence.
    pub window: Option<usize>,
    /// Positions that the model knows: `max_position_embeddings`.
    pub max_positions: usize,
    /// The output matrix is the embedding.
    pub tied_embeddings: bool,
    /// Query, key and value projections carry a bias.
    pub qkv_bias: bool,
    /// The projection after attention carries a bias.
    pub output_bias: bool,
    pub mlp_bias: bool,
    /// Where layers have several MLPs.
    pub experts: Option<Experts>,
    /// Each query head has a number that joins its scores as one more key's, whose value is 0.
    pub sinks: bool,
    /// How queries grow with their position.
    pub query_growth: Option<Growth>,
    pub norms: Norms,
    pub qk_norm: QkNorm,
    /// What the weights of norms are stored less than they are: 1 for Gemma.
    pub norm_offset: f32,
    pub activation: Activation,
    /// What the embedding of a token is multiplied with.
    pub embedding_scale: f32,
    /// What scores q kᵀ are multiplied with.
    pub attention_scale: f32,
    /// What scores are bent to, c · tanh(s / c), before mask and bias.
    pub attention_softcap: Option<f32>,
    /// What logits are multiplied with.
    pub logits_scale: f32,
    /// What logits are bent to, after that.
    pub logits_softcap: Option<f32>,
    /// Tokens that end a generation.
    pub eos: Vec<u32>,
}

impl Config {
    /// Reads `config.json` and, where there is one, `generation_config.json`, whose end tokens win as in
    /// transformers. The file names are for error messages.
    ///
    /// # Errors
    ///
    /// [`ModelError::Value`] for a value that is missing or of the wrong kind, [`ModelError::Unsupported`] for
    /// whatever this decoder would run wrongly: another architecture, rope type, activation or kind of layer, quantized
    /// weights.
    pub fn from_json(
        (file, config): (&str, &Value),
        generation: Option<(&str, &Value)>,
    ) -> Result<Config, ModelError> {
        let whole = Object::root(file, config)?;
        let json = decoder_of(whole)?;
        let architecture = Architecture::from_json(json)?;
        refuse(whole, architecture)?;
        let family = Family::of(architecture);
        let usual = |key| family.usual.iter().find(|(known, _)| *known == key);
        let count = |key, most| match json.count(key, most)? {
            None => json.need(key, Ok(usual(key).map(|(_, count)| *count))),
            found => json.need(key, Ok(found)),
        };

        let hidden_size = count("hidden_size", most::WIDTH)?;
        let heads = count("num_attention_heads", most::HEADS)?;
        let kv_heads = match json.count("num_key_value_heads", most::HEADS)? {
            Some(kv_heads) => kv_heads,
            None if usual("num_key_value_heads").is_some() => {
                count("num_key_value_heads", most::HEADS)?
            }
            // Files from before grouped queries name none; Qwen's always do.
            None if family.one_key_per_head => heads,
            None => return Err(json.wrong("num_key_value_heads", "a whole number above 0")),
        };
        let head_dim = match json.count("head_dim", most::HEAD_DIM)? {
            Some(head_dim) => head_dim,
            None => family.head_dim.unwrap_or(hidden_size / heads),
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
        let layers = count("num_hidden_layers", most::LAYERS)?;
        let max_positions = count("max_position_embeddings", most::POSITIONS)?;
        let ropes = Ropes::from_json(json, architecture, head_dim, max_positions)?;
        let (sliding, window) = windows(json, architecture, layers)?;
        let attention_bias = json.flag("attention_bias")?.unwrap_or(false);
        let mut eos = match generation {
            Some((file, generation)) => {
                Object::root(file, generation)?.token_ids("eos_token_id")?
            }
            None => Vec::new(),
        };
        for json in [json, whole] {
            if eos.is_empty() {
                eos = json.token_ids("eos_token_id")?;
            }
        }
        let epsilon = match json.number("rms_norm_eps")? {
            None if !family.usual.is_empty() => 1e-6,
            found => json.need("rms_norm_eps", Ok(found))?,
        };
        let softcap = |key| {
            let cap = json.number(key)?.filter(|_| family.gemma);
            Ok::<_, ModelError>(cap.map(|cap| cap as f32))
        };
        let granite = architecture == Architecture::Granite;
        let multiplier =
            |key| Ok::<_, ModelError>(json.number(key)?.filter(|_| granite).unwrap_or(1.0));
        let residual = multiplier("residual_multiplier")?;
        let attention_scale = match () {
            () if granite => multiplier("attention_multiplier")?,
            () if family.gemma => json
                .number("query_pre_attn_scalar")?
                .unwrap_or(256.0)
                .powf(-0.5),
            () => (head_dim as f64).powf(-0.5),
        };
        let embedding_scale = match () {
            // x₀ = m e, x += r f(norm(x)) is x₀ = (m / r) e, x += f(norm(x)) with x / r for x: norms do not see it, but for
            // their epsilon, which becomes that of x / r.
            () if granite => multiplier("embedding_multiplier")? / residual,
            () if family.gemma => (hidden_size as f64).sqrt(),
            () => 1.0,
        };
        Ok(Config {
            architecture,
            vocab_size: count("vocab_size", most::VOCABULARY)?,
            hidden_size,
            intermediate_size: count("intermediate_size", most::WIDTH)?,
            layers,
            heads,
            kv_heads,
            head_dim,
            rms_norm_eps: epsilon / residual.powi(2),
            rope: ropes.global,
            local_rope: ropes.local,
            rotated: rotated(json, architecture, layers, &sliding)?,
            sliding,
            window,
            max_positions: ropes.max_positions.min(max_positions),
            tied_embeddings: match json.flag("tie_word_embeddings")? {
                Some(tied) => tied,
                None => whole.flag("tie_word_embeddings")?.unwrap_or(family.tied),
            },
            // Qwen2 has biases there and nowhere else, whatever its configuration says.
            qkv_bias: architecture == Architecture::Qwen2 || attention_bias,
            output_bias: architecture != Architecture::Qwen2 && attention_bias,
            mlp_bias: family.may_bias_mlp && json.flag("mlp_bias")?.unwrap_or(false),
            experts: Experts::from_json(json, architecture, layers)?,
            sinks: architecture == Architecture::GptOss,
            query_growth: ropes.growth,
            norms: family.norms,
            qk_norm: family.qk_norm,
            norm_offset: if family.gemma { 1.0 } else { 0.0 },
            activation: activation(json, architecture, family)?,
            embedding_scale: embedding_scale as f32,
            attention_scale: attention_scale as f32,
            attention_softcap: softcap("attn_logit_softcapping")?,
            logits_scale: (1.0 / multiplier("logits_scaling")?) as f32,
            logits_softcap: softcap("final_logit_softcapping")?,
            eos,
        })
    }

    /// A decoder of Llama's parts, to be changed where another differs: rope of this base, no biases, no end tokens.
    pub fn plain(theta: f64, hidden_size: usize, heads: usize, head_dim: usize) -> Config {
        Config {
            architecture: Architecture::Llama,
            vocab_size: 0,
            hidden_size,
            intermediate_size: 0,
            layers: 0,
            heads,
            kv_heads: heads,
            head_dim,
            rms_norm_eps: 1e-5,
            rope: Rope::plain(theta),
            local_rope: None,
            rotated: Vec::new(),
            sliding: Vec::new(),
            window: None,
            max_positions: 131_072,
            tied_embeddings: true,
            qkv_bias: false,
            output_bias: false,
            mlp_bias: false,
            experts: None,
            sinks: false,
            query_growth: None,
            norms: Norms::Before,
            qk_norm: QkNorm::None,
            norm_offset: 0.0,
            activation: Activation::Silu,
            embedding_scale: 1.0,
            attention_scale: (head_dim as f64).powf(-0.5) as f32,
            attention_softcap: None,
            logits_scale: 1.0,
            logits_softcap: None,
            eos: Vec::new(),
        }
    }

    /// The different ways in which heads turn, and per layer which of them.
    pub fn rotations(&self) -> (Vec<Rotation>, Vec<usize>) {
        let mut found = Vec::new();
        let of = (0..self.layers).map(|layer| {
            let rotation = self.rotation(layer);
            let place = found.iter().position(|known| *known == rotation);
            place.unwrap_or_else(|| {
                found.push(rotation);
                found.len() - 1
            })
        });
        let of = of.collect();
        (found, of)
    }

    fn rotation(&self, layer: usize) -> Rotation {
        if !self.rotated.get(layer).copied().unwrap_or(true) {
            return Rotation::none(self.head_dim);
        }
        let local = self.local_rope.as_ref().filter(|_| self.slides(layer));
        local.unwrap_or(&self.rope).rotation(self.head_dim)
    }

    /// Whether the rows of a layer read no further back than the window.
    pub fn slides(&self, layer: usize) -> bool {
        self.sliding.get(layer).copied().unwrap_or(false)
    }

    /// The experts of a layer, where it has them.
    pub fn experts_of(&self, layer: usize) -> Option<&Experts> {
        self.experts.as_ref().filter(|it| it.in_layer(layer))
    }

    /// Rows of the widest gate.
    pub fn widest_inner(&self) -> usize {
        let experts = self.experts.as_ref().map_or(0, |it| it.inner_size);
        self.intermediate_size.max(experts)
    }

    /// Which layers have a sliding window.
    pub fn windows(&self) -> Option<Window> {
        let tokens = self.window?;
        let layers = (0..self.layers).filter(|layer| self.slides(*layer));
        Some(Window {
            tokens,
            layers: layers.count(),
            all_layers: self.layers,
        })
    }

    /// Widths of the norms' weights of queries and keys.
    pub fn qk_norm_widths(&self) -> Option<[usize; 2]> {
        match self.qk_norm {
            QkNorm::None => None,
            QkNorm::Head => Some([self.head_dim; 2]),
            QkNorm::All => Some([self.heads * self.head_dim, self.kv_heads * self.head_dim]),
        }
    }

    /// Every tensor of a checkpoint with its name on the hub and its shape, `[outputs, inputs]` for projections.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let hidden = self.hidden_size;
        let queries = self.heads * self.head_dim;
        let keys = self.kv_heads * self.head_dim;
        let attention = [
            ("self_attn.q_proj", queries, hidden, self.qkv_bias),
            ("self_attn.k_proj", keys, hidden, self.qkv_bias),
            ("self_attn.v_proj", keys, hidden, self.qkv_bias),
            ("self_attn.o_proj", hidden, queries, self.output_bias),
        ];
        let mut norms: Vec<(&str, usize)> = self.norms.names().map(|name| (name, hidden)).collect();
        if let Some([query, key]) = self.qk_norm_widths() {
            norms.extend([("self_attn.q_norm", query), ("self_attn.k_norm", key)]);
        }
        let mut tensors = vec![(
            "model.embed_tokens.weight".to_owned(),
            vec![self.vocab_size, hidden],
        )];
        for layer in 0..self.layers {
            let mut add = |name: &str, shape: &[usize]| {
                tensors.push((format!("model.layers.{layer}.{name}"), shape.to_vec()));
            };
            let mut project = |name: &str, outputs: usize, inputs: usize, biased: bool| {
                add(&format!("{name}.weight"), &[outputs, inputs]);
                if biased {
                    add(&format!("{name}.bias"), &[outputs]);
                }
            };
            for (name, outputs, inputs, biased) in attention {
                project(name, outputs, inputs, biased);
            }
            let mut mlp = |prefix: &str, inner: usize, biased: bool| {
                project(&format!("{prefix}.gate_proj"), inner, hidden, biased);
                project(&format!("{prefix}.up_proj"), inner, hidden, biased);
                project(&format!("{prefix}.down_proj"), hidden, inner, biased);
            };
            match self.experts_of(layer) {
                None => mlp("mlp", self.intermediate_size, self.mlp_bias),
                Some(experts) => {
                    for expert in 0..experts.count {
                        let prefix = format!("mlp.experts.{expert}");
                        mlp(&prefix, experts.inner_size, experts.biased);
                    }
                    project("mlp.gate", experts.count, hidden, experts.biased);
                }
            }
            for (name, width) in &norms {
                add(&format!("{name}.weight"), &[*width]);
            }
            if self.sinks {
                add("self_attn.sinks", &[self.heads]);
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

/// Refuses by name what the decoder does not do.
fn refuse(json: Object<'_>, architecture: Architecture) -> Result<(), ModelError> {
    // Those are unpacked when they are loaded.
    let unpacked = |method| architecture == Architecture::GptOss && method == Some("mxfp4");
    if let Some(quantization) = json.object("quantization_config")?
        && !unpacked(quantization.text("quant_method")?)
    {
        let method = quantization.text("quant_method")?.unwrap_or("unnamed");
        let advice = "use the unquantized model with `--dtype q8_0` or `q4k`, or a .gguf file";
        return Err(json.unsupported(format!("quantization `{method}`"), advice));
    }
    if json.flag("use_bidirectional_attention")? == Some(true) {
        let advice = "use a causal language model";
        return Err(json.unsupported("`use_bidirectional_attention`".to_owned(), advice));
    }
    Ok(())
}

fn activation(
    json: Object<'_>,
    architecture: Architecture,
    family: &Family,
) -> Result<Activation, ModelError> {
    if architecture == Architecture::GptOss {
        for (key, known) in [
            ("swiglu_alpha", Activation::ALPHA),
            ("swiglu_limit", Activation::LIMIT),
        ] {
            if json.number(key)?.is_some_and(|it| it as f32 != known) {
                return Err(json.wrong(key, &format!("{known}")));
            }
        }
        return Ok(Activation::Clamped);
    }
    let named = match json.text("hidden_activation")? {
        Some(named) => Some(named),
        // Gemma's older files name another one there than they were trained with.
        None if family.gemma => None,
        None => json.text("hidden_act")?,
    };
    match named {
        None if family.gemma => Ok(Activation::GeluTanh),
        None | Some("silu") => Ok(Activation::Silu),
        Some("gelu_pytorch_tanh") => Ok(Activation::GeluTanh),
        Some(other) => {
            let what = format!("activation `{other}`");
            Err(json.unsupported(what, "use a model with `silu` or `gelu_pytorch_tanh`"))
        }
    }
}
