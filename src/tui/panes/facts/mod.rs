//! The facts of the relation on screen.

mod view;

use ratatui::buffer::Buffer;

use super::{Component, Frame};
use crate::data::Fact;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::widgets::list::List;
use crate::tui::workspace::Workspace;

#[derive(Debug, Default)]
pub struct FactsPane {
    pub list: List,
}

impl FactsPane {
    fn fill(&mut self, work: &Workspace) {
        let Some(data) = work.data() else { return };
        let text = |&index: &usize| {
            let fact = &data.facts[index];
            let text = format!("{} {}", fact.subject, fact.answers.join(" "));
            (index, text)
        };
        let facts = work.browse.facts_in(work.browse.relation);
        self.list
            .fill(facts.iter().map(text), true, work.browse.fact);
    }
}

impl Component for FactsPane {
    fn title(&self, work: &Workspace, _: Frame, _: usize) -> String {
        view::title(self, work)
    }

    fn draw(&self, work: &Workspace, frame: Frame, buf: &mut Buffer) {
        view::draw(self, work, frame, buf);
    }

    fn sync(&mut self, work: &mut Workspace) -> bool {
        if self
            .list
            .is_filled_anew((work.browse.loads, work.browse.relation))
        {
            self.fill(work);
        }
        if let Some(fact) = work
            .browse
            .fact
            .filter(|&fact| self.list.selected() != Some(fact))
        {
            self.list.select(fact);
        }
        false
    }

    fn act(&mut self, work: &mut Workspace, frame: Frame, action: Action) -> Option<Vec<Effect>> {
        if action != Action::MarkFact {
            return None;
        }
        let here = self.list.selected();
        work.change(|choice| choice.mark(here, |marks| &mut marks.facts));
        // On to the next, so that many can be marked in a row.
        self.go(work, frame, 1, 0);
        Some(Vec::new())
    }

    fn hint(&self, work: &Workspace, _: Frame) -> Option<String> {
        let (data, fact) = (work.data()?, work.browse.fact?);
        let Fact {
            subject, answers, ..
        } = &data.facts[fact];
        let right = answers.join(", ");
        Some(format!("{subject}: what counts as right is {right}"))
    }

    fn open(&self, work: &mut Workspace) {
        if let Some(fact) = self.list.selected() {
            work.browse.fact = Some(fact);
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
