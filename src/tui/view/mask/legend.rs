//! What the signs on screen mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells::{Block, shape, symbol};
use crate::layout::picture::Sign;
use crate::tui::app::{App, Grid};
use crate::tui::text::width;
use crate::tui::view::put;

/// What half-blocks of one colour look like.
const FULL: &str = "█";

/// One line: as many signs as have room. `seen` has a block for each sign that is drawn.
pub fn draw(app: &App, grid: &Grid, seen: &[Block], area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let half = grid.per_line == 2;
    let sample = |sign| {
        if sign == Sign::Emits {
            return Some((symbol(sign, theme.symbols), theme.accent));
        }
        let block = seen.iter().find(|block| block.sign == sign)?;
        let (symbol, style) = shape(theme, *block);
        match sign {
            Sign::Later => None,
            // Half-blocks tell everything by colour, and leave blank what is not read.
            Sign::Unread if half => None,
            _ => Some((if half { FULL } else { symbol }, style)),
        }
    };
    let mut pieces = Vec::new();
    let mut room = usize::from(area.width);
    for sign in Sign::ALL {
        let Some((symbol, style)) = sample(sign) else {
            continue;
        };
        let gap = if pieces.is_empty() { "" } else { "  " };
        let needs = width(gap) + width(symbol) + 1 + width(sign.describe());
        let Some(left) = room.checked_sub(needs) else {
            break;
        };
        room = left;
        pieces.extend([(gap, theme.dim), (symbol, style), (" ", theme.dim)]);
        pieces.push((sign.describe(), theme.dim));
    }
    put(buf, area, 0, &pieces);
}
