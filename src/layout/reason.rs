//! Why a row may or may not read a key.

use super::{Isolation, Layout, first_in_window};

/// Why a row may or may not read a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The key comes after the row.
    Later,
    /// Isolation is `none`: every earlier token is read.
    Plain,
    /// The row fuses.
    Fuses,
    /// The key is *shared*.
    Shared,
    /// Row and key are *context*.
    Context,
    /// Row and key are in this segment.
    SameSegment(u32),
    /// Row and key are in different segments of one group.
    SameGroup { row: u32, key: u32 },
    /// Neither lies after the last manual segment, and manual cross-attention is on.
    ManualCross,
    /// Row and key are in different segments.
    OtherSegment { row: u32, key: u32 },
    /// The key is *context* and the row in a segment: only rows that fuse read it.
    KeyInContext,
    /// The key belongs to no segment and the row is isolated.
    KeyInNoSegment,
    /// The row belongs to no segment.
    RowInNoSegment,
    /// The key's question is hidden from rows that fuse.
    Hidden(u32),
    /// The key lies before the sliding window, which reaches back to this token.
    OutOfReach { first: usize },
}

impl Reason {
    /// Whether the row reads the key.
    pub fn reads(self) -> bool {
        !matches!(
            self,
            Reason::Later
                | Reason::OtherSegment { .. }
                | Reason::KeyInContext
                | Reason::KeyInNoSegment
                | Reason::RowInNoSegment
                | Reason::Hidden(_)
                | Reason::OutOfReach { .. }
        )
    }
}

impl Layout {
    /// Why `row` may or may not read `key`. Rows and keys from [`Layout::len`] on are generated tokens.
    pub fn reason(&self, row: usize, key: usize) -> Reason {
        if key > row {
            return Reason::Later;
        }
        let owner = |at: usize| self.owner.get(at).copied().flatten();
        if !self.visible(row).contains(key) {
            // Read in layers without a window, so it is this one that cuts it off.
            if let Some(window) = self.window
                && self.visible_in(row, None).contains(key)
            {
                let first = first_in_window(row, window);
                return Reason::OutOfReach { first };
            }
            return match (owner(row), owner(key)) {
                (_, Some(key)) if self.fuses(row) => Reason::Hidden(key),
                (Some(row), Some(key)) => Reason::OtherSegment { row, key },
                (Some(_), None) if key < self.front => Reason::KeyInContext,
                (Some(_), None) => Reason::KeyInNoSegment,
                (None, _) => Reason::RowInNoSegment,
            };
        }
        match (owner(row), owner(key)) {
            _ if self.options.isolation == Isolation::None => Reason::Plain,
            _ if self.fuses(row) => Reason::Fuses,
            _ if key < self.shared => Reason::Shared,
            _ if row < self.front => Reason::Context,
            (Some(row), Some(key)) if row == key => Reason::SameSegment(row),
            (Some(row), Some(key)) if self.group_starts[row as usize] <= key as usize => {
                Reason::SameGroup { row, key }
            }
            _ => Reason::ManualCross,
        }
    }
}
