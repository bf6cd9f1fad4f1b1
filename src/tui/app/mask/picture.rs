//! The picture of a mask: how much of each block is readable, and why.

use std::ops::Range;

use super::Grid;
use crate::layout::Reason;
use crate::tui::app::Sequence;
use crate::tui::theme::Ink;

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

impl Grid {
    /// The picture's blocks for rows `rows` × keys `keys` (block indices), row by row.
    ///
    /// Costs the tokens of the rows shown plus the blocks shown, whatever the length of the sequence.
    pub fn picture(
        &self,
        sequence: &Sequence,
        rows: Range<usize>,
        keys: Range<usize>,
    ) -> Vec<Vec<Block>> {
        rows.map(|row| self.picture_row(sequence, row, keys.clone()))
            .collect()
    }

    fn picture_row(&self, sequence: &Sequence, row: usize, keys: Range<usize>) -> Vec<Block> {
        let rows = self.rows.block(row);
        let reader = rows.end - 1;
        let visible = sequence.layout.visible(reader);
        let one = |(count, block): (usize, Range<usize>)| {
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
        let counts = self.readable(sequence, rows.clone(), keys.clone());
        let blocks = keys.map(|key| self.keys.block(key));
        counts.into_iter().zip(blocks).map(one).collect()
    }

    /// How many cells of each block some rows read: (row, key) pairs.
    fn readable(&self, sequence: &Sequence, rows: Range<usize>, keys: Range<usize>) -> Vec<usize> {
        let mut counts = vec![0usize; keys.len()];
        // Blocks that a row reads as a whole, as steps up and down.
        let mut whole = vec![0isize; keys.len() + 1];
        let shown = self.keys.blocks(keys.clone());
        for token in rows {
            for range in sequence.layout.visible(token).iter() {
                let (start, end) = (range.start.max(shown.start), range.end.min(shown.end));
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
        let mut depth = 0;
        for ((count, step), key) in counts.iter_mut().zip(whole).zip(keys) {
            depth += step;
            *count += depth.unsigned_abs() * self.keys.block(key).len();
        }
        counts
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
