//! The shots, to look at and to replace by hand.
//!
//! ```text
//! ┌ Shots ───────────────────────────────────────────────┐
//! │ Based on the context, predict the [MASK] in …        │
//! │▸Q The capital of Kenya is [MASK].                    │
//! │ A Nairobi                                            │
//! └──────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::overlay::{below, edit_line, open};
use super::{paint, put};
use crate::tui::app::{App, ShotsEditor};
use crate::tui::text::{clip, visible};

pub fn draw(app: &App, editor: &ShotsEditor, buf: &mut Buffer) {
    let theme = &app.theme;
    let keys: &[(&str, &str)] = match editor.input {
        Some(_) if editor.is_answering() => {
            &[("enter", "keep this shot"), ("esc", "back to the question")]
        }
        Some(_) => &[("enter", "keep this line"), ("esc", "leave it")],
        None => &[
            ("e", "edit"),
            ("a", "add"),
            ("d", "delete"),
            ("D", "draw anew"),
            ("enter", "use"),
            ("esc", "leave"),
        ],
    };
    let rows = &editor.rows;
    let below = below(app, rows, editor.count());
    let inner = open(app, "Shots", keys, below, buf);
    for (line, (row, text)) in (0..inner.height).zip(editor.lines().enumerate().skip(rows.top)) {
        let here = row == rows.cursor;
        let lead = if here { theme.symbols.pointer() } else { " " };
        let name = match row {
            0 => "",
            row if row % 2 == 1 => "Q ",
            _ => "A ",
        };
        let used = put(buf, inner, line, &[(lead, theme.accent), (name, theme.dim)]);
        let rest = Rect {
            x: inner.x + used,
            width: inner.width - used,
            ..inner
        };
        match &editor.input {
            Some(input) if here => edit_line(app, input, rest, line, buf),
            _ => {
                let text = visible(text, theme.symbols);
                put(
                    buf,
                    rest,
                    line,
                    &[(
                        &clip(&text, usize::from(rest.width), theme.symbols),
                        theme.text,
                    )],
                );
            }
        }
        if here && editor.input.is_none() {
            paint(buf, inner, line, theme.cursor);
        }
    }
}
