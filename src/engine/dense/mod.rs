//! The reference: no cache, a dense mask made of [`Layout::visible`], the whole sequence read at every step.
//!
//! Plain candle operations, so it runs wherever candle does. Slow on purpose; the cached path is held against it.

use std::collections::BTreeMap;

use candle_core::{D, DType, Device, Tensor};
use candle_nn::{Module, RmsNorm, ops, rotary_emb};

use super::argmax::{Group, TopTokens, argmax};
use super::cancel::Cancel;
use super::error::EngineError;
use super::event::Reading;
use super::look::log_probability;
use super::observed::{Observed, ObservedLayer, Shape};
use super::runner::{Runner, SequenceId};
use crate::layout::Layout;
use crate::model::{Config, Weights};

/// A decoder that keeps nothing between steps but the tokens.
pub(crate) struct Dense {
    config: Config,
    device: Device,
    dtype: DType,
    embedding: Tensor,
    layers: Vec<Layer>,
    norm: RmsNorm,
    head: Linear,
    frequencies: Tensor,
    sequences: BTreeMap<usize, (Layout, Vec<u32>)>,
    next_id: usize,
    /// `[rows, vocabulary]`, rows in order.
    ready: Vec<f32>,
}

struct Layer {
    attention_norm: RmsNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    query_norm: Option<RmsNorm>,
    key_norm: Option<RmsNorm>,
    output: Linear,
    mlp_norm: RmsNorm,
    gate: Linear,
    up: Linear,
    down: Linear,
}

type Linear = candle_nn::Linear;

impl Dense {
    pub fn load(
        config: &Config,
        weights: &Weights,
        device: Device,
        dtype: DType,
        progress: &mut dyn FnMut(usize) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let get = |name: &str, shape: &[usize]| -> Result<Tensor, EngineError> {
            Ok(weights
                .get(name, shape)?
                .to_device(&device)?
                .to_dtype(dtype)?)
        };
        let norm = |name: &str, width: usize| -> Result<RmsNorm, EngineError> {
            Ok(RmsNorm::new(get(name, &[width])?, config.rms_norm_eps))
        };
        let linear = |name: &str, outputs: usize, inputs: usize, biased: bool| {
            let bias = if biased {
                Some(get(&format!("{name}.bias"), &[outputs])?)
            } else {
                None
            };
            let weight = get(&format!("{name}.weight"), &[outputs, inputs])?;
            Ok::<_, EngineError>(Linear::new(weight, bias))
        };
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let (query, kv) = (
            config.heads * config.head_dim,
            config.kv_heads * config.head_dim,
        );
        let mut layers = Vec::new();
        for index in 0..config.layers {
            progress(index)?;
            let at = |name: &str| format!("model.layers.{index}.{name}");
            let head_norm = |name: &str| {
                config
                    .qk_norm
                    .then(|| norm(&at(name), config.head_dim))
                    .transpose()
            };
            let (biased, mlp) = (config.qkv_bias, config.mlp_bias);
            layers.push(Layer {
                attention_norm: norm(&at("input_layernorm.weight"), hidden)?,
                query: linear(&at("self_attn.q_proj"), query, hidden, biased)?,
                key: linear(&at("self_attn.k_proj"), kv, hidden, biased)?,
                value: linear(&at("self_attn.v_proj"), kv, hidden, biased)?,
                query_norm: head_norm("self_attn.q_norm.weight")?,
                key_norm: head_norm("self_attn.k_norm.weight")?,
                output: linear(&at("self_attn.o_proj"), hidden, query, config.output_bias)?,
                mlp_norm: norm(&at("post_attention_layernorm.weight"), hidden)?,
                gate: linear(&at("mlp.gate_proj"), inner, hidden, mlp)?,
                up: linear(&at("mlp.up_proj"), inner, hidden, mlp)?,
                down: linear(&at("mlp.down_proj"), hidden, inner, mlp)?,
            });
        }
        progress(config.layers)?;
        let embedding = get("model.embed_tokens.weight", &[config.vocab_size, hidden])?;
        let head = if config.tied_embeddings {
            Linear::new(embedding.clone(), None)
        } else {
            linear("lm_head", config.vocab_size, hidden, false)?
        };
        let frequencies = config.rope.inverse_frequencies(config.head_dim);
        let half = frequencies.len();
        Ok(Dense {
            embedding,
            layers,
            norm: norm("model.norm.weight", hidden)?,
            head,
            frequencies: Tensor::from_vec(frequencies, (1, half), &device)?,
            config: config.clone(),
            device,
            dtype,
            sequences: BTreeMap::new(),
            next_id: 0,
            ready: Vec::new(),
        })
    }

    /// Logits of the last row, `[vocabulary]`, after reading the prompt and what has been generated.
    fn last_logits(&self, layout: &Layout, generated: &[u32]) -> candle_core::Result<Vec<f32>> {
        let hidden = self.hidden(layout, generated, None)?;
        self.logits_of(&hidden.narrow(0, hidden.dim(0)? - 1, 1)?)
    }

    /// Logits of rows of the residual stream `[rows, hidden]`, one row after the other.
    fn logits_of(&self, residual: &Tensor) -> candle_core::Result<Vec<f32>> {
        floats(&self.head.forward(&self.norm.forward(residual)?)?)
    }

    /// What the last layer leaves of every row, `[rows, hidden]`. What somebody who looks on wants goes into `observed`.
    pub fn hidden(
        &self,
        layout: &Layout,
        generated: &[u32],
        mut observed: Option<&mut Observed>,
    ) -> candle_core::Result<Tensor> {
        let count = layout.len() + generated.len();
        let tokens: Vec<u32> = layout.tokens.iter().chain(generated).copied().collect();
        let positions: Vec<f32> = layout
            .positions
            .iter()
            .copied()
            .chain(layout.next_position()..)
            .take(count)
            .map(|position| position as f32)
            .collect();
        let angles = Tensor::from_vec(positions, (count, 1), &self.device)?
            .broadcast_mul(&self.frequencies)?;
        let (cos, sin) = (
            angles.cos()?.to_dtype(self.dtype)?,
            angles.sin()?.to_dtype(self.dtype)?,
        );
        let mask = Mask::new(layout, count, &self.device)?;
        let tokens = Tensor::from_vec(tokens, count, &self.device)?;
        let mut x = self.embedding.index_select(&tokens, 0)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let mut observed = observed.as_mut().map(|all| &mut all.layers[index]);
            let normed = layer.attention_norm.forward(&x)?;
            let turns = (&cos, &sin);
            let attended = self.attention(layer, &normed, turns, &mask, observed.as_deref_mut())?;
            x = (x + attended)?;
            let normed = layer.mlp_norm.forward(&x)?;
            let gate = ops::silu(&layer.gate.forward(&normed)?)?;
            x = (x + layer.down.forward(&(gate * layer.up.forward(&normed)?)?)?)?;
            if let Some(observed) = observed {
                let emitting = x.narrow(0, layout.len() - 1, generated.len() + 1)?;
                observed.residual = floats(&emitting)?;
            }
        }
        Ok(x)
    }

    /// `normed` `[rows, hidden]` to `[rows, hidden]`.
    fn attention(
        &self,
        layer: &Layer,
        normed: &Tensor,
        (cos, sin): (&Tensor, &Tensor),
        mask: &Mask,
        observed: Option<&mut ObservedLayer>,
    ) -> candle_core::Result<Tensor> {
        let Config {
            heads,
            kv_heads,
            head_dim,
            ..
        } = self.config;
        let rows = normed.dim(0)?;
        // [1, heads, rows, head_dim]
        let split = |projected: Tensor, heads: usize, norm: &Option<RmsNorm>| {
            let mut heads = projected.reshape((1, rows, heads, head_dim))?;
            if let Some(norm) = norm {
                heads = norm.forward(&heads.contiguous()?)?;
            }
            heads.transpose(1, 2)?.contiguous()
        };
        let query = split(layer.query.forward(normed)?, heads, &layer.query_norm)?;
        let key = split(layer.key.forward(normed)?, kv_heads, &layer.key_norm)?;
        let value = split(layer.value.forward(normed)?, kv_heads, &None)?;
        let query = rotary_emb::rope(&query, cos, sin)?;
        let key = rotary_emb::rope(&key, cos, sin)?;
        if let Some(observed) = observed {
            observed.queries = floats(&query.transpose(1, 2)?)?;
            observed.keys = floats(&key.transpose(1, 2)?)?;
        }
        let group = heads / kv_heads;
        let key = candle_transformers::utils::repeat_kv(key, group)?.contiguous()?;
        let value = candle_transformers::utils::repeat_kv(value, group)?.contiguous()?;
        let scale = 1.0 / (head_dim as f64).sqrt();
        let scores = (query.matmul(&key.t()?)? * scale)?.to_dtype(DType::F32)?;
        let scores = match &mask.tempered {
            None => scores.broadcast_add(&mask.added)?,
            Some(tempered) => tempered.apply(&scores, &mask.added)?,
        };
        let shares = ops::softmax(&scores, D::Minus1)?.broadcast_mul(&mask.kept)?;
        let attended = shares
            .to_dtype(self.dtype)?
            .matmul(&value)?
            .transpose(1, 2)?
            .reshape((rows, heads * head_dim))?;
        layer.output.forward(&attended)
    }
}

/// All elements in order.
fn floats(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}

/// The mask as numbers.
struct Mask {
    /// `[rows, keys]`: 0 or the bias where a row reads a key, else −∞; 0 throughout for a row that reads nothing.
    added: Tensor,
    /// `[rows, 1]`: 0 for a row that reads nothing, else 1.
    kept: Tensor,
    tempered: Option<Tempered>,
}

/// Where and how temperature T and scale S change scores.
struct Tempered {
    /// `[rows, keys]`: 1 where a fusing row reads a key in a segment, else 0.
    fused: Tensor,
    /// 1/T where `fused` is 1, else 1.
    factor: Tensor,
    /// S · T − 1.
    excess: f64,
}

impl Tempered {
    /// c = s / T + `added`, then c + (S · T − 1) · ln Σ exp c over the fused keys. `scores` `[1, heads, rows, keys]`.
    fn apply(&self, scores: &Tensor, added: &Tensor) -> candle_core::Result<Tensor> {
        let changed = scores.broadcast_mul(&self.factor)?.broadcast_add(added)?;
        // Far below every score, and yet finite: rows without fused keys get a number that is not used.
        let apart = ((&self.fused - 1.0)? * 1e9)?;
        let fused = scores
            .broadcast_mul(&self.factor)?
            .broadcast_add(&self.fused.mul(&added.maximum(-1e9)?)?)?
            .broadcast_add(&apart)?;
        let mass = (fused.log_sum_exp(D::Minus1)?.unsqueeze(D::Minus1)? * self.excess)?;
        changed + mass.broadcast_mul(&self.fused)?
    }
}

impl Mask {
    fn new(layout: &Layout, count: usize, device: &Device) -> candle_core::Result<Mask> {
        let mut added = vec![f32::NEG_INFINITY; count * count];
        let mut kept = vec![1.0f32; count];
        let mut fused = vec![0.0f32; count * count];
        for row in 0..count {
            let line = &mut added[row * count..(row + 1) * count];
            let keys = layout.visible(row);
            if keys.is_empty() {
                line.fill(0.0);
                kept[row] = 0.0;
            }
            let fuses = layout.fuses(row);
            for key in keys.keys() {
                if fuses && let Some(owner) = layout.owner.get(key).copied().flatten() {
                    line[key] = layout.biases()[owner as usize];
                    fused[row * count + key] = 1.0;
                } else {
                    line[key] = 0.0;
                }
            }
        }
        let options = layout.options();
        let (t, s) = (options.temperature.get(), options.scale.get());
        let tempered = if (t, s) == (1.0, 1.0) {
            None
        } else {
            let fused = Tensor::from_vec(fused, (count, count), device)?;
            Some(Tempered {
                factor: ((&fused * f64::from(1.0 / t - 1.0))? + 1.0)?,
                fused,
                excess: f64::from(s * t - 1.0),
            })
        };
        Ok(Mask {
            tempered,
            added: Tensor::from_vec(added, (count, count), device)?,
            kept: Tensor::from_vec(kept, (count, 1), device)?,
        })
    }
}

impl Runner for Dense {
    fn prefill(
        &mut self,
        prompts: &[&Layout],
        cancel: &Cancel,
        progress: &mut dyn FnMut(Reading),
    ) -> Result<Vec<SequenceId>, EngineError> {
        self.ready.clear();
        let tokens = prompts.iter().map(|prompt| prompt.len()).sum();
        let mut computed = 0;
        progress(Reading { computed, tokens });
        for prompt in prompts {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            self.ready.extend(self.last_logits(prompt, &[])?);
            computed += prompt.len();
            progress(Reading { computed, tokens });
        }
        let first = self.next_id;
        self.next_id += prompts.len();
        for (id, prompt) in (first..).zip(prompts) {
            self.sequences.insert(id, ((*prompt).clone(), Vec::new()));
        }
        Ok((first..self.next_id).map(SequenceId).collect())
    }

    fn decode_step(&mut self, tokens: &[(SequenceId, u32)]) -> Result<(), EngineError> {
        self.ready.clear();
        for (id, token) in tokens {
            // The decoding loop extends only sequences that it has not released.
            let (layout, generated) = self.sequences.get_mut(&id.0).expect("sequence is held");
            generated.push(*token);
            let (layout, generated) = (layout.clone(), generated.clone());
            let logits = self.last_logits(&layout, &generated)?;
            self.ready.extend(logits);
        }
        Ok(())
    }

    fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError> {
        let vocabulary = self.config.vocab_size;
        Ok(groups
            .iter()
            .map(|group| {
                let rows = group.rows.start * vocabulary..group.rows.end * vocabulary;
                argmax(&self.ready[rows], vocabulary, group.fuse)
            })
            .collect())
    }

    fn forced(
        &mut self,
        prompts: &[&Layout],
        answer: &[u32],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f64>>, EngineError> {
        let read = &answer[..answer.len().saturating_sub(1)];
        let ln_p = |prompt: &&Layout| {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let hidden = self.hidden(prompt, read, None)?;
            let logits = self.logits_of(&hidden.narrow(0, prompt.len() - 1, answer.len())?)?;
            let rows = logits.chunks_exact(self.config.vocab_size).zip(answer);
            Ok(rows
                .map(|(row, &token)| log_probability(row, token))
                .collect())
        };
        prompts.iter().map(ln_p).collect()
    }

    fn observe(
        &mut self,
        layout: &Layout,
        generated: &[u32],
        _cancel: &Cancel,
    ) -> Result<Observed, EngineError> {
        let tokens = layout.len() + generated.len();
        let mut observed = Observed::new(Shape::of(&self.config), tokens)?;
        self.hidden(layout, generated, Some(&mut observed))?;
        observed.rows.extend(0..tokens as u32);
        Ok(observed)
    }

    fn read_out(&mut self, residual: &[f32]) -> Result<Vec<f32>, EngineError> {
        let hidden = self.config.hidden_size;
        let rows = Tensor::from_slice(residual, (residual.len() / hidden, hidden), &self.device)?;
        Ok(self.logits_of(&rows.to_dtype(self.dtype)?)?)
    }

    fn release(&mut self, sequence: SequenceId) {
        self.sequences.remove(&sequence.0);
    }
}
