//! The palette.
//!
//! ```text
//! ┌ Find: actions, relations, template sets ─────────────────────┐
//! │> cap_                                                        │
//! │ relation       P36 capital                           38 facts│
//! │ relation       P1376 capital of                      30 facts│
//! │ 4              go to the mask                       pane-mask│
//! └──────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Palette, entries::Entry};
use crate::tui::overlays::{Dialog, frame};
use crate::tui::text::{clip, visible, width};
use crate::tui::widgets::cells::{paint, put, put_right};
use crate::tui::widgets::line_input;
use crate::tui::workspace::Workspace;

/// Columns for the keys of an action.
const KEYS: usize = 14;

pub fn draw(palette: &Palette, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let theme = &work.theme;
    let (list, rows) = (&palette.list, Palette::rows(inner));
    let below = list
        .items()
        .len()
        .saturating_sub(list.offset() + usize::from(rows.height));
    let title = "Find: actions, relations, template sets";
    frame::open(work, buf, (area, inner), title, &palette.keys(work), below);
    let used = put(buf, inner, 0, &[("> ", theme.key)]);
    let typed = Rect {
        x: inner.x + used,
        width: inner.width - used,
        ..inner
    };
    line_input::draw(theme, &palette.input, typed, 0, buf);
    if list.items().is_empty() {
        let words = "nothing matches: backspace takes letters back";
        put(buf, rows, 0, &[(words, theme.dim)]);
    }
    let shown = list.items().iter().enumerate().skip(list.offset());
    for (line, (position, &index)) in (0..rows.height).zip(shown) {
        draw_entry(work, &palette.entries[index], rows, line, buf);
        if position == list.cursor() {
            paint(buf, rows, line, theme.cursor);
        }
    }
}

fn draw_entry(work: &Workspace, entry: &Entry, rows: Rect, line: u16, buf: &mut Buffer) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let keys = format!(" {:<KEYS$} ", visible(&entry.keys, symbols));
    let more = visible(&entry.more, symbols);
    let room = usize::from(rows.width).saturating_sub(width(&keys) + width(&more) + 1);
    let what = visible(&entry.what, symbols);
    let what = clip(&what, room, symbols);
    let used = put(buf, rows, line, &[(&keys, theme.key), (&what, theme.text)]);
    put_right(buf, rows, line, used, &[(&more, theme.dim)]);
}
