//! The templates of the relation on screen.

mod bulk_select;
mod keys;
mod view;

use std::sync::Arc;

use ratatui::buffer::Buffer;

use super::{Component, Frame};
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::widgets::list::List;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::Picks;

pub use bulk_select::Shown;

#[derive(Debug, Default)]
pub struct TemplatesPane {
    pub list: List,
    /// What the list was filled from.
    picks: Option<Arc<Picks>>,
}

/// Columns of the box and the id in front of a template.
const BOX: u16 = 6;

impl TemplatesPane {
    fn fill(&mut self, work: &Workspace) {
        let (Some(data), Some(picks)) = (work.data(), work.picks()) else {
            return;
        };
        let templates = &data.relations[work.browse.relation].templates;
        let keep = self.list.selected();
        let text = |&index: &usize| {
            let template = &templates[index];
            (index, format!("{} {}", template.id, template.text))
        };
        self.list.fill(picks.order().iter().map(text), false, keep);
        // A wording that was just added is what one wants to see.
        let known = self.picks.as_ref().map(|known| known.order());
        let is_new = |one: &&usize| known.is_some_and(|known| !known.contains(one));
        if let Some(&new) = picks.order().iter().find(is_new).filter(|_| keep.is_some()) {
            self.list.select(new);
        }
        self.picks = Some(picks.clone());
    }

    fn toggle(&self, work: &mut Workspace) {
        if let Some(template) = self.list.selected() {
            work.pick(|picks| picks.toggle(template));
        }
    }
}

impl Component for TemplatesPane {
    fn title(&self, work: &Workspace, _: Frame, _: usize) -> String {
        view::title(work)
    }

    fn draw(&self, work: &Workspace, frame: Frame, buf: &mut Buffer) {
        view::draw(self, work, frame, buf);
    }

    fn sync(&mut self, work: &mut Workspace) -> bool {
        let anew = self
            .list
            .is_filled_anew((work.browse.loads, work.browse.relation));
        let is_current = match (&self.picks, work.picks()) {
            (Some(known), Some(now)) => Arc::ptr_eq(known, now),
            _ => false,
        };
        if anew || !is_current {
            self.fill(work);
        }
        let filtered = !self.list.query.is_empty();
        if work.shown.filtered != filtered || work.shown.templates != self.list.items() {
            work.shown = Shown {
                templates: self.list.items().to_vec(),
                filtered,
            };
        }
        false
    }

    fn act(&mut self, work: &mut Workspace, _: Frame, action: Action) -> Option<Vec<Effect>> {
        keys::act(self, work, action).then(Vec::new)
    }

    fn press(&mut self, work: &mut Workspace, frame: Frame, column: u16, row: u16) {
        if self.list.point(frame, row) && column < frame.inner.x + BOX {
            self.toggle(work);
        }
    }

    fn hint(&self, work: &Workspace, _: Frame) -> Option<String> {
        view::hint(work, self.list.selected()?)
    }

    fn list(&self) -> Option<&List> {
        Some(&self.list)
    }

    fn list_mut(&mut self) -> Option<&mut List> {
        Some(&mut self.list)
    }

    fn refill(&mut self, work: &mut Workspace) {
        self.fill(work);
        self.list.go_to_match();
    }
}
