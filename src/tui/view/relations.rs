//! Relations: id, label, number of facts; a dot marks those of the selection.
//!
//! ```text
//! ┌ Relations 41 ●1 ───┐
//! │▸P36   capital    25│
//! │●P1376 capital of 25│
//! └────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{put, put_right};
use crate::numbers::thousands;
use crate::tui::app::{App, Pane};
use crate::tui::text::{clip, visible};

pub fn title(app: &App) -> String {
    match app.data() {
        None => "Relations".into(),
        Some(data) => {
            let marked = marked(app, app.choice.marks.relations.len());
            format!("Relations {}{marked}", data.relations.len())
        }
    }
}

/// ` ●2`: how many of a list are marked; nothing where none is.
pub fn marked(app: &App, count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(" {}{}", app.theme.symbols.mark(), thousands(count)),
    }
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    super::list::draw(
        app,
        Pane::Relations,
        &app.relations,
        area,
        buf,
        |buf, line, index| {
            let Some(data) = app.data() else { return };
            let relation = &data.relations[index];
            let lead = lead(
                app,
                index == app.relation,
                app.choice.marks.relations.contains(&index),
            );
            let count = thousands(app.facts_in(index).len());
            let id = format!("{:<6}", visible(&relation.id, theme.symbols));
            let label = visible(&relation.label, theme.symbols);
            let room = usize::from(line.width).saturating_sub(9 + count.len());
            let pieces = [
                (lead, theme.accent),
                (&*id, theme.text),
                (&*clip(&label, room, theme.symbols), theme.dim),
            ];
            let used = put(buf, line, 0, &pieces);
            put_right(buf, line, 0, used, &[(&count, theme.dim)]);
        },
    );
}

/// The column in front of an item: marked, current, or neither.
pub fn lead(app: &App, current: bool, marked: bool) -> &'static str {
    match (marked, current) {
        (true, _) => app.theme.symbols.mark(),
        (_, true) => app.theme.symbols.pointer(),
        _ => " ",
    }
}
