//! The line, what it asks about the fact on screen, and what it lacks.
//!
//! ```text
//! ┌ Own wording for P36 capital: [X] is the subject, [Y] the answer ───┐
//! │[X] is ruled from _                                                 │
//! │France is ruled from                                                │
//! │missing: [Y] where the answer goes                                  │
//! └────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::WordingEditor;
use crate::data::own_wording;
use crate::tui::overlays::{Dialog, frame};
use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::put;
use crate::tui::widgets::line_input;
use crate::tui::workspace::Workspace;

pub fn draw(editor: &WordingEditor, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let Some(data) = work.data() else { return };
    let relation = &data.relations[work.browse.relation];
    let name = format!("{} {}", relation.id, relation.label);
    let name = visible(name.trim(), symbols);
    let title = format!("Own wording for {name}: [X] is the subject, [Y] the answer");
    frame::open(work, buf, (area, inner), &title, &editor.keys(work), 0);
    line_input::draw(theme, &editor.input, inner, 0, buf);
    let room = usize::from(inner.width);
    let asks = editor.draft().map(|draft| match work.browse.fact {
        Some(fact) => draft.question(&data.facts[fact].subject),
        None => draft.text,
    });
    let asks = asks.unwrap_or_default();
    let asks = visible(&asks, symbols);
    put(buf, inner, 1, &[(&clip(&asks, room, symbols), theme.dim)]);
    let (says, style) = match (&editor.refused, own_wording(editor.input.value())) {
        (Some(refused), _) => (refused.clone(), theme.bad),
        (None, Err(lacks)) => (lacks, theme.warn),
        (None, Ok(_)) => ("complete: enter asks it".to_owned(), theme.good),
    };
    let says = visible(&says, symbols);
    put(buf, inner, 2, &[(&clip(&says, room, symbols), style)]);
}
