//! Named sets of templates: use one, save the present choice as one, delete one.

mod view;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;

use super::{Dialog, NARROW, Outcome, Question};
use crate::tui::keymap::Key;
use crate::tui::message::Effect;
use crate::tui::widgets::rows::Rows;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::confirm::Confirm;

/// The sets with a cursor.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetsList {
    pub rows: Rows,
}

impl Dialog for SetsList {
    fn size(&self, work: &Workspace) -> (u16, u16) {
        (NARROW, super::lines(work.sets.len() + 4).clamp(6, 24))
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![
            ("enter", "use"),
            ("s", "save the present choice"),
            ("d", "delete"),
            ("esc", "close"),
        ]
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        if self.rows.step(key, work.sets.len()) {
            return (Vec::new(), true);
        }
        let here = work.sets.get(self.rows.cursor).cloned();
        match (key.code, here) {
            (KeyCode::Char('s'), _) => work.ask(Question::SetName, String::new()),
            (KeyCode::Char('d'), Some(set)) => {
                let question = format!("d again deletes the set {}", set.name);
                if work.is_sure(Confirm::DeleteSet(set.name.clone()), question) {
                    return (vec![Effect::DeleteSet(set.name)], true);
                }
            }
            (KeyCode::Enter, here) => {
                if let Some(set) = here {
                    work.use_set(&set);
                }
                return (Vec::new(), false);
            }
            (KeyCode::Esc | KeyCode::Char('q'), _) => return (Vec::new(), false),
            _ => {}
        }
        (Vec::new(), true)
    }

    fn prepare(&mut self, work: &Workspace, inner: Rect) {
        self.rows.follow(inner.height.into(), work.sets.len());
    }

    fn press(&mut self, work: &Workspace, _: Rect, line: usize) {
        self.rows.point(line, work.sets.len());
    }

    fn wheel(&mut self, work: &Workspace, by: isize) -> bool {
        self.rows.shift(by, work.sets.len());
        true
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}
