//! The parts of the mask pane: names of keys above, names of rows at the left, words below.

use ratatui::layout::Rect;

/// Where the parts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskParts {
    pub keys: Rect,
    pub rows: Rect,
    pub cells: Rect,
    pub words: Rect,
}

/// Columns for the names of rows.
const GUTTER: u16 = 4;

impl MaskParts {
    pub fn new(inner: Rect) -> Self {
        let words = match inner.height {
            0..=2 => 0,
            3..=5 => 1,
            6..=9 => 2,
            10..=15 => 4,
            _ => 5,
        };
        let ruler = u16::from(inner.height > words + 2);
        let gutter = if inner.width > 3 * GUTTER { GUTTER } else { 0 };
        let (x, width) = (inner.x + gutter, inner.width - gutter);
        let height = inner.height - words - ruler;
        let y = inner.y + ruler;
        MaskParts {
            keys: Rect::new(x, inner.y, width, ruler),
            rows: Rect::new(inner.x, y, gutter, height),
            cells: Rect::new(x, y, width, height),
            words: Rect::new(inner.x, y + height, inner.width, words),
        }
    }
}
