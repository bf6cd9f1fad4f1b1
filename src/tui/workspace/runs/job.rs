//! What is asked of the engine.

use std::sync::Arc;

use super::Scored;
use crate::engine::Method;
use crate::evaluate::Plan;
use crate::layout::Options;
use crate::prompt::Chat;
use crate::score::Extract;
use crate::tui::workspace::choice::{Marks, ShotsFrom};

/// Plans that run one after another under one name.
#[derive(Debug, Clone)]
pub struct Job {
    /// Later jobs have larger numbers; news of any other generation is stale.
    pub generation: u64,
    pub scope: Scope,
    /// What it is about: `P36`, `everything`.
    pub about: String,
    /// `P36 · flex fused`.
    pub title: String,
    pub plans: Vec<(String, Arc<Plan>)>,
    /// Which model answers, by its count.
    pub model: u64,
    /// Whether that is the demo model, of which it is known what it was trained on.
    pub is_demo: bool,
    /// What decides its answers.
    pub settings: Settings,
    /// Of the draw of the shots, and how many facts of the scope were drawn and so are left out.
    pub seed: u64,
    pub left_out: usize,
    /// Answers of an earlier run that this one continues: their facts are not asked again.
    pub continues: Option<Continued>,
}

/// An interrupted run that a job goes on with.
#[derive(Debug, Clone)]
pub struct Continued {
    /// Its name among the kept runs: the whole run takes its place.
    pub id: String,
    pub rows: Arc<Vec<Scored>>,
}

impl Continued {
    /// How many facts have their answers.
    pub fn facts(&self) -> usize {
        self.rows.chunk_by(|a, b| a.fact == b.fact).count()
    }
}

/// What decides the answers to a scope. Two runs of one scope under equal settings give the same answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which model answers, by its count.
    pub model: u64,
    /// By relation of the scope: the templates that are asked.
    pub templates: Vec<(usize, Vec<usize>)>,
    /// Of a selection: what is marked.
    pub marks: Option<Arc<Marks>>,
    /// `None`: all methods.
    pub method: Option<Method>,
    /// `None` where the method reads no layout.
    pub options: Option<Options>,
    pub shots: ShotsFrom,
    pub chat: Chat,
    pub max_new_tokens: usize,
    pub extract: Extract,
}

/// What a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Fact(usize),
    Relation(usize),
    Selection,
    Everything,
    /// All methods and presets on one fact, on a relation, on what is marked.
    Compare(usize),
    CompareRelation(usize),
    CompareSelection,
    /// The cells of a sweep, of this generation.
    Sweep(u64),
}

impl Scope {
    /// Whether several settings are asked, not the chosen one alone.
    pub fn compares(self) -> bool {
        self.facts() != self
    }

    /// The facts that it is about, as a scope of its own.
    pub fn facts(self) -> Scope {
        match self {
            Scope::Compare(fact) => Scope::Fact(fact),
            Scope::CompareRelation(relation) => Scope::Relation(relation),
            Scope::CompareSelection => Scope::Selection,
            Scope::Sweep(_) => Scope::Everything,
            one => one,
        }
    }
}

impl Job {
    /// Whether it asks what another one asks.
    pub(in crate::tui) fn asks_as(&self, other: &Job) -> bool {
        self.scope == other.scope
            && self.settings == other.settings
            && self.continues.is_none()
            && other.continues.is_none()
    }
}
