//! The attention of any row, computed from stored queries and keys.

use std::borrow::Cow;

use crate::engine::{Observed, Shape};
use crate::layout::{Intervals, Layout};

/// A prompt with the answer to it, and what the engine left of both.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    layout: Layout,
    observed: Observed,
}

/// Whose attention is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heads {
    /// Counted from 0; the mean over all where `None`.
    pub layer: Option<usize>,
    /// Of the layer, or of each layer; the mean over all where `None`.
    pub head: Option<usize>,
}

impl Attention {
    /// `observed` is what [`crate::engine::Engine::observe`] says of `layout`.
    pub fn new(layout: Layout, observed: Observed) -> Self {
        debug_assert!(observed.tokens() >= layout.len());
        Attention { layout, observed }
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Who may read whom where this attention is: under the sliding window of the layer, or for a mean over layers under
    /// that of all of them.
    pub fn mask(&self, heads: Heads) -> Cow<'_, Layout> {
        match self.window(heads) {
            None => Cow::Borrowed(&self.layout),
            window => Cow::Owned(self.layout.in_window(window)),
        }
    }

    /// The sliding window of the layer, or for a mean over layers the one that all of them have.
    pub fn window(&self, heads: Heads) -> Option<usize> {
        let windows = |layer| self.observed.window(layer);
        match heads.layer {
            Some(layer) => windows(layer),
            None => (0..self.shape().layers).map(windows).min().flatten(),
        }
    }

    pub fn shape(&self) -> Shape {
        self.observed.shape
    }

    /// Number of rows, generated ones included: the prompt's and one per token of the answer but its last.
    pub fn rows(&self) -> usize {
        self.observed.tokens()
    }

    /// The row that emits a token of the answer.
    pub fn emitting(&self, step: usize) -> usize {
        self.layout.len() - 1 + step
    }

    /// Rows that emit a token of the answer.
    pub fn steps(&self) -> usize {
        self.rows() + 1 - self.layout.len()
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.observed.bytes()
    }

    /// Whether heads have sinks, which take a share of every row.
    pub fn has_sinks(&self) -> bool {
        self.observed.sink(0, 0).is_some()
    }

    pub(super) fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Weights of a row over the keys that it reads, in their order: `keys` of [`Layout::visible`]. They sum to 1, or there
    /// are none. In a layer with a sliding window those out of its reach are 0; where the model has sinks, they take what
    /// is missing to 1.
    ///
    /// With the scores s = q · k · scale of a row that fuses, bent where the model bends them, keys in segments have c = s / T + bias and then
    /// c + (S · T − 1) · ln Σ exp c over these keys.
    pub fn weights(&self, layer: usize, head: usize, row: usize, weights: &mut Vec<f32>) {
        weights.clear();
        let keys = self.layout.visible(row);
        let query = self.observed.query(layer, row, head);
        let Shape { scale, softcap, .. } = self.observed.shape;
        let window = self.observed.window(layer);
        let far = keys.len() - self.layout.visible_in(row, window).len();
        weights.extend(keys.keys().skip(far).map(|key| {
            let score = scale * dot(query, self.observed.key(layer, key, head));
            softcap.map_or(score, |cap| cap * (score / cap).tanh())
        }));
        if self.layout.fuses(row) {
            self.temper(keys, far, weights);
        }
        softmax(weights, self.observed.sink(layer, head));
        weights.splice(0..0, std::iter::repeat_n(0.0, far));
    }

    /// `far`: the keys, from the first, that have no score.
    fn temper(&self, keys: Intervals<'_>, far: usize, scores: &mut [f32]) {
        let options = self.layout.options();
        let (t, s) = (options.temperature.get(), options.scale.get());
        let owner = |key: usize| self.layout.owner.get(key).copied().flatten();
        let mut top = f32::NEG_INFINITY;
        for (score, key) in scores.iter_mut().zip(keys.keys().skip(far)) {
            if let Some(owner) = owner(key) {
                *score = *score / t + self.layout.biases()[owner as usize];
                top = top.max(*score);
            }
        }
        let excess = s * t - 1.0;
        if excess == 0.0 || top == f32::NEG_INFINITY {
            return;
        }
        let of_segments = |(_, key): &(&mut f32, usize)| owner(*key).is_some();
        let sum: f64 = scores
            .iter_mut()
            .zip(keys.keys().skip(far))
            .filter(of_segments)
            .map(|(score, _)| f64::from(*score - top).exp())
            .sum();
        let more = excess * (top + sum.ln() as f32);
        for (score, _) in scores
            .iter_mut()
            .zip(keys.keys().skip(far))
            .filter(of_segments)
        {
            *score += more;
        }
    }

    /// Adds the weights of a row to `sum`, mean over the chosen heads; `scratch` is overwritten.
    pub fn add_weights(
        &self,
        heads: Heads,
        row: usize,
        sum: &mut Vec<f32>,
        scratch: &mut Vec<f32>,
    ) {
        let Shape {
            layers, heads: all, ..
        } = self.shape();
        let of = |chosen: Option<usize>, all: usize| chosen.map_or(0..all, |one| one..one + 1);
        let (layers, heads) = (of(heads.layer, layers), of(heads.head, all));
        let share = 1.0 / (layers.len() * heads.len()) as f32;
        sum.clear();
        sum.resize(self.layout.visible(row).len(), 0.0);
        for layer in layers {
            for head in heads.clone() {
                self.weights(layer, head, row, scratch);
                for (sum, weight) in sum.iter_mut().zip(scratch.iter()) {
                    *sum += share * weight;
                }
            }
        }
    }

    /// The whole row: weights at the keys that are read, 0 elsewhere, `[rows up to this one]`.
    pub fn row(&self, layer: usize, head: usize, row: usize) -> Vec<f32> {
        let mut weights = Vec::new();
        self.weights(layer, head, row, &mut weights);
        let mut whole = vec![0.0; row + 1];
        for (key, weight) in self.layout.visible(row).keys().zip(weights) {
            whole[key] = weight;
        }
        whole
    }
}

/// Summed in lanes, so that the compiler can use vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0f32; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a
        .remainder()
        .iter()
        .zip(b.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Replaces scores by their shares, beside that of a sink.
fn softmax(scores: &mut [f32], sink: Option<f32>) {
    let first = sink.unwrap_or(f32::NEG_INFINITY);
    let largest = scores.iter().copied().fold(first, f32::max);
    let mut sum = sink.map_or(0.0, |sink| f64::from(sink - largest).exp());
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        sum += f64::from(*score);
    }
    let share = (1.0 / sum) as f32;
    scores.iter_mut().for_each(|score| *score *= share);
}
