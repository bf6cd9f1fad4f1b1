//! Wordings of one's own: added to the relation on screen, changed, taken away. Undo takes all of that back.

use super::Workspace;
use crate::data::own_wording;

/// A wording that is being typed: masks and prompts follow it before it is a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub text: String,
    /// The own wording whose place it takes.
    pub replaces: Option<usize>,
}

impl Draft {
    /// What it asks about a subject, finished or not.
    pub fn question(&self, subject: &str) -> String {
        self.text.replace("[Y]", "[MASK]").replace("[X]", subject)
    }
}

impl Workspace {
    /// Makes a template of a typed wording of the relation on screen, chosen.
    ///
    /// # Errors
    /// What the wording lacks.
    pub(in crate::tui) fn add_wording(&mut self, draft: &Draft) -> Result<(), String> {
        let text = own_wording(&draft.text)?;
        let relation = self.browse.relation;
        let (Some(data), Some(picks)) = (self.data(), self.picks()) else {
            return Err("the data is still being read".into());
        };
        let templates = &data.relations[relation].templates;
        let same = |&&one: &&usize| templates[one].text == text && Some(one) != draft.replaces;
        if let Some(&known) = picks.order().iter().find(same) {
            let id = templates[known].id;
            return Err(format!("{id} asks just so: choose it in the list"));
        }
        let Some(data) = self.browse.data_mut() else {
            return Ok(());
        };
        let index = data.add_wording(relation, None, &text)?;
        let id = data.relations[relation].templates[index].id;
        self.pick(|picks| match draft.replaces {
            Some(old) if old != index => picks.replace(old, index),
            Some(_) => {}
            None => picks.add(index),
        });
        self.say(format!("{id} is asked from now on: {text}"));
        Ok(())
    }

    /// Takes an own wording away; says why not where it is one of the data.
    pub(in crate::tui) fn remove_wording(&mut self, template: usize) {
        let relation = self.browse.relation;
        let Some(id) = self
            .data()
            .map(|data| data.relations[relation].templates[template].id)
        else {
            return;
        };
        let mut removed = false;
        self.pick(|picks| removed = picks.remove(template));
        self.say(match removed {
            true => format!("{id} is taken away: undo brings it back"),
            false => format!("{id} is one of the data: only own wordings can be taken away"),
        });
    }
}
