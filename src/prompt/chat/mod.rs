//! Questions asked in a chat: through the template that the model's makers trained it with.
//!
//! ```text
//! turns with a sentinel as the question ─► template ─► text, cut at the sentinel
//!                                                       before: context · behind: cue
//! ```

mod json;
mod render;
mod thoughts;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Context, Frame, SEP};
use crate::named::named;
use render::Message;
use thoughts::Marks;
pub use thoughts::Thoughts;

named! {
    /// Whether a prompt is a conversation, and which turns it has.
    #[derive(Default)]
    pub enum Chat {
        /// Plain text, as in the Python original
        #[default]
        Off = "off",
        /// Instruction, shots and question in one turn of the user
        User = "user",
        /// Each shot a turn of the user and one of the assistant; the instruction is the system's, or begins the first turn
        Turns = "turns",
    }
}

impl Chat {
    pub fn is_off(&self) -> bool {
        *self == Chat::Off
    }
}

/// Why a prompt cannot be a chat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    #[error(
        "the model has no chat template: ask it with --chat off, or choose a model tuned for chats"
    )]
    None,
    #[error(
        "the model's chat template has no place for thoughts: leave --thinking out, or choose a model that thinks and ask \
         it with --chat user or turns"
    )]
    NoThoughts,
    #[error("the model's chat template {0}: ask it with --chat off")]
    Template(String),
}

/// A model's chat template with the special tokens that it names (`bos_token`).
#[derive(Debug)]
pub struct Template {
    source: String,
    special: BTreeMap<String, String>,
    /// What contexts look like in it: thousands of questions have the same.
    frames: Mutex<HashMap<Context, Arc<Frame>>>,
}

/// Frames that are kept before they are made anew: more than relations times templates of MyriadLAMA.
const KEPT: usize = 8_192;

impl Template {
    pub fn new(source: String, special: BTreeMap<String, String>) -> Self {
        Template {
            source,
            special,
            frames: Mutex::default(),
        }
    }

    /// What stands around a question.
    ///
    /// # Errors
    /// [`ChatError::Template`] where the template is broken, refuses the turns, or changes the question.
    pub(super) fn frame(&self, context: &Context) -> Result<Arc<Frame>, ChatError> {
        let known = || self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = known().get(context) {
            return Ok(frame.clone());
        }
        let frame = Arc::new(self.render(context).map_err(ChatError::Template)?);
        let mut frames = known();
        if frames.len() >= KEPT {
            frames.clear();
        }
        frames.insert(context.clone(), frame.clone());
        Ok(frame)
    }

    /// How thoughts stand in a turn, where they have a place.
    pub(super) fn marks(&self) -> Option<&'static Marks> {
        Marks::of(&self.source)
    }

    fn render(&self, context: &Context) -> Result<Frame, String> {
        let sentinel = sentinel(context);
        let thinks = context.thoughts != Thoughts::Off;
        let render =
            |messages: &[Message]| render::render(&self.source, &self.special, messages, thinks);
        let text = match context.chat {
            Chat::Turns => {
                // Some templates refuse a system's turn, others leave it out without a word.
                let held = |text: &String| text.contains(context.said.instruction.trim());
                match render(&turns(context, &sentinel, true)).ok().filter(held) {
                    Some(text) => text,
                    None => render(&turns(context, &sentinel, false))?,
                }
            }
            Chat::Off | Chat::User => render(&[Message::user(context.said.raw.prompt(&sentinel))])?,
        };
        let mut parts = text.split(&sentinel);
        let (before, behind) = match (parts.next(), parts.next(), parts.next()) {
            (Some(before), Some(behind), None) => (before, behind),
            (_, None, _) => return Err("leaves the question out".to_owned()),
            _ => return Err("writes the question more than once".to_owned()),
        };
        let cue = match self.marks() {
            Some(marks) => marks.cue(behind, context.thoughts),
            None => behind.to_owned(),
        };
        let bos = self.special.get("bos_token").map_or("", String::as_str);
        let words = match context.chat {
            Chat::Turns => None,
            Chat::Off | Chat::User => Some(context.said.words),
        };
        Ok(Frame::of_chat(bos, before, cue, words))
    }
}

/// A word that stands for the question and nowhere else.
fn sentinel(context: &Context) -> String {
    let mut word = "QUESTION".to_owned();
    let stands_in = |word: &str| context.text().contains(word);
    while stands_in(&word) {
        word.push('X');
    }
    // A template may hold the word itself, but hardly this one.
    word + "PLACE"
}

/// A turn per question and answer. The instruction is the system's, or stands at the head of the first turn.
fn turns(context: &Context, question: &str, system: bool) -> Vec<Message> {
    let instruction = context.said.instruction.as_str();
    let mut all = Vec::new();
    if system && !instruction.is_empty() {
        all.push(Message::system(instruction.to_owned()));
    }
    for (question, answer) in &context.said.shots {
        all.push(Message::user(question.clone()));
        all.push(Message::assistant(answer.clone()));
    }
    all.push(Message::user(question.to_owned()));
    if !system && !instruction.is_empty() {
        let first = &mut all[0];
        first.content = format!("{instruction}{SEP}{}", first.content);
    }
    all
}
