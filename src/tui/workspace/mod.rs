//! What panes and overlays work on: the data, the choice, the runs, and what is computed from them. Pure state.
//!
//! | file | idea |
//! |---|---|
//! | `browse`, `visits` | the data, and where in it the user is and was |
//! | `choice`, `history`, `choice_diff` | what is chosen, undo, and what differs between two choices |
//! | `cache`, `sequence`, `characters` | shots, layout and token texts of the choice |
//! | `looking`, `studying` | attention of the answer on screen, and the other views of it |
//! | `contrasting` | why that answer and not another one |
//! | `judging` | the template lab: what is counted from the answers of a run |
//! | `jobs`, `runs`, `kept` | what is asked of the engine, what has come back, the runs that are kept |
//! | `command`, `file_name` | the same as a command line; the proposed name of a file |
//! | `exporting` | what the mask pane shows, for a file |
//! | `memory` | what comes back at the next start |
//! | `sets`, `wording` | named sets of templates; wordings of one's own |
//! | `status`, `confirm`, `step` | messages, confirmations by a second press, progress |
//! | `inputs` | which model and data are open, and opening others |
//! | `idle`, `walk` | options that change nothing; the guided first walk |

pub mod browse;
mod cache;
pub mod characters;
pub mod choice;
mod choice_diff;
pub mod command;
pub mod confirm;
pub mod contrasting;
pub mod exporting;
mod file_name;
pub mod history;
mod idle;
pub mod inputs;
pub mod jobs;
pub mod judging;
pub mod kept;
mod layers;
pub mod looking;
pub mod memory;
pub mod runs;
pub mod sequence;
mod sets;
pub mod status;
pub mod step;
pub mod studying;
pub mod sweeping;
mod visits;
pub mod walk;
pub mod wording;

use std::path::PathBuf;
use std::sync::Arc;

pub use cache::Crosshair;
pub use file_name::proposed;

use super::graphics::Graphics;
use super::keymap::{Action, Keymap};
use super::overlays::Overlay;
use super::panes::templates::Shown;
use super::theme::{Theme, ThemeName};
use crate::data::TemplateId;
use crate::engine::{About, Method};
use crate::layout::{Layers, Options};
use crate::model::ModelRef;
use crate::prompt::{Chat, default_new_tokens};
use crate::score::Extract;
use crate::sets::TemplateSet;
use browse::Browse;
use cache::Cache;
use choice::{Choice, ShotsFrom, next_of};
use history::History;
use inputs::Inputs;
use judging::Judging;
use kept::Kept;
use looking::Looking;
use memory::Place;
use runs::Runs;
use status::Status;
use step::Step;
use visits::Visits;
use walk::Walk;
use wording::Draft;

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
    pub chat: Chat,
    pub method: Method,
    pub options: Options,
    pub max_new_tokens: Option<usize>,
    pub extract: Extract,
    /// Command-line words for data and engine that differ from the defaults: `--model`, `DIR`, ….
    pub engine_words: Vec<String>,
    /// Where the last session was in these data.
    pub place: Option<Place>,
    /// What is opened first, and what was lately.
    pub inputs: Inputs,
    /// Where template sets and settings are kept.
    pub folder: PathBuf,
    pub mouse: bool,
    /// Whether this looks like the first start, where a walk is offered.
    pub offers_walk: bool,
}

/// How far the model is.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    Loading(Step),
    Ready(About),
    Failed(String),
}

/// What every pane and overlay may read and change.
pub struct Workspace {
    pub start: Start,
    pub keymap: Keymap,
    pub theme: Theme,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    pub mouse: bool,
    pub model: Model,
    /// Counts the models, one at a time, that answers can come from.
    pub models: u64,
    pub inputs: Inputs,
    pub browse: Browse,
    pub visits: Visits,
    pub choice: Choice,
    pub history: History,
    pub runs: Runs,
    pub kept: Kept,
    pub sets: Vec<TemplateSet>,
    pub status: Status,
    pub crosshair: Crosshair,
    /// Attention on the mask.
    pub looking: Looking,
    /// What is counted from the answers of a run.
    pub judging: Judging,
    /// Through which layers' eyes the mask is seen, of a model where some have a sliding window.
    pub layers: Layers,
    /// Pictures that the terminal has.
    pub graphics: Option<Graphics>,
    /// A dialog lies over the panes.
    pub(super) covered: bool,
    /// What the list of templates shows: what is done to many at once is done to these.
    pub shown: Shown,
    pub walk: Option<Walk>,
    /// The wording that is being typed.
    pub(super) draft: Option<Draft>,
    pub(super) cache: Cache,
    /// The overlay that an action asked for; the application opens it after the event.
    pub(super) opens: Option<Overlay>,
    /// The action that an overlay asked for in its place.
    pub(super) acts: Option<Action>,
}

impl Workspace {
    /// Whether the demo model is loaded, of which it is known what it was trained on.
    pub fn is_demo(&self) -> bool {
        let demo = ModelRef::Embedded.to_string();
        matches!(&self.model, Model::Ready(about) if about.model == demo)
    }

    /// Takes the theme `by` places after the present one.
    pub(super) fn turn_theme(&mut self, by: isize) {
        let name = next_of(&ThemeName::ALL, self.theme.name, by);
        self.theme = self.theme.named(name);
    }

    pub fn new(start: Start, keymap: Keymap, theme: Theme, size: (u16, u16)) -> Self {
        let choice = Choice {
            picks: Vec::new(),
            options: start.options.clone(),
            method: start.method,
            marks: Arc::default(),
            shots: start.shots.clone(),
            chat: start.chat,
            max_new_tokens: start
                .max_new_tokens
                .unwrap_or(default_new_tokens(crate::data::Style::MyriadLama)),
            extract: start.extract,
        };
        Workspace {
            mouse: start.mouse,
            inputs: start.inputs.clone(),
            start,
            keymap,
            theme,
            size,
            model: Model::Loading(Step::new("loading model")),
            models: 0,
            browse: Browse::default(),
            visits: Visits::default(),
            choice,
            history: History::default(),
            runs: Runs::default(),
            kept: Kept::default(),
            sets: Vec::new(),
            status: Status::default(),
            crosshair: Crosshair::default(),
            looking: Looking::default(),
            judging: Judging::default(),
            layers: Layers::default(),
            graphics: None,
            covered: false,
            shown: Shown::default(),
            walk: None,
            draft: None,
            cache: Cache::default(),
            opens: None,
            acts: None,
        }
    }
}
