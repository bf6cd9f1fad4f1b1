//! A mask as a few regions.

use std::ops::Range;

use crate::layout::{Isolation, Layout, Reason};

/// Rows that follow each other and read the same keys for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub rows: Range<usize>,
    /// First key.
    pub start: usize,
    pub end: End,
    pub kind: Kind,
}

/// Where a block's keys end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Before this key in every row.
    Before(usize),
    /// With the row's own key.
    Diagonal,
}

/// Why something is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Row and key are in the same segment.
    Own,
    /// Manual cross-attention.
    Cross,
    /// The key is *shared*.
    Shared,
    /// The row fuses, or isolation is `none`.
    All,
}

impl Kind {
    /// Every kind, in the order of a legend.
    pub const ALL: [Kind; 4] = [Kind::Own, Kind::Cross, Kind::Shared, Kind::All];

    /// `None` for a reason not to read.
    pub fn of(reason: Reason) -> Option<Self> {
        match reason {
            Reason::SameSegment(_) => Some(Kind::Own),
            Reason::ManualCross => Some(Kind::Cross),
            Reason::Shared => Some(Kind::Shared),
            Reason::Fuses | Reason::Plain => Some(Kind::All),
            Reason::Later
            | Reason::OtherSegment { .. }
            | Reason::KeyInNoSegment
            | Reason::RowInNoSegment => None,
        }
    }

    /// For a legend, in the words of the explorer.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Own => "own question",
            Kind::Cross => "manual cross-attention",
            Kind::Shared => "shared",
            Kind::All => "reads all",
        }
    }
}

/// The regions of a prompt's mask, in order of their first rows. Their number follows the segments, not the tokens.
pub fn blocks(layout: &Layout) -> Vec<Block> {
    let mut done = Vec::new();
    let mut open: Vec<Block> = Vec::new();
    for row in 0..layout.len() {
        let mut next = Vec::with_capacity(open.len());
        for (keys, kind) in pieces(layout, row) {
            let same = open
                .iter()
                .position(|block| continues(block, &keys, kind, row));
            let block = match same {
                Some(at) => extended(open.swap_remove(at), &keys, row),
                None => Block {
                    rows: row..row + 1,
                    start: keys.start,
                    end: end(&keys, row),
                    kind,
                },
            };
            next.push(block);
        }
        done.append(&mut open);
        open = next;
    }
    done.append(&mut open);
    done.sort_by_key(|block| (block.rows.start, block.start));
    done
}

/// The keys that a row reads, cut where the reason changes.
fn pieces(layout: &Layout, row: usize) -> Vec<(Range<usize>, Kind)> {
    let all = layout.options().isolation == Isolation::None || layout.fuses(row);
    let own = layout.owner[row].map(|owner| layout.segments()[owner as usize].clone());
    let own = own.unwrap_or(row..row);
    let mut pieces = Vec::new();
    for keys in layout.visible(row).iter() {
        if all {
            pieces.push((keys, Kind::All));
            continue;
        }
        let mut from = keys.start;
        for (until, kind) in [
            (layout.shared_tokens(), Kind::Shared),
            (own.start, Kind::Cross),
            (own.end, Kind::Own),
            (keys.end, Kind::Cross),
        ] {
            let until = until.min(keys.end);
            if from < until {
                pieces.push((from..until, kind));
                from = until;
            }
        }
    }
    pieces
}

fn end(keys: &Range<usize>, row: usize) -> End {
    if keys.end == row + 1 {
        End::Diagonal
    } else {
        End::Before(keys.end)
    }
}

/// Whether the keys of `row` go on with a block that ends in the row before.
fn continues(block: &Block, keys: &Range<usize>, kind: Kind, row: usize) -> bool {
    // A block of one row that reaches the diagonal may turn out to end at a fixed key.
    let reached_only_now = block.rows.len() == 1 && keys.end == row;
    let same_end = block.end == end(keys, row) || reached_only_now;
    block.kind == kind && block.start == keys.start && same_end
}

fn extended(block: Block, keys: &Range<usize>, row: usize) -> Block {
    Block {
        rows: block.rows.start..row + 1,
        end: end(keys, row),
        ..block
    }
}
