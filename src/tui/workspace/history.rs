//! Every change of the choice can be taken back.

use std::sync::Arc;

use super::Workspace;
use super::choice::{Choice, Picks};

/// Choices before and after the present one.
#[derive(Debug, Clone, Default)]
pub struct History {
    past: Vec<Choice>,
    future: Vec<Choice>,
}

/// More steps than anybody takes back; keeps a day's session small.
const STEPS: usize = 500;

impl History {
    /// Keeps `before`; what was undone cannot be redone any more.
    pub fn push(&mut self, before: Choice) {
        if self.past.len() == STEPS {
            self.past.remove(0);
        }
        self.past.push(before);
        self.future.clear();
    }

    /// Steps back: `present` can be redone.
    pub fn undo(&mut self, present: &mut Choice) -> bool {
        Self::step(&mut self.past, &mut self.future, present)
    }

    pub fn redo(&mut self, present: &mut Choice) -> bool {
        Self::step(&mut self.future, &mut self.past, present)
    }

    fn step(from: &mut Vec<Choice>, to: &mut Vec<Choice>, present: &mut Choice) -> bool {
        let Some(other) = from.pop() else {
            return false;
        };
        to.push(std::mem::replace(present, other));
        true
    }
}

impl Workspace {
    /// Changes the choice; undo takes it back. Does nothing where nothing changes.
    pub(in crate::tui) fn change(&mut self, how: impl FnOnce(&mut Choice)) {
        let before = self.choice.clone();
        how(&mut self.choice);
        if self.choice != before {
            self.history.push(before);
        }
    }

    /// Changes the picks of the relation on screen.
    pub(in crate::tui) fn pick(&mut self, how: impl FnOnce(&mut Picks)) {
        let relation = self.browse.relation;
        self.change(|choice| {
            if let Some(picks) = choice.picks.get_mut(relation) {
                how(Arc::make_mut(picks));
            }
        });
    }

    /// Takes the last change back, or makes it again, and says which it was.
    pub(in crate::tui) fn time_travel(&mut self, back: bool) {
        let before = self.choice.clone();
        let moved = if back {
            self.history.undo(&mut self.choice)
        } else {
            self.history.redo(&mut self.choice)
        };
        if moved {
            let done = if back { "undone" } else { "redone" };
            self.say(format!(
                "{done}: {}",
                self.difference(&before, &self.choice)
            ));
        } else {
            let what = if back { "undo" } else { "redo" };
            self.say(format!("nothing to {what}"));
        }
    }
}
