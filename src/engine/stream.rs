//! From tasks to prompts: one stream of tokens per answer that is wanted.

use std::ops::Range;

use rayon::prelude::*;

use super::blend::{Blend, Blending};
use super::cancel::Cancel;
use super::draw::Draws;
use super::error::EngineError;
use super::event::{Answer, Task};
use super::labels::label_tokens;
use super::method::{Method, Mix, Reads};
use super::runner::SequenceId;
use crate::layout::{Layout, LayoutError, Options, Source};
use crate::model::Tokenizer;
use crate::prompt::Context;

/// What is asked of an engine, the same for every task.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    /// Read by methods with a layout.
    pub options: Options,
    /// Read by methods that mix rows inside the model.
    pub blend: Blend,
    pub context: Context,
    pub max_new_tokens: usize,
    /// What ends an answer in place of the end of a line.
    pub until: Option<String>,
    /// Whether [`super::Event::Token`] is wanted.
    pub stream: bool,
    /// Answers that are drawn beside the greedy one, where one prompt stands behind each answer ([`Method::has_one_prompt`]).
    pub draws: Option<Draws>,
}

/// One answer in the making.
pub(super) struct Stream {
    /// Index of its task.
    pub task: usize,
    /// Which question's own answer it is, where each has one.
    pub question: Option<usize>,
    pub layouts: Vec<Layout>,
    /// Which of the layouts are read: all, but for [`Mix::MostConfident`].
    pub read: Range<usize>,
    pub sequences: Vec<SequenceId>,
    pub weights: Option<Vec<f32>>,
    /// Tokens of the labels that the answer is one of, and their probabilities once they are known.
    pub labels: Vec<u32>,
    pub label_probabilities: Vec<f32>,
    pub generated: Vec<u32>,
    pub steps: Vec<Vec<(u32, f32)>>,
    /// Sum of the log probabilities of the tokens before the stopping one, and their number.
    pub log_probability: f32,
    pub counted: usize,
    pub stop: Option<Stop>,
}

/// Why an answer ended.
pub(super) enum Stop {
    /// With a token of this probability that is not part of the answer.
    Token(f32),
    /// At the limit of new tokens.
    Length,
    /// Where its logits, or those of another stream of its task, are not finite.
    NotFinite,
}

/// Makes the prompts of tasks.
#[derive(Clone, Copy)]
pub(crate) struct Prompts<'a> {
    pub tokenizer: &'a Tokenizer,
    pub max_positions: usize,
    pub layers: usize,
    /// Tokens that the model knows.
    pub vocabulary: usize,
    pub request: &'a Request,
    pub cancel: &'a Cancel,
}

impl Prompts<'_> {
    /// Lays out every prompt, unless cancelled.
    pub fn streams(
        &self,
        tasks: &[Task],
        method: Method,
        confidences: &[Option<Vec<f32>>],
    ) -> Result<Vec<Stream>, EngineError> {
        let streams: Result<Vec<Vec<Stream>>, EngineError> = tasks
            .par_iter()
            .enumerate()
            .map(|(index, task)| {
                self.streams_of(index, task, method, confidences[index].as_deref())
            })
            .collect();
        // Prompts that were cut short may be refused for what they lack.
        if self.cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        Ok(streams?.into_iter().flatten().collect())
    }

    /// What a pass over the rows of `streams` mixes when they ask by `method`.
    pub fn blending(&self, method: Method, streams: &[Stream]) -> Option<Blending> {
        let what = method.blended()?;
        let mut row = 0;
        let rows = |stream: &Stream| {
            let first = row;
            row += stream.read.len();
            first..row
        };
        Some(Blending {
            what,
            from: self.request.blend.first_layer(self.layers) - 1,
            alpha: self.request.blend.alpha,
            groups: streams.iter().map(rows).collect(),
        })
    }

    fn streams_of(
        &self,
        index: usize,
        task: &Task,
        method: Method,
        confidence: Option<&[f32]>,
    ) -> Result<Vec<Stream>, EngineError> {
        let tokenizer = self.tokenizer.until(self.cancel.flag());
        let context = |question: usize| task.context(question, &self.request.context);
        let plain = |(at, question): (usize, &String)| -> Result<Layout, EngineError> {
            let frame = context(at).frame(&tokenizer).map_err(LayoutError::from)?;
            let layout = Layout::plain(&tokenizer, &frame, question);
            self.check(&layout)?;
            Ok(layout)
        };
        let plains = |questions: &[String]| {
            let questions = questions.iter().enumerate();
            questions.map(plain).collect::<Result<Vec<_>, _>>()
        };
        let all = || plains(&task.questions);
        let labels = match task.labels.as_slice() {
            [] => Vec::new(),
            labels => {
                let frame = context(0).frame(&tokenizer).map_err(LayoutError::from)?;
                label_tokens(&tokenizer, &frame, labels)
                    .map_err(|(one, other)| EngineError::Labels(one, other))?
            }
        };
        let stream = |layouts: Vec<Layout>, question, weights| Stream {
            task: index,
            question,
            read: 0..layouts.len(),
            layouts,
            sequences: Vec::new(),
            weights,
            labels: labels.clone(),
            label_probabilities: Vec::new(),
            generated: Vec::new(),
            steps: Vec::new(),
            log_probability: 0.0,
            counted: 0,
            stop: None,
        };
        Ok(match method.reads() {
            Reads::First => {
                let first = &task.questions[..task.questions.len().min(1)];
                vec![stream(plains(first)?, None, None)]
            }
            Reads::Each => all()?
                .into_iter()
                .enumerate()
                .map(|(question, layout)| stream(vec![layout], Some(question), None))
                .collect(),
            Reads::All => {
                let weighted = method.mix() == Mix::Weighted;
                let weights = confidence.filter(|_| weighted).map(shares);
                let mut stream = stream(all()?, None, weights);
                if method.mix() == Mix::MostConfident {
                    let best = confidence.map_or(0, most_confident);
                    stream.read = best..best + 1;
                }
                vec![stream]
            }
            Reads::Layout => {
                let source = Source {
                    groups: &task.groups,
                    weights: confidence.unwrap_or(&[]),
                    ..Source::new(context(0), &task.questions, task.manual)
                };
                let layout = Layout::build(&tokenizer, source, self.request.options.clone())?;
                self.check(&layout)?;
                vec![stream(vec![layout], None, None)]
            }
        })
    }

    fn check(&self, layout: &Layout) -> Result<(), EngineError> {
        layout.check_fits(self.request.max_new_tokens, self.max_positions)?;
        let unknown = |token: &&u32| **token as usize >= self.vocabulary;
        match layout.tokens.iter().find(unknown) {
            Some(token) => Err(EngineError::UnknownToken {
                token: *token,
                known: self.vocabulary,
            }),
            None => Ok(()),
        }
    }
}

impl Stream {
    /// Geometric mean probability of the answer's tokens; of an empty answer, of the token that ended it.
    pub fn confidence(&self) -> f32 {
        match self.stop {
            Some(Stop::Token(probability)) if self.counted == 0 => probability,
            _ => (self.log_probability / self.counted.max(1) as f32).exp(),
        }
    }

    pub fn answer(self, tokenizer: &Tokenizer) -> Answer {
        Answer {
            generation: tokenizer.decode(&self.generated),
            probability: self.log_probability.exp(),
            confidence: self.confidence(),
            labels: self.label_probabilities,
            generated: self.generated,
            steps: self.steps,
            layouts: self.layouts,
            drawn: Vec::new(),
        }
    }
}

/// Confidences normalised to sum 1; equal shares where none is sure of anything.
pub fn shares(confidence: &[f32]) -> Vec<f32> {
    let sum: f32 = confidence.iter().sum();
    if sum > 0.0 {
        confidence.iter().map(|value| value / sum).collect()
    } else {
        vec![1.0 / confidence.len() as f32; confidence.len()]
    }
}

/// Index of the largest confidence, the first of equals.
pub fn most_confident(confidence: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in confidence.iter().enumerate() {
        if *value > confidence[best] {
            best = index;
        }
    }
    best
}
