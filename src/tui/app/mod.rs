//! The explorer as a pure state machine: events in, effects out; no I/O, no clock, no threads.
//!
//! ```text
//! Event ─► App::handle ─► Effects          (runtime and worker carry them out)
//!              │
//!              └► App::prepare ─► view::draw   (once per frame, however many events came before)
//! ```

mod actions;
mod choice;
mod command;
mod jobs;
mod list;
mod mask;
mod message;
mod mouse;
mod overlay;
mod overlays;
mod pane;
mod prompt;
mod run;
mod sequence;

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

pub use choice::{Choice, History, Marks, Picks, ShotsFrom};
pub use command::{CommandLine, quote};
pub use list::List;
pub use mask::{Axis, Block, Grid, Level, MaskView, Zoom};
pub use message::{Effect, Event, Mouse, MouseKind, News, Words};
pub use overlay::{Overlay, Question, ShotsEditor};
pub use overlays::OPTIONS;
pub use pane::{MaskParts, Pane, Screen};
pub use prompt::PromptLine;
pub use run::{Job, OwnAnswer, Run, Runs, Scope, Scored, State, Stream};
pub use sequence::{Ingredients, Pieces, Sequence};

use super::keymap::Keymap;
use super::theme::Theme;
use crate::data::{Dataset, TemplateId};
use crate::engine::{About, Method};
use crate::layout::Options;
use crate::prompt::{Shots, default_new_tokens};
use crate::score::Extract;
use crate::sets::TemplateSet;

/// What the explorer begins with.
#[derive(Debug, Clone)]
pub struct Start {
    /// Relation to open; the first where `None`.
    pub relation: Option<String>,
    /// Templates chosen at first, per relation: so many manual ones (all where `None`) and so many auto ones.
    pub manual: Option<usize>,
    pub auto: usize,
    /// These templates instead.
    pub templates: Option<Vec<TemplateId>>,
    pub shots: ShotsFrom,
    pub method: Method,
    pub options: Options,
    pub max_new_tokens: Option<usize>,
    pub extract: Extract,
    /// Command-line words for data and engine that differ from the defaults: `--model`, `DIR`, ….
    pub engine_words: Vec<String>,
    /// Where template sets and shots are kept.
    pub folder: PathBuf,
    pub mouse: bool,
}

/// How far the model is.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    Loading { what: String, done: u64, total: u64 },
    Ready(About),
    Failed(String),
}

/// A line at the bottom until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_error: bool,
}

/// Lines of log that are kept.
const LOG: usize = 200;

/// Everything on screen.
pub struct App {
    pub start: Start,
    pub keymap: Keymap,
    pub theme: Theme,
    pub size: (u16, u16),
    pub focus: Pane,
    /// The pane of mask, prompt and run that was looked at last, for screens that hold one of them.
    pub lower: Pane,
    pub enlarged: bool,
    pub overlay: Option<Overlay>,
    /// The list whose filter is being typed.
    pub filtering: Option<Pane>,
    pub mouse: bool,
    pub model: Model,
    pub choice: Choice,
    pub relations: List,
    pub facts: List,
    pub templates: List,
    pub relation: usize,
    pub fact: Option<usize>,
    pub mask: MaskView,
    /// First line of the prompt pane, of the run pane, and whether the run pane shows the log.
    pub prompt_top: usize,
    pub run_top: usize,
    pub show_log: bool,
    pub runs: Runs,
    pub sets: Vec<TemplateSet>,
    pub log: VecDeque<String>,
    pub notice: Option<Notice>,
    data: Option<Result<Arc<Dataset>, String>>,
    facts_by_relation: Vec<Vec<usize>>,
    history: History,
    pieces: Option<Pieces>,
    shots: Option<(ShotsKey, Result<Arc<Shots>, String>)>,
    sequence: Option<(Ingredients, Result<Sequence, String>)>,
    lines: Option<(u16, Vec<PromptLine>)>,
    /// The crosshair moved: scroll to it before the next frame.
    follow: bool,
    dirty: bool,
}

/// What the few-shot examples of the screen depend on.
type ShotsKey = (ShotsFrom, usize);

impl App {
    pub fn new(start: Start, keymap: Keymap, theme: Theme, size: (u16, u16)) -> Self {
        let choice = Choice {
            picks: Vec::new(),
            options: start.options,
            method: start.method,
            marks: Arc::default(),
            shots: start.shots.clone(),
            max_new_tokens: start.max_new_tokens.unwrap_or(default_new_tokens(crate::data::Style::MyriadLama)),
            extract: start.extract,
        };
        App {
            mouse: start.mouse,
            choice,
            start,
            keymap,
            theme,
            size,
            focus: Pane::Relations,
            lower: Pane::Mask,
            enlarged: false,
            overlay: None,
            filtering: None,
            model: Model::Loading { what: "model".into(), done: 0, total: 0 },
            relations: List::default(),
            facts: List::default(),
            templates: List::default(),
            relation: 0,
            fact: None,
            mask: MaskView::default(),
            prompt_top: 0,
            run_top: 0,
            show_log: false,
            runs: Runs::default(),
            sets: Vec::new(),
            log: VecDeque::new(),
            notice: None,
            data: None,
            facts_by_relation: Vec::new(),
            history: History::default(),
            pieces: None,
            shots: None,
            sequence: None,
            lines: None,
            follow: true,
            dirty: true,
        }
    }

    /// Takes one event and says what must be done about it.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        self.dirty = true;
        match event {
            Event::Key(key) => return self.key(key),
            Event::Mouse(mouse) => return self.mouse_event(mouse),
            Event::Paste(text) => self.paste(&text),
            Event::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.follow = true;
            }
            Event::Data(data) => self.take_data(data),
            Event::Words(words) => {
                self.pieces = Some(Pieces::new(words));
                self.sequence = None;
                self.runs.forget();
            }
            Event::Loading { what, done, total } => self.model = Model::Loading { what, done, total },
            Event::Model(Ok(about)) => {
                self.say(format!("model {} is ready: {} {}", about.model, about.device, about.dtype));
                self.notice = None;
                self.model = Model::Ready(about);
            }
            Event::Model(Err(message)) => {
                self.runs.fail(&message);
                self.complain(message.clone());
                self.model = Model::Failed(message);
            }
            Event::Run { generation, at, news } => return self.take_news(generation, at, news),
            Event::Sets(Ok(sets)) => self.sets = sets,
            Event::Sets(Err(message)) | Event::Said(Err(message)) => self.complain(message),
            Event::Said(Ok(message)) => self.say(message),
        }
        Vec::new()
    }

    fn take_news(&mut self, generation: u64, at: std::time::Duration, news: News) -> Vec<Effect> {
        let ours = self.runs.current.as_ref().filter(|run| run.job.generation == generation);
        match (&news, ours.map(|run| run.job.title.clone())) {
            (_, None) => self.dirty = false,
            (News::Done, Some(title)) => self.note(format!("done: {title}")),
            (News::Cancelled, Some(title)) => self.note(format!("cancelled: {title}")),
            (News::Failed(message), Some(title)) => self.complain(format!("{title}: {message}")),
            (News::Update { .. }, Some(_)) => {}
        }
        self.runs.take(generation, at, news).map(Effect::Start).into_iter().collect()
    }

    fn take_data(&mut self, data: Result<Arc<Dataset>, String>) {
        let data = match data {
            Ok(data) => data,
            Err(message) => {
                self.complain(message.clone());
                self.data = Some(Err(message));
                return;
            }
        };
        let picks = |relation: &crate::data::Relation| match &self.start.templates {
            None => Picks::counts(relation, self.start.manual, self.start.auto),
            Some(ids) => {
                let found: Vec<usize> = ids.iter().filter_map(|id| relation.find_template(*id)).collect();
                Picks::of(relation, &found)
            }
        };
        self.choice.picks = data.relations.iter().map(|relation| Arc::new(picks(relation))).collect();
        self.choice.max_new_tokens = self.start.max_new_tokens.unwrap_or(default_new_tokens(data.style));
        self.history = History::default();
        self.facts_by_relation = vec![Vec::new(); data.relations.len()];
        for (index, fact) in data.facts.iter().enumerate() {
            self.facts_by_relation[fact.relation].push(index);
        }
        let wanted = self.start.relation.as_deref().and_then(|id| data.find_relation(id));
        self.relation = wanted.unwrap_or(0);
        self.data = Some(Ok(data));
        self.fill_relations();
        self.open_relation();
    }

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
        self.facts_by_relation.get(relation).map_or(&[], Vec::as_slice)
    }

    /// The picks of the relation on screen.
    pub fn picks(&self) -> Option<&Picks> {
        self.choice.picks.get(self.relation).map(Arc::as_ref)
    }

    /// Ids of a relation's chosen templates, in the order of the prompt.
    pub fn chosen_ids(&self, relation: usize) -> Vec<TemplateId> {
        let (Some(data), Some(picks)) = (self.data(), self.choice.picks.get(relation)) else { return Vec::new() };
        picks.chosen().into_iter().map(|template| data.relations[relation].templates[template].id).collect()
    }

    /// The layout of what is chosen, or why there is none. Stands after [`App::prepare`].
    pub fn sequence(&self) -> Option<Result<&Sequence, &str>> {
        let (_, built) = self.sequence.as_ref()?;
        Some(built.as_ref().map_err(String::as_str))
    }

    /// Lines of the prompt pane. Stands after [`App::prepare`].
    pub fn prompt_lines(&self) -> &[PromptLine] {
        self.lines.as_ref().map_or(&[], |(_, lines)| lines)
    }

    /// The few-shot examples on screen: given, or drawn for the relation on screen.
    pub fn shots(&self) -> Option<Result<&Arc<Shots>, &str>> {
        let (_, shots) = self.shots.as_ref()?;
        Some(shots.as_ref().map_err(String::as_str))
    }

    pub fn screen(&self) -> Screen {
        Screen::new(self.size.0, self.size.1, self.focus, self.lower, self.enlarged)
    }

    /// Whether anything changed since the last call: nothing to draw otherwise.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// Adds a line to the log and shows it until the next key.
    fn say(&mut self, text: String) {
        self.notice = Some(Notice { text: text.clone(), is_error: false });
        self.note(text);
    }

    /// As [`App::say`], as an error.
    fn complain(&mut self, text: String) {
        self.notice = Some(Notice { text: text.clone(), is_error: true });
        self.note(text);
    }

    fn note(&mut self, text: String) {
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(text);
    }

    fn fill_relations(&mut self) {
        let Some(Ok(data)) = &self.data else { return };
        let all = data.relations.iter().map(|relation| format!("{} {}", relation.id, relation.label)).enumerate();
        self.relations.fill(all, true, Some(self.relation));
    }

    fn fill_facts(&mut self) {
        let Some(Ok(data)) = &self.data else { return };
        let text = |&index: &usize| {
            let fact = &data.facts[index];
            (index, format!("{} {}", fact.subject, fact.answers.join(" ")))
        };
        let facts = self.facts_by_relation.get(self.relation).map_or(&[][..], Vec::as_slice);
        self.facts.fill(facts.iter().map(text), true, self.fact);
    }

    fn fill_templates(&mut self) {
        let (Some(Ok(data)), Some(picks)) = (&self.data, self.choice.picks.get(self.relation)) else { return };
        let templates = &data.relations[self.relation].templates;
        let keep = self.templates.selected();
        let text = |&index: &usize| (index, format!("{} {}", templates[index].id, templates[index].text));
        self.templates.fill(picks.order().iter().map(text), false, keep);
    }

    /// Shows the relation's facts and templates from the top.
    fn open_relation(&mut self) {
        self.fact = self.facts_in(self.relation).first().copied();
        self.facts = List::default();
        self.templates = List::default();
        self.fill_facts();
        self.fill_templates();
        self.follow = true;
    }

    /// Takes over where the cursors of the lists stand.
    fn settle_cursors(&mut self) {
        if let Some(relation) = self.relations.selected().filter(|&relation| relation != self.relation) {
            self.relation = relation;
            self.open_relation();
        }
        if let Some(fact) = self.facts.selected() {
            self.fact = Some(fact);
        }
    }

    /// Changes the choice; undo takes it back. Does nothing where nothing changes.
    fn change(&mut self, how: impl FnOnce(&mut Choice)) {
        let before = self.choice.clone();
        how(&mut self.choice);
        if self.choice != before {
            self.history.push(before);
            self.fill_templates();
        }
    }

    /// Changes the picks of the relation on screen.
    fn pick(&mut self, how: impl FnOnce(&mut Picks)) {
        let relation = self.relation;
        self.change(|choice| {
            if let Some(picks) = choice.picks.get_mut(relation) {
                how(Arc::make_mut(picks));
            }
        });
    }

    /// Computes what the next frame shows: shots, layout, prompt lines, scroll offsets. Cheap where nothing changed.
    pub fn prepare(&mut self) {
        self.prepare_shots();
        self.prepare_sequence();
        let screen = self.screen();
        self.relations.follow(usize::from(self.list_rows(Pane::Relations)));
        self.facts.follow(usize::from(self.list_rows(Pane::Facts)));
        self.templates.follow(usize::from(self.list_rows(Pane::Templates)));
        self.prepare_prompt(screen.inner(Pane::Prompt));
        let parts = MaskParts::new(screen.inner(Pane::Mask));
        let (width, height) = (usize::from(parts.cells.width), usize::from(parts.cells.height));
        let half = self.theme.half_blocks();
        let follow = std::mem::take(&mut self.follow);
        if let Some((_, Ok(sequence))) = &self.sequence {
            let grid = Grid::new(sequence, self.mask.zoom, width, height, half);
            self.mask.clamp(sequence, &grid, width, height);
            if follow {
                self.mask.follow(&grid, width, height);
            }
        }
    }

    /// Rows of a list pane that hold items: one is taken by a filter, if there is one.
    pub fn list_rows(&self, pane: Pane) -> u16 {
        let filter = u16::from(self.filter_shown(pane));
        self.screen().inner(pane).height.saturating_sub(filter)
    }

    /// Whether a list shows its filter line.
    pub fn filter_shown(&self, pane: Pane) -> bool {
        let list = match pane {
            Pane::Relations => &self.relations,
            Pane::Facts => &self.facts,
            Pane::Templates => &self.templates,
            _ => return false,
        };
        self.filtering == Some(pane) || !list.query.is_empty()
    }

    fn list_mut(&mut self, pane: Pane) -> Option<&mut List> {
        match pane {
            Pane::Relations => Some(&mut self.relations),
            Pane::Facts => Some(&mut self.facts),
            Pane::Templates => Some(&mut self.templates),
            _ => None,
        }
    }

    fn prepare_shots(&mut self) {
        let Some(Ok(data)) = &self.data else { return };
        let key = (self.choice.shots.clone(), self.relation);
        if self.shots.as_ref().is_some_and(|(known, _)| *known == key) {
            return;
        }
        let shots = match &self.choice.shots {
            ShotsFrom::Given(shots) => Ok(shots.clone()),
            ShotsFrom::Drawn { count, seed } => {
                let mut selected = self.facts_in(self.relation).to_vec();
                Shots::draw(data, &mut selected, *count, *seed)
                    .map(|(shots, _)| Arc::new(shots))
                    .map_err(|error| error.to_string())
            }
        };
        self.shots = Some((key, shots));
    }

    fn prepare_sequence(&mut self) {
        let Some(ingredients) = self.ingredients() else {
            self.sequence = None;
            self.lines = None;
            return;
        };
        if self.sequence.as_ref().is_some_and(|(known, _)| *known == ingredients) {
            return;
        }
        let Some(pieces) = &mut self.pieces else { return };
        let built = Sequence::build(pieces, &ingredients).map_err(|error| error.to_string());
        let first = self.sequence.is_none();
        if let Ok(sequence) = &built {
            // A new picture is read from the row that matters; a changed one keeps the reader's place.
            let was = self.sequence.as_ref().and_then(|(_, old)| old.as_ref().ok()).map(Sequence::emitting);
            if first || was == Some(self.mask.row) {
                self.mask.row = sequence.emitting();
                self.follow = true;
            }
        }
        self.sequence = Some((ingredients, built));
        self.lines = None;
    }

    /// What the layout on screen is made of; `None` while data or tokenizer are missing.
    fn ingredients(&self) -> Option<Ingredients> {
        let (data, fact) = (self.data()?, self.fact?);
        self.pieces.as_ref()?;
        let shots = self.shots()?.ok()?;
        let chosen = self.choice.picks.get(self.relation)?.chosen();
        let this = &data.facts[fact];
        let templates = &data.relation_of(this).templates;
        let limit = match &self.model {
            Model::Ready(about) => Some((self.choice.max_new_tokens, about.max_positions)),
            _ => None,
        };
        let generated = match &self.runs.current {
            Some(run)
                if run.job.scope == Scope::Fact(fact)
                    && self.choice.method == Method::Flex
                    && run.job.settings == self.settings() =>
            {
                run.generated.clone()
            }
            _ => Vec::new(),
        };
        Some(Ingredients {
            context: shots.context(),
            questions: chosen.iter().map(|&template| data.question(this, template)).collect(),
            manual: chosen.iter().filter(|&&template| templates[template].is_manual()).count(),
            names: chosen.iter().map(|&template| templates[template].id.to_string()).collect(),
            options: self.choice.options,
            limit,
            generated,
        })
    }

    /// Hash of everything that decides the answers to the facts of the relation on screen.
    pub fn settings(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.relation.hash(&mut hasher);
        self.chosen_ids(self.relation).hash(&mut hasher);
        // Options carry a float; their text decides as well as they do.
        format!("{:?} {:?} {}", self.choice.options, self.choice.extract, self.choice.method).hash(&mut hasher);
        self.choice.max_new_tokens.hash(&mut hasher);
        if let Some(Ok(shots)) = self.shots() {
            shots.context().hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Checks that the state is what its fields promise; the text of the first broken promise.
    ///
    /// For tests that throw random events at the state.
    pub fn invariants(&self) -> Result<(), String> {
        let fine = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        for (name, list) in [("relations", &self.relations), ("facts", &self.facts), ("templates", &self.templates)] {
            fine(list.cursor() < list.items().len().max(1), &format!("cursor of {name} is outside its list"))?;
            fine(list.offset() <= list.items().len(), &format!("{name} is scrolled past its end"))?;
        }
        fine(self.choice.picks.iter().all(|picks| picks.is_sound()), "picks lost a template")?;
        if let Some(data) = self.data() {
            fine(self.relation < data.relations.len().max(1), "relation does not exist")?;
            let fits = self.fact.is_none_or(|fact| data.facts[fact].relation == self.relation);
            fine(fits, "the fact belongs to another relation")?;
        }
        let waits_for_nothing = self.runs.next.is_some() && !self.runs.is_active();
        fine(!waits_for_nothing, "a run waits although none goes on")?;
        if let Some((_, Ok(sequence))) = &self.sequence {
            fine(sequence.texts.len() >= sequence.layout.len(), "tokens without text")?;
        }
        if let Some((at, lines)) = &self.lines {
            fine(self.prompt_top < lines.len().max(1), &format!("prompt of width {at} is scrolled past its end"))?;
        }
        fine(self.filtering.is_none_or(Pane::is_list), "a pane without a list is being filtered")
    }
}

/// Name of the file that holds shots written by hand; other shots, other name.
pub(crate) fn shots_file(shots: &Shots) -> String {
    let mut hasher = DefaultHasher::new();
    shots.context().hash(&mut hasher);
    format!("shots-{:08x}.json", hasher.finish() as u32)
}
