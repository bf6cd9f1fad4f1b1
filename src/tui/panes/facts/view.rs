//! Facts of the relation: subject → first answer.
//!
//! ```text
//! ┌ Facts 25 ──────────┐
//! │▸France → Paris     │
//! │ Japan → Tokyo      │
//! └────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::FactsPane;
use crate::numbers::thousands;
use crate::tui::panes::Frame;
use crate::tui::panes::relations::{lead, marked};
use crate::tui::text::{clip, visible, width};
use crate::tui::widgets::cells::put;
use crate::tui::widgets::list_view;
use crate::tui::workspace::Workspace;

pub fn title(pane: &FactsPane, work: &Workspace) -> String {
    let (shown, all) = (
        pane.list.items().len(),
        work.browse.facts_in(work.browse.relation).len(),
    );
    let of = match shown < all {
        true => format!("{} of ", thousands(shown)),
        false => String::new(),
    };
    let marked = marked(work, work.choice.marks.facts.len());
    format!("Facts {of}{}{marked}", thousands(all))
}

pub fn draw(pane: &FactsPane, work: &Workspace, frame: Frame, buf: &mut Buffer) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    list_view::draw(work, &pane.list, frame, buf, |buf, line, index| {
        let Some(data) = work.data() else { return };
        let fact = &data.facts[index];
        let lead = lead(
            work,
            Some(index) == work.browse.fact,
            work.choice.marks.facts.contains(&index),
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
    });
}
