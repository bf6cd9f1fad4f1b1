//! What goes into the state machine and what it asks for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::archive::{News, Order};
use super::overlays::{Question, Refusal};
use super::workspace::contrasting::{Rival, Rivals};
use super::workspace::exporting::Exported;
use super::workspace::inputs::DataRef;
use super::workspace::judging::{Case, Judged};
use super::workspace::looking::{Observation, Picture, Seen};
use super::workspace::runs::{Job, Scored};
use super::workspace::step::Step;
use super::workspace::studying::{Found, Wish};
use super::workspace::sweeping::SweepPlans;
use crate::data::Dataset;
use crate::engine::About;
use crate::evaluate::Update;
use crate::inspect::{Attention, Heat};
use crate::prompt::Encode;
use crate::results::Form;
use crate::sets::TemplateSet;
use crate::tui::keymap::Key;

/// A tokenizer as the explorer needs it.
pub trait TokenText: Encode + Send + Sync {
    /// A token's text as the screen shows it, special tokens visible.
    fn text(&self, id: u32) -> String;
}

/// Something happened. Every event may change the state; none does I/O.
#[derive(Clone)]
pub enum Event {
    Key(Key),
    Mouse(Mouse),
    Paste(String),
    /// Columns and rows.
    Resize(u16, u16),
    /// The data has been read, or why not.
    Data(Result<Arc<Dataset>, String>),
    /// The tokenizer stands before the weights do: masks need no more.
    Words(Arc<dyn TokenText>),
    /// The data are being read.
    Reading(Step),
    /// The model is being loaded.
    Loading(Step),
    Model(Result<About, String>),
    /// Another model cannot be loaded, and why: the present one stays.
    Kept(About, String),
    /// What a run says. `at` is the time since the program started.
    Run {
        generation: u64,
        at: Duration,
        event: RunEvent,
    },
    Sets(Result<Vec<TemplateSet>, String>),
    /// The cells of a sweep, or why its file gives none.
    Sweep(Result<SweepPlans, String>),
    /// Of the kept runs.
    Archive(News),
    /// The answer to a question could not be carried out.
    Refused {
        question: Question,
        answer: String,
        refusal: Refusal,
    },
    /// What the engine has seen of an answer, or why not.
    Observed {
        version: u64,
        seen: Result<Seen, String>,
    },
    /// What has been studied of an answer, or why not; `None` where a run went first.
    Studied {
        version: u64,
        found: Option<Result<Box<Found>, String>>,
    },
    /// Two answers have been compared, or why not; `None` where a run went first.
    Contrasted {
        version: u64,
        other: String,
        found: Option<Result<Box<Rivals>, String>>,
    },
    /// A picture of attention; `None` where it could not be computed.
    Warmed(Picture, Option<Heat>),
    /// What was counted from the answers of a run.
    Judged(Judged),
    /// The outcome of an effect, in words.
    Said(Result<String, String>),
    /// The program is told to end.
    End,
}

/// What a run reports.
#[derive(Clone)]
pub enum RunEvent {
    /// From the plan with this index.
    Update {
        plan: usize,
        update: Update,
    },
    Done,
    Cancelled,
    Failed(String),
}

/// A mouse event in cells from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub column: u16,
    pub row: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    Press,
    Drag,
    ScrollUp,
    ScrollDown,
    ScrollLeft,
    ScrollRight,
}

/// What the state machine wants done.
#[derive(Debug, Clone)]
pub enum Effect {
    Quit,
    Suspend,
    /// Clear the terminal and draw everything again.
    Redraw,
    /// Switch mouse capture.
    Mouse(bool),
    /// Put a text into the terminal's clipboard.
    Copy(String),
    /// Load a model by its name; that of the last time again where `None`.
    LoadModel(Option<String>),
    /// Read data in place of what is being read.
    LoadData(DataRef),
    /// Stop reading them.
    LeaveData,
    /// Read the file of a sweep over these data.
    ReadSweep(PathBuf, Arc<Dataset>),
    Start(Arc<Job>),
    /// Look into an answer.
    Observe(Box<Observation>),
    /// Find out what each question did to an answer.
    Study(Box<Wish>),
    /// Find out why an answer and not another one.
    Contrast(Box<Rival>),
    /// Compute a picture of attention.
    Warm(Arc<Attention>, Box<Picture>),
    /// Count something from the answers of a run.
    Judge(Box<Case>),
    Cancel,
    Pause(bool),
    Save {
        /// As the user typed it.
        path: PathBuf,
        /// Whether a file of this name may be replaced.
        overwrite: bool,
        job: Arc<Job>,
        rows: Arc<Vec<Scored>>,
    },
    /// Save what the mask pane shows.
    SaveView {
        /// As the user typed it.
        path: PathBuf,
        overwrite: bool,
        form: Form,
        exported: Box<Exported>,
    },
    /// Save a result file under another name.
    CopyFile {
        /// The run that it holds.
        generation: u64,
        from: PathBuf,
        /// As the user typed it.
        path: PathBuf,
        overwrite: bool,
    },
    /// Keep what has come back of a plan of an evaluation.
    Keep {
        job: Arc<Job>,
        plan: usize,
        rows: Arc<Vec<Scored>>,
    },
    /// Something about the kept runs.
    Archive(Order),
    ReadSets,
    WriteSet {
        set: TemplateSet,
        /// Whether a set of this name may be replaced.
        replace: bool,
    },
    DeleteSet(String),
}
