//! Named sets of templates: using one, and the present choice as one.

use std::collections::BTreeMap;

use super::Workspace;
use super::choice::Picks;
use super::confirm::Confirm;
use super::status::Notice;
use crate::numbers::count;
use crate::sets::{self, TemplateSet};
use crate::tui::message::Effect;
use crate::tui::overlays::Question;

impl Workspace {
    /// Chooses the templates of a set in every relation.
    pub(in crate::tui) fn use_set(&mut self, set: &TemplateSet) {
        let Some(data) = self.browse.data_mut() else {
            return;
        };
        if let Err(message) = set.add_wordings(data) {
            return self.complain(format!("set {}: {message}", set.name));
        }
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
                let mut chosen = Picks::of(relation, templates);
                chosen.keep_wordings(picks);
                *picks = chosen.into();
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
        let mut set = TemplateSet {
            name: name.to_owned(),
            ..TemplateSet::default()
        };
        for (index, relation) in self.data()?.relations.iter().enumerate() {
            let chosen = self.choice.picks.get(index)?.chosen();
            if chosen.is_empty() {
                continue;
            }
            let templates = chosen.iter().map(|&one| &relation.templates[one]);
            let own = templates.clone().filter(|template| template.is_own());
            let texts: BTreeMap<_, _> = own.map(|one| (one.id, one.text.clone())).collect();
            if !texts.is_empty() {
                set.wordings.insert(relation.id.clone(), texts);
            }
            let ids = templates.map(|template| template.id).collect();
            set.templates.insert(relation.id.clone(), ids);
        }
        Some(set)
    }
}
