//! The facts that were looked at, to go back to and forward again.

use super::Workspace;

/// Facts before and after the present one.
#[derive(Debug, Clone, Default)]
pub struct Visits {
    past: Vec<usize>,
    future: Vec<usize>,
    here: Option<usize>,
}

/// More than anybody goes back.
const KEPT: usize = 200;

impl Visits {
    /// The user is at another fact. Walking through a list counts as one visit, at its end.
    fn go(&mut self, fact: Option<usize>, is_next: bool) {
        let before = std::mem::replace(&mut self.here, fact);
        if let Some(before) = before.filter(|_| fact.is_some() && !is_next) {
            if self.past.len() == KEPT {
                self.past.remove(0);
            }
            self.past.push(before);
            self.future.clear();
        }
    }

    fn step(&mut self, back: bool) -> Option<usize> {
        let (from, to) = match back {
            true => (&mut self.past, &mut self.future),
            false => (&mut self.future, &mut self.past),
        };
        let fact = from.pop()?;
        to.extend(self.here.replace(fact));
        Some(fact)
    }
}

impl Workspace {
    /// Notes where the user is, after every event.
    pub(in crate::tui) fn note_visit(&mut self) {
        let (here, now) = (self.visits.here, self.browse.fact);
        if here == now {
            return;
        }
        let facts = self.browse.facts_in(self.browse.relation);
        let place = |fact: Option<usize>| facts.iter().position(|&other| Some(other) == fact);
        let is_next = match (place(here), place(now)) {
            (Some(from), Some(to)) => from.abs_diff(to) == 1,
            _ => false,
        };
        self.visits.go(now, is_next);
    }

    /// Goes back to the fact before, or forward again.
    pub(in crate::tui) fn revisit(&mut self, back: bool) {
        match self.visits.step(back) {
            Some(fact) => self.open_fact(fact),
            None if back => self.say("this is where you began".into()),
            None => self.say("there is nothing to go forward to".into()),
        }
    }
}
