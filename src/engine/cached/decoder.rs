//! The decoder of Llama, Qwen2 and Qwen3 over packed rows, written once for every device.

use candle_core::Tensor;

use super::batch::Batch;
use super::kernels::Kernels;
use crate::engine::EngineError;
use crate::model::{Config, ModelError, Weights};

/// Where weights come from.
pub(crate) trait Tensors {
    /// The tensor of this name and shape, on the CPU.
    fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError>;
}

impl Tensors for Weights {
    fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        Weights::get(self, name, shape)
    }
}

/// All weights on one device.
pub(crate) struct Decoder<K: Kernels> {
    embedding: K::Table,
    layers: Vec<Layer<K>>,
    norm: K::Vector,
    head: K::Weight,
}

struct Layer<K: Kernels> {
    attention_norm: K::Vector,
    qkv: K::Weight,
    /// Of single query and key heads (Qwen3).
    head_norms: Option<(K::Vector, K::Vector)>,
    output: K::Weight,
    mlp_norm: K::Vector,
    gate_up: K::Weight,
    down: K::Weight,
}

impl<K: Kernels> Decoder<K> {
    /// Takes the weights to the device; `progress` hears of the layers done.
    pub fn load(
        kernels: &mut K,
        config: &Config,
        weights: &impl Tensors,
        progress: &mut dyn FnMut(usize) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let (query, kv) = (
            config.heads * config.head_dim,
            config.kv_heads * config.head_dim,
        );
        let embedding = weights.get("model.embed_tokens.weight", &[config.vocab_size, hidden])?;
        let mut layers = Vec::with_capacity(config.layers);
        for index in 0..config.layers {
            progress(index)?;
            let get = |name: &str, shape: &[usize]| {
                weights.get(&format!("model.layers.{index}.{name}"), shape)
            };
            let projection =
                |kernels: &mut K, names: &[(&str, usize)], inputs: usize, biased: bool| {
                    let mut parts = Vec::new();
                    let mut biases = Vec::new();
                    for (name, outputs) in names {
                        parts.push(get(&format!("{name}.weight"), &[*outputs, inputs])?);
                        if biased {
                            biases.push(get(&format!("{name}.bias"), &[*outputs])?);
                        }
                    }
                    let bias = if biased {
                        Some(Tensor::cat(&biases, 0)?)
                    } else {
                        None
                    };
                    kernels.weight(&parts, bias.as_ref())
                };
            let head_norms = if config.qk_norm {
                let dim = [config.head_dim];
                Some((
                    kernels.vector(&get("self_attn.q_norm.weight", &dim)?)?,
                    kernels.vector(&get("self_attn.k_norm.weight", &dim)?)?,
                ))
            } else {
                None
            };
            let qkv = [
                ("self_attn.q_proj", query),
                ("self_attn.k_proj", kv),
                ("self_attn.v_proj", kv),
            ];
            let gate_up = [("mlp.gate_proj", inner), ("mlp.up_proj", inner)];
            layers.push(Layer {
                attention_norm: kernels.vector(&get("input_layernorm.weight", &[hidden])?)?,
                qkv: projection(kernels, &qkv, hidden, config.qkv_bias)?,
                head_norms,
                output: projection(
                    kernels,
                    &[("self_attn.o_proj", hidden)],
                    query,
                    config.output_bias,
                )?,
                mlp_norm: kernels.vector(&get("post_attention_layernorm.weight", &[hidden])?)?,
                gate_up: projection(kernels, &gate_up, hidden, config.mlp_bias)?,
                down: projection(
                    kernels,
                    &[("mlp.down_proj", hidden)],
                    inner,
                    config.mlp_bias,
                )?,
            });
        }
        progress(config.layers)?;
        let head = if config.tied_embeddings {
            kernels.weight(std::slice::from_ref(&embedding), None)?
        } else {
            kernels.weight(
                &[weights.get("lm_head.weight", &[config.vocab_size, hidden])?],
                None,
            )?
        };
        Ok(Decoder {
            embedding: kernels.table(&embedding)?,
            layers,
            norm: kernels.vector(&weights.get("model.norm.weight", &[hidden])?)?,
            head,
        })
    }

    /// Reads a batch: keys and values of every row go into its slot, and the logits of the rows that emit stand
    /// ready for [`Kernels::choose`].
    pub fn pass(&self, kernels: &mut K, batch: &Batch) -> Result<(), EngineError> {
        kernels.run(batch, &mut |kernels| {
            kernels.embed(&self.embedding)?;
            for (index, layer) in self.layers.iter().enumerate() {
                kernels.norm(&layer.attention_norm)?;
                kernels.project(&layer.qkv)?;
                let head_norms = layer.head_norms.as_ref().map(|(q, k)| (q, k));
                kernels.rotate_and_store(index, head_norms)?;
                if index + 1 == self.layers.len() {
                    if batch.emit.is_empty() {
                        return Ok(());
                    }
                    kernels.keep_emitting()?;
                }
                kernels.attend(index)?;
                kernels.add_attended(&layer.output)?;
                kernels.norm(&layer.mlp_norm)?;
                kernels.gate(&layer.gate_up)?;
                kernels.add_hidden(&layer.down)?;
            }
            kernels.norm(&self.norm)?;
            kernels.logits(&self.head)
        })
    }
}
