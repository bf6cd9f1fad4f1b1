//! The text that a model reads: instruction, few-shot examples and the question.
//!
//! ```text
//! context  = instruction, then per shot "Q: {q}\nA: {a}", joined by "\n\n"
//! prompt   = context + "\n\n" + "Q: {question}" + "\nA:"
//! ```
//!
//! The wording is that of the Python original, so that scores can be compared.

mod encode;
mod near;
mod shots;

pub use encode::Encode;
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

/// Everything in front of the question: instruction and shots, without a closing separator.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Context(String);

impl Context {
    pub fn new(instruction: &str, shots: &[(String, String)]) -> Self {
        let mut text = instruction.to_owned();
        for (question, answer) in shots {
            text.push_str(&format!("{SEP}Q: {question}\nA: {answer}"));
        }
        Context(text)
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// The whole prompt for one question.
    pub fn prompt(&self, question: &str) -> String {
        format!("{}{SEP}{}{CUE}", self.0, ask(question))
    }
}

/// The question as it stands in a prompt, without its cue.
pub fn ask(question: &str) -> String {
    format!("Q: {question}")
}
