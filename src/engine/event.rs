//! What goes into an engine and what it says.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::error::TaskError;
use crate::layout::{Layout, Window};
use crate::model::Tokenizer;
use crate::numbers::thousands;
use crate::prompt::Context;

/// The questions about one fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The caller's name for it; comes back in every event.
    pub id: usize,
    pub questions: Vec<String>,
    /// What stands in front of each question, or of all of them where it is one; what the request says where there are none.
    pub contexts: Vec<Context>,
    /// The last manual question, counted from 1: how many are manual where these stand in front.
    pub manual: usize,
    /// Sizes of the groups that the first questions fall into; each of the others is alone.
    pub groups: Vec<usize>,
    /// What the answer is one of, each named by its next token; any text may answer where there are none.
    pub labels: Vec<String>,
    /// One confidence per question for what weights them; measured first where `None`.
    pub confidence: Option<Vec<f32>>,
}

impl Task {
    /// What stands in front of a question.
    pub fn context<'a>(&'a self, question: usize, of_all: &'a Context) -> &'a Context {
        let own = self.contexts.get(question).or(self.contexts.first());
        own.unwrap_or(of_all)
    }
}

/// What an engine reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A long step before the first answer, in words that stand alone: `loading weights`, `compiling kernels`. Bytes or
    /// parts done of a total (0: unknown).
    Loading { what: String, done: u64, total: u64 },
    /// Something that the user may want to know.
    Note(String),
    /// The tokenizer is ready, long before the weights.
    Tokenizer(Tokenizer),
    /// The model is ready.
    Loaded(About),
    /// Prompts are being read. Said a few times a second, so that a long prompt shows how far it is.
    Reading(Reading),
    /// The prompts of these many tasks more have been read.
    Prefilled {
        tasks: usize,
        /// Tokens computed, and tokens that stood in the prompts.
        computed: usize,
        prompt_tokens: usize,
        took: Duration,
    },
    /// A task has got one token more.
    Token {
        task: usize,
        /// Which question's own answer this is (`per-prompt`, and the confidences of `weighted-*`).
        question: Option<usize>,
        /// Counted from 0.
        step: usize,
        token: Token,
    },
    /// A task is done: one answer, or one per question for `per-prompt`.
    Finished { task: usize, answers: Vec<Answer> },
    /// A task ends without an answer.
    Failed { task: usize, error: TaskError },
}

/// How far the reading of a batch of prompts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Tokens computed so far.
    pub computed: usize,
    /// Tokens to compute in all, on a GPU an estimate at first; what the cache holds already is not among them.
    pub tokens: usize,
}

/// `reading 1,024 of 2,712 tokens`: the same words on screen and in a progress bar.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [computed, tokens] = [self.computed, self.tokens].map(thousands);
        write!(f, "reading {computed} of {tokens} tokens")
    }
}

/// One token of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub id: u32,
    /// What it adds to the answer's text: nothing while a character lacks bytes, which the next tokens bring.
    pub text: String,
    /// Of this token, after the method's fusion.
    pub probability: f32,
    /// The five best, this one first.
    pub top: Vec<Candidate>,
}

/// A token that might have been made.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub id: u32,
    /// The token by itself, bytes that make no whole character as `<0xCA>`.
    pub text: String,
    pub probability: f32,
}

/// One finished generation.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Token ids, the stopping one included.
    pub generated: Vec<u32>,
    /// Their text without special tokens.
    pub generation: String,
    /// Per step the five best `(id, logit)`, for `max` probabilities.
    pub steps: Vec<Vec<(u32, f32)>>,
    /// Product of the probabilities of the generated tokens before the stopping one.
    pub probability: f32,
    /// Of each label of the task, the probability of its token among all tokens; `probability` is then the share that the
    /// chosen one has of their sum.
    pub labels: Vec<f32>,
    /// Geometric mean probability of the same tokens: how sure the model was.
    pub confidence: f32,
    /// What was read: one layout, or for the logit methods one per question.
    pub layouts: Vec<Layout>,
    /// Generations that were drawn instead, where the request asks for any: the same text as often as it was drawn.
    pub drawn: Vec<String>,
}

impl Answer {
    /// What [`Answer::probability`] is, in words.
    pub fn measure(&self) -> &'static str {
        match self.labels.as_slice() {
            [] => "probability",
            _ => "share of the labels' probability",
        }
    }
}

/// What is loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// As the user named it.
    pub model: String,
    pub parameters: usize,
    /// `cpu`, `cuda:0`, …
    pub device: String,
    /// `f32`, `bf16`, …
    pub dtype: String,
    pub layers: usize,
    pub max_positions: usize,
    pub window: Option<Window>,
    /// What each of its files holds, see [`crate::model::Files::identity`].
    pub files: BTreeMap<String, String>,
    /// Threads of the CPU path, or the name of the accelerator.
    pub hardware: String,
}

/// The type that weights are held in, for people: those of few bits are marked as approximate.
pub fn dtype_in_words(dtype: &str) -> Cow<'_, str> {
    if dtype.starts_with('q') {
        format!("{dtype} (approximate)").into()
    } else {
        dtype.into()
    }
}
