//! Data and lists: what is shown of relations, facts and templates, and where the cursors stand.

use std::sync::Arc;

use super::{App, History, List, Pane, Picks};
use crate::data::{Dataset, Relation, TemplateId};
use crate::prompt::default_new_tokens;

impl App {
    /// The data, once it has been read.
    pub fn data(&self) -> Option<&Arc<Dataset>> {
        self.data.as_ref()?.as_ref().ok()
    }

    /// Why there is no data: still being read (`None`), or what went wrong.
    pub fn data_error(&self) -> Option<&str> {
        self.data.as_ref()?.as_ref().err().map(String::as_str)
    }

    /// Indices of a relation's facts.
    pub fn facts_in(&self, relation: usize) -> &[usize] {
        self.facts_by_relation
            .get(relation)
            .map_or(&[], Vec::as_slice)
    }

    /// The picks of the relation on screen.
    pub fn picks(&self) -> Option<&Picks> {
        self.choice.picks.get(self.relation).map(Arc::as_ref)
    }

    /// Ids of a relation's chosen templates, in the order of the prompt.
    pub fn chosen_ids(&self, relation: usize) -> Vec<TemplateId> {
        let (Some(data), Some(picks)) = (self.data(), self.choice.picks.get(relation)) else {
            return Vec::new();
        };
        picks
            .chosen()
            .into_iter()
            .map(|template| data.relations[relation].templates[template].id)
            .collect()
    }

    pub(super) fn take_data(&mut self, data: Result<Arc<Dataset>, String>) {
        let data = match data {
            Ok(data) => data,
            Err(message) => {
                self.complain(message.clone());
                self.data = Some(Err(message));
                return;
            }
        };
        let picks = |relation: &Relation| match &self.start.templates {
            None => Picks::counts(relation, self.start.manual, self.start.auto),
            Some(ids) => {
                let found: Vec<usize> = ids
                    .iter()
                    .filter_map(|id| relation.find_template(*id))
                    .collect();
                Picks::of(relation, &found)
            }
        };
        self.choice.picks = data
            .relations
            .iter()
            .map(|relation| Arc::new(picks(relation)))
            .collect();
        self.choice.max_new_tokens = self
            .start
            .max_new_tokens
            .unwrap_or(default_new_tokens(data.style));
        self.history = History::default();
        self.facts_by_relation = vec![Vec::new(); data.relations.len()];
        for (index, fact) in data.facts.iter().enumerate() {
            self.facts_by_relation[fact.relation].push(index);
        }
        let wanted = self
            .start
            .relation
            .as_deref()
            .and_then(|id| data.find_relation(id));
        self.relation = wanted.unwrap_or(0);
        self.data = Some(Ok(data));
        self.fill_relations();
        self.open_relation();
    }

    pub(super) fn fill_relations(&mut self) {
        let Some(Ok(data)) = &self.data else { return };
        let all = data
            .relations
            .iter()
            .map(|relation| format!("{} {}", relation.id, relation.label))
            .enumerate();
        self.relations.fill(all, true, Some(self.relation));
    }

    pub(super) fn fill_facts(&mut self) {
        let Some(Ok(data)) = &self.data else { return };
        let text = |&index: &usize| {
            let fact = &data.facts[index];
            (
                index,
                format!("{} {}", fact.subject, fact.answers.join(" ")),
            )
        };
        let facts = self
            .facts_by_relation
            .get(self.relation)
            .map_or(&[][..], Vec::as_slice);
        self.facts.fill(facts.iter().map(text), true, self.fact);
    }

    pub(super) fn fill_templates(&mut self) {
        let (Some(Ok(data)), Some(picks)) = (&self.data, self.choice.picks.get(self.relation))
        else {
            return;
        };
        let templates = &data.relations[self.relation].templates;
        let keep = self.templates.selected();
        let text = |&index: &usize| {
            (
                index,
                format!("{} {}", templates[index].id, templates[index].text),
            )
        };
        self.templates
            .fill(picks.order().iter().map(text), false, keep);
    }

    /// Shows the relation's facts and templates from the top.
    pub(super) fn open_relation(&mut self) {
        self.fact = self.facts_in(self.relation).first().copied();
        self.facts = List::default();
        self.templates = List::default();
        self.fill_facts();
        self.fill_templates();
        self.follow = true;
    }

    /// Takes over where the cursors of the lists stand.
    pub(super) fn settle_cursors(&mut self) {
        if let Some(relation) = self
            .relations
            .selected()
            .filter(|&relation| relation != self.relation)
        {
            self.relation = relation;
            self.open_relation();
        }
        if let Some(fact) = self.facts.selected() {
            self.fact = Some(fact);
        }
    }

    /// Rows of a list pane that hold items: one is taken by a filter, if there is one.
    pub fn list_rows(&self, pane: Pane) -> u16 {
        let filter = u16::from(self.filter_shown(pane));
        self.screen().inner(pane).height.saturating_sub(filter)
    }

    pub(super) fn list_mut(&mut self, pane: Pane) -> Option<&mut List> {
        match pane {
            Pane::Relations => Some(&mut self.relations),
            Pane::Facts => Some(&mut self.facts),
            Pane::Templates => Some(&mut self.templates),
            _ => None,
        }
    }
}
