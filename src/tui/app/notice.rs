//! What the program says: in the message line until the next key, and in the log.

use super::{App, Doubt, Question};

/// A line at the bottom until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_error: bool,
    /// What the next key can answer.
    pub asks: Option<Doubt>,
}

impl Notice {
    pub(super) fn error(text: impl Into<String>) -> Self {
        Notice {
            text: text.into(),
            is_error: true,
            asks: None,
        }
    }

    pub(super) fn asks(question: String, doubt: Doubt) -> Self {
        Notice {
            text: question,
            is_error: false,
            asks: Some(doubt),
        }
    }

    /// An answer names what exists already.
    pub(super) fn replaces(question: Question, name: &str) -> Self {
        let text = match question {
            Question::SavePath(_) => {
                format!("{name} exists already: enter again overwrites it")
            }
            _ => format!("enter again replaces {name}"),
        };
        Notice::asks(text, Doubt::Replace(name.to_owned()))
    }
}

/// Lines of log that are kept.
const LOG: usize = 200;

impl App {
    /// Adds a line to the log and shows it until the next key.
    pub(super) fn say(&mut self, text: String) {
        self.announce(text, false);
    }

    /// As [`App::say`], as an error.
    pub(super) fn complain(&mut self, text: String) {
        self.announce(text, true);
    }

    /// Adds a line to the log, and shows it where nothing else is shown in its place.
    pub(super) fn mention(&mut self, text: String) {
        if self.notice.is_none() && self.overlay.is_none() && self.filtering.is_none() {
            self.say(text);
        } else {
            self.note(text);
        }
    }

    fn announce(&mut self, text: String, is_error: bool) {
        self.notice = Some(Notice {
            text: text.clone(),
            is_error,
            asks: None,
        });
        self.note(text);
    }

    /// Adds a line to the log.
    pub(super) fn note(&mut self, text: String) {
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(text);
    }
}
