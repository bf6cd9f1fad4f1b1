//! A mask folded into blocks of tokens that never straddle a border.
//!
//! ```text
//!            BOS  m1      m2      a1
//!            ▓
//!        m1  ▓    ▒·          a new block begins at every segment, so no row of m2 seems to read m1
//!            ▓    █▒
//!        m2  ▓        ▒·
//!            ▓        █▒
//!        a1  ▓            ▒·
//!            ▓            █▒
//!          → ━━━━━━━━━━━━━━━  and the row that emits the first answer token is a block of its own
//! ```

use std::ops::Range;

use crate::layout::{Layout, Reason};

/// The tokens of one axis, folded into blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// First token of each block, and one past the last token.
    starts: Vec<usize>,
}

/// Both axes of a mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    pub rows: Axis,
    pub keys: Axis,
    /// Tokens in a block at most: of rows, and of keys.
    pub height: usize,
    pub width: usize,
}

/// How many of a cell's (row, key) pairs are readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Level {
    #[default]
    Empty,
    Partly,
    Full,
}

/// Where a block of rows meets a block of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub level: Level,
    /// Why what is read is read; of an empty cell, why nothing is.
    pub reason: Reason,
}

impl Grid {
    /// Blocks of at most `height` rows and `width` keys. Rows and keys from [`Layout::len`] up to `len` are generated
    /// tokens.
    pub fn new(layout: &Layout, len: usize, height: usize, width: usize) -> Self {
        Grid {
            rows: Axis::new(&borders(layout, len, true), len, height),
            keys: Axis::new(&borders(layout, len, false), len, width),
            height,
            width,
        }
    }

    /// The smallest blocks that make no more than `lines` × `columns` of them, or as few as borders allow.
    pub fn fit(layout: &Layout, len: usize, lines: usize, columns: usize) -> Self {
        let size = |rows: bool, room: usize| {
            let borders = borders(layout, len, rows);
            // No block reaches over a border: where not even the fewest fit, folding farther gains nothing.
            let room = room.max(Axis::count(&borders, len, len));
            least(len, |size| Axis::count(&borders, len, size) <= room)
        };
        Grid::new(layout, len, size(true, lines), size(false, columns))
    }

    /// What stands in a cell, both blocks by their index.
    ///
    /// Between two borders all rows are alike, and so are all keys: one pair speaks for the cell, and only the
    /// diagonal can cut it, and the reach of a sliding window. The pair is the one that lies closest together.
    pub fn cell(&self, layout: &Layout, row: usize, key: usize) -> Cell {
        let (rows, keys) = (self.rows.block(row), self.keys.block(key));
        let last = rows.end - 1;
        let reason = match keys.start > last {
            true => layout.reason(last, keys.start),
            false => {
                let row = rows.start.max(last.min(keys.end - 1));
                layout.reason(row, row.min(keys.end - 1))
            }
        };
        let level = match reason.reads() {
            false => Level::Empty,
            true if keys.end - 1 <= rows.start && layout.reason(last, keys.start).reads() => {
                Level::Full
            }
            true => Level::Partly,
        };
        Cell { level, reason }
    }
}

impl Axis {
    /// Folds `len` tokens into blocks of at most `size`, with a new block at every border.
    fn new(borders: &[usize], len: usize, size: usize) -> Self {
        let mut starts = Vec::new();
        for section in sections(borders, len) {
            starts.extend(section.step_by(size.max(1)));
        }
        starts.push(len);
        Axis { starts }
    }

    /// How many blocks [`Axis::new`] makes.
    fn count(borders: &[usize], len: usize, size: usize) -> usize {
        sections(borders, len)
            .map(|section| section.len().div_ceil(size.max(1)))
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
    pub fn block(&self, index: usize) -> Range<usize> {
        self.starts[index]..self.starts[index + 1]
    }

    /// Tokens of the blocks of a range.
    pub fn blocks(&self, range: Range<usize>) -> Range<usize> {
        self.starts[range.start]..self.starts[range.end]
    }

    /// The block that holds a token; the last one for a token behind the end.
    pub fn of(&self, token: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= token)
            .saturating_sub(1)
            .min(self.len().saturating_sub(1))
    }
}

/// Tokens at which a block begins: segments, what lies between them, generated tokens, and, of rows, the one that emits
/// the first answer token, one of thousands and the one that matters.
fn borders(layout: &Layout, len: usize, rows: bool) -> Vec<usize> {
    let segments = layout.segments().iter();
    let mut at: Vec<usize> = segments
        .flat_map(|segment| [segment.start, segment.end])
        .collect();
    at.extend([
        0,
        layout.shared_tokens(),
        layout.front_tokens(),
        layout.len(),
    ]);
    if rows {
        at.extend(layout.len().checked_sub(1));
    }
    at.retain(|&token| token < len);
    at.sort_unstable();
    at.dedup();
    at
}

/// What lies between borders.
fn sections(borders: &[usize], len: usize) -> impl Iterator<Item = Range<usize>> {
    let ends = borders.iter().skip(1).copied().chain([len]);
    borders.iter().zip(ends).map(|(&start, end)| start..end)
}

/// The least size up to `most` that fits, which `most` does. Larger sizes fit where smaller ones do.
fn least(most: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (1, most.max(1));
    while low < high {
        let middle = low.midpoint(high);
        if fits(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
