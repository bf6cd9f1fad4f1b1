//! The mask as it is looked at: zoom, scroll and crosshair.

mod grid;
mod look;

pub use grid::Grid;

use super::Sequence;
use crate::layout::picture::Axis;

/// How much of the mask one cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zoom {
    /// The whole sequence.
    #[default]
    Fit,
    /// So many tokens to a cell's width.
    Tokens(usize),
}

/// Where the user looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct MaskView {
    pub zoom: Zoom,
    /// Crosshair: row (who reads) and key (what is read), as token indices.
    pub row: usize,
    pub key: usize,
    /// First line and column on screen, in cells of the grid.
    pub top: usize,
    pub left: usize,
}

impl MaskView {
    /// Moves the crosshair by blocks of the grid.
    pub fn step(&mut self, grid: &Grid, rows: isize, keys: isize) {
        let moved = |axis: &Axis, token: usize, by: isize| {
            let block = axis
                .of(token)
                .saturating_add_signed(by)
                .min(axis.len().saturating_sub(1));
            axis.block(block).start
        };
        if rows != 0 {
            self.row = moved(&grid.blocks.rows, self.row, rows);
        }
        if keys != 0 {
            self.key = moved(&grid.blocks.keys, self.key, keys);
        }
    }

    /// Keeps crosshair and scroll inside the grid.
    pub fn clamp(&mut self, sequence: &Sequence, grid: &Grid, width: usize, height: usize) {
        let last = sequence.len().saturating_sub(1);
        self.row = self.row.min(last);
        self.key = self.key.min(last);
        self.top = self.top.min(grid.lines().saturating_sub(height));
        self.left = self.left.min(grid.blocks.keys.len().saturating_sub(width));
    }

    /// Scrolls so that the crosshair is on screen.
    pub fn follow(&mut self, grid: &Grid, width: usize, height: usize) {
        let line = grid.line(self.row);
        let column = grid.blocks.keys.of(self.key);
        // Out of sight, it comes to the middle: what lies around it is what one wants to see.
        let keep = |start: usize, at: usize, room: usize| {
            if (start..start + room.max(1)).contains(&at) {
                start
            } else {
                at.saturating_sub(room / 2)
            }
        };
        self.top = keep(self.top, line, height);
        self.left = keep(self.left, column, width);
    }
}

impl Zoom {
    /// Closer: half the tokens to a cell.
    pub fn closer(self, grid: &Grid) -> Zoom {
        Zoom::Tokens((grid.blocks.width / 2).max(1))
    }

    /// Farther: twice the tokens to a cell, until everything is on screen.
    pub fn farther(self, grid: &Grid, fit: &Grid) -> Zoom {
        let tokens = grid.blocks.width * 2;
        if tokens >= fit.blocks.width {
            Zoom::Fit
        } else {
            Zoom::Tokens(tokens)
        }
    }

    /// Whole, by the token, in between, whole again.
    pub fn next(self, fit: &Grid) -> Zoom {
        match self {
            Zoom::Fit => Zoom::Tokens(1),
            Zoom::Tokens(0 | 1) if fit.blocks.width > 3 => Zoom::Tokens(fit.blocks.width / 2),
            Zoom::Tokens(_) => Zoom::Fit,
        }
    }
}
