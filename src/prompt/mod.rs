//! The text that a model reads: instruction, few-shot examples and the question.
//!
//! ```text
//! context  = instruction, then per shot "Q: {q}\nA: {a}", joined by "\n\n"
//! prompt   = context + "\n\n" + "Q: {question}" + "\nA:"
//! ```
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

/// The instruction that goes with a style of data.
pub fn instruction(style: Style) -> &'static str {
    match style {
        Style::MyriadLama => {
            "Based on the context, predict the [MASK] in the sentence in one word."
        }
        Style::WebQuestions => {
            "Answer the question based on general world knowledge. Provide a short and direct answer."
        }
    }
}

/// How many tokens are made at most where the user does not say: 10, or 20 for WebQuestions.
pub fn default_new_tokens(style: Style) -> usize {
    match style {
        Style::MyriadLama => 10,
        Style::WebQuestions => 20,
    }
}
