//! From a selection of facts to scored rows: the one path that command line and explorer share.
//!
//! ```text
//! Plan ─► tasks ─► Engine ─► events ─► Update ─► progress, files, screen
//!                              └► answers ─► predictions ─► Row
//! ```

mod comparison;
mod confidence;
pub mod paraphrase;
mod plan;
mod row;
pub mod select;
mod tally;
mod think;
mod trained;
mod tune;

pub use comparison::Compared;
pub use confidence::{Confidence, Confidences, Samples};
pub use plan::Plan;
pub use row::{Finished, Row};
pub use tally::{Count, RelationTally, Tally, relation_order};
pub use trained::{demo_trained, trained_wordings};
pub use tune::{Teacher, Tried, Tune, Tuning};

use std::collections::HashMap;

use crate::engine::{Cancel, Engine, EngineError, Event, Method, Request, Task, TaskError};
use crate::layout::LayoutError;

/// How many facts are given to the engine at once. Large enough for any batch, small enough that memory does not
/// follow the length of a run.
const CHUNK: usize = 2_048;
/// The same where something goes before the answers: an interrupted run loses no more than this.
const SMALL_CHUNK: usize = 64;

/// What [`evaluate`] reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// What the engine says while it works; its task ids are fact indices. Never [`Event::Finished`] or
    /// [`Event::Failed`].
    Engine(Event),
    /// A fact is done and scored.
    Finished(Finished),
    /// A fact, by its index into the data set's facts, has no answer; the others go on.
    Failed { fact: usize, error: TaskError },
}

/// Why a run ends early.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Found before anything is computed.
    #[error("fact {uuid}: {source}")]
    Layout { uuid: String, source: LayoutError },
    #[error("no facts to evaluate: the selection is empty")]
    NoFacts,
    #[error("fact {uuid}: {}", TaskError::NotFinite)]
    NotFinite { uuid: String },
    #[error(
        "method {0} puts all questions behind one context, --shots-from template gives each its own: choose relation, or \
         a method that asks templates alone"
    )]
    OwnTemplates(Method),
    #[error(
        "no confidence for fact {uuid} and template {template}: give a file that covers every selected \
         template, or leave --confidence out to measure them"
    )]
    NoConfidence { uuid: String, template: String },
}

impl EvaluateError {
    /// Whether it ended because somebody asked it to.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, EvaluateError::Engine(EngineError::Cancelled))
    }
}

/// Runs every fact of the plan through the engine and scores the answers.
///
/// Facts finish in any order. Everything that can be known beforehand is checked before the first fact: an empty
/// selection, missing confidences, prompts that do not fit the model.
pub fn evaluate(
    engine: &mut Engine,
    plan: &Plan,
    sink: &mut dyn FnMut(Update),
    cancel: &Cancel,
) -> Result<(), EvaluateError> {
    plan.check(engine.tokenizer(), engine.about().max_positions)?;
    let request = plan.request();
    let weighing = plan.weighing();
    let chunk = match weighing.is_some() || plan.thinking.is_some() {
        true => SMALL_CHUNK,
        false => CHUNK,
    };
    for facts in plan.facts.chunks(chunk) {
        let mut tasks: Vec<_> = facts.iter().map(|&fact| plan.task(fact)).collect();
        if let Some(tokens) = plan.thinking {
            think::think(engine, plan, tokens, &mut tasks, sink, cancel)?;
        }
        if let Some(request) = &weighing {
            weigh(engine, plan, request, &mut tasks, sink, cancel)?;
        }
        engine.run(
            &request,
            &tasks,
            &mut |event| match event {
                Event::Finished { task, answers } => {
                    sink(Update::Finished(plan.finish(task, answers)));
                }
                Event::Failed { task: fact, error } => sink(Update::Failed { fact, error }),
                event => sink(Update::Engine(event)),
            },
            cancel,
        )?;
    }
    Ok(())
}

/// What is asked about one fact, its templates weighted where answers are drawn for that.
///
/// # Errors
/// As [`evaluate`]; [`EvaluateError::NotFinite`].
pub fn weighed_task(
    engine: &mut Engine,
    plan: &Plan,
    fact: usize,
    cancel: &Cancel,
) -> Result<Task, EvaluateError> {
    let mut tasks = vec![plan.task(fact)];
    if let Some(request) = plan.weighing() {
        weigh(engine, plan, &request, &mut tasks, &mut |_| (), cancel)?;
    }
    tasks.pop().ok_or_else(|| EvaluateError::NotFinite {
        uuid: plan.data.facts[fact].uuid.clone(),
    })
}

/// Gives every task the confidences of its questions, each by answers that are drawn from it alone. A task that fails is
/// told and taken out.
fn weigh(
    engine: &mut Engine,
    plan: &Plan,
    request: &Request,
    tasks: &mut Vec<Task>,
    sink: &mut dyn FnMut(Update),
    cancel: &Cancel,
) -> Result<(), EvaluateError> {
    let mut weights = HashMap::new();
    engine.run(
        request,
        tasks,
        &mut |event| match event {
            Event::Finished { task, answers } => {
                let confidences = answers.iter().map(|answer| plan.agreement(answer));
                weights.insert(task, confidences.collect());
            }
            Event::Failed { task: fact, error } => sink(Update::Failed { fact, error }),
            event => sink(Update::Engine(event)),
        },
        cancel,
    )?;
    tasks.retain_mut(|task| {
        task.confidence = weights.remove(&task.id).flatten();
        task.confidence.is_some()
    });
    Ok(())
}
