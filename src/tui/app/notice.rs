//! What the program says: in the message line until the next key, and in the log.

use super::{App, Doubt};

/// A line at the bottom until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_error: bool,
    /// What the next key can answer.
    pub asks: Option<Doubt>,
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
