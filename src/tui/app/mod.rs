//! The explorer as a pure state machine: events in, effects out; no I/O, no clock, no threads.
//!
//! ```text
//! Event ─► App::handle ─► Effects          (runtime and worker carry them out)
//!              │
//!              └► App::prepare ─► view::draw   (once per frame, however many events came before)
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `message`, `events` | events and effects; what an event changes |
//! | `actions`, `filter`, `mouse`, `overlay` | what a key, a typed character or a click does |
//! | `choice`, `picking`, `history`, `difference` | what the user has chosen, and how it is taken back |
//! | `browse`, `list`, `pane`, `labels` | data, lists and cursors; where the panes stand, and the names of hidden ones |
//! | `sequence`, `characters`, `mask`, `prompt` | the layout of what is chosen, and the two views of it |
//! | `jobs`, `run`, `command` | what is asked of the engine and what came back; the same as a command line |
//! | `notice`, `doubt`, `step` | what the program says and asks, and what it is about to have done |
//! | `prepare`, `invariants` | what must stand before a frame, and after every event |

mod actions;
mod browse;
mod characters;
mod choice;
mod command;
mod difference;
mod doubt;
mod events;
mod filter;
mod history;
mod invariants;
mod jobs;
mod labels;
mod list;
mod mask;
mod message;
mod mouse;
mod notice;
mod overlay;
mod pane;
mod picking;
mod prepare;
mod prompt;
mod run;
mod sequence;
mod step;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

pub use choice::{Choice, Marks, Picks, ShotsFrom};
pub use command::{CommandLine, quote};
pub use doubt::Doubt;
pub use history::History;
pub use jobs::setting;
pub use labels::Label;
pub use list::List;
pub use mask::{Grid, MaskView, Zoom};
pub use message::{Effect, Event, Mouse, MouseKind, News, Words};
pub use notice::Notice;
pub use overlay::{OptionRow, Overlay, Page, PageLine, Question, Refusal, Rows, ShotsEditor};
pub use pane::{MaskParts, Pane, Screen, overlay_box};
pub use prompt::PromptLine;
pub use run::{Job, OwnAnswer, Run, RunParts, Runs, Scope, Scored, State, Stream};
pub use sequence::{Ingredients, Pieces, Sequence};
pub use step::Step;

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
    Loading(Step),
    Ready(About),
    Failed(String),
}

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
    /// Counts the models, one at a time, that answers can come from.
    pub models: u64,
    /// How far the data are read, while there are none.
    pub reading: Step,
    pub choice: Choice,
    pub relations: List,
    pub facts: List,
    pub templates: List,
    pub relation: usize,
    pub fact: Option<usize>,
    pub mask: MaskView,
    /// First line of the prompt pane, first answer of the run pane, whether that shows the log, and how many lines of
    /// the log are newer than those on screen.
    pub prompt_top: usize,
    pub run_top: usize,
    pub show_log: bool,
    pub log_back: usize,
    pub runs: Runs,
    pub sets: Vec<TemplateSet>,
    pub log: VecDeque<String>,
    pub notice: Option<Notice>,
    /// What was on screen before the filter that is being typed.
    before_filter: Option<filter::Before>,
    /// What the key before the present one asked.
    asked: Option<Doubt>,
    data: Option<Result<Arc<Dataset>, String>>,
    facts_by_relation: Vec<Vec<usize>>,
    history: History,
    pieces: Option<Pieces>,
    shots: Option<(ShotsKey, Result<Arc<Shots>, String>)>,
    sequence: Option<(Ingredients, Result<Sequence, String>)>,
    /// The one before, while there is none: where the reader looked in it.
    last_sequence: Option<Sequence>,
    lines: Option<(u16, Vec<PromptLine>)>,
    page: Option<Page>,
    /// The crosshair moved: scroll to it before the next frame.
    follow: bool,
    dirty: bool,
}

/// What the shots on screen depend on.
type ShotsKey = (ShotsFrom, usize);

impl App {
    pub fn new(start: Start, keymap: Keymap, theme: Theme, size: (u16, u16)) -> Self {
        let choice = Choice {
            picks: Vec::new(),
            options: start.options,
            method: start.method,
            marks: Arc::default(),
            shots: start.shots.clone(),
            max_new_tokens: start
                .max_new_tokens
                .unwrap_or(default_new_tokens(crate::data::Style::MyriadLama)),
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
            model: Model::Loading(Step::new("loading model")),
            models: 0,
            reading: Step::new("reading data"),
            relations: List::default(),
            facts: List::default(),
            templates: List::default(),
            relation: 0,
            fact: None,
            mask: MaskView::default(),
            prompt_top: 0,
            run_top: 0,
            show_log: false,
            log_back: 0,
            runs: Runs::default(),
            sets: Vec::new(),
            log: VecDeque::new(),
            notice: None,
            before_filter: None,
            asked: None,
            data: None,
            facts_by_relation: Vec::new(),
            history: History::default(),
            pieces: None,
            shots: None,
            sequence: None,
            last_sequence: None,
            lines: None,
            page: None,
            follow: true,
            dirty: true,
        }
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

    /// The shots on screen: given, or drawn for the relation on screen.
    pub fn shots(&self) -> Option<Result<&Arc<Shots>, &str>> {
        let (_, shots) = self.shots.as_ref()?;
        Some(shots.as_ref().map_err(String::as_str))
    }

    pub fn screen(&self) -> Screen {
        Screen::new(
            self.size.0,
            self.size.1,
            self.focus,
            self.lower,
            self.enlarged,
        )
    }

    /// Whether anything changed since the last call: nothing to draw otherwise.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }
}
