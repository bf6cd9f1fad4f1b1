//! The guided first walk: six steps, each done by doing it, to be left at any time.

use super::Workspace;
use super::choice::Choice;
use super::runs::Scope;
use crate::tui::keymap::Action;
use crate::tui::panes::Pane;

/// Where a walk stands.
#[derive(Debug, Clone)]
pub struct Walk {
    step: usize,
    /// What was chosen, and where the user was, when the step began.
    relation: usize,
    choice: Choice,
    runs: u64,
    /// Whether the options were others since.
    turned: bool,
}

/// What a step asks for, and whether it is done.
struct Step {
    /// With the keys of these actions in place of `{}`.
    words: &'static str,
    keys: &'static [Action],
    done: fn(&Walk, &Workspace, Pane) -> bool,
}

const STEPS: [Step; 6] = [
    Step {
        words: "{} then letters of a relation, such as p36, then enter",
        keys: &[Action::Filter],
        done: |walk, work, _| work.browse.relation != walk.relation,
    },
    Step {
        words: "{} goes to its templates ({}: from pane to pane)",
        keys: &[Action::Go(Pane::Templates), Action::NextPane],
        done: |_, _, focus| focus == Pane::Templates,
    },
    Step {
        words: "{} switches a template on or off: the mask follows",
        keys: &[Action::Toggle],
        done: |walk, work, _| work.choice.picks != walk.choice.picks,
    },
    Step {
        words: "{} turns the preset: see what the mask says; {} back",
        keys: &[Action::Preset, Action::PresetBack],
        done: |walk, work, _| walk.turned && work.choice.options == walk.choice.options,
    },
    Step {
        words: "{} asks the model about this fact: see the run pane",
        keys: &[Action::RunFact],
        done: |walk, work, _| has_run(walk, work, |scope| matches!(scope, Scope::Fact(_))),
    },
    Step {
        words: "{} asks about the relation; there, {}: wrong answers",
        keys: &[Action::RunRelation, Action::ShowWrong],
        done: |walk, work, _| has_run(walk, work, |scope| matches!(scope, Scope::Relation(_))),
    },
];

fn has_run(walk: &Walk, work: &Workspace, of: fn(Scope) -> bool) -> bool {
    let last = work.runs.last();
    last.is_some_and(|job| job.generation > walk.runs && of(job.scope))
}

impl Workspace {
    /// Begins the walk, or leaves it.
    pub(in crate::tui) fn turn_walk(&mut self) {
        match self.walk.take() {
            Some(_) => self.say("the walk is left".into()),
            None => self.walk = Some(self.walk_at(0)),
        }
    }

    fn walk_at(&self, step: usize) -> Walk {
        Walk {
            step,
            relation: self.browse.relation,
            choice: self.choice.clone(),
            runs: self.runs.last().map_or(0, |job| job.generation),
            turned: false,
        }
    }

    /// Goes on to the next step where the present one is done.
    pub(in crate::tui) fn walk_on(&mut self, focus: Pane) {
        if let Some(walk) = &mut self.walk {
            walk.turned |= self.choice.options != walk.choice.options;
        }
        let Some(walk) = &self.walk else { return };
        let next = walk.step + 1;
        if !(STEPS[walk.step].done)(walk, self, focus) {
            return;
        }
        if next < STEPS.len() {
            self.walk = Some(self.walk_at(next));
            return;
        }
        self.walk = None;
        let key = |action| self.keymap.key(action);
        let (find, help) = (key(Action::Palette), key(Action::Help));
        let compare = key(Action::Compare);
        self.say(format!(
            "that was the walk: {compare} compares all methods on a fact, {find} finds everything else, {help} explains it"
        ));
    }

    /// `walk 3 of 6: …`: what is to be done, and the way out.
    pub fn walk_line(&self) -> Option<String> {
        let walk = self.walk.as_ref()?;
        let step = &STEPS[walk.step];
        let mut words = step.words.to_owned();
        for &action in step.keys {
            words = words.replacen("{}", &self.keymap.key(action), 1);
        }
        let out = self.keymap.key(Action::Walk);
        let number = walk.step + 1;
        Some(format!(
            "walk {number} of {}: {words} ({out} leaves)",
            STEPS.len()
        ))
    }
}
