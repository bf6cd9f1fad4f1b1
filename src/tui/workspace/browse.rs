//! The data, and where in it the user is.

use std::sync::Arc;

use super::Workspace;
use super::choice::Picks;
use super::history::History;
use super::step::Step;
use super::visits::Visits;
use crate::data::{Dataset, TemplateChoice, TemplateId};
use crate::prompt::default_new_tokens;

/// The data, and the relation and fact on screen.
pub struct Browse {
    pub relation: usize,
    pub fact: Option<usize>,
    /// Which template's prompt is shown where the method reads each alone; past the end means the last.
    pub prompt: usize,
    /// How far the data are read, while there are none.
    pub reading: Step,
    /// Counts the data sets that have been read.
    pub loads: u64,
    data: Option<Result<Arc<Dataset>, String>>,
    facts_by_relation: Vec<Vec<usize>>,
}

impl Default for Browse {
    fn default() -> Self {
        Browse {
            relation: 0,
            fact: None,
            prompt: 0,
            reading: Step::new("reading data"),
            loads: 0,
            data: None,
            facts_by_relation: Vec::new(),
        }
    }
}

impl Browse {
    /// The data, once it has been read.
    pub fn data(&self) -> Option<&Arc<Dataset>> {
        self.data.as_ref()?.as_ref().ok()
    }

    /// The data, to add wordings to; runs keep the data that they were asked of.
    pub(super) fn data_mut(&mut self) -> Option<&mut Dataset> {
        Some(Arc::make_mut(self.data.as_mut()?.as_mut().ok()?))
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

    fn fill(&mut self, data: Arc<Dataset>) {
        self.facts_by_relation = vec![Vec::new(); data.relations.len()];
        for (index, fact) in data.facts.iter().enumerate() {
            self.facts_by_relation[fact.relation].push(index);
        }
        self.data = Some(Ok(data));
        self.loads += 1;
    }
}

impl Workspace {
    /// The data, once it has been read.
    pub fn data(&self) -> Option<&Arc<Dataset>> {
        self.browse.data()
    }

    /// The picks of the relation on screen.
    pub fn picks(&self) -> Option<&Arc<Picks>> {
        self.choice.picks.get(self.browse.relation)
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

    /// Goes to a relation and its first fact.
    pub fn open_relation(&mut self, relation: usize) {
        self.browse.relation = relation;
        self.browse.fact = self.browse.facts_in(relation).first().copied();
        self.crosshair.follow = true;
    }

    /// Goes to a fact, and to its relation.
    pub fn open_fact(&mut self, fact: usize) {
        let relation = self.data().map(|data| data.facts[fact].relation);
        if let Some(relation) = relation.filter(|&relation| relation != self.browse.relation) {
            self.open_relation(relation);
        }
        self.browse.fact = Some(fact);
        self.crosshair.follow = true;
    }

    pub(in crate::tui) fn take_data(&mut self, data: Result<Arc<Dataset>, String>) {
        let data = match data {
            Ok(data) => data,
            Err(message) => {
                self.complain(message.clone());
                // Where other data were asked for, those before stay.
                if self.inputs.next_data.take().is_none() || self.data().is_none() {
                    self.browse.data = Some(Err(message));
                }
                return;
            }
        };
        self.turn_to_next_data(&data);
        self.browse.fill(data.clone());
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
        self.visits = Visits::default();
        self.open_relation(wanted.unwrap_or(0));
        self.go_to_place();
    }

    /// The templates chosen at first: those named, as far as the relations asked for have them, or so many of each kind.
    fn first_picks(&mut self, data: &Dataset, wanted: Option<usize>) -> Vec<Arc<Picks>> {
        let with_facts = |relation: &usize| !self.browse.facts_in(*relation).is_empty();
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
}
