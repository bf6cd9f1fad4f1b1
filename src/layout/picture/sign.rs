//! The signs of a mask: one table of characters and words for the text picture, the explorer and every legend.

use super::grid::{Cell, Level};
use crate::layout::Reason;

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

/// What a cell of a folded mask shows, and what marks a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// Every row reads every key.
    Read(Kind),
    /// Some rows read some keys: the diagonal cuts the cell.
    Partly,
    /// Earlier keys that no row reads.
    Unread,
    /// Keys that come after the rows.
    Later,
    /// An arrow before the row that emits the first answer token.
    Emits,
}

impl Kind {
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
}

impl Sign {
    /// Every sign, in the order of a legend.
    pub const ALL: [Sign; 8] = [
        Sign::Read(Kind::Own),
        Sign::Read(Kind::Cross),
        Sign::Read(Kind::Shared),
        Sign::Read(Kind::All),
        Sign::Partly,
        Sign::Unread,
        Sign::Later,
        Sign::Emits,
    ];

    /// What a cell shows.
    pub fn of(cell: Cell) -> Self {
        match (cell.level, Kind::of(cell.reason)) {
            _ if cell.reason == Reason::Later => Sign::Later,
            (Level::Empty, _) | (_, None) => Sign::Unread,
            (Level::Partly, _) => Sign::Partly,
            (Level::Full, Some(kind)) => Sign::Read(kind),
        }
    }

    /// Its character, in Unicode and in ASCII. Without colours every sign needs a shape of its own.
    pub fn symbols(self) -> (&'static str, &'static str) {
        match self {
            Sign::Read(Kind::Own) => ("█", "#"),
            Sign::Read(Kind::Cross) => ("░", "x"),
            Sign::Read(Kind::Shared) => ("▓", "s"),
            Sign::Read(Kind::All) => ("━", "@"),
            Sign::Partly => ("▒", "+"),
            Sign::Unread => ("·", "."),
            Sign::Later => (" ", " "),
            Sign::Emits => ("→", ">"),
        }
    }

    /// Its meaning, for a legend.
    pub fn describe(self) -> &'static str {
        match self {
            Sign::Read(Kind::Own) => "own question",
            Sign::Read(Kind::Cross) => "manual cross-attention",
            Sign::Read(Kind::Shared) => "shared",
            Sign::Read(Kind::All) => "reads all",
            Sign::Partly => "partly",
            Sign::Unread => "not read",
            Sign::Later => "later",
            Sign::Emits => "emits 1st answer token",
        }
    }
}
