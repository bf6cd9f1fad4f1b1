//! Which model and which data are open, which were lately, and opening others in their place.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::memory::Place;
use super::step::Step;
use super::{Model, Workspace};
use crate::data::{Columns, Dataset, Source, Style};
use crate::engine::About;
use crate::model::ModelRef;
use crate::tui::message::Effect;

/// Most names of either kind that are remembered.
const MOST: usize = 8;

/// Data that can be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataRef {
    pub source: Source,
    pub style: Style,
}

impl DataRef {
    /// The words for the embedded data of the other style; anything else is what `--data` takes.
    const WEBQA: &str = "embedded webqa";

    /// Every one that needs no path.
    const NAMED: [&str; 3] = ["embedded", DataRef::WEBQA, "hub"];
}

impl FromStr for DataRef {
    type Err = String;

    /// As [`DataRef`]'s display writes it: `embedded webqa`, `table.csv --columns question=q1+q2,answers=gold`.
    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            DataRef::WEBQA => DataRef {
                source: Source::Embedded,
                style: Style::WebQuestions,
            },
            other => DataRef {
                source: Source::named(other)?,
                style: Style::default(),
            },
        })
    }
}

impl fmt::Display for DataRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.source, self.style) {
            (Source::Embedded, Style::WebQuestions) => f.write_str(DataRef::WEBQA),
            (source, _) => source.fmt(f),
        }
    }
}

/// What a session opens and has opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    pub data: DataRef,
    /// As it is named: an alias, a repository, a path.
    pub model: String,
    /// The latest first, those that are open among them.
    pub models: Vec<String>,
    /// Where the user was in which data, the latest first.
    pub places: Vec<Place>,
    /// What is being opened.
    pub next_data: Option<DataRef>,
    pub next_model: Option<String>,
}

/// A model or data that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Model(String),
    Data(String),
}

impl Inputs {
    /// Everything that can be opened by its name: models, then data.
    pub fn all(&self) -> Vec<Input> {
        let mut models = vec![self.model.clone()];
        models.extend(self.models.iter().cloned());
        models.push(ModelRef::Embedded.to_string());
        let mut data = vec![self.data.to_string()];
        data.extend(self.places.iter().map(|place| place.data.clone()));
        data.extend(DataRef::NAMED.map(str::to_owned));
        let models = distinct(models).into_iter().map(Input::Model);
        models
            .chain(distinct(data).into_iter().map(Input::Data))
            .collect()
    }

    /// Whether this is what is open now.
    pub fn is_open(&self, input: &Input) -> bool {
        match input {
            Input::Model(name) => *name == self.model,
            Input::Data(name) => *name == self.data.to_string(),
        }
    }

    /// Remembers where the user was in data that are left.
    pub(super) fn leave(&mut self, place: Option<Place>) {
        if let Some(place) = place {
            self.places.retain(|known| known.data != place.data);
            self.places.insert(0, place);
            self.places.truncate(MOST);
        }
    }

    fn note_model(&mut self, name: String) {
        self.models.retain(|known| *known != name);
        self.models.insert(0, name.clone());
        self.models.truncate(MOST);
        self.model = name;
    }
}

fn distinct(names: Vec<String>) -> Vec<String> {
    let mut known = Vec::new();
    for name in names {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    known
}

impl Workspace {
    /// Opens a model or data in place of what is open.
    pub(in crate::tui) fn open_input(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Model(name) => self.load_model(Some(name)),
            Input::Data(name) => self.load_data(name),
        }
    }

    /// Loads a model, or the one that was asked for last again.
    pub(in crate::tui) fn load_model(&mut self, name: Option<String>) -> Vec<Effect> {
        if self.runs.is_active() {
            self.say("a run goes on: cancel it first".into());
            return Vec::new();
        }
        if name.is_some() {
            self.inputs.next_model.clone_from(&name);
        }
        vec![Effect::LoadModel(name)]
    }

    fn load_data(&mut self, name: String) -> Vec<Effect> {
        if self.runs.is_active() {
            self.say("a run goes on: cancel it first".into());
            return Vec::new();
        }
        let data: DataRef = match name.parse() {
            Ok(data) => data,
            Err(why) => {
                self.complain(format!("--columns: {why}"));
                return Vec::new();
            }
        };
        self.browse.reading = Step::new("reading data");
        self.inputs.next_data = Some(data.clone());
        vec![Effect::LoadData(data)]
    }

    /// Gives up opening other data; whether they were being opened.
    pub(in crate::tui) fn leave_data(&mut self) -> bool {
        let was = self.inputs.next_data.take();
        if let Some(data) = &was {
            self.say(format!("not opened: {data}"));
        }
        was.is_some()
    }

    /// Effects that stop what runs before data take the place of others.
    pub(in crate::tui) fn stop_for(&self, data: &Result<Arc<Dataset>, String>) -> Vec<Effect> {
        match data.is_ok() && self.inputs.next_data.is_some() && self.runs.is_active() {
            true => self.stop(),
            false => Vec::new(),
        }
    }

    /// Notes which model is ready, for commands and for the next start.
    pub(in crate::tui) fn take_model(&mut self, about: About) {
        if let Some(name) = self.inputs.next_model.take() {
            let is_usual = name == ModelRef::default().to_string();
            self.set_engine_word("--model", (!is_usual).then(|| name.clone()));
            self.inputs.model = name;
        }
        self.inputs.note_model(self.inputs.model.clone());
        self.model = Model::Ready(about);
    }

    /// Takes data that were asked for in place of others: what was chosen and run there is left behind, with its place
    /// remembered.
    pub(super) fn turn_to_next_data(&mut self, data: &Arc<Dataset>) {
        let Some(next) = self.inputs.next_data.take() else {
            return;
        };
        let place = self.place(&self.inputs.data.to_string());
        self.inputs.leave(place);
        let name = next.to_string();
        let mut places = self.inputs.places.iter();
        self.start.place = places.find(|place| place.data == name).cloned();
        self.start.relation = None;
        self.start.templates = None;
        self.set_engine_word(
            "--data",
            (next.source != Source::default()).then(|| next.source.place()),
        );
        self.set_engine_word("--columns", next.source.columns().map(Columns::to_string));
        self.set_engine_word(
            "--dataset",
            (next.style != Style::default()).then(|| next.style.to_string()),
        );
        self.inputs.data = next;
        self.choice.marks = Arc::default();
        self.runs.forget();
        self.cache.forget_shots();
        self.say(format!(
            "opened: {name}, {}",
            crate::numbers::count(data.facts.len(), "fact")
        ));
    }

    /// Sets an option of the command lines that the explorer shows, or leaves it out.
    fn set_engine_word(&mut self, option: &str, value: Option<String>) {
        let words = &mut self.start.engine_words;
        if let Some(at) = words.iter().position(|word| word == option) {
            words.drain(at..(at + 2).min(words.len()));
        }
        if let Some(value) = value {
            words.extend([option.to_owned(), value]);
        }
    }
}
