//! The mask's grid: both axes folded to the scale that the zoom asks for.

use super::{Axis, Zoom};
use crate::tui::app::Sequence;

/// Both axes at one scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    pub rows: Axis,
    pub keys: Axis,
    /// Blocks of rows that share one line of the terminal: 2 with half-blocks.
    pub per_line: usize,
    /// Tokens to a cell's width, and rows to a block.
    pub tokens: usize,
    pub fold: usize,
}

impl Grid {
    /// The grid for a picture of `width` × `height` cells: by the token, square, or as large as the pane (fit).
    pub fn new(sequence: &Sequence, zoom: Zoom, width: usize, height: usize, half: bool) -> Self {
        let (rows, keys) = (borders(sequence, true), borders(sequence, false));
        let at = |tokens: usize, fold: usize, per_line: usize| Grid {
            rows: Axis::new(&rows, sequence.len(), fold),
            keys: Axis::new(&keys, sequence.len(), tokens),
            per_line,
            tokens,
            fold,
        };
        // A cell is twice as high as wide: one line holds two blocks of rows, or one of twice the tokens.
        let square = |tokens: usize| {
            if half {
                at(tokens, tokens, 2)
            } else {
                at(tokens, 2 * tokens, 1)
            }
        };
        match zoom {
            Zoom::Tokens(0 | 1) => at(1, 1, 1),
            Zoom::Tokens(tokens) => square(tokens),
            Zoom::Fit if sequence.len() <= width.min(height) => at(1, 1, 1),
            Zoom::Fit => {
                let per_line = if half { 2 } else { 1 };
                let fold = |borders: &[usize], room: usize| {
                    let blocks = |size| Axis::count(borders, sequence.len(), size);
                    // No block reaches over a border: where not even those fit, folding farther gains nothing.
                    let room = room.max(blocks(sequence.len()));
                    least(sequence.len(), |size| blocks(size) <= room)
                };
                at(fold(&keys, width), fold(&rows, height * per_line), per_line)
            }
        }
    }

    /// Lines of the terminal that all rows take.
    pub fn lines(&self) -> usize {
        self.rows.len().div_ceil(self.per_line)
    }
}

/// Tokens at which a block must begin: segments, what lies between them, the emitting row, generated tokens.
fn borders(sequence: &Sequence, rows: bool) -> Vec<usize> {
    let layout = &sequence.layout;
    let mut at: Vec<usize> = layout
        .segments()
        .iter()
        .flat_map(|segment| [segment.start, segment.end])
        .collect();
    at.extend([0, layout.len()]);
    if rows {
        // One row of thousands, and the one that matters.
        at.push(sequence.emitting());
    }
    at.retain(|&token| token < sequence.len());
    at.sort_unstable();
    at.dedup();
    at
}

/// The least size up to `most` that fits; `most` where none does. Larger sizes fit where smaller ones do.
fn least(most: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (1, most.max(1));
    while low < high {
        let middle = (low + high) / 2;
        if fits(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
