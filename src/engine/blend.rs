//! Mixing the rows of several prompts inside the model.
//!
//! In every layer from one on, what the prompts' last rows hold becomes more alike: h ← h + α (mixed − h). Only the rows
//! from which the next token comes are mixed. As published, the whole prompts are read anew at every step, so the rows
//! of earlier tokens are computed plainly, whatever they were when they were last. A path that keeps keys and values
//! therefore computes such a row twice in one pass: plainly, which leaves the key and value that later rows read, and
//! mixed, with a key and value that it alone reads, which emits. One row does not suffice: above the first mixed layer
//! the two have different keys and values.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::method::Blended;

/// Where inside the model rows are mixed, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// The first layer, counted from 1; three quarters of the layers where `None`.
    pub from_layer: Option<usize>,
    /// α: 0 leaves every row its own, 1 takes the mixed one.
    pub alpha: f32,
}

impl Default for Blend {
    fn default() -> Self {
        Blend {
            from_layer: None,
            alpha: 1.0,
        }
    }
}

impl Blend {
    /// The first layer of a model with so many, counted from 1: as published 12 of 16, 21 of 28, 24 of 32, 27 of 36.
    pub fn first_layer(self, layers: usize) -> usize {
        self.from_layer.unwrap_or((layers * 3 / 4).max(1))
    }
}

/// `from layer 5 on, alpha 0.5`.
impl fmt::Display for Blend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from_layer {
            Some(layer) => write!(f, "from layer {layer} on, alpha {}", self.alpha),
            None => write!(f, "in the last quarter of the layers, alpha {}", self.alpha),
        }
    }
}

/// What one pass mixes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Blending {
    pub what: Blended,
    /// The first layer, counted from 0.
    pub from: usize,
    pub alpha: f32,
    /// Rows among those that emit: each range becomes alike.
    pub groups: Vec<Range<usize>>,
}

impl Blending {
    /// Whether the rows of the residual stream are mixed behind this layer.
    pub fn of_layer(&self, layer: usize) -> bool {
        self.what == Blended::LayerMean && layer >= self.from
    }

    /// Whether the rows that the layer's down projection reads are mixed.
    pub fn of_product(&self, layer: usize) -> bool {
        self.what != Blended::LayerMean && layer >= self.from
    }

    /// The same of a pass over one group of so many rows.
    pub fn of_one(&self, rows: usize) -> Blending {
        Blending {
            #[allow(clippy::single_range_in_vec_init)]
            groups: vec![0..rows],
            ..self.clone()
        }
    }

    /// Mixes each group's rows of `width` numbers; `at` says where in `rows` an emitting row begins.
    pub fn mix(&self, rows: &mut [f32], width: usize, at: impl Fn(usize) -> usize) {
        let mut mixed = vec![0.0f32; width];
        for group in &self.groups {
            let first = at(group.start) * width;
            mixed.copy_from_slice(&rows[first..first + width]);
            for row in group.clone().skip(1) {
                let row = &rows[at(row) * width..][..width];
                for (mixed, &value) in mixed.iter_mut().zip(row) {
                    *mixed = match self.what {
                        Blended::ProductMax => mixed.max(value),
                        Blended::LayerMean | Blended::ProductMean => *mixed + value,
                    };
                }
            }
            if self.what != Blended::ProductMax {
                let share = 1.0 / group.len() as f32;
                mixed.iter_mut().for_each(|value| *value *= share);
            }
            for row in group.clone() {
                let row = &mut rows[at(row) * width..][..width];
                for (value, mixed) in row.iter_mut().zip(&mixed) {
                    *value += self.alpha * (mixed - *value);
                }
            }
        }
    }
}
