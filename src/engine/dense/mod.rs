//! The reference: no cache, a dense mask made of [`Layout::visible`], the whole sequence read at every step.
//!
//! Plain candle operations, so it runs wherever candle does. Slow on purpose; the cached path is held against it.

mod mask;
mod mlp;

use std::collections::BTreeMap;

use candle_core::{D, DType, Device, Tensor};
use candle_nn::{Module, RmsNorm, ops, rotary_emb};

use self::mask::Mask;
use self::mlp::Mlp;
use super::argmax::{Group, TopTokens, choose};
use super::blend::Blending;
use super::cancel::Cancel;
use super::error::EngineError;
use super::event::Reading;
use super::look::log_probability;
use super::method::Blended;
use super::observed::{Observed, ObservedLayer};
use super::runner::{Runner, SequenceId};
use crate::layout::Layout;
use crate::model::{Config, QkNorm, Weights};

/// A decoder that keeps nothing between steps but the tokens.
pub(crate) struct Dense {
    config: Config,
    device: Device,
    dtype: DType,
    embedding: Tensor,
    layers: Vec<Layer>,
    norm: RmsNorm,
    head: Linear,
    /// Frequencies and lengths `[1, head_dim / 2]` of the ways in which heads turn.
    rotations: Vec<(Tensor, Tensor)>,
    /// Per layer which of them.
    rotation_of: Vec<usize>,
    sequences: BTreeMap<usize, (Layout, Vec<u32>)>,
    next_id: usize,
    /// `[rows, vocabulary]`, rows in order.
    ready: Vec<f32>,
}

/// A sequence on its way through the layers.
struct BeingRead {
    /// The residual stream, `[rows, hidden]`.
    x: Tensor,
    /// cos and sin `[rows, head_dim / 2]` of the ways in which heads turn.
    turns: Vec<(Tensor, Tensor)>,
    /// What queries are multiplied with, `[rows, 1]`, where they grow with their position.
    growth: Option<Tensor>,
    global: Mask,
    /// Of layers with a sliding window.
    local: Option<Mask>,
}

struct Layer {
    before_attention: Option<RmsNorm>,
    query: Linear,
    key: Linear,
    value: Linear,
    query_norm: Option<RmsNorm>,
    key_norm: Option<RmsNorm>,
    /// `[1, heads, 1, 1]`
    sinks: Option<Tensor>,
    output: Linear,
    after_attention: Option<RmsNorm>,
    before_mlp: Option<RmsNorm>,
    mlp: Mlp,
    after_mlp: Option<RmsNorm>,
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
        let offset = f64::from(config.norm_offset);
        let norm = |name: &str, width: usize| -> Result<RmsNorm, EngineError> {
            let weight = (get(name, &[width])? + offset)?;
            Ok(RmsNorm::new(weight, config.rms_norm_eps))
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
        let hidden = config.hidden_size;
        let (query, kv) = (
            config.heads * config.head_dim,
            config.kv_heads * config.head_dim,
        );
        let mut layers = Vec::new();
        for index in 0..config.layers {
            progress(index)?;
            let at = |name: &str| format!("model.layers.{index}.{name}");
            let widths = config.qk_norm_widths();
            let head_norm = |name: &str, which: usize| {
                let width = widths.map(|widths| widths[which]);
                width.map(|width| norm(&at(name), width)).transpose()
            };
            let row_norm = |name: Option<&str>| {
                name.map(|name| norm(&at(&format!("{name}.weight")), hidden))
                    .transpose()
            };
            let biased = config.qkv_bias;
            let sinks = config.sinks.then(|| -> Result<Tensor, EngineError> {
                let sinks = get(&at("self_attn.sinks"), &[config.heads])?;
                Ok(sinks
                    .to_dtype(DType::F32)?
                    .reshape((1, config.heads, 1, 1))?)
            });
            layers.push(Layer {
                before_attention: row_norm(config.norms.before_attention())?,
                query: linear(&at("self_attn.q_proj"), query, hidden, biased)?,
                key: linear(&at("self_attn.k_proj"), kv, hidden, biased)?,
                value: linear(&at("self_attn.v_proj"), kv, hidden, biased)?,
                query_norm: head_norm("self_attn.q_norm.weight", 0)?,
                key_norm: head_norm("self_attn.k_norm.weight", 1)?,
                sinks: sinks.transpose()?,
                output: linear(&at("self_attn.o_proj"), hidden, query, config.output_bias)?,
                after_attention: row_norm(config.norms.after_attention())?,
                before_mlp: row_norm(config.norms.before_mlp())?,
                mlp: Mlp::load(config, index, &linear)?,
                after_mlp: row_norm(config.norms.after_mlp())?,
            });
        }
        progress(config.layers)?;
        let embedding = get("model.embed_tokens.weight", &[config.vocab_size, hidden])?;
        let head = if config.tied_embeddings {
            Linear::new(embedding.clone(), None)
        } else {
            linear("lm_head", config.vocab_size, hidden, false)?
        };
        let (rotations, rotation_of) = config.rotations();
        let row = |numbers: Vec<f32>| {
            let half = numbers.len();
            Tensor::from_vec(numbers, (1, half), &device)
        };
        let rotations = rotations
            .into_iter()
            .map(|rotation| Ok((row(rotation.frequencies)?, row(rotation.lengths)?)))
            .collect::<Result<_, EngineError>>()?;
        Ok(Dense {
            embedding,
            layers,
            norm: norm("model.norm.weight", hidden)?,
            head,
            rotations,
            rotation_of,
            config: config.clone(),
            device,
            dtype,
            sequences: BTreeMap::new(),
            next_id: 0,
            ready: Vec::new(),
        })
    }

    /// Logits of the last row of each sequence, one after the other, after reading the prompts and what has been
    /// generated.
    fn last_logits(
        &self,
        sequences: &[(&Layout, &[u32])],
        blending: Option<&Blending>,
    ) -> candle_core::Result<Vec<f32>> {
        let last = |x: &Tensor| self.logits_of(&x.narrow(0, x.dim(0)? - 1, 1)?);
        let mut logits = Vec::with_capacity(sequences.len() * self.config.vocab_size);
        let Some(blending) = blending else {
            for (layout, generated) in sequences {
                logits.extend(last(&self.hidden(layout, generated, None)?)?);
            }
            return Ok(logits);
        };
        for group in &blending.groups {
            for x in self.blended(&sequences[group.clone()], blending)? {
                logits.extend(last(&x)?);
            }
        }
        Ok(logits)
    }

    /// Logits of rows of the residual stream `[rows, hidden]`, one row after the other.
    fn logits_of(&self, residual: &Tensor) -> candle_core::Result<Vec<f32>> {
        let logits = self.head.forward(&self.norm.forward(residual)?)?;
        let logits = (logits.to_dtype(DType::F32)? * f64::from(self.config.logits_scale))?;
        floats(&bend(logits, self.config.logits_softcap)?)
    }

    /// What the last layer leaves of every row, `[rows, hidden]`. What somebody who looks on wants goes into `observed`.
    pub fn hidden(
        &self,
        layout: &Layout,
        generated: &[u32],
        mut observed: Option<&mut Observed>,
    ) -> candle_core::Result<Tensor> {
        let mut read = self.begin(layout, generated)?;
        for index in 0..self.layers.len() {
            let mut observed = observed.as_mut().map(|all| &mut all.layers[index]);
            let product = self.up_to_product(index, &mut read, observed.as_deref_mut())?;
            self.add_product(index, &mut read, &product)?;
            if let Some(observed) = observed {
                let emitting = read.x.narrow(0, layout.len() - 1, generated.len() + 1)?;
                observed.residual = floats(&emitting)?;
            }
        }
        Ok(read.x)
    }

    /// What the last layer leaves of every row of sequences whose last rows are mixed.
    fn blended(
        &self,
        sequences: &[(&Layout, &[u32])],
        blending: &Blending,
    ) -> candle_core::Result<Vec<Tensor>> {
        let read = sequences
            .iter()
            .map(|(layout, generated)| self.begin(layout, generated));
        let mut read = read.collect::<candle_core::Result<Vec<_>>>()?;
        for index in 0..self.layers.len() {
            let products = read
                .iter_mut()
                .map(|read| self.up_to_product(index, read, None));
            let mut products = products.collect::<candle_core::Result<Vec<_>>>()?;
            if blending.of_product(index) {
                mix_last(&mut products.iter_mut().collect::<Vec<_>>(), blending)?;
            }
            for (read, product) in read.iter_mut().zip(&products) {
                self.add_product(index, read, product)?;
            }
            if blending.of_layer(index) {
                let mut rows: Vec<&mut Tensor> = read.iter_mut().map(|read| &mut read.x).collect();
                mix_last(&mut rows, blending)?;
            }
        }
        Ok(read.into_iter().map(|read| read.x).collect())
    }

    /// What every layer needs to know of a sequence.
    fn begin(&self, layout: &Layout, generated: &[u32]) -> candle_core::Result<BeingRead> {
        let count = layout.len() + generated.len();
        let tokens: Vec<u32> = layout.tokens.iter().chain(generated).copied().collect();
        let positions: Vec<u32> = layout
            .positions
            .iter()
            .copied()
            .chain(layout.next_position()..)
            .take(count)
            .collect();
        let growth = self.config.query_growth.map(|growth| {
            let by: Vec<f32> = positions.iter().map(|it| growth.at(*it)).collect();
            Tensor::from_vec(by, (count, 1), &self.device)?.to_dtype(self.dtype)
        });
        let positions: Vec<f32> = positions.into_iter().map(|it| it as f32).collect();
        let positions = Tensor::from_vec(positions, (count, 1), &self.device)?;
        let turns = self.rotations.iter().map(|(frequencies, lengths)| {
            let angles = positions.broadcast_mul(frequencies)?;
            let cos = angles.cos()?.broadcast_mul(lengths)?;
            let sin = angles.sin()?.broadcast_mul(lengths)?;
            Ok((cos.to_dtype(self.dtype)?, sin.to_dtype(self.dtype)?))
        });
        let turns = turns.collect::<candle_core::Result<Vec<_>>>()?;
        let global = Mask::new(layout, count, None, &self.device)?;
        let local = match self.config.window {
            Some(window) => Some(Mask::new(layout, count, Some(window), &self.device)?),
            None => None,
        };
        let tokens = Tensor::from_vec(tokens, count, &self.device)?;
        let scale = f64::from(self.config.embedding_scale);
        let x = (self.embedding.index_select(&tokens, 0)? * scale)?;
        Ok(BeingRead {
            x,
            turns,
            growth: growth.transpose()?,
            global,
            local,
        })
    }

    /// A layer's attention, and what its down projection reads, `[rows, intermediate]`.
    fn up_to_product(
        &self,
        index: usize,
        read: &mut BeingRead,
        observed: Option<&mut ObservedLayer>,
    ) -> candle_core::Result<Tensor> {
        let layer = &self.layers[index];
        let local = read.local.as_ref().filter(|_| self.config.slides(index));
        let mask = local.unwrap_or(&read.global);
        let turns = &read.turns[self.rotation_of[index]];
        let rows = normed(&layer.before_attention, read.x.clone())?;
        let growth = read.growth.as_ref();
        let attended = self.attention(layer, &rows, (turns, growth), mask, observed)?;
        read.x = (&read.x + normed(&layer.after_attention, attended)?)?;
        let rows = normed(&layer.before_mlp, read.x.clone())?;
        layer.mlp.product(&rows)
    }

    /// The rest of the layer.
    fn add_product(
        &self,
        index: usize,
        read: &mut BeingRead,
        product: &Tensor,
    ) -> candle_core::Result<()> {
        let layer = &self.layers[index];
        read.x = (&read.x + normed(&layer.after_mlp, layer.mlp.down(product)?)?)?;
        Ok(())
    }

    /// `normed` `[rows, hidden]` to `[rows, hidden]`.
    fn attention(
        &self,
        layer: &Layer,
        normed: &Tensor,
        ((cos, sin), growth): (&(Tensor, Tensor), Option<&Tensor>),
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
            let shape = (1, rows, heads, head_dim);
            let heads = match (norm, self.config.qk_norm) {
                (Some(norm), QkNorm::All) => norm.forward(&projected)?.reshape(shape)?,
                (Some(norm), _) => norm.forward(&projected.reshape(shape)?.contiguous()?)?,
                (None, _) => projected.reshape(shape)?,
            };
            heads.transpose(1, 2)?.contiguous()
        };
        let query = split(layer.query.forward(normed)?, heads, &layer.query_norm)?;
        let key = split(layer.key.forward(normed)?, kv_heads, &layer.key_norm)?;
        let value = split(layer.value.forward(normed)?, kv_heads, &None)?;
        let query = rotary_emb::rope(&query, cos, sin)?;
        let query = match growth {
            Some(growth) => query.broadcast_mul(growth)?,
            None => query,
        };
        let key = rotary_emb::rope(&key, cos, sin)?;
        if let Some(observed) = observed {
            observed.queries = floats(&query.transpose(1, 2)?)?;
            observed.keys = floats(&key.transpose(1, 2)?)?;
            if let Some(sinks) = &layer.sinks {
                observed.sinks = floats(sinks)?;
            }
        }
        let group = heads / kv_heads;
        let key = candle_transformers::utils::repeat_kv(key, group)?.contiguous()?;
        let value = candle_transformers::utils::repeat_kv(value, group)?.contiguous()?;
        let scale = f64::from(self.config.attention_scale);
        let scores = (query.matmul(&key.t()?)? * scale)?.to_dtype(DType::F32)?;
        let scores = bend(scores, self.config.attention_softcap)?;
        let scores = match &mask.tempered {
            None => scores.broadcast_add(&mask.added)?,
            Some(tempered) => tempered.apply(&scores, &mask.added)?,
        };
        let shares = match &layer.sinks {
            None => ops::softmax(&scores, D::Minus1)?,
            Some(sinks) => {
                let sinks = sinks.broadcast_as((1, heads, rows, 1))?;
                let shares = ops::softmax(&Tensor::cat(&[&scores, &sinks], D::Minus1)?, D::Minus1)?;
                shares.narrow(D::Minus1, 0, rows)?.contiguous()?
            }
        };
        let shares = shares.broadcast_mul(&mask.kept)?;
        let attended = shares
            .to_dtype(self.dtype)?
            .matmul(&value)?
            .transpose(1, 2)?
            .reshape((rows, heads * head_dim))?;
        layer.output.forward(&attended)
    }
}

fn normed(norm: &Option<RmsNorm>, x: Tensor) -> candle_core::Result<Tensor> {
    match norm {
        Some(norm) => norm.forward(&x),
        None => Ok(x),
    }
}

/// Mixes the last rows of `[rows, width]` tensors.
fn mix_last(all: &mut [&mut Tensor], blending: &Blending) -> candle_core::Result<()> {
    let last = |x: &&mut Tensor| x.narrow(0, x.dim(0)? - 1, 1);
    let rows = all
        .iter()
        .map(last)
        .collect::<candle_core::Result<Vec<_>>>()?;
    let rows = Tensor::cat(&rows, 0)?;
    let mixed = match blending.what {
        Blended::LayerMean | Blended::ProductMean => rows.mean_keepdim(0)?,
        Blended::ProductMax => rows.max_keepdim(0)?,
    };
    let rows = (&rows + (mixed.broadcast_sub(&rows)? * f64::from(blending.alpha))?)?;
    for (at, x) in all.iter_mut().enumerate() {
        let before = x.narrow(0, 0, x.dim(0)? - 1)?;
        **x = Tensor::cat(&[before, rows.narrow(0, at, 1)?], 0)?;
    }
    Ok(())
}

/// All elements in order.
fn floats(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}

/// c · tanh(x / c) where there is a cap c.
fn bend(x: Tensor, cap: Option<f32>) -> candle_core::Result<Tensor> {
    match cap.map(f64::from) {
        Some(cap) => (x / cap)?.tanh()? * cap,
        None => Ok(x),
    }
}

impl Runner for Dense {
    fn prefill(
        &mut self,
        prompts: &[&Layout],
        blending: Option<&Blending>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Reading),
    ) -> Result<Vec<SequenceId>, EngineError> {
        self.ready.clear();
        let tokens = prompts.iter().map(|prompt| prompt.len()).sum();
        let mut computed = 0;
        progress(Reading { computed, tokens });
        // Prompts that are mixed are read together.
        let together = match blending {
            Some(blending) => blending.groups.clone(),
            None => (0..prompts.len()).map(|at| at..at + 1).collect(),
        };
        for group in together {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let prompts = &prompts[group];
            let read: Vec<(&Layout, &[u32])> = prompts.iter().map(|p| (*p, &[][..])).collect();
            let blending = blending.map(|blending| blending.of_one(read.len()));
            self.ready
                .extend(self.last_logits(&read, blending.as_ref())?);
            computed += prompts.iter().map(|prompt| prompt.len()).sum::<usize>();
            progress(Reading { computed, tokens });
        }
        let first = self.next_id;
        self.next_id += prompts.len();
        for (id, prompt) in (first..).zip(prompts) {
            self.sequences.insert(id, ((*prompt).clone(), Vec::new()));
        }
        Ok((first..self.next_id).map(SequenceId).collect())
    }

    fn decode_step(
        &mut self,
        tokens: &[(SequenceId, u32)],
        blending: Option<&Blending>,
    ) -> Result<(), EngineError> {
        for (id, token) in tokens {
            // The decoding loop extends only sequences that it has not released.
            let (_, generated) = self.sequences.get_mut(&id.0).expect("sequence is held");
            generated.push(*token);
        }
        let held = tokens.iter().map(|(id, _)| &self.sequences[&id.0]);
        let read: Vec<(&Layout, &[u32])> = held
            .map(|(layout, generated)| (layout, generated.as_slice()))
            .collect();
        self.ready = self.last_logits(&read, blending)?;
        Ok(())
    }

    fn logits(&mut self) -> Result<Vec<f32>, EngineError> {
        Ok(self.ready.clone())
    }

    fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError> {
        Ok(choose(&self.ready, self.config.vocab_size, groups))
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
        let mut observed = Observed::new(&self.config, tokens)?;
        self.hidden(layout, generated, Some(&mut observed))?;
        observed.rows.extend(0..tokens as u32);
        Ok(observed)
    }

    fn read_out(&mut self, residual: &[f32]) -> Result<Vec<f32>, EngineError> {
        let hidden = self.config.hidden_size;
        let rows = Tensor::from_slice(residual, (residual.len() / hidden, hidden), &self.device)?;
        Ok(self.logits_of(&rows.to_dtype(self.dtype)?)?)
    }

    fn fork(&mut self, sequence: SequenceId) -> SequenceId {
        // Who forks holds what is forked.
        let copy = self.sequences[&sequence.0].clone();
        let id = self.next_id;
        self.next_id += 1;
        self.sequences.insert(id, copy);
        SequenceId(id)
    }

    fn release(&mut self, sequence: SequenceId) {
        self.sequences.remove(&sequence.0);
    }
}
