//! Named sets of templates: use one, save the present choice as one, delete one.

mod view;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;

use super::{Dialog, NARROW, Outcome, Question};
use crate::numbers::count;
use crate::sets::{self, TemplateSet};
use crate::tui::keymap::Key;
use crate::tui::message::Effect;
use crate::tui::widgets::rows::Rows;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::Picks;
use crate::tui::workspace::confirm::Confirm;
use crate::tui::workspace::status::Notice;

/// The sets with a cursor.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetsList {
    pub rows: Rows,
}

impl Dialog for SetsList {
    fn size(&self, work: &Workspace) -> (u16, u16) {
        (NARROW, super::lines(work.sets.len() + 4).clamp(6, 24))
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

impl Workspace {
    fn use_set(&mut self, set: &TemplateSet) {
        let Some(data) = self.data().cloned() else {
            return;
        };
        let means = set.resolve(&data);
        let chosen = means
            .iter()
            .filter(|templates| !templates.is_empty())
            .count();
        if chosen == 0 {
            let name = &set.name;
            return self.complain(format!("set {name} names no template of these data"));
        }
        self.change(|choice| {
            let relations = data.relations.iter().zip(&means);
            for ((relation, templates), picks) in relations.zip(&mut choice.picks) {
                *picks = Picks::of(relation, templates).into();
            }
        });
        let others = match chosen < data.relations.len() {
            true => ", none of the others",
            false => "",
        };
        self.say(format!(
            "set {}: templates of {}{others}",
            set.name,
            count(chosen, "relation")
        ));
    }

    /// Saves the present choice under a name; asks before it replaces another set.
    pub(in crate::tui) fn save_set(&mut self, name: &str) -> Result<Vec<Effect>, Notice> {
        let name = sets::check_name(name).map_err(|error| Notice::error(error.to_string()))?;
        let waits = || Notice::error("the data is still being read");
        let set = self.present_set(name).ok_or_else(waits)?;
        if set.templates.is_empty() {
            return Err(Notice::error("no template is chosen: choose at least one"));
        }
        let known = self.sets.iter().any(|set| set.name == name);
        let replace = self.has_answered(&Confirm::Replace(name.to_owned()));
        if known && !replace {
            return Err(Notice::replaces(Question::SetName, name));
        }
        Ok(vec![Effect::WriteSet { set, replace }])
    }

    /// What is chosen in every relation, under a name; `None` while there is no data.
    fn present_set(&self, name: &str) -> Option<TemplateSet> {
        let relations = self.data()?.relations.iter().enumerate();
        let chosen = relations.map(|(i, relation)| (relation.id.clone(), self.chosen_ids(i)));
        Some(TemplateSet {
            name: name.to_owned(),
            templates: chosen.filter(|(_, ids)| !ids.is_empty()).collect(),
        })
    }
}
