//! The mask's grid at the scale that the zoom asks for.

use std::ops::Range;

use super::Zoom;
use crate::layout::picture;
use crate::tui::workspace::sequence::Sequence;

/// A folded mask and how it stands on the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    pub blocks: picture::Grid,
    /// Blocks of rows that share one line of the terminal: 2 with half-blocks.
    pub per_line: usize,
}

impl Grid {
    /// The grid for a picture of `width` × `height` cells: by the token, square, or as large as the pane (fit).
    pub fn new(sequence: &Sequence, zoom: Zoom, width: usize, height: usize, half: bool) -> Self {
        let (layout, len) = (&sequence.layout, sequence.len());
        let at = |rows: usize, keys: usize, per_line: usize| Grid {
            blocks: picture::Grid::new(layout, len, rows, keys),
            per_line,
        };
        match zoom {
            Zoom::Tokens(0 | 1) => at(1, 1, 1),
            // A cell is twice as high as wide: one line holds two blocks of rows, or one of twice the tokens.
            Zoom::Tokens(tokens) if half => at(tokens, tokens, 2),
            Zoom::Tokens(tokens) => at(2 * tokens, tokens, 1),
            Zoom::Fit if len <= width.min(height) => at(1, 1, 1),
            Zoom::Fit => {
                let per_line = if half { 2 } else { 1 };
                Grid {
                    blocks: picture::Grid::fit(layout, len, height * per_line, width),
                    per_line,
                }
            }
        }
    }

    /// Line of the terminal that shows a row, from the top of the grid.
    pub fn line(&self, row: usize) -> usize {
        self.blocks.rows.of(row) / self.per_line
    }

    /// Rows that a line of the terminal shows.
    pub fn rows_of(&self, line: usize) -> Range<usize> {
        let first = line * self.per_line;
        let rows = &self.blocks.rows;
        rows.blocks(first..(first + self.per_line).min(rows.len()))
    }

    /// Lines of the terminal that all rows take.
    pub fn lines(&self) -> usize {
        self.blocks.rows.len().div_ceil(self.per_line)
    }
}
