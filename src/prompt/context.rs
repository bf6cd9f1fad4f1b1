//! Instruction and shots, and whether they are asked in a chat.

use std::sync::Arc;

use super::{Chat, ChatError, Encode, Frame, SEP, Thoughts, Words};

/// Everything in front of the question: instruction and shots, and how a model is given them.
///
/// Cheap to clone, and to compare with its clones: a screen does both for every key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Context {
    pub(super) said: Arc<Said>,
    pub(super) chat: Chat,
    pub(super) thoughts: Thoughts,
}

/// What is said whether it is a chat or not.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Said {
    pub instruction: String,
    /// `(question, answer)`.
    pub shots: Vec<(String, String)>,
    /// Without a chat; its `before` is the text of instruction and shots.
    pub raw: Arc<Frame>,
    pub words: Words,
}

impl Context {
    pub fn new(instruction: &str, shots: &[(String, String)]) -> Self {
        Context::worded(Words::QUESTION, instruction, shots)
    }

    /// The same with other words around questions and answers.
    pub fn worded(words: Words, instruction: &str, shots: &[(String, String)]) -> Self {
        let Words { lead, cue } = words;
        let mut text = instruction.to_owned();
        for (question, answer) in shots {
            text.push_str(&format!("{SEP}{lead}{question}{cue} {answer}"));
        }
        Context {
            said: Arc::new(Said {
                instruction: instruction.to_owned(),
                shots: shots.to_vec(),
                raw: Arc::new(Frame::raw(text, words)),
                words,
            }),
            chat: Chat::Off,
            thoughts: Thoughts::Off,
        }
    }

    /// The same, asked through the model's chat template or not.
    pub fn asked_as(self, chat: Chat) -> Self {
        Context { chat, ..self }
    }

    /// The same chat with thoughts in front of the answer.
    pub fn with_thoughts(self, thoughts: Thoughts) -> Self {
        Context { thoughts, ..self }
    }

    /// What the model ends its thoughts with.
    ///
    /// # Errors
    /// Without a chat, and where the model's template has no place for thoughts.
    pub fn end_of_thoughts(
        &self,
        tokenizer: &(impl Encode + ?Sized),
    ) -> Result<&'static str, ChatError> {
        if self.chat == Chat::Off {
            return Err(ChatError::NoThoughts);
        }
        let template = tokenizer.chat().ok_or(ChatError::None)?;
        Ok(template.marks().ok_or(ChatError::NoThoughts)?.end)
    }

    /// Instruction and shots as one text, without a closing separator.
    pub fn text(&self) -> &str {
        &self.said.raw.before
    }

    /// What stands around a question for the model whose tokenizer this is.
    ///
    /// # Errors
    /// In a chat, a model without a template, or one whose template does not take these turns.
    pub fn frame(&self, tokenizer: &(impl Encode + ?Sized)) -> Result<Arc<Frame>, ChatError> {
        if self.chat == Chat::Off {
            return Ok(self.said.raw.clone());
        }
        tokenizer.chat().ok_or(ChatError::None)?.frame(self)
    }
}
