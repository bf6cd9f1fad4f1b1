//! What is asked of the engine.

use std::sync::Arc;

use crate::evaluate::Plan;
use crate::tui::keymap::Action;

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
    /// Hash of everything that decides the answers to a fact.
    pub settings: u64,
    /// Of the draw of the shots, and how many facts of the scope were drawn and so are left out.
    pub seed: u64,
    pub left_out: usize,
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
