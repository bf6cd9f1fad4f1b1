//! One axis of the mask, folded into blocks that never straddle a border.

use std::ops::Range;

/// Tokens of one axis, folded into blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// First token of each block, and one past the last token.
    starts: Vec<usize>,
}

impl Axis {
    /// Folds `len` tokens into blocks of at most `size`, with a new block at every border.
    pub(super) fn new(borders: &[usize], len: usize, size: usize) -> Self {
        let mut starts = Vec::new();
        for (i, &border) in borders.iter().enumerate() {
            let end = borders.get(i + 1).copied().unwrap_or(len);
            starts.extend((border..end).step_by(size.max(1)));
        }
        starts.push(len);
        Axis { starts }
    }

    /// How many blocks [`Axis::new`] makes.
    pub(super) fn count(borders: &[usize], len: usize, size: usize) -> usize {
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
    pub fn block(&self, index: usize) -> Range<usize> {
        self.starts[index]..self.starts[index + 1]
    }

    /// Tokens of the blocks of a range.
    pub fn blocks(&self, range: Range<usize>) -> Range<usize> {
        self.starts[range.start]..self.starts[range.end]
    }

    /// The block that holds a token.
    pub fn of(&self, token: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= token)
            .saturating_sub(1)
            .min(self.len().saturating_sub(1))
    }
}
