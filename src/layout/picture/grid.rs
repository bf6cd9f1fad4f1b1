//! A mask in cells of several tokens.

use std::ops::Range;

use super::blocks::{Kind, pieces};
use crate::layout::Layout;

/// Cells from top to bottom, left to right.
pub(super) struct Grid {
    /// Token rows of each line; the last prompt row, which emits the first answer token, has a line of its own.
    pub lines: Vec<Range<usize>>,
    /// Tokens per cell, across.
    pub width: usize,
    pub cells: Vec<Vec<Cell>>,
}

/// What stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// No key that a row could read.
    Later,
    /// Earlier keys, and hardly any is read.
    Unread,
    /// The reason for which most is read.
    Read(Kind),
}

impl Grid {
    /// At most `columns` cells across; a cell of several tokens is twice as high as wide, as characters are.
    pub fn new(layout: &Layout, columns: usize) -> Self {
        let n = layout.len();
        let width = n.div_ceil(columns.max(1)).max(1);
        let height = if width == 1 { 1 } else { 2 * width };
        let last = n.saturating_sub(1);
        let mut lines: Vec<Range<usize>> = (0..last)
            .step_by(height)
            .map(|row| row..(row + height).min(last))
            .collect();
        lines.push(last..n);
        let cells = lines.iter().map(|rows| line(layout, rows, width)).collect();
        Grid {
            lines,
            width,
            cells,
        }
    }
}

fn line(layout: &Layout, rows: &Range<usize>, width: usize) -> Vec<Cell> {
    let across = layout.len().div_ceil(width);
    // Readable pairs per cell, by kind.
    let mut read = vec![[0usize; Kind::ALL.len()]; across];
    let mut possible = vec![0usize; across];
    for row in rows.clone() {
        add(0..row + 1, width, |cell, keys| possible[cell] += keys);
        for (keys, kind) in pieces(layout, row) {
            add(keys, width, |cell, keys| read[cell][kind as usize] += keys);
        }
    }
    let cell = |(read, possible): (&[usize; 5], &usize)| {
        let most = Kind::ALL
            .into_iter()
            .max_by_key(|kind| read[*kind as usize]);
        match most {
            _ if *possible == 0 => Cell::Later,
            Some(kind) if read.iter().sum::<usize>() * 4 >= *possible => Cell::Read(kind),
            _ => Cell::Unread,
        }
    };
    read.iter().zip(&possible).map(cell).collect()
}

/// Tells how many of `keys` fall into each cell that they touch.
fn add(keys: Range<usize>, width: usize, mut to: impl FnMut(usize, usize)) {
    let mut from = keys.start;
    while from < keys.end {
        let cell = from / width;
        let until = keys.end.min((cell + 1) * width);
        to(cell, until - from);
        from = until;
    }
}
