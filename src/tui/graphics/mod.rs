//! Real pictures in terminals that have them: the mask by the pixel instead of by the cell.
//!
//! ```text
//! raster of the mask pane ─► PNG ─┬─► kitty
//!                                 └─► iTerm2          (written after the frame, in one synchronized update)
//!                        └─► sixel
//! ```
//!
//! What a terminal can is known from its environment, as its colours are, so that nothing is asked, no key is lost and
//! no start waits. What stands around a picture is drawn in cells as ever, and so is everything below a dialog.

mod protocol;
mod shown;
mod sixel;

use ratatui::layout::Rect;

pub use protocol::{Choice, Protocol};
pub use shown::Shown;

/// Pictures that the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graphics {
    pub protocol: Protocol,
    /// Width and height of a cell, in pixels.
    pub cell: (u16, u16),
}

/// A picture and the cells that it covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    pub area: Rect,
    pub width: usize,
    pub height: usize,
    /// Red, green, blue, and 0 or 255 for what shows the terminal's background or the picture; row by row.
    pub pixels: Vec<[u8; 4]>,
}

impl Graphics {
    /// What `choice` and the environment make of a terminal of so many cells and pixels; pixels are 0 where it does not
    /// say.
    pub fn new(
        choice: Choice,
        variable: impl Fn(&str) -> Option<String>,
        (columns, rows, width, height): (u16, u16, u16, u16),
    ) -> Option<Self> {
        /// Of a terminal that was named and does not say how large its cells are.
        const USUAL: (u16, u16) = (10, 20);
        let cell = (
            width.checked_div(columns).unwrap_or(0),
            height.checked_div(rows).unwrap_or(0),
        );
        let is_known = cell.0 > 0 && cell.1 > 1;
        let protocol = match choice {
            Choice::Cells => return None,
            Choice::Auto => Protocol::detect(variable).filter(|_| is_known)?,
            Choice::Kitty => Protocol::Kitty,
            Choice::Iterm2 => Protocol::Iterm2,
            Choice::Sixel => Protocol::Sixel,
        };
        Some(Graphics {
            protocol,
            cell: if is_known { cell } else { USUAL },
        })
    }
}
