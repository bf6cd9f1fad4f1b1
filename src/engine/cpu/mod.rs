//! The cached path on the CPU: f32 activations, packed weights, one task per panel and row block.
//!
//! Every step treats rows independently and in a fixed order, so tokens and probabilities do not depend on batch
//! size, threads or what else is in the batch.

mod attention;
mod ceilings;
mod experts;
mod head;
mod matmul;
mod ops;
mod simd;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Tensor};

use self::attention::{Scores, Shape};
use self::matmul::{Epilogue, Scratch, Weight, WeightKind, instructions};
use self::ops::{HeadNorms, Projected};
use self::simd::Isa;
use super::EngineError;
use super::argmax::{Group, TopTokens};
use super::cached::batch::{BIASED, Batch};
use super::cached::kernels::{ExpertWeights, Kernels, Mixed};
use crate::model::{Activation, Config, Experts, Growth, QkNorm, Rotation};

/// Rows of one pass: some tenths of a second for a model of 1B parameters on two cores, so that a run can be
/// cancelled.
const MOST_ROWS: usize = 512;

/// Bytes of keys and values to begin with: enough for the contexts of a run with a small model.
const LEAST_MEMORY: usize = 64 << 20;
/// Bytes of keys and values at most; batches get smaller before more is taken.
const MOST_MEMORY: usize = 4 << 30;

/// How weights are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// As in the checkpoint: bf16 and f32 computed in f32, which loses nothing, quantized blocks as they are.
    Stored,
    /// Unpacked where it is quantized, computed in f32.
    Exact,
    /// Rounded to this type first; bf16 is multiplied as such where the machine can, anything else in f32.
    Rounded(DType),
    /// Quantized; approximate.
    Quantized(GgmlDType),
}

/// What tells this model's decoder from others.
struct Parts {
    /// Per layer which of the rotations, and whether it has a sliding window.
    rotation_of: Vec<usize>,
    sliding: Vec<bool>,
    qk_norm: QkNorm,
    activation: Activation,
    embedding_scale: f32,
    scores: Scores,
    logits_softcap: Option<f32>,
    experts: Option<Experts>,
    query_growth: Option<Growth>,
}

/// Working rows and the cache of keys and values.
pub(crate) struct Cpu {
    isa: Isa,
    precision: Precision,
    shape: Projected,
    hidden: usize,
    inner: usize,
    vocabulary: usize,
    eps: f32,
    parts: Parts,
    rotations: Vec<Rotation>,
    /// Of each rotation (sin, cos) `[positions, head_dim / 2]`, grown as needed.
    turns: Vec<Vec<(f32, f32)>>,
    /// Per layer `[slots, kv_heads · head_dim]`.
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
    /// Slots to begin with, and the most that there may be.
    least_slots: usize,
    most_slots: usize,
    batch: Batch,
    /// Rows still worked on: all, then those that emit.
    rows: Vec<u32>,
    x: Vec<f32>,
    normed: Vec<f32>,
    qkv: Vec<f32>,
    attended: Vec<f32>,
    gate_up: Vec<f32>,
    inner_rows: Vec<f32>,
    /// What attention or MLP adds, where it goes through a norm first.
    branch: Vec<f32>,
    /// The output matrix, until it is known what is chosen from.
    head: Option<Weight>,
    logits: Vec<f32>,
    by_expert: experts::Rows,
    scratch: Scratch,
}

/// What multiplies here, by how weights are held: `AVX-512, bf16 AMX BF16, q8_0 AVX-512 VNNI`.
pub fn instructions_in_words() -> String {
    let isa = Isa::detect();
    let of = |kind| instructions(isa, kind);
    format!(
        "f32 {}, bf16 {}, q8_0 {}",
        of(WeightKind::Float),
        of(WeightKind::Bf16),
        of(WeightKind::Q8_0)
    )
}

impl Cpu {
    pub fn new(config: &Config, precision: Precision) -> Self {
        let kv = config.kv_heads * config.head_dim;
        let (rotations, rotation_of) = config.rotations();
        let slot_bytes = 2 * config.layers * kv * size_of::<f32>();
        Cpu {
            isa: Isa::detect(),
            precision,
            shape: Projected {
                heads: config.heads,
                kv_heads: config.kv_heads,
                head_dim: config.head_dim,
            },
            hidden: config.hidden_size,
            inner: config.intermediate_size,
            vocabulary: config.vocab_size,
            eps: config.rms_norm_eps as f32,
            parts: Parts {
                rotation_of,
                sliding: (0..config.layers)
                    .map(|layer| config.slides(layer))
                    .collect(),
                qk_norm: config.qk_norm,
                activation: config.activation,
                embedding_scale: config.embedding_scale,
                scores: Scores {
                    scale: config.attention_scale,
                    softcap: config.attention_softcap,
                },
                logits_softcap: config.logits_softcap,
                experts: config.experts.clone(),
                query_growth: config.query_growth,
            },
            by_expert: experts::Rows::default(),
            turns: vec![Vec::new(); rotations.len()],
            rotations,
            keys: vec![Vec::new(); config.layers],
            values: vec![Vec::new(); config.layers],
            least_slots: LEAST_MEMORY / slot_bytes,
            most_slots: (MOST_MEMORY / slot_bytes).min(BIASED as usize - 1),
            batch: Batch::default(),
            rows: Vec::new(),
            x: Vec::new(),
            normed: Vec::new(),
            qkv: Vec::new(),
            attended: Vec::new(),
            gate_up: Vec::new(),
            inner_rows: Vec::new(),
            branch: Vec::new(),
            head: None,
            logits: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// The instruction set that does most of the work. `stored` is the type of a file's quantized blocks.
    pub fn instruction_set(&self, stored: Option<GgmlDType>) -> &'static str {
        instructions(self.isa, self.weight_kind(stored))
    }

    fn weight_kind(&self, stored: Option<GgmlDType>) -> WeightKind {
        let blocks = |dtype| match dtype {
            GgmlDType::Q8_0 => WeightKind::Q8_0,
            _ => WeightKind::Blocks,
        };
        match self.precision {
            Precision::Stored => stored.map_or(WeightKind::Float, blocks),
            Precision::Quantized(dtype) => blocks(dtype),
            Precision::Rounded(DType::BF16) => WeightKind::Bf16,
            Precision::Exact | Precision::Rounded(_) => WeightKind::Float,
        }
    }

    /// Keys and values of one slot in all layers, for looking inside.
    #[cfg(test)]
    pub fn stored(&self, slot: usize) -> Vec<f32> {
        let kv = self.shape.kv_heads * self.shape.head_dim;
        let caches = self.keys.iter().chain(&self.values);
        caches
            .flat_map(|cache| &cache[slot * kv..(slot + 1) * kv])
            .copied()
            .collect()
    }

    /// x += W `from`, through a norm where there is one.
    fn add(
        &mut self,
        weight: &Weight,
        from: &[f32],
        norm: Option<&Vec<f32>>,
    ) -> Result<(), EngineError> {
        let rows = self.rows.len();
        let Some(norm) = norm else {
            let (x, scratch) = (&mut self.x, &mut self.scratch);
            weight.multiply(self.isa, from, x, rows, Epilogue::Add, scratch)?;
            return Ok(());
        };
        let width = rows * self.hidden;
        self.branch.resize(width.max(self.branch.len()), 0.0);
        let (branch, scratch) = (&mut self.branch, &mut self.scratch);
        weight.multiply(self.isa, from, branch, rows, Epilogue::Replace, scratch)?;
        ops::rms_norm(
            &self.branch[..width],
            norm,
            self.eps,
            &mut self.normed[..width],
        );
        for (x, added) in self.x.iter_mut().zip(&self.normed[..width]) {
            *x += added;
        }
        Ok(())
    }

    fn grow_turns(&mut self, positions: &[u32]) {
        let wanted = positions.iter().max().map_or(0, |last| *last as usize + 1);
        for (turns, rotation) in self.turns.iter_mut().zip(&self.rotations) {
            let half = rotation.frequencies.len();
            for position in turns.len() / half.max(1)..wanted {
                let pairs = rotation.frequencies.iter().zip(&rotation.lengths);
                turns.extend(pairs.map(|(frequency, length)| {
                    let (sin, cos) = (position as f32 * frequency).sin_cos();
                    (sin * length, cos * length)
                }));
            }
        }
    }
}

impl Kernels for Cpu {
    type Weight = Weight;
    type Vector = Vec<f32>;
    type Table = Tensor;

    fn weight(&mut self, parts: &[Tensor], bias: Option<&Tensor>) -> Result<Weight, EngineError> {
        Ok(match self.precision {
            Precision::Stored | Precision::Exact => Weight::pack(self.isa, parts, bias)?,
            Precision::Rounded(dtype) => Weight::round(self.isa, parts, bias, dtype)?,
            Precision::Quantized(dtype) => Weight::quantize(self.isa, parts, bias, dtype)?,
        })
    }

    fn quantized(
        &mut self,
        parts: Vec<QTensor>,
        bias: Option<&Tensor>,
    ) -> Result<Option<Weight>, EngineError> {
        if self.precision == Precision::Stored {
            Ok(Some(Weight::of_blocks(parts, bias)?))
        } else {
            Ok(None)
        }
    }

    fn router(&mut self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Weight, EngineError> {
        Ok(Weight::pack(self.isa, std::slice::from_ref(weight), bias)?)
    }

    fn vector(&mut self, tensor: &Tensor) -> Result<Vec<f32>, EngineError> {
        Ok(tensor.to_dtype(DType::F32)?.to_vec1()?)
    }

    fn table(&mut self, tensor: &Tensor) -> Result<Tensor, EngineError> {
        Ok(match self.precision {
            Precision::Rounded(dtype) => tensor.to_dtype(dtype)?,
            _ => tensor.clone(),
        })
    }

    fn reserve(&mut self, slots: usize) -> Result<usize, EngineError> {
        let kv = self.shape.kv_heads * self.shape.head_dim;
        let have = self.keys[0].len() / kv;
        if slots <= have {
            return Ok(have);
        }
        // Grown by half at least, so that growing costs little over a run.
        let wanted = slots.max(have + have / 2).max(self.least_slots);
        let room = wanted.min(self.most_slots).max(have);
        for cache in self.keys.iter_mut().chain(&mut self.values) {
            cache.resize(room * kv, 0.0);
        }
        Ok(room)
    }

    fn most_rows(&self) -> usize {
        MOST_ROWS
    }

    fn run(
        &mut self,
        batch: &Batch,
        before: Option<&mut Self>,
        _replays: bool,
        pass: &mut dyn FnMut(&mut Self) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let rows = batch.rows();
        let Projected {
            heads,
            kv_heads,
            head_dim,
        } = self.shape;
        self.batch.clone_from(batch);
        self.rows.clear();
        self.rows.extend(0..rows as u32);
        self.grow_turns(&batch.positions);
        self.x.resize(rows * self.hidden, 0.0);
        if let Some(before) = before {
            self.x.copy_from_slice(&before.x);
        }
        self.normed.resize(rows * self.hidden, 0.0);
        self.qkv
            .resize(rows * (heads + 2 * kv_heads) * head_dim, 0.0);
        self.attended.resize(rows * heads * head_dim, 0.0);
        self.gate_up.resize(rows * 2 * self.inner, 0.0);
        self.inner_rows.resize(rows * self.inner, 0.0);
        self.head = None;
        pass(self)
    }

    fn embed(&mut self, table: &Tensor) -> Result<(), EngineError> {
        let tokens = Tensor::from_slice(&self.batch.tokens, self.batch.rows(), table.device())?;
        let rows = table.index_select(&tokens, 0)?.to_dtype(DType::F32)?;
        self.x
            .copy_from_slice(&rows.flatten_all()?.to_vec1::<f32>()?);
        if self.parts.embedding_scale != 1.0 {
            self.x
                .iter_mut()
                .for_each(|x| *x *= self.parts.embedding_scale);
        }
        Ok(())
    }

    fn norm(&mut self, weight: Option<&Vec<f32>>) -> Result<(), EngineError> {
        let width = self.rows.len() * self.hidden;
        let Some(weight) = weight else {
            self.normed[..width].copy_from_slice(&self.x[..width]);
            return Ok(());
        };
        ops::rms_norm(
            &self.x[..width],
            weight,
            self.eps,
            &mut self.normed[..width],
        );
        Ok(())
    }

    fn project(&mut self, weight: &Weight) -> Result<(), EngineError> {
        let rows = self.rows.len();
        weight.multiply(
            self.isa,
            &self.normed,
            &mut self.qkv,
            rows,
            Epilogue::Replace,
            &mut self.scratch,
        )?;
        Ok(())
    }

    fn rotate_and_store(
        &mut self,
        layer: usize,
        head_norms: Option<(&Vec<f32>, &Vec<f32>)>,
    ) -> Result<(), EngineError> {
        let norms = head_norms.map(|(query, key)| HeadNorms {
            query,
            key,
            eps: self.eps,
            all: self.parts.qk_norm == QkNorm::All,
        });
        ops::rotate(
            &mut self.qkv,
            self.shape,
            &self.batch,
            &self.turns[self.parts.rotation_of[layer]],
            self.parts.query_growth,
            norms.as_ref(),
        );
        ops::store(
            &self.qkv,
            self.shape,
            &self.batch.slots,
            &mut self.keys[layer],
            &mut self.values[layer],
        );
        Ok(())
    }

    fn keep_emitting(&mut self) -> Result<(), EngineError> {
        self.rows.clone_from(&self.batch.emit);
        for (to, &from) in self.rows.iter().enumerate() {
            let from = from as usize * self.hidden;
            self.x
                .copy_within(from..from + self.hidden, to * self.hidden);
        }
        Ok(())
    }

    fn attend(&mut self, layer: usize, sinks: Option<&Vec<f32>>) -> Result<(), EngineError> {
        let Projected {
            heads,
            kv_heads,
            head_dim,
        } = self.shape;
        attention::attend(
            self.isa,
            Shape {
                heads,
                kv_heads,
                head_dim,
            },
            self.parts.scores,
            sinks.map(Vec::as_slice),
            &self.batch,
            self.parts.sliding[layer],
            &self.rows,
            &self.qkv,
            (heads + 2 * kv_heads) * head_dim,
            &self.keys[layer],
            &self.values[layer],
            &mut self.attended,
        );
        Ok(())
    }

    fn add_attended(
        &mut self,
        weight: &Weight,
        norm: Option<&Vec<f32>>,
    ) -> Result<(), EngineError> {
        let attended = std::mem::take(&mut self.attended);
        let outcome = self.add(weight, &attended, norm);
        self.attended = attended;
        outcome
    }

    fn gate(&mut self, weight: &Weight) -> Result<(), EngineError> {
        let rows = self.rows.len();
        weight.multiply(
            self.isa,
            &self.normed,
            &mut self.gate_up,
            rows,
            Epilogue::Replace,
            &mut self.scratch,
        )?;
        ops::gate(
            self.isa,
            self.parts.activation,
            &self.gate_up[..rows * 2 * self.inner],
            self.inner,
            &mut self.inner_rows[..rows * self.inner],
        );
        Ok(())
    }

    fn add_hidden(&mut self, weight: &Weight, norm: Option<&Vec<f32>>) -> Result<(), EngineError> {
        let inner = std::mem::take(&mut self.inner_rows);
        let outcome = self.add(weight, &inner, norm);
        self.inner_rows = inner;
        outcome
    }

    fn through_experts(
        &mut self,
        experts: &ExpertWeights<Weight>,
        norm: Option<&Vec<f32>>,
    ) -> Result<(), EngineError> {
        self.sum_of_experts(experts)?;
        let width = self.rows.len() * self.hidden;
        let sum = match norm {
            None => &self.branch[..width],
            Some(norm) => {
                let normed = &mut self.normed[..width];
                ops::rms_norm(&self.branch[..width], norm, self.eps, normed);
                normed
            }
        };
        for (x, added) in self.x.iter_mut().zip(sum) {
            *x += added;
        }
        Ok(())
    }

    fn blend(&mut self, rows: Mixed) -> Result<(), EngineError> {
        let Batch { emit, blending, .. } = &self.batch;
        // In the last layer no other rows are left.
        let alone = self.rows.len() == emit.len();
        let at = |row: usize| if alone { row } else { emit[row] as usize };
        if let Some(blending) = blending {
            match rows {
                Mixed::Residual => blending.mix(&mut self.x, self.hidden, at),
                Mixed::Product => blending.mix(&mut self.inner_rows, self.inner, at),
            }
        }
        Ok(())
    }

    fn logits(&mut self, weight: &Weight) -> Result<(), EngineError> {
        self.head = Some(weight.clone());
        Ok(())
    }

    fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError> {
        self.choose(groups)
    }

    fn read_logits(&mut self, rows: usize) -> Result<Vec<f32>, EngineError> {
        let normed = std::mem::take(&mut self.normed);
        let outcome = self.logits_of(&normed[..rows * self.hidden]);
        self.normed = normed;
        outcome.map(|()| std::mem::take(&mut self.logits))
    }

    fn queries(&mut self) -> Result<Vec<f32>, EngineError> {
        let Projected {
            heads,
            kv_heads,
            head_dim,
        } = self.shape;
        let rows = self.qkv.chunks_exact((heads + 2 * kv_heads) * head_dim);
        Ok(rows
            .flat_map(|row| &row[..heads * head_dim])
            .copied()
            .collect())
    }

    fn keys(&mut self, layer: usize, slots: &[u32]) -> Result<Vec<f32>, EngineError> {
        let kv = self.shape.kv_heads * self.shape.head_dim;
        let of_slot = |&slot: &u32| &self.keys[layer][slot as usize * kv..][..kv];
        Ok(slots.iter().flat_map(of_slot).copied().collect())
    }

    fn residual(&mut self) -> Result<Vec<f32>, EngineError> {
        Ok(self.x[..self.rows.len() * self.hidden].to_vec())
    }

    fn set_residual(&mut self, rows: &[f32]) -> Result<(), EngineError> {
        self.x.copy_from_slice(rows);
        Ok(())
    }
}
