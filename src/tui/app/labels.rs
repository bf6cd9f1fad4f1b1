//! Names of the panes that stand behind another one, in its border: where they are drawn and clicked.

use super::{App, Pane};
use crate::tui::keymap::Action;
use crate::tui::text::width;

/// The name of a hidden pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub pane: Pane,
    /// ` 4 mask `.
    pub text: String,
}

impl App {
    /// The panes that this one hides, with their keys, in the order in which its border names them at its right end.
    pub fn labels(&self, pane: Pane) -> Vec<Label> {
        let label = |pane: Pane| {
            let key = self.keymap.key(Action::to(pane));
            let text = format!(" {key} {} ", pane.title().to_lowercase());
            Label { pane, text }
        };
        let screen = self.screen();
        match screen.borders {
            true => screen.behind(pane).map(label).collect(),
            false => Vec::new(),
        }
    }

    /// The hidden pane whose name stands on a cell.
    pub(super) fn label_at(&self, column: u16, row: u16) -> Option<Pane> {
        let screen = self.screen();
        let pane = screen.hit(column, row)?;
        let area = screen.pane(pane);
        if row != area.y {
            return None;
        }
        let labels = self.labels(pane);
        let all: usize = labels.iter().map(|label| width(&label.text)).sum();
        let mut start = usize::from(area.right() - 1).saturating_sub(all);
        labels.into_iter().find_map(|label| {
            let columns = start..start + width(&label.text);
            start = columns.end;
            columns.contains(&column.into()).then_some(label.pane)
        })
    }
}
