//! Confirmation by a second press of the same key, for what would lose work: the first press asks in the status line.

use super::Workspace;
use super::runs::{Run, State};
use super::status::Notice;
use crate::numbers::{count, thousands};
use crate::tui::keymap::{Action, Key};

/// What a key asked; the same key pressed next says yes, any other no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirm {
    /// A run, or leaving, at the cost of answers that are in no file.
    Drop(Action),
    DeleteSet(String),
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

    /// Whether an action may take the place of the evaluation on screen: it is saved, costs nothing to repeat, or the
    /// user has said so.
    pub(in crate::tui) fn may_drop(&mut self, action: Action) -> bool {
        // Where a run waits already, the question has been answered.
        let run = self.runs.current.as_ref();
        let Some(run) = run.filter(|run| run.is_evaluation() && self.runs.next.is_none()) else {
            return true;
        };
        let key = self.keymap.key(action);
        let title = &run.job.title;
        let question =
            if action != Action::Quit && matches!(run.state, State::Running | State::Paused) {
                format!("not saved: {key} again drops {title} when it is done")
            } else if run.is_saved() {
                return true;
            } else {
                let save = self.keymap.key(Action::SaveResults);
                format!(
                    "not saved: {save} saves, {key} again drops {title} ({})",
                    facts(run)
                )
            };
        self.is_sure(Confirm::Drop(action), question)
    }
}

/// `25 facts`, `3 of 25 facts`.
fn facts(run: &Run) -> String {
    match run.progress() {
        (done, all) if done == all => count(all, "fact"),
        (done, all) => format!("{} of {}", thousands(done), count(all, "fact")),
    }
}
