//! A mask as a few regions.

use std::ops::Range;

use super::glyph::Glyph;
use super::grid::{Grid, Level};
use crate::layout::{Layout, first_in_window};

/// Rows that follow each other and read the same keys for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub rows: Range<usize>,
    /// First key.
    pub start: usize,
    pub end: End,
    /// Of a sliding window: keys out of a row's reach are not read.
    pub window: Option<usize>,
    /// What it is drawn with.
    pub glyph: Glyph,
}

/// Where a block's keys end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Before this key in every row.
    Before(usize),
    /// With the row's own key.
    Diagonal,
}

/// The regions of a prompt's mask, in the order of their first rows. Their number follows the segments, not the tokens.
///
/// They are the cells of the coarsest grid, which only borders divide, put together where the reason is the same.
pub fn blocks(layout: &Layout) -> Vec<Block> {
    let grid = Grid::new(layout, layout.len(), layout.len(), layout.len());
    let mut blocks: Vec<Block> = Vec::new();
    for row in 0..grid.rows.len() {
        let above = blocks.len();
        for block in strip(layout, &grid, row) {
            match blocks[..above].iter_mut().find(|a| a.goes_on_in(&block)) {
                Some(a) => a.rows.end = block.rows.end,
                None => blocks.push(block),
            }
        }
    }
    blocks
}

/// The regions of one block of rows, from left to right.
fn strip(layout: &Layout, grid: &Grid, row: usize) -> Vec<Block> {
    let rows = grid.rows.block(row);
    let mut strip: Vec<Block> = Vec::new();
    for key in 0..=grid.keys.of(rows.end - 1) {
        let keys = grid.keys.block(key);
        let cell = grid.cell(layout, row, key);
        if cell.level == Level::Empty {
            continue;
        }
        let glyph = cell.reason.glyph();
        let end = if keys.end < rows.end {
            End::Before(keys.end)
        } else {
            End::Diagonal
        };
        match strip.last_mut() {
            Some(last) if last.glyph == glyph && last.end == End::Before(keys.start) => {
                last.end = end;
            }
            _ => strip.push(Block {
                rows: rows.clone(),
                start: keys.start,
                end,
                window: layout.window(),
                glyph,
            }),
        }
    }
    strip
}

impl Block {
    /// The first key that a row reads.
    pub fn first(&self, row: usize) -> usize {
        let reach = self.window.map_or(0, |window| first_in_window(row, window));
        self.start.max(reach)
    }

    /// Whether `below` reads the same keys in the rows that follow.
    fn goes_on_in(&self, below: &Block) -> bool {
        self.rows.end == below.rows.start
            && (self.start, self.end, self.glyph) == (below.start, below.end, below.glyph)
    }
}
