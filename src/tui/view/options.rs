//! All options of layout and run in one place.
//!
//! ```text
//! ┌ Options ─────────────────────────────────────────────┐
//! │ preset           fused                               │
//! │▸fusion           last-token                          │
//! │                                                      │
//! │last-token: the first answer token reads all questions│
//! └──────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::overlay::open;
use super::{paint, put, put_wrapped};
use crate::tui::app::{App, OptionRow};

pub fn draw(app: &App, cursor: usize, screen: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let keys = [("left/right", "change"), ("u", "undo"), ("esc", "close")];
    let rows = OptionRow::ALL;
    let size = (64, rows.len() as u16 + 7);
    let inner = open(app, "Options", &keys, size, screen, buf);
    // A blank line, and room for the longest refusal.
    let words = if inner.height > 8 { 4 } else { 0 };
    let room = inner.height - words;
    let top = (cursor + 1).saturating_sub(usize::from(room));
    for (line, (at, row)) in (0..room).zip(rows.into_iter().enumerate().skip(top)) {
        let lead = if at == cursor {
            theme.symbols.pointer()
        } else {
            " "
        };
        let (name, value) = (format!("{:<16} ", row.name()), app.option_value(row));
        put(
            buf,
            inner,
            line,
            &[
                (lead, theme.accent),
                (&name, theme.dim),
                (&value, theme.text),
            ],
        );
        if at == cursor {
            paint(buf, inner, line, theme.cursor);
        }
    }
    if words > 0 {
        let below = Rect {
            y: inner.y + inner.height - words + 1,
            height: words - 1,
            ..inner
        };
        let refused = app.choice.options.check().err();
        let (text, style) = match &refused {
            Some(message) => (message.as_str(), theme.warn),
            None => (rows[cursor].what(), theme.dim),
        };
        put_wrapped(buf, below, 0, text, style);
    }
}
