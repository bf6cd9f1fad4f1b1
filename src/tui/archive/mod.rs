//! The kept runs: a folder with a result file each, and the one thread that touches it.
//!
//! ```text
//! App ──Effect::Archive(Order)──► runtime ──► archive thread ──Event::Archive(News)──► App
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `entry` | a run as the list shows it |
//! | `folder` | the files: written, listed, renamed, deleted; the oldest go first |
//! | `thread` | orders in turn, so that nothing of one explorer meets itself halfway |
//!
//! Two explorers share a folder: every file appears whole or not at all, under a name of its own, and nothing is changed
//! in place.

mod entry;
mod folder;
mod thread;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) use entry::ids;
pub use entry::{Counts, Entry};
pub(super) use folder::{Folder, MOST, MOST_BYTES};
pub(super) use thread::{Archive, Keep};

use super::workspace::runs::Opened;
use crate::data::TemplateId;
use crate::evaluate::Row;
use crate::results::Comparison;

/// What is to be done with the kept runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    List,
    Open(Which),
    Rename {
        id: String,
        name: String,
    },
    Delete(String),
    /// `None`: no run is pinned any more.
    Pin(Option<String>),
    /// A run against another one, on the facts that both have.
    Compare {
        id: String,
        with: String,
    },
}

/// Which file is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    Kept(String),
    File(PathBuf),
}

/// What has become of it.
#[derive(Debug, Clone)]
pub enum News {
    Listed(Listing),
    Opened(Box<Opened>),
    /// `None` where the two have no fact in common.
    Compared {
        id: String,
        with: String,
        outcome: Option<Compared>,
    },
    /// A run of this session stands in the folder.
    Kept {
        generation: u64,
        id: String,
    },
    Failed(String),
}

/// A run against the pinned one.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub comparison: Comparison,
    /// How many facts the demo model was asked in wordings that it was trained in: by the pinned run, and by this one.
    pub trained: (usize, usize),
}

/// All kept runs.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The newest first.
    pub runs: Vec<Entry>,
    pub pinned: Option<Arc<Pinned>>,
    /// Seconds since 1970 at which the folder was read.
    pub now: u64,
}

/// The run that others are compared with: its verdicts by fact, and by template where each answers for itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pinned {
    pub id: String,
    verdicts: HashMap<String, Vec<(Option<TemplateId>, bool)>>,
}

impl Pinned {
    pub fn new(id: String, rows: impl Iterator<Item = Row>) -> Self {
        let mut verdicts: HashMap<String, Vec<_>> = HashMap::new();
        for row in rows {
            let verdict = (own_template(&row.templates), row.verdict.correct);
            verdicts.entry(row.uuid).or_default().push(verdict);
        }
        Pinned { id, verdicts }
    }

    /// How an answer differs from that of the pinned run about the same fact, asked through the same template where each
    /// answers for itself; `None` where it does not, or there is none.
    pub fn change(&self, row: &Row) -> Option<Change> {
        let of_fact = self.verdicts.get(&row.uuid)?;
        let own = own_template(&row.templates);
        let same = of_fact.iter().find(|(template, _)| *template == own);
        let only = of_fact.first().filter(|_| of_fact.len() == 1);
        let (_, before) = same.or(only)?;
        match (*before, row.verdict.correct) {
            (false, true) => Some(Change::Gained),
            (true, false) => Some(Change::Lost),
            _ => None,
        }
    }
}

/// What has become of an answer since the pinned run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Lost,
    Gained,
}

/// The template of an answer that one template gave.
fn own_template(templates: &[TemplateId]) -> Option<TemplateId> {
    match templates {
        [one] => Some(*one),
        _ => None,
    }
}
