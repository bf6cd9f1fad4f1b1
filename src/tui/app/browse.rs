//! Data and lists: what is shown of relations, facts and templates, and where the cursors stand.

use std::sync::Arc;

use super::{App, History, List, Model, Pane, Picks};
use crate::data::{Dataset, TemplateChoice, TemplateId};
use crate::model::ModelRef;
use crate::prompt::default_new_tokens;

impl App {
    /// The data, once it has been read.
    pub fn data(&self) -> Option<&Arc<Dataset>> {
        self.data.as_ref()?.as_ref().ok()
    }

    /// Whether the demo model is loaded, of which it is known what it was trained on.
    pub fn is_demo(&self) -> bool {
        let demo = ModelRef::Embedded.to_string();
        matches!(&self.model, Model::Ready(about) if about.model == demo)
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
        self.facts_by_relation = vec![Vec::new(); data.relations.len()];
        for (index, fact) in data.facts.iter().enumerate() {
            self.facts_by_relation[fact.relation].push(index);
        }
        // What is on screen then is not what was asked for: the way to say so is that of the commands.
        let asked = self.start.relation.as_deref().map(|id| data.relation(id));
        let (wanted, unknown) = match asked.transpose() {
            Ok(wanted) => (wanted, None),
            Err(error) => (None, Some(error.to_string())),
        };
        self.choice.picks = self.first_picks(&data, wanted);
        if let Some(message) = unknown {
            self.complain(message);
        }
        self.choice.max_new_tokens = self
            .start
            .max_new_tokens
            .unwrap_or(default_new_tokens(data.style));
        self.history = History::default();
        self.before_filter = None;
        self.relation = wanted.unwrap_or(0);
        self.data = Some(Ok(data));
        self.fill_relations();
        self.open_relation();
    }

    /// The templates chosen at first: those named, as far as the relations asked for have them, or so many of each kind.
    fn first_picks(&mut self, data: &Dataset, wanted: Option<usize>) -> Vec<Arc<Picks>> {
        let with_facts = |relation: &usize| !self.facts_in(*relation).is_empty();
        let relations: Vec<usize> = match wanted {
            Some(relation) => vec![relation],
            None => (0..data.relations.len()).filter(with_facts).collect(),
        };
        let named = self.start.templates.clone().map(TemplateChoice::Named);
        let named = named.filter(|_| !relations.is_empty());
        match named.map(|named| named.apply(data, &relations)) {
            Some(Ok((templates, notes))) => {
                for note in notes {
                    self.say(note);
                }
                let chosen = data.relations.iter().zip(templates);
                return chosen
                    .map(|(relation, templates)| Picks::of(relation, &templates).into())
                    .collect();
            }
            Some(Err(error)) => self.complain(match wanted {
                Some(_) => error.to_string(),
                // Nobody asked for the relation that the error is about.
                None => self.no_relation_has(),
            }),
            None => {}
        }
        let counts = |relation| Picks::counts(relation, self.start.manual, self.start.auto);
        let relations = data.relations.iter();
        relations.map(|relation| counts(relation).into()).collect()
    }

    fn no_relation_has(&self) -> String {
        let ids = self.start.templates.iter().flatten();
        let ids: Vec<String> = ids.map(TemplateId::to_string).collect();
        let ids = ids.join(" or ");
        format!("no relation has {ids}: the first templates are chosen instead")
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
