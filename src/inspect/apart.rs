//! The same of methods without a mask: each prompt by itself, and what it gives to the answer.

use rayon::prelude::*;

use super::attention::Attention;
use super::lens::{Sight, lens};
use super::look::{LookError, Wanted, answers};
use super::mass::Mass;
use crate::engine::{
    Answer, Cancel, Engine, EngineError, Event, Method, Mix, Reads, Request, Shape, Task,
    log_probability, most_confident, shares,
};
use crate::layout::{Layout, LayoutError};
use crate::prompt::{Encode, Frame};

/// What the prompts of a method without a mask read, and what they gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Apart {
    /// One, or one per prompt.
    pub answers: Vec<Answer>,
    /// Those that were read.
    pub prompts: Vec<Prompt>,
}

/// One prompt with the answer behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Which question it asks.
    pub question: usize,
    /// Which of [`Apart::answers`] follows it.
    pub answer: usize,
    /// How much it counts among the prompts; 1 where each has an answer of its own.
    pub weight: f64,
    /// In front stand instruction and shots; the rest is the question's.
    pub attention: Attention,
    /// `[step][layer][head]`; parts are the question, what is in front, the rest.
    pub mass: Vec<Vec<Vec<Mass>>>,
    /// `[step][layer]`: the generated token, the runner-up, and at the first step the other token asked for.
    pub lens: Vec<Vec<Sight>>,
    /// Per step, what the prompt gives to the generated token; together they make what [`Given`] says.
    pub gives: Vec<f64>,
    /// Per step, how much less likely the generated token is when the method goes without this prompt, in nats; empty
    /// where there is no other prompt.
    pub left_out: Vec<f64>,
}

/// What the prompts of a method give together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Logits are averaged: the token's lead over the runner-up, ln p of the one less ln p of the other.
    Lead,
    /// Probabilities are averaged, or the largest counts: the token's probability.
    Probability,
}

impl Given {
    pub fn by(method: Method) -> Self {
        match method.mix() {
            Mix::Max | Mix::Probabilities => Given::Probability,
            Mix::Mean | Mix::Weighted | Mix::MostConfident => Given::Lead,
        }
    }
}

/// Answers a task by a method without a mask and looks into every prompt that it reads. `heard` is told what goes on.
///
/// # Errors
/// What [`Engine::run`] and [`Engine::observe`] say; a task without an answer.
pub fn look_apart(
    engine: &mut Engine,
    request: &Request,
    task: &Task,
    wanted: Wanted,
    heard: &mut dyn FnMut(&Event),
    cancel: &Cancel,
) -> Result<Apart, LookError> {
    let method = request.method;
    let mut task = task.clone();
    if method.is_weighted(&request.options) && task.confidence.is_none() {
        let each = Request {
            method: Method::PerPrompt,
            ..request.clone()
        };
        let alone = answers(engine, &each, &task, heard, cancel)?;
        task.confidence = Some(alone.iter().map(|answer| answer.confidence).collect());
    }
    let confidence = task.confidence.as_deref().unwrap_or(&[]);
    let given = answers(engine, request, &task, heard, cancel)?;
    let read: Vec<(usize, usize)> = match (method.reads(), method.mix()) {
        (Reads::Each, _) => (0..given.len()).map(|at| (at, at)).collect(),
        (_, Mix::MostConfident) => vec![(most_confident(confidence), 0)],
        _ => (0..given[0].layouts.len()).map(|at| (at, 0)).collect(),
    };
    let weights = match method.mix() {
        Mix::Weighted => shares(confidence),
        _ => vec![1.0 / read.len() as f32; read.len()],
    };
    // Alone, a prompt gives all of its own answer.
    let weight = |question: usize| match method.reads() {
        Reads::Each => 1.0,
        _ if read.len() == 1 => 1.0,
        _ => f64::from(weights[question]),
    };
    let mut prompts = Vec::with_capacity(read.len());
    for &(question, at) in &read {
        let answer = &given[at];
        let layout = match method.reads() {
            Reads::Each => &answer.layouts[0],
            _ => &answer.layouts[question],
        };
        let frame = task.context(question, &request.context);
        let frame = frame
            .frame(engine.tokenizer())
            .map_err(|e| EngineError::from(LayoutError::from(e)))?;
        let layout = in_front(engine.tokenizer(), &frame, layout);
        let said = answer.generated.len().saturating_sub(1);
        let observed = engine.observe(&layout, &answer.generated[..said], cancel)?;
        let attention = Attention::new(layout, observed);
        let lens = lenses(engine, &attention, answer, wanted.gold)?;
        prompts.push(Prompt {
            question,
            answer: at,
            weight: weight(question),
            mass: Mass::of_all(&attention),
            gives: lens
                .iter()
                .map(|layers| gives(layers, method.mix(), weight(question)))
                .collect(),
            attention,
            lens,
            left_out: Vec::new(),
        });
    }
    if method.reads() == Reads::All && prompts.len() > 1 {
        leave_out(
            engine,
            &mut prompts,
            (method.mix(), &weights),
            &given[0],
            cancel,
        )?;
    }
    if method.mix() == Mix::Max {
        keep_largest(&mut prompts);
    }
    Ok(Apart {
        answers: given,
        prompts,
    })
}

/// `[step][layer]`
fn lenses(
    engine: &mut Engine,
    attention: &Attention,
    answer: &Answer,
    gold: Option<u32>,
) -> Result<Vec<Vec<Sight>>, EngineError> {
    let of_step = |(step, &token): (usize, &u32)| {
        // Of a vocabulary with one token nothing runs up.
        let second = answer.steps[step].get(1).map_or(token, |(id, _)| *id);
        let gold = gold.filter(|_| step == 0);
        let tokens: Vec<u32> = [token, second].into_iter().chain(gold).collect();
        lens(engine, attention, step, &tokens)
    };
    answer.generated.iter().enumerate().map(of_step).collect()
}

/// What one prompt gives at one step, by what it says after the last layer.
fn gives(layers: &[Sight], mix: Mix, weight: f64) -> f64 {
    let Some(last) = layers.last() else {
        return 0.0;
    };
    let ln_p = |at: usize| last.tokens[at].log_probability;
    match mix {
        Mix::Mean | Mix::Weighted | Mix::MostConfident => weight * (ln_p(0) - ln_p(1)),
        Mix::Probabilities => weight * ln_p(0).exp(),
        Mix::Max => ln_p(0).exp(),
    }
}

/// Of every step only the largest counts, the first of equals.
fn keep_largest(prompts: &mut [Prompt]) {
    let steps = prompts.first().map_or(0, |prompt| prompt.gives.len());
    for step in 0..steps {
        let mut largest = 0;
        for (at, prompt) in prompts.iter().enumerate() {
            if prompt.gives[step] > prompts[largest].gives[step] {
                largest = at;
            }
        }
        let others = prompts
            .iter_mut()
            .enumerate()
            .filter(|(at, _)| *at != largest);
        others.for_each(|(_, prompt)| prompt.gives[step] = 0.0);
    }
}

/// Says of each prompt what the others make of the answer without it.
fn leave_out(
    engine: &mut Engine,
    prompts: &mut [Prompt],
    (mix, weights): (Mix, &[f32]),
    answer: &Answer,
    cancel: &Cancel,
) -> Result<(), EngineError> {
    let Shape {
        hidden, vocabulary, ..
    } = prompts[0].attention.shape();
    for (step, &token) in answer.generated.iter().enumerate() {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let last = |prompt: &Prompt| {
            let mut layers = prompt.attention.observed().residuals(step);
            layers.split_off(layers.len() - hidden)
        };
        let rows: Vec<f32> = prompts.iter().flat_map(last).collect();
        let logits = engine.read_out(&rows)?;
        let rows: Vec<&[f32]> = logits.chunks_exact(vocabulary).collect();
        let said = |without: Option<usize>| {
            let left = (0..rows.len()).filter(|at| Some(*at) != without);
            let (rows, weights): (Vec<&[f32]>, Vec<f32>) =
                left.map(|at| (rows[at], weights[at])).unzip();
            together(&rows, &shares(&weights), mix, token)
        };
        let all = said(None);
        let without: Vec<f64> = (0..rows.len())
            .into_par_iter()
            .map(|at| said(Some(at)))
            .collect();
        for (prompt, without) in prompts.iter_mut().zip(without) {
            prompt.left_out.push(all - without);
        }
    }
    Ok(())
}

/// ln p of a token as the method makes it of rows of logits, with weights that sum to 1.
fn together(rows: &[&[f32]], weights: &[f32], mix: Mix, token: u32) -> f64 {
    let probabilities = rows.iter().map(|row| log_probability(row, token).exp());
    match mix {
        Mix::Max => probabilities.fold(0.0, f64::max).ln(),
        Mix::Probabilities => (probabilities.sum::<f64>() / rows.len() as f64).ln(),
        Mix::Mean | Mix::Weighted | Mix::MostConfident => {
            let mut fused = vec![0.0; rows[0].len()];
            for (row, weight) in rows.iter().zip(weights) {
                for (sum, logit) in fused.iter_mut().zip(*row) {
                    *sum += weight * logit;
                }
            }
            log_probability(&fused, token)
        }
    }
}

/// A whole prompt, with what it shares with the others told from its question.
fn in_front(tokenizer: &impl Encode, frame: &Frame, prompt: &Layout) -> Layout {
    let front = tokenizer.encode(&format!("{}{}", frame.before, frame.separator));
    let bos = prompt.shared_tokens();
    let pairs = prompt.tokens[bos..].iter().zip(&front);
    let same = pairs.take_while(|(one, other)| one == other).count();
    prompt.with_front(bos + same)
}
