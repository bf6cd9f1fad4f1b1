//! What overlays share: a box in the middle, its border, and its keys in the last line.
//!
//! ```text
//!        ┌ Save results as (.feather) ───────────┐
//!        │P36-flex-fused.feather_                │
//!        │enter do it   esc leave it             │
//!        └───────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Widget};

use crate::tui::text::{clip, width};
use crate::tui::widgets::borders::{borders, more_below};
use crate::tui::widgets::cells::put;
use crate::tui::workspace::Workspace;

/// Where an overlay of at most this size stands on a screen, and where its text: inside its border, above the line that
/// says its keys.
pub fn overlay_box(size: (u16, u16), screen: (u16, u16)) -> (Rect, Rect) {
    let (width, height) = (size.0.min(screen.0), size.1.min(screen.1));
    let (x, y) = ((screen.0 - width) / 2, (screen.1 - height) / 2);
    let area = Rect::new(x, y, width, height);
    (area, inside(area))
}

/// The room for text in a box: inside its border, above the line that says its keys.
pub fn inside(area: Rect) -> Rect {
    let mut inner = area;
    if area.height >= 5 && area.width >= 10 {
        inner = Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2);
    }
    inner.height -= u16::from(inner.height > 1);
    inner
}

/// Clears the box and draws its border. The last line says `keys`; the border below it, how many rows there are `below`
/// what is shown.
pub fn open(
    work: &Workspace,
    buf: &mut Buffer,
    (area, inner): (Rect, Rect),
    title: &str,
    keys: &[(&str, &str)],
    below: usize,
) {
    let theme = &work.theme;
    let has_border = inner.width < area.width;
    Clear.render(area, buf);
    // A wide character that reaches under the box would hide its border.
    for y in area.top()..area.bottom() {
        if let Some(cell) = area.x.checked_sub(1).and_then(|x| buf.cell_mut((x, y)))
            && width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
    if has_border {
        let room = usize::from(area.width.saturating_sub(4));
        let title = format!(" {} ", clip(title, room, theme.symbols));
        let mut block = Block::bordered()
            .border_set(borders(theme.symbols))
            .border_style(theme.focused)
            .title(title);
        if below > 0 {
            block = block.title_bottom(more_below(theme, below));
        }
        block.render(area, buf);
    }
    let below = inner.bottom() + u16::from(has_border);
    if below < area.bottom() {
        // The last one is the way out: of the others those that fit before it.
        let columns = |keys: &[(&str, &str)]| {
            let each = keys
                .iter()
                .map(|(key, words)| width(key) + width(words) + 3);
            each.sum::<usize>().saturating_sub(2)
        };
        let mut keys = keys.to_vec();
        while keys.len() > 1 && columns(&keys) > usize::from(inner.width) {
            keys.remove(keys.len() - 2);
        }
        let pieces: Vec<_> = keys
            .iter()
            .flat_map(|(key, words)| {
                [
                    (*key, theme.key),
                    (" ", theme.text),
                    (*words, theme.dim),
                    ("  ", theme.text),
                ]
            })
            .collect();
        let line = Rect {
            y: inner.bottom(),
            height: 1,
            ..inner
        };
        put(buf, line, 0, &pieces);
    }
}
