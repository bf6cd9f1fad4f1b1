//! What comes back at the next start: where the user was, what was chosen, how the screen looked.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::choice::{Picks, ShotsFrom};
use super::{Start, Workspace};
use crate::data::{TemplateChoice, TemplateId};
use crate::engine::Method;
use crate::layout::Options;
use crate::prompt::{Chat, Shots, default_new_tokens};
use crate::tui::screen::PaneSizes;

/// Changes with the meaning of the fields.
const VERSION: u32 = 1;

/// What a session leaves to the next one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    #[serde(flatten)]
    pub choice: Remembered,
    /// Where in which data.
    pub place: Option<Place>,
    pub look: Look,
    /// Where in other data, the latest first, and which models: as [`super::inputs::Inputs`] has them.
    #[serde(default)]
    pub places: Vec<Place>,
    #[serde(default)]
    pub models: Vec<String>,
}

/// What does not depend on the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    pub method: Method,
    pub options: Options,
    pub extract: String,
    pub shots: RememberedShots,
    #[serde(default)]
    pub chat: Chat,
    /// `None`: as many as the data set's style has.
    pub max_new_tokens: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RememberedShots {
    Drawn { count: usize, seed: u64 },
    Given(Shots),
}

/// Where the user was in the data, by ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// As given: `embedded`, `hub` or a path.
    pub data: String,
    pub relation: String,
    pub fact: Option<String>,
    /// Of relations in which others than the first templates are chosen, those in order.
    pub templates: BTreeMap<String, Vec<String>>,
    /// Own wordings of relations that have any: their ids and texts, in the order of the list.
    #[serde(default)]
    pub wordings: BTreeMap<String, Vec<(String, String)>>,
    pub marked_relations: Vec<String>,
    pub marked_facts: Vec<String>,
}

/// How the screen looked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The theme that the configuration names, and the one that was turned to: it holds as long as that is so.
    pub theme: Option<(String, String)>,
    /// Titles of panes.
    pub focus: String,
    pub lower: String,
    pub enlarged: bool,
    pub sizes: PaneSizes,
    /// Tokens to a cell of the mask; `None`: all of it.
    pub zoom: Option<usize>,
}

/// What the command line says, which wins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Given {
    pub relation: bool,
    pub templates: bool,
    pub method: bool,
    pub layout: bool,
    pub shots: bool,
    pub chat: bool,
    pub max_new_tokens: bool,
    pub extract: bool,
}

impl Memory {
    /// From the text of its file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let wrong = |error: serde_json::Error| format!("is not understood ({error})");
        let Version { version } = serde_json::from_str(text).map_err(wrong)?;
        if version != VERSION {
            return Err(format!("is of version {version}, expected {VERSION}"));
        }
        serde_json::from_str(text).map_err(wrong)
    }

    /// Lays what is remembered under what the command line says.
    pub fn lay_under(self, start: &mut Start, given: Given) {
        let choice = self.choice;
        if !given.method {
            start.method = choice.method;
        }
        if !given.layout && choice.options.check().is_ok() {
            start.options = choice.options;
        }
        if let (false, Ok(extract)) = (given.extract, choice.extract.parse()) {
            start.extract = extract;
        }
        if !given.max_new_tokens {
            start.max_new_tokens = choice.max_new_tokens;
        }
        if !given.shots {
            start.shots = match choice.shots {
                RememberedShots::Drawn { count, seed } => ShotsFrom::Drawn { count, seed },
                RememberedShots::Given(shots) => ShotsFrom::Given(Arc::new(shots)),
            };
        }
        if !given.chat {
            start.chat = choice.chat;
        }
        let inputs = &mut start.inputs;
        inputs.models = self.models;
        inputs.places = self.place.into_iter().chain(self.places).collect();
        let data = inputs.data.to_string();
        let mut places = inputs.places.iter();
        start.place = places.find(|place| place.data == data).cloned();
        if let Some(place) = &mut start.place {
            if given.relation {
                place.relation.clear();
                place.fact = None;
            }
            if given.templates {
                place.templates.clear();
            }
        }
    }
}

impl Workspace {
    /// What this session leaves to the next one.
    pub(in crate::tui) fn memory(&self, look: Look) -> Memory {
        let place = self.place(&self.inputs.data.to_string());
        let here = place.as_ref().map(|place| &place.data);
        let others = self.inputs.places.iter();
        Memory {
            version: VERSION,
            choice: self.remembered(),
            places: others
                .filter(|place| Some(&place.data) != here)
                .cloned()
                .collect(),
            models: self.inputs.models.clone(),
            place,
            look,
        }
    }

    /// What is chosen, for the next start.
    fn remembered(&self) -> Remembered {
        let choice = &self.choice;
        let style = self.data().map(|data| data.style).unwrap_or_default();
        let usual = default_new_tokens(style);
        Remembered {
            method: choice.method,
            options: choice.options.clone(),
            extract: choice.extract.to_string(),
            shots: match &choice.shots {
                ShotsFrom::Drawn { count, seed } => RememberedShots::Drawn {
                    count: *count,
                    seed: *seed,
                },
                ShotsFrom::Given(shots) => RememberedShots::Given((**shots).clone()),
            },
            chat: choice.chat,
            max_new_tokens: Some(choice.max_new_tokens).filter(|&count| count != usual),
        }
    }

    /// Where the user is, for the next start; what was remembered before while there are no data.
    pub(super) fn place(&self, name: &str) -> Option<Place> {
        let Some(data) = self.data() else {
            return self.start.place.clone();
        };
        let relations = data.relations.iter().zip(&self.choice.picks);
        let others = relations.filter(|(relation, picks)| {
            ***picks != Picks::counts(relation, None, TemplateChoice::AUTO)
        });
        let ids = others.map(|(relation, picks)| {
            let chosen = picks.chosen().into_iter();
            let ids = chosen.map(|template| relation.templates[template].id.to_string());
            (relation.id.clone(), ids.collect())
        });
        let wordings = data.relations.iter().zip(&self.choice.picks);
        let wordings = wordings.map(|(relation, picks)| {
            let listed = picks.order().iter().map(|&one| &relation.templates[one]);
            let own = listed.filter(|template| template.is_own());
            let texts = own.map(|template| (template.id.to_string(), template.text.clone()));
            (relation.id.clone(), texts.collect::<Vec<_>>())
        });
        let uuid = |&fact: &usize| data.facts[fact].uuid.clone();
        let id = |&relation: &usize| data.relations[relation].id.clone();
        let marks = &self.choice.marks;
        Some(Place {
            data: name.to_owned(),
            relation: id(&self.browse.relation),
            fact: self.browse.fact.as_ref().map(uuid),
            templates: ids.collect(),
            wordings: wordings.filter(|(_, own)| !own.is_empty()).collect(),
            marked_relations: marks.relations.iter().map(id).collect(),
            marked_facts: marks.facts.iter().map(uuid).collect(),
        })
    }

    /// Goes to where the last session was; what the data lack is left as it is.
    pub(super) fn go_to_place(&mut self) {
        let Some(place) = self.start.place.clone() else {
            return;
        };
        self.add_wordings_of(&place);
        let Some(data) = self.data().cloned() else {
            return;
        };
        let relation = |id: &String| data.relations.iter().position(|one| one.id == *id);
        let fact = |uuid: &String| data.facts.iter().position(|one| one.uuid == *uuid);
        for (id, templates) in &place.templates {
            let Some(index) = relation(id) else { continue };
            let known = &data.relations[index];
            let find = |id: &String| known.find_template(id.parse::<TemplateId>().ok()?);
            let found: Vec<usize> = templates.iter().filter_map(find).collect();
            if found.len() == templates.len() {
                let mut picks = Picks::of(known, &found);
                picks.keep_wordings(&self.choice.picks[index]);
                self.choice.picks[index] = picks.into();
            }
        }
        let marks = Arc::make_mut(&mut self.choice.marks);
        marks.relations = place.marked_relations.iter().filter_map(relation).collect();
        marks.facts = place.marked_facts.iter().filter_map(fact).collect();
        if let Some(relation) = relation(&place.relation) {
            self.open_relation(relation);
        }
        if let Some(fact) = place.fact.as_ref().and_then(fact) {
            self.open_fact(fact);
        }
    }
    /// Lists the own wordings of a place again.
    fn add_wordings_of(&mut self, place: &Place) {
        for (id, wordings) in &place.wordings {
            let Some(data) = self.browse.data_mut() else {
                return;
            };
            let known = data.relations.iter().position(|one| one.id == *id);
            let Some(relation) = known else { continue };
            for (id, text) in wordings {
                let number = id.parse::<TemplateId>().ok().map(|id| id.number);
                // Data of another kind take none: nothing is lost, they stand in the place.
                let Ok(index) = data.add_wording(relation, number, text) else {
                    continue;
                };
                Arc::make_mut(&mut self.choice.picks[relation]).list(index);
            }
        }
    }
}
