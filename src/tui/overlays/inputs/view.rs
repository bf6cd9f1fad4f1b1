//! The models and data that can be opened.
//!
//! ```text
//! ┌ Another model, other data ───────────────────────────────────────────────────────┐
//! │▸model  embedded                                                             open │
//! │ model  llama3.2_3b_it                                                            │
//! │ data   embedded                                                             open │
//! │ data   embedded webqa                                                            │
//! │ data   hub                                                                       │
//! │enter open  m another model by its name  d other data by their path  esc close    │
//! └──────────────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{BELOW, InputsList};
use crate::tui::overlays::{Dialog, frame};
use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::{paint, put, put_right};
use crate::tui::widgets::line_input;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::inputs::Input;

/// Columns before a name and after it.
const BESIDES: u16 = 18;

/// The lines that hold models and data.
pub fn rows(inner: Rect) -> Rect {
    let height = match inner.height.checked_sub(BELOW) {
        Some(height) if height > 0 => height,
        _ => inner.height,
    };
    Rect { height, ..inner }
}

pub fn draw(list: &InputsList, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let theme = &work.theme;
    let all = work.inputs.all();
    let room = rows(inner);
    let below = list.rows.below(room.height.into(), all.len());
    let title = "Another model, other data";
    frame::open(work, buf, (area, inner), title, &list.keys(work), below);
    for (line, (row, input)) in (0..room.height).zip(all.iter().enumerate().skip(list.rows.top)) {
        let here = row == list.rows.cursor;
        let lead = if here { theme.symbols.pointer() } else { " " };
        let (kind, name, about) = match input {
            Input::Model(name) => ("model  ", name, about_model(name)),
            Input::Data(name) => ("data   ", name, about_data(name)),
        };
        let name = visible(name, theme.symbols);
        let columns = usize::from(room.width.saturating_sub(BESIDES));
        let name = clip(&name, columns, theme.symbols);
        let pieces = [
            (lead, theme.accent),
            (kind, theme.dim),
            (&*name, theme.text),
            ("  ", theme.text),
            (about, theme.dim),
        ];
        let used = put(buf, room, line, &pieces);
        if work.inputs.is_open(input) {
            put_right(buf, room, line, used, &[("open ", theme.good)]);
        }
        if here {
            paint(buf, room, line, theme.cursor);
        }
    }
    if let Some(typing) = &list.typing {
        let line = room.height;
        put(buf, inner, line, &[(typing.expects, theme.dim)]);
        let rest = Rect {
            y: inner.y + line,
            height: inner.height - line,
            ..inner
        };
        line_input::draw(theme, &typing.line, rest, 1, buf);
    }
}

fn about_model(name: &str) -> &'static str {
    match name {
        "embedded" => "the demo model, built in",
        _ => "",
    }
}

fn about_data(name: &str) -> &'static str {
    match name {
        "embedded" => "a sample of relations, built in",
        "embedded webqa" => "a sample of WebQuestions with paraphrases, built in",
        "hub" => "MyriadLAMA as published, downloaded once",
        _ => "",
    }
}
