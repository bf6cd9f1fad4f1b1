//! What is asked of the engine.

use std::sync::Arc;

use crate::engine::Method;
use crate::evaluate::Plan;
use crate::layout::Options;
use crate::score::Extract;
use crate::tui::keymap::Action;
use crate::tui::workspace::choice::{Marks, ShotsFrom};

/// Plans that run one after another under one name.
#[derive(Debug, Clone)]
pub struct Job {
    /// Later jobs have larger numbers; news of any other generation is stale.
    pub generation: u64,
    pub scope: Scope,
    /// `P36 · flex fused`.
    pub title: String,
    pub plans: Vec<(String, Arc<Plan>)>,
    /// Which model answers, by its count.
    pub model: u64,
    /// What decides its answers.
    pub settings: Settings,
    /// Of the draw of the shots, and how many facts of the scope were drawn and so are left out.
    pub seed: u64,
    pub left_out: usize,
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
    pub max_new_tokens: usize,
    pub extract: Extract,
}

/// What a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Fact(usize),
    /// All methods and presets on one fact.
    Compare(usize),
    Relation(usize),
    Selection,
    Everything,
}

impl Scope {
    /// What a user does to run it.
    pub fn action(self) -> Action {
        match self {
            Scope::Fact(_) => Action::RunFact,
            Scope::Compare(_) => Action::Compare,
            Scope::Relation(_) => Action::RunRelation,
            Scope::Selection => Action::RunSelection,
            Scope::Everything => Action::RunEverything,
        }
    }
}
