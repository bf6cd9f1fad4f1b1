//! Relations: id, label, number of facts; a dot marks those of the selection.
//!
//! ```text
//! ┌ Relations 41 ●1 ───┐
//! │▸P36   capital    25│
//! │●P1376 capital of 25│
//! └────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::RelationsPane;
use crate::numbers::thousands;
use crate::tui::panes::Frame;
use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::{put, put_right};
use crate::tui::widgets::list_view;
use crate::tui::workspace::Workspace;

pub fn title(work: &Workspace) -> String {
    match work.data() {
        None => "Relations".into(),
        Some(data) => {
            let marked = marked(work, work.choice.marks.relations.len());
            format!("Relations {}{marked}", data.relations.len())
        }
    }
}

/// ` ●2`: how many of a list are marked; nothing where none is.
pub fn marked(work: &Workspace, count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(" {}{}", work.theme.symbols.mark(), thousands(count)),
    }
}

pub fn draw(pane: &RelationsPane, work: &Workspace, frame: Frame, buf: &mut Buffer) {
    let theme = &work.theme;
    list_view::draw(work, &pane.list, frame, buf, |buf, line, index| {
        let Some(data) = work.data() else { return };
        let relation = &data.relations[index];
        let lead = lead(
            work,
            index == work.browse.relation,
            work.choice.marks.relations.contains(&index),
        );
        let count = thousands(work.browse.facts_in(index).len());
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
    });
}

/// The column in front of an item: marked, current, or neither.
pub fn lead(work: &Workspace, current: bool, marked: bool) -> &'static str {
    match (marked, current) {
        (true, _) => work.theme.symbols.mark(),
        (_, true) => work.theme.symbols.pointer(),
        _ => " ",
    }
}
