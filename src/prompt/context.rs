//! Instruction and shots, and whether they are asked in a chat.

use std::sync::Arc;

use super::{Chat, ChatError, Encode, Frame, SEP};

/// Everything in front of the question: instruction and shots, and how a model is given them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Context {
    pub(super) instruction: String,
    /// `(question, answer)`.
    pub(super) shots: Vec<(String, String)>,
    pub(super) chat: Chat,
    /// Without a chat; its `before` is the text of instruction and shots.
    raw: Arc<Frame>,
}

impl Context {
    pub fn new(instruction: &str, shots: &[(String, String)]) -> Self {
        let mut text = instruction.to_owned();
        for (question, answer) in shots {
            text.push_str(&format!("{SEP}Q: {question}\nA: {answer}"));
        }
        Context {
            instruction: instruction.to_owned(),
            shots: shots.to_vec(),
            chat: Chat::Off,
            raw: Arc::new(Frame::raw(text)),
        }
    }

    /// The same, asked through the model's chat template or not.
    pub fn asked_as(self, chat: Chat) -> Self {
        Context { chat, ..self }
    }

    /// Instruction and shots as one text, without a closing separator.
    pub fn text(&self) -> &str {
        &self.raw.before
    }

    /// What stands around a question for the model whose tokenizer this is.
    ///
    /// # Errors
    /// In a chat, a model without a template, or one whose template does not take these turns.
    pub fn frame(&self, tokenizer: &(impl Encode + ?Sized)) -> Result<Arc<Frame>, ChatError> {
        if self.chat == Chat::Off {
            return Ok(self.raw.clone());
        }
        tokenizer.chat().ok_or(ChatError::None)?.frame(self)
    }
}
