//! Everything about one answer.

use super::attention::Attention;
use super::lens::{Sight, lens};
use super::mass::{Mass, between};
use super::shapley::Shapley;
use super::value::{MOST_QUESTIONS, Values};
use crate::engine::{Answer, Cancel, Engine, EngineError, Event, Method, Request, Task, TaskError};

/// What is asked beside the answer itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Another token that the lens follows at the first step.
    pub gold: Option<u32>,
    /// Orders drawn for the Shapley values of many questions, and their seed.
    pub orders: usize,
    pub seed: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        Wanted {
            gold: None,
            orders: 32,
            seed: 42,
        }
    }
}

/// What one answer read, and what each question did to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inside {
    pub answer: Answer,
    pub attention: Attention,
    /// `[step][layer][head]`
    pub mass: Vec<Vec<Vec<Mass>>>,
    /// `[layer][i][j]`
    pub between: Vec<Vec<Vec<f32>>>,
    pub values: Values,
    pub shapley: Shapley,
    /// `[step][layer]`: the generated token, and at the first step the other token asked for.
    pub lens: Vec<Vec<Sight>>,
    /// Every question's own answer, alone.
    pub alone: Vec<Answer>,
    /// `[question][layer]`: what each question alone would say in place of the answer's first token, and of the other
    /// token asked for.
    pub alone_lens: Vec<Vec<Sight>>,
}

/// Why nothing can be seen.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(
        "{0} questions are more than can be looked at together: choose {MOST_QUESTIONS} templates at most"
    )]
    TooMany(usize),
    /// There is no token where they part.
    #[error("one of the two answers begins with the other: name two that differ in some word")]
    Alike,
}

/// Answers a task by one sequence under the request's mask and looks inside. `heard` is told what goes on.
///
/// # Errors
/// What [`Engine::run`] and [`Engine::observe`] say; a task without an answer.
pub fn look(
    engine: &mut Engine,
    request: &Request,
    task: &Task,
    wanted: Wanted,
    heard: &mut dyn FnMut(&Event),
    cancel: &Cancel,
) -> Result<Inside, LookError> {
    if task.questions.len() > MOST_QUESTIONS {
        return Err(LookError::TooMany(task.questions.len()));
    }
    let mut by = |method, engine: &mut Engine| {
        let request = Request {
            method,
            ..request.clone()
        };
        answers(engine, &request, task, heard, cancel)
    };
    let answer = by(Method::Flex, engine)?.swap_remove(0);
    let alone = by(Method::PerPrompt, engine)?;
    let first: Vec<u32> = answer
        .generated
        .first()
        .copied()
        .into_iter()
        .chain(wanted.gold)
        .collect();
    let alone_lens = alone.iter().map(|alone| {
        let layout = alone.layouts[0].clone();
        let observed = engine.observe(&layout, &[], cancel)?;
        lens(engine, &Attention::new(layout, observed), 0, &first)
    });
    let alone_lens = alone_lens.collect::<Result<_, _>>()?;
    let layout = answer.layouts[0].clone();
    let read = answer.generated.len().saturating_sub(1);
    let observed = engine.observe(&layout, &answer.generated[..read], cancel)?;
    let attention = Attention::new(layout, observed);
    let layout = attention.layout();
    let mut values = Values::compute(engine, layout, &answer.generated, cancel)?;
    let drawn = (wanted.orders, wanted.seed);
    let shapley = values.shapley(engine, layout, &answer.generated, drawn, cancel)?;
    let lens = answer.generated.iter().enumerate().map(|(step, &token)| {
        let gold = wanted.gold.filter(|_| step == 0);
        let tokens: Vec<u32> = std::iter::once(token).chain(gold).collect();
        lens(engine, &attention, step, &tokens)
    });
    Ok(Inside {
        lens: lens.collect::<Result<_, _>>()?,
        mass: Mass::of_all(&attention),
        between: between(&attention, cancel)?,
        values,
        shapley,
        attention,
        alone,
        alone_lens,
        answer,
    })
}

/// The answers to one task.
pub(super) fn answers(
    engine: &mut Engine,
    request: &Request,
    task: &Task,
    heard: &mut dyn FnMut(&Event),
    cancel: &Cancel,
) -> Result<Vec<Answer>, LookError> {
    let mut outcome = None;
    engine.run(
        request,
        std::slice::from_ref(task),
        &mut |event| match event {
            Event::Finished { answers, .. } => outcome = Some(Ok(answers)),
            Event::Failed { error, .. } => outcome = Some(Err(error)),
            event => heard(&event),
        },
        cancel,
    )?;
    Ok(outcome.unwrap_or(Err(TaskError::NotFinite))?)
}
