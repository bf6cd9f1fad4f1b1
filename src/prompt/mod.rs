//! The text that a model reads: instruction, few-shot examples and the question.
//!
//! ```text
//! context  = instruction, then per shot "Q: {q}\nA: {a}", joined by "\n\n"
//! prompt   = context + "\n\n" + "Q: {question}" + "\nA:"
//! ```
//!
//! A question with choices stands without `Q: ` and ends in `\nAnswer:`, since `A:` would be the label of a choice.
//!
//! The wording is that of the Python original, so that scores can be compared. In a chat ([`Chat`]) the model's own
//! template stands around it; [`Context::frame`] says what stands before and behind a question either way.

mod chat;
mod context;
mod encode;
mod frame;
mod near;
mod shots;

pub use chat::{Chat, ChatError, Template, Thoughts};
pub use context::Context;
pub use encode::Encode;
pub use frame::Frame;
pub use near::{Near, ShotsFrom};
pub use shots::{Shots, ShotsError};

use crate::data::Style;

/// Stands between instruction, shots and question, and between segments.
pub const SEP: &str = "\n\n";
/// Asks for the answer.
pub const CUE: &str = "\nA:";

/// What stands around a question and in front of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Words {
    /// Begins the question.
    pub lead: &'static str,
    /// Asks for the answer, which a space keeps apart.
    pub cue: &'static str,
}

impl Words {
    pub const QUESTION: Words = Words {
        lead: "Q: ",
        cue: CUE,
    };
    /// As lm-evaluation-harness writes them; what begins the question is a matter of phrasing.
    pub const CHOICE: Words = Words {
        lead: "",
        cue: "\nAnswer:",
    };

    /// The words that go with a style of data.
    pub fn of(style: Style) -> Self {
        match style {
            Style::MyriadLama | Style::WebQuestions => Words::QUESTION,
            Style::MultipleChoice => Words::CHOICE,
        }
    }
}

/// The instruction that goes with a style of data.
pub fn instruction(style: Style) -> &'static str {
    match style {
        Style::MyriadLama => {
            "Based on the context, predict the [MASK] in the sentence in one word."
        }
        Style::WebQuestions => {
            "Answer the question based on general world knowledge. Provide a short and direct answer."
        }
        // lm-evaluation-harness's for MMLU, without the subject area.
        Style::MultipleChoice => "The following are multiple choice questions (with answers).",
    }
}

/// How many tokens are made at most where the user does not say: 10, 20 for questions that stand with their facts, 1 for the
/// label of a choice.
pub fn default_new_tokens(style: Style) -> usize {
    match style {
        Style::MyriadLama => 10,
        Style::WebQuestions => 20,
        Style::MultipleChoice => 1,
    }
}
