//! What would lose work is done at the second press: the first asks, in the message line.

use super::{App, Notice, Run, State};
use crate::numbers::{count, thousands};
use crate::tui::keymap::{Action, Key};

/// What a key asked about; the same key pressed next says yes, any other no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
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

impl App {
    /// Whether the key before this one asked just that. Asks it where not.
    pub(super) fn is_sure(&mut self, doubt: Doubt, question: String) -> bool {
        let is_sure = self.has_answered(&doubt);
        if !is_sure {
            self.notice = Some(Notice::asks(question, doubt));
        }
        is_sure
    }

    /// Whether the key before this one asked just that.
    pub(super) fn has_answered(&self, doubt: &Doubt) -> bool {
        self.asked.as_ref() == Some(doubt)
    }

    /// Whether an action may take the place of the evaluation on screen: it is saved, costs nothing to repeat, or the
    /// user has said so.
    pub(super) fn may_drop(&mut self, action: Action) -> bool {
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
        self.is_sure(Doubt::Drop(action), question)
    }
}

/// `25 facts`, `3 of 25 facts`.
fn facts(run: &Run) -> String {
    match run.progress() {
        (done, all) if done == all => count(all, "fact"),
        (done, all) => format!("{} of {}", thousands(done), count(all, "fact")),
    }
}
