//! Named sets of templates: use one, save the present choice as one, delete one.

use ratatui::crossterm::event::KeyCode;

use super::{Question, Rows};
use crate::numbers::count;
use crate::sets::{self, TemplateSet};
use crate::tui::app::{App, Doubt, Effect, Notice, Picks};
use crate::tui::keymap::Key;

impl App {
    /// What is to be done, and whether the overlay stays.
    pub(super) fn sets_key(&mut self, key: Key, rows: &mut Rows) -> (Vec<Effect>, bool) {
        if rows.step(key, self.sets.len()) {
            return (Vec::new(), true);
        }
        let here = self.sets.get(rows.cursor);
        match key.code {
            KeyCode::Char('s') => self.ask(Question::SetName, String::new()),
            KeyCode::Char('d') => {
                let Some(name) = here.map(|set| set.name.clone()) else {
                    return (Vec::new(), true);
                };
                let question = format!("d again deletes the set {name}");
                if self.is_sure(Doubt::DeleteSet(name.clone()), question) {
                    return (vec![Effect::DeleteSet(name)], true);
                }
            }
            KeyCode::Enter => {
                if let Some(set) = here.cloned() {
                    self.use_set(&set);
                }
                return (Vec::new(), false);
            }
            KeyCode::Esc | KeyCode::Char('q') => return (Vec::new(), false),
            _ => {}
        }
        (Vec::new(), true)
    }

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
    pub(super) fn save_set(&mut self, name: &str) -> Result<Vec<Effect>, Notice> {
        let name = sets::check_name(name).map_err(|error| Notice::error(error.to_string()))?;
        let waits = || Notice::error("the data is still being read");
        let set = self.present_set(name).ok_or_else(waits)?;
        if set.templates.is_empty() {
            return Err(Notice::error("no template is chosen: choose at least one"));
        }
        let known = self.sets.iter().any(|set| set.name == name);
        let replace = self.has_answered(&Doubt::Replace(name.to_owned()));
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
