//! How much of the mask one cell shows.

use super::Grid;

/// How much of the mask one cell shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zoom {
    /// The whole sequence.
    #[default]
    Fit,
    /// So many tokens to a cell's width.
    Tokens(usize),
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
