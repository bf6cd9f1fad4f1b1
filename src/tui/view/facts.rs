//! Facts of the relation: subject → first answer.
//!
//! ```text
//! ┌ Facts 25 ──────────┐
//! │▸France → Paris     │
//! │ Japan → Tokyo      │
//! └────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use super::relations::{lead, marked};
use crate::numbers::thousands;
use crate::tui::app::{App, Pane};
use crate::tui::text::{clip, visible, width};

pub fn title(app: &App) -> String {
    let (shown, all) = (app.facts.items().len(), app.facts_in(app.relation).len());
    let of = match shown < all {
        true => format!("{} of ", thousands(shown)),
        false => String::new(),
    };
    let marked = marked(app, app.choice.marks.facts.len());
    format!("Facts {of}{}{marked}", thousands(all))
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let symbols = theme.symbols;
    super::list::draw(
        app,
        Pane::Facts,
        &app.facts,
        area,
        buf,
        |buf, line, index| {
            let Some(data) = app.data() else { return };
            let fact = &data.facts[index];
            let lead = lead(
                app,
                Some(index) == app.fact,
                app.choice.marks.facts.contains(&index),
            );
            let subject = visible(&fact.subject, symbols);
            // A long subject leaves a third of the line to the answers.
            let room = usize::from(line.width).saturating_sub(2);
            let answers = visible(&fact.answers.join(", "), symbols).into_owned();
            let least = (room / 3).min(width(&answers) + 3);
            let subject = clip(&subject, room.saturating_sub(least), symbols);
            let rest = room.saturating_sub(width(&subject) + 1 + width(symbols.arrow()));
            let answers = clip(&answers, rest, symbols);
            let pieces = [
                (lead, theme.accent),
                (&*subject, theme.text),
                (" ", theme.text),
                (symbols.arrow(), theme.dim),
                (" ", theme.text),
                (&*answers, theme.dim),
            ];
            put(buf, line, 0, &pieces);
        },
    );
}
