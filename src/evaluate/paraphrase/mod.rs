//! Other wordings of a question, written by the model: drawn, and sifted.
//!
//! ```text
//! question ─► prompt with examples ─► drawn answers ─► sift ─► variants, and why the rest was dropped
//! ```

mod prompt;
mod sift;

pub use prompt::examples;
pub use sift::{Asked, Dropped, Sifted, Variant, template};

use crate::engine::{Blend, Cancel, Draws, Engine, EngineError, Event, Method, Request, Task};
use crate::layout::Options;
use crate::prompt::{Chat, Context};

/// How variants are drawn.
#[derive(Debug, Clone)]
pub struct Paraphrase {
    pub draws: Draws,
    pub chat: Chat,
    /// In place of the usual instruction and examples.
    pub context: Option<Context>,
    /// Tokens of a variant at most.
    pub max_new_tokens: usize,
}

impl Paraphrase {
    /// Draws and sifts variants of every question; `None` for one that the model has no answer to.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn run(
        &self,
        engine: &mut Engine,
        questions: &[Asked],
        heard: &mut dyn FnMut(&Event),
        cancel: &Cancel,
    ) -> Result<Vec<Option<Sifted>>, EngineError> {
        let tasks: Vec<Task> = questions
            .iter()
            .enumerate()
            .map(|(id, asked)| Task {
                id,
                questions: vec![asked.question.clone()],
                contexts: vec![self.context_of(asked)],
                manual: 1,
                groups: Vec::new(),
                confidence: None,
                labels: Vec::new(),
            })
            .collect();
        let request = Request {
            method: Method::Origin,
            options: Options::default(),
            blend: Blend::default(),
            context: Context::new("", &[]),
            max_new_tokens: self.max_new_tokens,
            until: None,
            stream: false,
            draws: Some(self.draws),
        };
        let mut sifted = vec![None; questions.len()];
        engine.run(
            &request,
            &tasks,
            &mut |event| {
                heard(&event);
                if let Event::Finished { task, answers } = event {
                    let drawn = answers.iter().flat_map(|answer| &answer.drawn);
                    sifted[task] = Some(questions[task].sift(drawn.map(String::as_str)));
                }
            },
            cancel,
        )?;
        Ok(sifted)
    }

    fn context_of(&self, asked: &Asked) -> Context {
        let usual = || examples(asked.has_mask());
        let context = self.context.clone().unwrap_or_else(usual);
        context.asked_as(self.chat)
    }
}
