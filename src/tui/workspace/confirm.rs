//! Confirmation by a second press of the same key, for what would lose work: the first press asks in the status line.

use super::Workspace;
use super::status::Notice;
use crate::tui::keymap::Key;

/// What a key asked; the same key pressed next says yes, any other no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirm {
    DeleteSet(String),
    /// A kept run, by its id.
    DeleteRun(String),
    /// A set or a file of this name.
    Replace(String),
    /// Shots rewritten by hand, with this key.
    DropEdits(Key),
    /// A new shot that is being typed.
    DropShot,
}

impl Workspace {
    /// Whether the key before this one asked just that. Asks it where not.
    pub(in crate::tui) fn is_sure(&mut self, confirm: Confirm, question: String) -> bool {
        let is_sure = self.has_answered(&confirm);
        if !is_sure {
            self.status.notice = Some(Notice::asks(question, confirm));
        }
        is_sure
    }

    /// Whether the key before this one asked just that.
    pub(in crate::tui) fn has_answered(&self, confirm: &Confirm) -> bool {
        self.status.asked.as_ref() == Some(confirm)
    }
}
