//! Named sets of templates: use one, save the present choice as one, delete one.

use ratatui::crossterm::event::KeyCode;

use super::{Question, step};
use crate::sets::TemplateSet;
use crate::tui::app::{App, Doubt, Effect, Picks};
use crate::tui::keymap::Key;

impl App {
    /// What is to be done, and whether the overlay stays.
    pub(super) fn sets_key(&mut self, key: Key, cursor: &mut usize) -> (Vec<Effect>, bool) {
        let rows = self.sets.len();
        *cursor = (*cursor).min(rows.saturating_sub(1));
        if step(key, cursor, rows) {
            return (Vec::new(), true);
        }
        match key.code {
            KeyCode::Char('s') => {
                self.ask(Question::SetName, String::new());
                return (Vec::new(), false);
            }
            KeyCode::Char('d') => {
                let Some(name) = self.sets.get(*cursor).map(|set| set.name.clone()) else {
                    return (Vec::new(), true);
                };
                let question = format!("d again deletes the set {name}");
                if self.is_sure(Doubt::DeleteSet(name.clone()), question) {
                    return (vec![Effect::DeleteSet(name)], true);
                }
            }
            KeyCode::Enter => {
                if let Some(set) = self.sets.get(*cursor).cloned() {
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
        self.change(|choice| {
            let chosen = data
                .relations
                .iter()
                .zip(set.resolve(&data))
                .zip(&mut choice.picks);
            for ((relation, templates), picks) in chosen {
                if let Some(templates) = templates {
                    *picks = Picks::of(relation, &templates).into();
                }
            }
        });
        self.say(format!(
            "set {}: templates of {} relations",
            set.name,
            set.templates.len()
        ));
    }

    /// What is chosen in every relation, under a name; `None` while there is no data.
    pub(super) fn present_set(&self, name: &str) -> Option<TemplateSet> {
        let relations = self.data()?.relations.iter().enumerate();
        let chosen = relations.map(|(i, relation)| (relation.id.clone(), self.chosen_ids(i)));
        Some(TemplateSet {
            name: name.to_owned(),
            templates: chosen.filter(|(_, ids)| !ids.is_empty()).collect(),
        })
    }
}
