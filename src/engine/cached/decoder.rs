//! One decoder of all families over packed rows, by the parts that a configuration names, written once for every device.

use candle_core::quantized::QTensor;
use candle_core::{DType, Tensor};

use super::batch::Batch;
use super::kernels::{ExpertWeights, Kernels, Mixed};
use super::spread::Spread;
use crate::engine::EngineError;
use crate::model::{Config, ModelError, View, Weights};

/// Where weights come from.
pub(crate) trait Tensors {
    /// The tensor of this name and shape, on the CPU.
    fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError>;

    /// The same where it is stored in quantized blocks.
    fn quantized(&self, _name: &str, _shape: &[usize]) -> Result<Option<QTensor>, ModelError> {
        Ok(None)
    }

    /// The same as it lies in its file, where it does.
    fn view(&self, _name: &str, _shape: &[usize]) -> Result<Option<View<'_>>, ModelError> {
        Ok(None)
    }
}

impl Tensors for Weights {
    fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        Weights::get(self, name, shape)
    }

    fn quantized(&self, name: &str, shape: &[usize]) -> Result<Option<QTensor>, ModelError> {
        Weights::quantized(self, name, shape)
    }

    fn view(&self, name: &str, shape: &[usize]) -> Result<Option<View<'_>>, ModelError> {
        // What is wrong with a tensor, `get` says.
        Ok(Weights::view(self, name, shape).ok())
    }
}

/// Where in a layer somebody may look on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// Queries and keys are rotated, keys stored.
    Projected,
    /// The layer is done. In the last one only rows that emit are left.
    Layer,
}

/// Hears of a layer's index at a point of a pass.
pub(crate) type Tap<'a, K> = dyn FnMut(&mut K, usize, Point) -> Result<(), EngineError> + 'a;

/// A projection of some tensors, stacked over their outputs; taken as it is stored where the device can.
fn projection<K: Kernels>(
    kernels: &mut K,
    weights: &impl Tensors,
    parts: &[(String, usize)],
    inputs: usize,
    biased: bool,
) -> Result<K::Weight, EngineError> {
    let bias = if biased {
        let biases: Vec<Tensor> = parts
            .iter()
            .map(|(name, outputs)| weights.get(&format!("{name}.bias"), &[*outputs]))
            .collect::<Result<_, _>>()?;
        Some(Tensor::cat(&alike(biases)?, 0)?)
    } else {
        None
    };
    let names = parts
        .iter()
        .map(|(name, outputs)| (format!("{name}.weight"), [*outputs, inputs]));
    let blocks: Option<Vec<QTensor>> = names
        .clone()
        .map(|(name, shape)| weights.quantized(&name, &shape))
        .collect::<Result<_, _>>()?;
    let is_quantized = blocks.is_some();
    if let Some(blocks) = blocks
        && let Some(weight) = kernels.quantized(blocks, bias.as_ref())?
    {
        return Ok(weight);
    }
    if !is_quantized {
        let views: Option<Vec<View<'_>>> = names
            .clone()
            .map(|(name, shape)| weights.view(&name, &shape))
            .collect::<Result<_, _>>()?;
        if let Some(views) = views
            && let Some(weight) = kernels.stored(&views, bias.as_ref())?
        {
            return Ok(weight);
        }
    }
    let tensors: Vec<Tensor> = names
        .map(|(name, shape)| weights.get(&name, &shape))
        .collect::<Result<_, _>>()?;
    kernels.weight(&alike(tensors)?, bias.as_ref())
}

/// Tensors of one type: f32, which holds the others exactly, where a file mixes them, as after an adapter was merged
/// into some projections, or where llama.cpp chose a type per tensor.
fn alike(tensors: Vec<Tensor>) -> Result<Vec<Tensor>, EngineError> {
    let first = tensors.first().map(Tensor::dtype);
    if tensors.iter().all(|tensor| Some(tensor.dtype()) == first) {
        return Ok(tensors);
    }
    let converted = tensors.iter().map(|tensor| tensor.to_dtype(DType::F32));
    Ok(converted.collect::<Result<_, _>>()?)
}

/// A norm's weights, which are stored less by `offset`. Times `scale`, so that what is computed from its rows is.
fn norm_vector<K: Kernels>(
    kernels: &mut K,
    stored: &Tensor,
    offset: f32,
    scale: f32,
) -> Result<K::Vector, EngineError> {
    if (offset, scale) == (0.0, 1.0) {
        return kernels.vector(stored);
    }
    let weight = (stored.to_dtype(DType::F32)? + f64::from(offset))?;
    kernels.vector(&(weight * f64::from(scale))?)
}

/// All weights, each on the device of its layer.
pub(crate) struct Decoder<K: Kernels> {
    embedding: K::Table,
    layers: Vec<Layer<K>>,
    norm: K::Vector,
    head: K::Weight,
}

struct Layer<K: Kernels> {
    before_attention: Option<K::Vector>,
    qkv: K::Weight,
    /// Of queries and keys.
    head_norms: Option<(K::Vector, K::Vector)>,
    sinks: Option<Sinks<K>>,
    output: K::Weight,
    after_attention: Option<K::Vector>,
    before_mlp: Option<K::Vector>,
    mlp: Mlp<K>,
    after_mlp: Option<K::Vector>,
}

/// Per query head the score of one key more, whose value is 0.
struct Sinks<K: Kernels> {
    vector: K::Vector,
    /// The same, for looking inside.
    numbers: Vec<f32>,
}

enum Mlp<K: Kernels> {
    One { gate_up: K::Weight, down: K::Weight },
    Experts(ExpertWeights<K::Weight>),
}

impl<K: Kernels> Mlp<K> {
    fn load(
        kernels: &mut K,
        config: &Config,
        weights: &impl Tensors,
        layer: usize,
    ) -> Result<Self, EngineError> {
        let hidden = config.hidden_size;
        let prefix = format!("model.layers.{layer}.mlp");
        // Gate and up, and down, of what stands under a name.
        let pair = |kernels: &mut K, name: &str, inner: usize, biased: bool| {
            let named = |part: &str, outputs: usize| (format!("{name}.{part}_proj"), outputs);
            let gate_up = [named("gate", inner), named("up", inner)];
            let down = [named("down", hidden)];
            Ok::<_, EngineError>((
                projection(kernels, weights, &gate_up, hidden, biased)?,
                projection(kernels, weights, &down, inner, biased)?,
            ))
        };
        let Some(experts) = config.experts_of(layer) else {
            let inner = config.intermediate_size;
            let (gate_up, down) = pair(kernels, &prefix, inner, config.mlp_bias)?;
            return Ok(Mlp::One { gate_up, down });
        };
        let shape = [experts.count, hidden];
        let router = weights.get(&format!("{prefix}.gate.weight"), &shape)?;
        let bias = experts
            .biased
            .then(|| weights.get(&format!("{prefix}.gate.bias"), &shape[..1]))
            .transpose()?;
        let each = (0..experts.count).map(|expert| {
            let name = format!("{prefix}.experts.{expert}");
            pair(kernels, &name, experts.inner_size, experts.biased)
        });
        let each = each.collect::<Result<_, _>>()?;
        Ok(Mlp::Experts(ExpertWeights {
            router: kernels.router(&router, bias.as_ref())?,
            each,
        }))
    }
}

impl<K: Kernels> Decoder<K> {
    /// Takes the weights to the devices; `progress` hears of the layers done.
    pub fn load(
        spread: &mut Spread<K>,
        config: &Config,
        weights: &impl Tensors,
        progress: &mut dyn FnMut(usize) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let hidden = config.hidden_size;
        let (query, kv) = (
            config.heads * config.head_dim,
            config.kv_heads * config.head_dim,
        );
        let mut layers = Vec::with_capacity(config.layers);
        for index in 0..config.layers {
            progress(index)?;
            let kernels = spread.of(index);
            let get = |name: &str, shape: &[usize]| {
                weights.get(&format!("model.layers.{index}.{name}"), shape)
            };
            let named =
                |name: &str, outputs: usize| (format!("model.layers.{index}.{name}"), outputs);
            let head_norms = if let Some([query, key]) = config.qk_norm_widths() {
                let (query, key) = (
                    get("self_attn.q_norm.weight", &[query])?,
                    get("self_attn.k_norm.weight", &[key])?,
                );
                Some((
                    norm_vector(kernels, &query, config.norm_offset, 1.0)?,
                    norm_vector(kernels, &key, config.norm_offset, 1.0)?,
                ))
            } else {
                None
            };
            let qkv = [
                named("self_attn.q_proj", query),
                named("self_attn.k_proj", kv),
                named("self_attn.v_proj", kv),
            ];
            let output = [named("self_attn.o_proj", hidden)];
            let sinks = match config.sinks {
                false => None,
                true => {
                    let sinks = get("self_attn.sinks", &[config.heads])?;
                    Some(Sinks {
                        vector: kernels.vector(&sinks)?,
                        numbers: sinks.to_dtype(DType::F32)?.to_vec1()?,
                    })
                }
            };
            let row_norm = |kernels: &mut K, name: Option<&str>| {
                let weight = name.map(|name| get(&format!("{name}.weight"), &[hidden]));
                let weight = weight.transpose()?;
                let vector = |weight| norm_vector(kernels, &weight, config.norm_offset, 1.0);
                weight.map(vector).transpose()
            };
            let norms = config.norms;
            layers.push(Layer {
                before_attention: row_norm(kernels, norms.before_attention())?,
                qkv: projection(kernels, weights, &qkv, hidden, config.qkv_bias)?,
                head_norms,
                sinks,
                output: projection(kernels, weights, &output, query, config.output_bias)?,
                after_attention: row_norm(kernels, norms.after_attention())?,
                before_mlp: row_norm(kernels, norms.before_mlp())?,
                mlp: Mlp::load(kernels, config, weights, index)?,
                after_mlp: row_norm(kernels, norms.after_mlp())?,
            });
        }
        progress(config.layers)?;
        let head = if config.tied_embeddings {
            "model.embed_tokens"
        } else {
            "lm_head"
        };
        let head = [(head.to_owned(), config.vocab_size)];
        let has_both = config.tied_embeddings && spread.is_whole();
        let kernels = spread.last();
        let head = projection(kernels, weights, &head, hidden, false)?;
        let norm = weights.get("model.norm.weight", &[hidden])?;
        let norm = norm_vector(kernels, &norm, config.norm_offset, config.logits_scale)?;
        let shared = has_both.then(|| kernels.table_of_head(&head)).flatten();
        let embedding = match shared {
            Some(table) => table,
            None => {
                let (name, shape) = ("model.embed_tokens.weight", [config.vocab_size, hidden]);
                let kernels = spread.of(0);
                let stored = match weights.view(name, &shape)? {
                    Some(view) => kernels.stored_table(view)?,
                    None => None,
                };
                match stored {
                    Some(table) => table,
                    None => kernels.table(&weights.get(name, &shape)?)?,
                }
            }
        };
        Ok(Decoder {
            embedding,
            layers,
            norm,
            head,
        })
    }

    /// Reads a batch: keys and values of every row go into its slot, and the logits of the rows that emit stand
    /// ready for [`Kernels::argmax`]. Where somebody looks on, `tap` is called at every [`Point`] of every layer.
    pub fn pass(
        &self,
        spread: &mut Spread<K>,
        batch: &Batch,
        mut tap: Option<&mut Tap<'_, K>>,
    ) -> Result<(), EngineError> {
        let last = self.layers.len() - 1;
        spread.run(batch, tap.is_none(), &mut |kernels, layers| {
            if layers.start == 0 {
                kernels.embed(&self.embedding)?;
            }
            for index in layers.clone() {
                let layer = &self.layers[index];
                kernels.norm(layer.before_attention.as_ref())?;
                kernels.project(&layer.qkv)?;
                let head_norms = layer.head_norms.as_ref().map(|(q, k)| (q, k));
                kernels.rotate_and_store(index, head_norms)?;
                if let Some(tap) = &mut tap {
                    tap(kernels, index, Point::Projected)?;
                }
                if index == last {
                    if batch.emit.is_empty() {
                        return Ok(());
                    }
                    kernels.keep_emitting()?;
                }
                let sinks = layer.sinks.as_ref().map(|sinks| &sinks.vector);
                kernels.attend(index, sinks)?;
                kernels.add_attended(&layer.output, layer.after_attention.as_ref())?;
                kernels.norm(layer.before_mlp.as_ref())?;
                let blending = batch.blending.as_ref();
                match &layer.mlp {
                    Mlp::One { gate_up, down } => {
                        kernels.gate(gate_up)?;
                        if blending.is_some_and(|blending| blending.of_product(index)) {
                            kernels.blend(Mixed::Product)?;
                        }
                        kernels.add_hidden(down, layer.after_mlp.as_ref())?;
                    }
                    Mlp::Experts(experts) => {
                        kernels.through_experts(experts, layer.after_mlp.as_ref())?;
                    }
                }
                if blending.is_some_and(|blending| blending.of_layer(index)) {
                    kernels.blend(Mixed::Residual)?;
                }
                if let Some(tap) = &mut tap {
                    tap(kernels, index, Point::Layer)?;
                }
            }
            if layers.contains(&last) {
                kernels.norm(Some(&self.norm))?;
                kernels.logits(&self.head)?;
            }
            Ok(())
        })
    }

    /// Per query head of a layer the score of one key more, whose value is 0; empty where the model has none.
    pub fn sinks(&self, layer: usize) -> &[f32] {
        let sinks = self.layers[layer].sinks.as_ref();
        sinks.map_or(&[], |sinks| &sinks.numbers)
    }

    /// Computes the logits of rows of the residual stream, `[rows, hidden]`, as if no layer followed.
    pub fn read_out(
        &self,
        spread: &mut Spread<K>,
        residual: &[f32],
        hidden: usize,
    ) -> Result<(), EngineError> {
        let batch = Batch::blank(residual.len() / hidden);
        spread.last().run(&batch, None, false, &mut |kernels| {
            kernels.set_residual(residual)?;
            kernels.norm(Some(&self.norm))?;
            kernels.logits(&self.head)
        })
    }
}
