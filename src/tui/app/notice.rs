//! What the program says: in the message line until the next key, and in the log.

use super::{App, Doubt, Question};
use crate::tui::text::{clip, visible};

/// A line at the bottom until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_error: bool,
    /// What the next key can answer.
    pub asks: Option<Doubt>,
}

impl Notice {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Notice {
            text: text.into(),
            is_error: false,
            asks: None,
        }
    }

    pub(super) fn error(text: impl Into<String>) -> Self {
        Notice {
            is_error: true,
            ..Notice::plain(text)
        }
    }

    pub(super) fn asks(question: String, doubt: Doubt) -> Self {
        Notice {
            asks: Some(doubt),
            ..Notice::plain(question)
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
        self.notice = Some(Notice::plain(&text));
        self.note(text);
    }

    /// As [`App::say`], on one line: the log has all of it.
    pub(super) fn say_briefly(&mut self, text: String) {
        let columns = usize::from(self.size.0).saturating_sub(2);
        let symbols = self.theme.symbols;
        let line = clip(&visible(&text, symbols), columns, symbols).into_owned();
        self.notice = Some(Notice::plain(line));
        self.note(text);
    }

    /// As [`App::say`], as an error.
    pub(super) fn complain(&mut self, text: String) {
        self.notice = Some(Notice::error(&text));
        self.note(text);
    }

    /// Adds a line to the log, and shows it where nothing else is shown in its place.
    pub(super) fn mention(&mut self, text: String) {
        if self.notice.is_none() && self.overlay.is_none() && self.filtering.is_none() {
            self.say(text);
        } else {
            self.note(text);
        }
    }

    /// Adds a line to the log.
    pub(super) fn note(&mut self, text: String) {
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(text);
    }
}
