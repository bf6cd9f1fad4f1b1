//! Attention over a mask: what is read is pale, and darker the more of it is read; what may not be read stays grey.

use std::ops::Range;

use super::super::Labels;
use super::super::blocks::{Block, End, blocks};
use super::super::canvas::{Canvas, Colour, Path, Text};
use super::super::glyph::Glyph;
use super::legend::{EDGE, list_questions};
use super::mask::{area, at, borders};
use super::scale::Scale;
use super::{LINE, MEDIUM, TOP};
use crate::layout::Layout;

/// A cell that is shaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Shade {
    pub rows: Range<usize>,
    pub keys: Range<usize>,
    /// The share of a row's attention that the cell's keys get, 0 to 1.
    pub share: f32,
}

/// Readable and not read, and all attention in one cell.
const PALE: Colour = 0xFF_F5E6;
const FULL: Colour = 0x8C_1D00;

/// The colour of a share: as its square root, so that small ones can be told apart.
fn colour(share: f32) -> Colour {
    let part = share.clamp(0.0, 1.0).sqrt();
    let mix = |shift: u32| {
        let (from, to) = (PALE >> shift & 0xFF, FULL >> shift & 0xFF);
        ((from as f32 + (to as f32 - from as f32) * part).round() as Colour) << shift
    };
    mix(16) | mix(8) | mix(0)
}

pub fn draw(canvas: &mut Canvas, layout: &Layout, scale: &Scale, shades: &[Shade]) {
    let causal = Block {
        rows: 0..layout.len(),
        start: 0,
        end: End::Diagonal,
        window: None,
        glyph: Glyph::Unread,
    };
    area(canvas, scale, &causal, Glyph::Unread.colour());
    for block in blocks(layout) {
        area(canvas, scale, &block, PALE);
    }
    for Shade { rows, keys, share } in shades {
        let (left, top) = at(scale.at(keys.start), scale.at(rows.start));
        let (right, bottom) = at(scale.at(keys.end), scale.at(rows.end));
        canvas.add(Path {
            crisp: true,
            ..Path::rectangle(left, top, right - left, bottom - top, colour(*share))
        });
    }
    canvas.add(borders(layout, scale));
}

/// What the colours mean, and which questions the names stand for.
pub fn legend(canvas: &mut Canvas, layout: &Layout, labels: &Labels) {
    let entries = [
        (PALE, "may be read, is not"),
        (colour(0.01), "1 % of the row's attention"),
        (colour(0.1), "10 %"),
        (colour(0.5), "50 %"),
        (FULL, "all of it"),
        (Glyph::Unread.colour(), "may not be read"),
    ];
    for (line, (colour, meaning)) in entries.into_iter().enumerate() {
        let y = TOP + line as f64 * LINE;
        canvas.add(Path {
            stroke: Some((0x66_6666, 0.5)),
            ..Path::rectangle(EDGE, y, 13.0, 13.0, colour)
        });
        canvas.add(Text::new(EDGE + 22.0, y + 11.5, MEDIUM, meaning));
    }
    list_questions(canvas, layout, labels, entries.len() + 1);
}
