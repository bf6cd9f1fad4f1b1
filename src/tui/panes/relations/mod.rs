//! The relations of the data.

mod view;

use ratatui::buffer::Buffer;

use super::{Component, Frame};
use crate::tui::glossary::explained;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::widgets::list::List;
use crate::tui::workspace::Workspace;

pub use view::{lead, marked};

#[derive(Debug, Default)]
pub struct RelationsPane {
    pub list: List,
}

impl RelationsPane {
    fn fill(&mut self, work: &Workspace) {
        let Some(data) = work.data() else { return };
        let text = |relation: &crate::data::Relation| format!("{} {}", relation.id, relation.label);
        let all = data.relations.iter().map(text).enumerate();
        self.list.fill(all, true, Some(work.browse.relation));
    }
}

impl Component for RelationsPane {
    fn title(&self, work: &Workspace, _: Frame, _: usize) -> String {
        view::title(work)
    }

    fn draw(&self, work: &Workspace, frame: Frame, buf: &mut Buffer) {
        view::draw(self, work, frame, buf);
    }

    fn sync(&mut self, work: &mut Workspace) -> bool {
        if self.list.is_filled_anew((work.browse.loads, 0)) {
            self.fill(work);
        }
        if self.list.selected() != Some(work.browse.relation) {
            self.list.select(work.browse.relation);
        }
        false
    }

    fn act(&mut self, work: &mut Workspace, frame: Frame, action: Action) -> Option<Vec<Effect>> {
        if action != Action::MarkRelation {
            return None;
        }
        let here = self.list.selected();
        work.change(|choice| choice.mark(here, |marks| &mut marks.relations));
        // On to the next, so that many can be marked in a row.
        self.go(work, frame, 1, 0);
        Some(Vec::new())
    }

    fn hint(&self, _: &Workspace, _: Frame) -> Option<String> {
        explained("relation")
    }

    fn open(&self, work: &mut Workspace) {
        let here = self.list.selected();
        if let Some(relation) = here.filter(|&here| here != work.browse.relation) {
            work.open_relation(relation);
        }
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
        self.open(work);
    }
}
