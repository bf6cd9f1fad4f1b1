//! The explorer: browse facts and templates, watch the mask, run live.
//!
//! ```text
//! terminal, engine thread, data ──► Event ──► app (pure) ──► Effect ──► runtime, worker
//!                                               └──► screen (each pane draws itself) ──► frame
//! ```
//!
//! | room | idea |
//! |---|---|
//! | [`app`] | the state machine: routes events to overlay, filter and panes; no I/O, no clock, no threads |
//! | [`workspace`] | what panes and overlays share: data, choice, runs, what is computed from them |
//! | [`panes`], [`overlays`] | a folder each: state, keys and drawing behind one trait |
//! | [`screen`], [`widgets`] | where everything stands, header, footer, status line; lists and text in cells |
//! | [`keymap`] | one table of actions: dispatch, footer, help |
//! | [`theme`], [`text`] | colours and symbols; text made fit for a terminal |
//! | [`graphics`] | real pictures where the terminal has them |
//! | [`config`], [`glossary`] | the user's keys and colours; the words of the field |
//! | `runtime`, `frames`, `terminal`, `signals` | the event loop and the terminal |
//! | `worker`, `panic`, `save` | the engine's thread, panics at its border, files |
//! | [`archive`] | the runs that are kept, and the thread that touches their folder |

pub mod app;
pub mod archive;
pub mod config;
mod frames;
pub mod glossary;
pub mod graphics;
pub mod keymap;
mod message;
pub mod overlays;
pub mod panes;
mod panic;
mod runtime;
mod save;
pub mod screen;
mod signals;
mod state;
mod terminal;
pub mod text;
pub mod theme;
pub mod widgets;
mod worker;
pub mod workspace;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use runtime::run;
pub use state::state_folder;
pub use workspace::sweeping::SweepPlans;

use crate::data::{Dataset, Source, Style, TemplateId};
use crate::engine::{EngineSettings, Method};
use crate::layout;
use crate::prompt::Chat;
use crate::score::Extract;
use workspace::Start;
use workspace::choice::ShotsFrom;
use workspace::inputs::{DataRef, Inputs};
use workspace::memory::Given;

/// What the explorer opens with.
#[derive(Debug, Clone)]
pub struct Options {
    pub data: Source,
    pub style: Style,
    pub engine: EngineSettings,
    /// Relation to open; the first where `None`.
    pub relation: Option<String>,
    /// Templates chosen at first in every relation: so many manual (all where `None`) and auto ones.
    pub manual: Option<usize>,
    pub auto: usize,
    /// These templates instead.
    pub templates: Option<Vec<TemplateId>>,
    pub shots: ShotsFrom,
    pub chat: Chat,
    pub method: Method,
    pub layout: layout::Options,
    pub max_new_tokens: Option<usize>,
    pub extract: Extract,
    /// Which of these the user has asked for: they win over what the last session left.
    pub given: Given,
    /// Start without what the last session left.
    pub fresh: bool,
    /// The command-line words for data and engine, repeated in the command line that the explorer shows:
    /// `--model`, `DIR`, ….
    pub engine_words: Vec<String>,
    /// Reads the file of a sweep.
    pub sweep: SweepReader,
}

/// Reads the file of a sweep over some data: a command line's words are not the explorer's to understand.
pub type SweepReader = fn(&Path, &Arc<Dataset>) -> Result<SweepPlans, String>;

impl Options {
    fn start(&self, folder: PathBuf, mouse: bool) -> Start {
        Start {
            relation: self.relation.clone(),
            manual: self.manual,
            auto: self.auto,
            templates: self.templates.clone(),
            shots: self.shots.clone(),
            chat: self.chat,
            method: self.method,
            options: self.layout.clone(),
            max_new_tokens: self.max_new_tokens,
            extract: self.extract,
            engine_words: self.engine_words.clone(),
            place: None,
            inputs: Inputs {
                data: DataRef {
                    source: self.data.clone(),
                    style: self.style,
                },
                model: self.engine.model.to_string(),
                ..Inputs::default()
            },
            offers_walk: !folder.exists(),
            folder,
            mouse,
        }
    }
}

/// Why the explorer ends other than by the user's wish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the explorer needs a terminal: give a command instead, as in `lamascope run --max-samples 10` or \
         `lamascope data` (all of them: lamascope --help)"
    )]
    NoTerminal,
    #[error("LAMASCOPE_GRAPHICS is `{0}`: {1}")]
    Graphics(String, String),
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    #[error("the terminal failed: {0}")]
    Terminal(#[from] std::io::Error),
    #[error("{0}")]
    Thread(String),
}
