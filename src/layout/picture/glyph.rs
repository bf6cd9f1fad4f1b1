//! What stands for a cell of a mask: one table of characters, colours and meanings for every picture and legend.

use super::canvas::{Colour, WHITE};
use super::grid::{Cell, Level};
use crate::layout::Reason;

/// What a cell of a folded mask shows, and what marks a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// Read: row and key are in the same segment.
    Own,
    /// Read: row and key are in segments of one group.
    Group,
    /// Read by manual cross-attention.
    Cross,
    /// Read: the key is *shared*.
    Shared,
    /// Read: row and key are *context*.
    Context,
    /// Read: the row fuses, or isolation is `none`.
    All,
    /// Some rows read some keys: the diagonal cuts the cell.
    Partly,
    /// Earlier keys that no row reads.
    Unread,
    /// Keys that come after the rows.
    Later,
    /// An arrow before the row that emits the first answer token.
    Emits,
}

/// A row of the table.
struct Look {
    unicode: &'static str,
    /// Without colours every glyph needs a shape of its own.
    ascii: &'static str,
    /// In drawings: colours of Okabe and Ito, told apart by people with any colour vision.
    colour: Colour,
    meaning: &'static str,
}

const fn look(
    unicode: &'static str,
    ascii: &'static str,
    colour: Colour,
    meaning: &'static str,
) -> Look {
    Look {
        unicode,
        ascii,
        colour,
        meaning,
    }
}

impl Glyph {
    /// Every glyph, in the order of a legend.
    pub const ALL: [Glyph; 10] = [
        Glyph::Own,
        Glyph::Group,
        Glyph::Cross,
        Glyph::Shared,
        Glyph::Context,
        Glyph::All,
        Glyph::Partly,
        Glyph::Unread,
        Glyph::Later,
        Glyph::Emits,
    ];

    const fn look(self) -> Look {
        match self {
            Glyph::Own => look("█", "#", 0x00_72B2, "own question"),
            Glyph::Cross => look("░", "x", 0xE6_9F00, "manual cross-attention"),
            Glyph::Shared => look("▓", "s", 0x56_B4E9, "shared"),
            Glyph::Group => look("▚", "g", 0xCC_79A7, "same group"),
            Glyph::Context => look("▞", "c", 0x00_9E73, "context"),
            Glyph::All => look("━", "@", 0xD5_5E00, "reads all"),
            Glyph::Partly => look("▒", "+", WHITE, "partly"),
            Glyph::Unread => look("·", ".", 0xE8_E8E8, "not read"),
            Glyph::Later => look(" ", " ", WHITE, "later"),
            Glyph::Emits => look("→", ">", WHITE, "emits 1st answer token"),
        }
    }

    /// What a cell shows.
    pub fn of(cell: Cell) -> Self {
        match cell.level {
            Level::Partly => Glyph::Partly,
            Level::Empty | Level::Full => cell.reason.glyph(),
        }
    }

    /// Its character, in Unicode and in ASCII.
    pub fn symbols(self) -> (&'static str, &'static str) {
        let look = self.look();
        (look.unicode, look.ascii)
    }

    /// Its colour in a drawing.
    pub fn colour(self) -> Colour {
        self.look().colour
    }

    /// Its meaning, for a legend.
    pub fn describe(self) -> &'static str {
        self.look().meaning
    }
}

impl Reason {
    /// What stands for pairs of this reason.
    pub fn glyph(self) -> Glyph {
        match self {
            Reason::SameSegment(_) => Glyph::Own,
            Reason::SameGroup { .. } => Glyph::Group,
            Reason::Context => Glyph::Context,
            Reason::ManualCross => Glyph::Cross,
            Reason::Shared => Glyph::Shared,
            Reason::Fuses | Reason::Plain => Glyph::All,
            Reason::Later => Glyph::Later,
            Reason::OtherSegment { .. }
            | Reason::KeyInContext
            | Reason::KeyInNoSegment
            | Reason::RowInNoSegment
            | Reason::Hidden(_)
            | Reason::OutOfReach { .. } => Glyph::Unread,
        }
    }
}
