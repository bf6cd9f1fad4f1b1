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

use super::overlay::{below, open};
use super::{paint, put, put_wrapped};
use crate::tui::app::{App, OptionRow, Rows};

pub fn draw(app: &App, at: &Rows, buf: &mut Buffer) {
    let theme = &app.theme;
    let keys = [("left/right", "change"), ("u", "undo"), ("esc", "close")];
    let rows = OptionRow::ALL;
    let inner = open(app, "Options", &keys, below(app, at, rows.len()), buf);
    let room = app.overlay_rows();
    let words = inner.height - room;
    for (line, (index, row)) in (0..room).zip(rows.into_iter().enumerate().skip(at.top)) {
        let lead = if index == at.cursor {
            theme.symbols.pointer()
        } else {
            " "
        };
        let (name, value) = (format!("{:<23} ", row.name()), app.option_value(row));
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
        if index == at.cursor {
            paint(buf, inner, line, theme.cursor);
        }
    }
    if words > 0 {
        let below = Rect {
            y: inner.y + inner.height - words + 1,
            height: words - 1,
            ..inner
        };
        let what = rows[at.cursor].what(&app.choice);
        let refused = app.choice.options.check().err();
        let (text, style) = match &refused {
            Some(message) => (message.as_str(), theme.warn),
            None => (what.as_str(), theme.dim),
        };
        put_wrapped(buf, below, 0, text, style);
    }
}
