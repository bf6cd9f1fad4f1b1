//! The mask's grid: tokens folded into blocks that never straddle a border, zoom, scroll and crosshair.

use super::sequence::Sequence;
use crate::layout::Reason;
use crate::tui::theme::Ink;

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

/// Tokens of one axis, folded into blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// First token of each block, and one past the last token.
    starts: Vec<usize>,
}

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

/// How much of a block is readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    #[default]
    Empty,
    Partial,
    Full,
}

/// One block of the picture: how much is readable, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub level: Level,
    pub ink: Ink,
}

impl Axis {
    /// Folds `len` tokens into blocks of at most `size`, with a new block at every border.
    fn new(borders: &[usize], len: usize, size: usize) -> Self {
        let mut starts = Vec::new();
        for (i, &border) in borders.iter().enumerate() {
            let end = borders.get(i + 1).copied().unwrap_or(len);
            starts.extend((border..end).step_by(size.max(1)));
        }
        starts.push(len);
        Axis { starts }
    }

    /// How many blocks [`Axis::new`] makes.
    fn count(borders: &[usize], len: usize, size: usize) -> usize {
        let ends = borders.iter().skip(1).copied().chain([len]);
        borders
            .iter()
            .zip(ends)
            .map(|(start, end)| (end - start).div_ceil(size.max(1)))
            .sum()
    }

    /// Number of blocks.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tokens of a block.
    pub fn block(&self, index: usize) -> std::ops::Range<usize> {
        self.starts[index]..self.starts[index + 1]
    }

    /// The block that holds a token.
    pub fn of(&self, token: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= token)
            .saturating_sub(1)
            .min(self.len().saturating_sub(1))
    }
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
                let tokens = least(sequence.len(), |tokens| {
                    Axis::count(&keys, sequence.len(), tokens) <= width
                });
                let fold = least(sequence.len(), |fold| {
                    Axis::count(&rows, sequence.len(), fold) <= height * per_line
                });
                at(tokens, fold, per_line)
            }
        }
    }

    /// Lines of the terminal that all rows take.
    pub fn lines(&self) -> usize {
        self.rows.len().div_ceil(self.per_line)
    }

    /// The picture's blocks for rows `rows` × keys `keys` (block indices), row by row.
    ///
    /// Costs the tokens of the rows shown plus the blocks shown, whatever the length of the sequence.
    pub fn picture(
        &self,
        sequence: &Sequence,
        rows: std::ops::Range<usize>,
        keys: std::ops::Range<usize>,
    ) -> Vec<Vec<Block>> {
        rows.map(|row| self.picture_row(sequence, row, keys.clone()))
            .collect()
    }

    fn picture_row(
        &self,
        sequence: &Sequence,
        row: usize,
        keys: std::ops::Range<usize>,
    ) -> Vec<Block> {
        let layout = &sequence.layout;
        let rows = self.rows.block(row);
        let mut counts = vec![0usize; keys.len()];
        // Blocks that a row reads as a whole, as steps up and down.
        let mut whole = vec![0isize; keys.len() + 1];
        let (first, last) = (self.keys.starts[keys.start], self.keys.starts[keys.end]);
        for token in rows.clone() {
            for range in layout.visible(token).iter() {
                let (start, end) = (range.start.max(first), range.end.min(last));
                if start >= end {
                    continue;
                }
                let (a, b) = (self.keys.of(start), self.keys.of(end - 1));
                if a == b {
                    counts[a - keys.start] += end - start;
                } else {
                    counts[a - keys.start] += self.keys.block(a).end - start;
                    counts[b - keys.start] += end - self.keys.block(b).start;
                    whole[a + 1 - keys.start] += 1;
                    whole[b - keys.start] -= 1;
                }
            }
        }
        let reader = rows.end - 1;
        let visible = layout.visible(reader);
        let mut depth = 0;
        let one = |(i, count): (usize, usize)| {
            let block = self.keys.block(keys.start + i);
            depth += whole[i];
            let count = count + depth.unsigned_abs() * block.len();
            if count == 0 {
                return Block {
                    level: Level::Empty,
                    ink: Ink::Nobody,
                };
            }
            let level = if count == rows.len() * block.len() {
                Level::Full
            } else {
                Level::Partial
            };
            // The last row of the block reads most; the first key that it reads speaks for the block.
            let key = block
                .clone()
                .find(|&key| visible.contains(key))
                .unwrap_or(block.start);
            Block {
                level,
                ink: ink(sequence, reader, key),
            }
        };
        counts.into_iter().enumerate().map(one).collect()
    }
}

/// What a readable cell is coloured by.
fn ink(sequence: &Sequence, row: usize, key: usize) -> Ink {
    match sequence.layout.reason(row, key) {
        Reason::Fuses | Reason::Plain => Ink::Fuse,
        Reason::SameSegment(segment) => Ink::Owner(segment as usize),
        Reason::ManualCross => Ink::Cross,
        _ => Ink::Shared,
    }
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
            self.row = moved(&grid.rows, self.row, rows);
        }
        if keys != 0 {
            self.key = moved(&grid.keys, self.key, keys);
        }
    }

    /// Keeps crosshair and scroll inside the grid.
    pub fn clamp(&mut self, sequence: &Sequence, grid: &Grid, width: usize, height: usize) {
        let last = sequence.len().saturating_sub(1);
        self.row = self.row.min(last);
        self.key = self.key.min(last);
        self.top = self.top.min(grid.lines().saturating_sub(height));
        self.left = self.left.min(grid.keys.len().saturating_sub(width));
    }

    /// Scrolls so that the crosshair is on screen.
    pub fn follow(&mut self, grid: &Grid, width: usize, height: usize) {
        let line = grid.rows.of(self.row) / grid.per_line;
        let column = grid.keys.of(self.key);
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
        Zoom::Tokens((grid.tokens / 2).max(1))
    }

    /// Farther: twice the tokens to a cell, until everything is on screen.
    pub fn farther(self, grid: &Grid, fit: &Grid) -> Zoom {
        let tokens = grid.tokens * 2;
        if tokens >= fit.tokens {
            Zoom::Fit
        } else {
            Zoom::Tokens(tokens)
        }
    }

    /// Whole, by the token, in between, whole again.
    pub fn next(self, fit: &Grid) -> Zoom {
        match self {
            Zoom::Fit => Zoom::Tokens(1),
            Zoom::Tokens(0 | 1) if fit.tokens > 3 => Zoom::Tokens(fit.tokens / 2),
            Zoom::Tokens(_) => Zoom::Fit,
        }
    }
}
