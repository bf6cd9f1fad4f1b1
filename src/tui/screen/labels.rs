//! Names of the panes that stand behind another one, in its border: where they are drawn and clicked.

use super::Screen;
use crate::tui::keymap::{Action, Keymap};
use crate::tui::panes::Pane;
use crate::tui::text::width;

/// The name of a hidden pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub pane: Pane,
    /// ` 4 mask `.
    pub text: String,
}

impl Screen {
    /// The panes that this one hides, with their keys, in the order in which its border names them at its right end.
    pub fn labels(&self, pane: Pane, keymap: &Keymap) -> Vec<Label> {
        let label = |pane: Pane| {
            let key = keymap.key(Action::Go(pane));
            let text = format!(" {key} {} ", pane.title().to_lowercase());
            Label { pane, text }
        };
        match self.borders {
            true => self.behind(pane).map(label).collect(),
            false => Vec::new(),
        }
    }

    /// The hidden pane whose name stands on a cell.
    pub fn label_at(&self, column: u16, row: u16, keymap: &Keymap) -> Option<Pane> {
        let pane = self.hit(column, row)?;
        let area = self.pane(pane);
        if row != area.y {
            return None;
        }
        let labels = self.labels(pane, keymap);
        let all: usize = labels.iter().map(|label| width(&label.text)).sum();
        let mut start = usize::from(area.right() - 1).saturating_sub(all);
        labels.into_iter().find_map(|label| {
            let columns = start..start + width(&label.text);
            start = columns.end;
            columns.contains(&column.into()).then_some(label.pane)
        })
    }
}
