//! Attention on the grid of a mask.

use std::ops::Range;

use rayon::prelude::*;

use super::attention::{Attention, Heads};
use crate::layout::picture::Grid;

/// Rows of a block that speak for it, its last one among them: a picture of a long prompt need not compute them all.
pub const MOST_ROWS_OF_BLOCK: usize = 4;

/// How much the rows of a block read of a block of keys, for some blocks of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    rows: Range<usize>,
    keys: Range<usize>,
    /// `[rows][keys]`
    weights: Vec<f32>,
}

impl Heat {
    /// Of blocks of rows and of keys, by their index in the grid: the attention that a row spends on the keys of a block,
    /// mean over rows.
    pub fn new(
        attention: &Attention,
        heads: Heads,
        grid: &Grid,
        rows: Range<usize>,
        keys: Range<usize>,
    ) -> Self {
        let of_block = |block: usize| {
            let mut sums = vec![0.0f32; keys.len()];
            let (mut weights, mut scratch) = (Vec::new(), Vec::new());
            let shown = chosen(grid.rows.block(block));
            let share = 1.0 / shown.len() as f32;
            for row in shown.into_iter().filter(|&row| row < attention.rows()) {
                attention.add_weights(heads, row, &mut weights, &mut scratch);
                let mut weights = weights.iter();
                for range in attention.layout().visible(row).iter() {
                    let mut key = range.start;
                    while key < range.end {
                        let at = grid.keys.of(key);
                        let end = grid.keys.block(at).end.min(range.end).max(key + 1);
                        let sum: f32 = weights.by_ref().take(end - key).sum();
                        if keys.contains(&at) {
                            sums[at - keys.start] += share * sum;
                        }
                        key = end;
                    }
                }
            }
            sums
        };
        Heat {
            weights: rows
                .clone()
                .into_par_iter()
                .flat_map_iter(of_block)
                .collect(),
            rows,
            keys,
        }
    }

    /// Of a cell, both blocks by their index in the grid; `None` for what was not asked for.
    pub fn at(&self, row: usize, key: usize) -> Option<f32> {
        let is_inside = self.rows.contains(&row) && self.keys.contains(&key);
        is_inside.then(|| {
            let (row, key) = (row - self.rows.start, key - self.keys.start);
            self.weights[row * self.keys.len() + key]
        })
    }
}

/// The rows that speak for a block.
fn chosen(block: Range<usize>) -> Vec<usize> {
    let count = block.len().min(MOST_ROWS_OF_BLOCK);
    (1..=count)
        .map(|nth| block.start + nth * block.len() / count - 1)
        .collect()
}
