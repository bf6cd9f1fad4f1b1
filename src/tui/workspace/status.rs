//! What the program says: in the message line until the next key, and in the log.

use std::collections::VecDeque;

use ratatui::style::Style;

use super::Workspace;
use super::confirm::Confirm;
use crate::tui::overlays::Question;
use crate::tui::text::{clip, visible};
use crate::tui::theme::Theme;

/// A line at the bottom until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_error: bool,
    /// What the next key can answer.
    pub asks: Option<Confirm>,
}

impl Notice {
    pub(in crate::tui) fn plain(text: impl Into<String>) -> Self {
        Notice {
            text: text.into(),
            is_error: false,
            asks: None,
        }
    }

    pub(in crate::tui) fn error(text: impl Into<String>) -> Self {
        Notice {
            is_error: true,
            ..Notice::plain(text)
        }
    }

    pub(in crate::tui) fn asks(question: String, confirm: Confirm) -> Self {
        Notice {
            asks: Some(confirm),
            ..Notice::plain(question)
        }
    }

    pub fn style(&self, theme: &Theme) -> Style {
        match (self.is_error, &self.asks) {
            (true, _) => theme.bad,
            (false, Some(_)) => theme.warn,
            (false, None) => theme.good,
        }
    }

    /// An answer names what exists already.
    pub(in crate::tui) fn replaces(question: Question, name: &str) -> Self {
        let text = match question {
            Question::SavePath(_) | Question::ViewPath => {
                format!("{name} exists already: enter again overwrites it")
            }
            _ => format!("enter again replaces {name}"),
        };
        Notice::asks(text, Confirm::Replace(name.to_owned()))
    }
}

/// What the program says now, what it has said, and what the last key was asked.
#[derive(Debug, Clone, Default)]
pub struct Status {
    pub notice: Option<Notice>,
    pub log: VecDeque<String>,
    /// What the key before the present one asked.
    pub asked: Option<Confirm>,
}

/// Lines of log that are kept.
const LOG: usize = 200;

impl Workspace {
    /// Adds a line to the log and shows it until the next key.
    pub(in crate::tui) fn say(&mut self, text: String) {
        self.status.notice = Some(Notice::plain(&text));
        self.note(text);
    }

    /// As [`Workspace::say`], on one line: the log has all of it.
    pub(in crate::tui) fn say_briefly(&mut self, text: String) {
        let columns = usize::from(self.size.0).saturating_sub(2);
        let symbols = self.theme.symbols;
        let line = clip(&visible(&text, symbols), columns, symbols).into_owned();
        self.status.notice = Some(Notice::plain(line));
        self.note(text);
    }

    /// As [`Workspace::say`], as an error.
    pub(in crate::tui) fn complain(&mut self, text: String) {
        self.status.notice = Some(Notice::error(&text));
        self.note(text);
    }

    /// Adds a line to the log.
    pub(in crate::tui) fn note(&mut self, text: String) {
        if self.status.log.len() == LOG {
            self.status.log.pop_front();
        }
        self.status.log.push_back(text);
    }
}
