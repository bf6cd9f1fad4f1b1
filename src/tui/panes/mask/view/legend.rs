//! What the glyphs on screen mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells::{Block, shape, symbol};
use crate::layout::picture::Glyph;
use crate::tui::panes::mask::Grid;
use crate::tui::text::width;
use crate::tui::widgets::cells::put;
use crate::tui::workspace::Workspace;

/// Columns between two glyphs.
const GAP: usize = 2;

/// What half-blocks of one colour look like.
const FULL: &str = "█";

/// As many glyphs as have room on the lines of `area`. `seen` has a block for each glyph that is drawn, `arrow` says
/// whether the emitting row is on screen.
pub fn draw(
    work: &Workspace,
    grid: &Grid,
    seen: &[Block],
    arrow: bool,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = &work.theme;
    let half = grid.per_line == 2;
    let sample = |glyph| {
        if glyph == Glyph::Emits {
            return arrow.then(|| (symbol(glyph, theme.symbols), theme.accent));
        }
        let block = seen.iter().find(|block| block.glyph == glyph)?;
        let (symbol, style) = shape(theme, *block);
        match glyph {
            Glyph::Later => None,
            // Half-blocks tell everything by colour, and leave blank what is not read.
            Glyph::Unread if half => None,
            _ => Some((if half { FULL } else { symbol }, style)),
        }
    };
    let (mut line, mut used) = (0, 0);
    for glyph in Glyph::ALL {
        let Some((symbol, style)) = sample(glyph) else {
            continue;
        };
        let needs = width(symbol) + 1 + width(glyph.describe());
        if used > 0 && used + needs > usize::from(area.width) {
            (line, used) = (line + 1, 0);
        }
        if line == area.height || needs > usize::from(area.width) {
            break;
        }
        let place = Rect {
            x: area.x + used as u16,
            width: area.width - used as u16,
            ..area
        };
        let pieces = [
            (symbol, style),
            (" ", theme.dim),
            (glyph.describe(), theme.dim),
        ];
        put(buf, place, line, &pieces);
        used += needs + GAP;
    }
}
