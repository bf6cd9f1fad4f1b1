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

use super::ShotsEditor;
use crate::tui::overlays::{Dialog, frame};
use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::{paint, put};
use crate::tui::widgets::line_input;
use crate::tui::workspace::Workspace;

pub fn draw(editor: &ShotsEditor, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let theme = &work.theme;
    let rows = &editor.rows;
    let below = rows.below(inner.height.into(), editor.count());
    let keys = editor.keys(work);
    frame::open(work, buf, (area, inner), "Shots", &keys, below);
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
            Some(input) if here => line_input::draw(&work.theme, input, rest, line, buf),
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
