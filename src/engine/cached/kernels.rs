//! What a device must be able to do for the cached path.

use candle_core::Tensor;
use candle_core::quantized::QTensor;

use super::batch::Batch;
use crate::engine::EngineError;
use crate::engine::argmax::{Group, TopTokens};
use crate::model::View;

/// Which working rows are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mixed {
    /// The residual stream x.
    Residual,
    /// hidden, which the down projection reads.
    Product,
}

/// Weights of a layer's experts.
pub(crate) struct ExpertWeights<W> {
    /// `[experts, hidden]`
    pub router: W,
    /// Per expert gate and up, stacked, and down.
    pub each: Vec<(W, W)>,
}

/// The steps of one decoder pass over a [`Batch`], on one device. Layers are counted in the whole model, of which a device may
/// have a part.
///
/// An implementation owns the working rows that the steps read and write: the residual stream `x`, its norm, the
/// projections, the attention output and the logits, one row per row of the batch.
pub(crate) trait Kernels: Send {
    /// A projection, ready to be multiplied with rows.
    type Weight: Send;
    /// A norm's weights.
    type Vector: Send;
    /// The token embeddings.
    type Table: Send;

    /// Takes tensors `[outᵢ, in]`, stacked over their outputs, with their biases (all or none).
    fn weight(
        &mut self,
        parts: &[Tensor],
        bias: Option<&Tensor>,
    ) -> Result<Self::Weight, EngineError>;
    /// Takes tensors that are stored in quantized blocks as they are, if this device can.
    fn quantized(
        &mut self,
        _parts: Vec<QTensor>,
        _bias: Option<&Tensor>,
    ) -> Result<Option<Self::Weight>, EngineError> {
        Ok(None)
    }
    /// Takes tensors `[outᵢ, in]` as they lie in their file, if this device holds them like that.
    fn stored(
        &mut self,
        _parts: &[View<'_>],
        _bias: Option<&Tensor>,
    ) -> Result<Option<Self::Weight>, EngineError> {
        Ok(None)
    }
    /// Takes the router of a layer's experts: `[experts, hidden]`, one bias per expert. A little rounding would send rows
    /// elsewhere, so it is not quantized.
    fn router(
        &mut self,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<Self::Weight, EngineError> {
        self.weight(std::slice::from_ref(weight), bias)
    }
    fn vector(&mut self, tensor: &Tensor) -> Result<Self::Vector, EngineError>;
    fn table(&mut self, tensor: &Tensor) -> Result<Self::Table, EngineError>;
    /// The same as it lies in its file, if this device holds it like that.
    fn stored_table(&mut self, _view: View<'_>) -> Result<Option<Self::Table>, EngineError> {
        Ok(None)
    }
    /// The embeddings out of the head's memory, where both are one tensor and this device can.
    fn table_of_head(&self, _head: &Self::Weight) -> Option<Self::Table> {
        None
    }

    /// Makes room for keys and values of `slots` tokens if it can, keeps what is there, and returns for how many
    /// tokens there is room now.
    fn reserve(&mut self, slots: usize) -> Result<usize, EngineError>;

    /// The most rows that one pass should hold.
    fn most_rows(&self) -> usize;

    /// How many rows should be planned before the first of them are computed: all, so that it is known how many there are.
    /// A device that works on its own has nothing to do until then.
    fn first_rows(&self) -> usize {
        usize::MAX
    }

    /// Whether decoding this many rows, cut into so many parts, goes by [`Batch::common`].
    fn attends_in_common(&self, _rows: usize, _parts: usize) -> bool {
        false
    }

    /// Takes the batch to the device and runs `pass` on it. Where another device had the layers `before`, its residual
    /// stream x is where this one goes on. Where `replays`, the pass is the decoder's own, and a device that can record its
    /// work may replay an earlier recording instead of calling it.
    fn run(
        &mut self,
        batch: &Batch,
        before: Option<&mut Self>,
        replays: bool,
        pass: &mut dyn FnMut(&mut Self) -> Result<(), EngineError>,
    ) -> Result<(), EngineError>;

    /// x = `table[tokens]`, times the model's embedding scale.
    fn embed(&mut self, table: &Self::Table) -> Result<(), EngineError>;
    /// normed = rms_norm(x) · weight, or x itself where the model has no norm here.
    fn norm(&mut self, weight: Option<&Self::Vector>) -> Result<(), EngineError>;
    /// qkv = W normed (+ bias): query heads, key heads, value heads.
    fn project(&mut self, weight: &Self::Weight) -> Result<(), EngineError>;
    /// Normalises queries and keys, by heads or all together, where the model does, rotates queries and keys to their positions and puts keys and
    /// values into the batch's slots of this layer.
    fn rotate_and_store(
        &mut self,
        layer: usize,
        head_norms: Option<(&Self::Vector, &Self::Vector)>,
    ) -> Result<(), EngineError>;
    /// From here on only the rows that emit matter (last layer, keys and values stored).
    fn keep_emitting(&mut self) -> Result<(), EngineError>;
    /// attended = softmax(q kᵀ · scale + bias) v over each row's own list of keys, as far as the layer's window reaches,
    /// bent where the model bends scores, tempered where [`Batch::tempers`] says. `sinks`, one per head, join the scores as
    /// those of one more key whose value is 0.
    fn attend(&mut self, layer: usize, sinks: Option<&Self::Vector>) -> Result<(), EngineError>;
    /// x += W attended, through a norm where there is one.
    fn add_attended(
        &mut self,
        weight: &Self::Weight,
        norm: Option<&Self::Vector>,
    ) -> Result<(), EngineError>;
    /// hidden = activation(W₁ normed) · (W₂ normed), both in one weight, W₁ first.
    fn gate(&mut self, weight: &Self::Weight) -> Result<(), EngineError>;
    /// x += W hidden, through a norm where there is one.
    fn add_hidden(
        &mut self,
        weight: &Self::Weight,
        norm: Option<&Self::Vector>,
    ) -> Result<(), EngineError>;
    /// x += Σ s W₂ₑ activation(W₁ₑ normed), through a norm where there is one: the sum over the experts that the router
    /// sends each row to, with its shares s.
    fn through_experts(
        &mut self,
        experts: &ExpertWeights<Self::Weight>,
        norm: Option<&Self::Vector>,
    ) -> Result<(), EngineError>;
    /// Mixes the rows that emit as [`Batch::blending`] says.
    fn blend(&mut self, rows: Mixed) -> Result<(), EngineError>;
    /// logits = W normed, bent where the model bends them, one row per row that emits; a device may put this off until
    /// it knows which of them are wanted.
    fn logits(&mut self, weight: &Self::Weight) -> Result<(), EngineError>;

    /// One choice per group of logit rows of the last pass; `None` where a logit of the group is not finite.
    fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError>;

    /// f32 logits of the first rows that emitted in the last pass, `[rows, vocabulary]`.
    fn read_logits(&mut self, rows: usize) -> Result<Vec<f32>, EngineError>;

    // For looking inside a pass that is not replayed.

    /// The rotated queries of all rows, `[rows, heads · head_dim]`.
    fn queries(&mut self) -> Result<Vec<f32>, EngineError>;
    /// The rotated keys in some slots of a layer, `[slots, kv_heads · head_dim]`.
    fn keys(&mut self, layer: usize, slots: &[u32]) -> Result<Vec<f32>, EngineError>;
    /// The residual stream x of the rows still worked on, `[rows, hidden]`.
    fn residual(&mut self) -> Result<Vec<f32>, EngineError>;
    /// x = `rows`
    fn set_residual(&mut self, rows: &[f32]) -> Result<(), EngineError>;
}
