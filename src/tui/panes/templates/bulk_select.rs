//! Selecting many templates at once: those that the list shows, all of them or what a filter leaves.

use crate::data::TemplateKind;
use crate::numbers::{count, thousands};
use crate::tui::keymap::Action;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::Picks;

/// The templates that the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    pub templates: Vec<usize>,
    /// Whether a filter hides others.
    pub filtered: bool,
}

impl Workspace {
    /// Whether templates are hidden by a filter.
    pub fn hides_templates(&self) -> bool {
        self.shown.filtered
    }

    /// Does `what`; where a filter hides others, says so.
    pub(in crate::tui) fn pick_shown(
        &mut self,
        what: &str,
        how: impl FnOnce(&mut Picks, &[usize]),
    ) {
        if self.pick_among(how).is_some() {
            self.say_shown(what);
        }
    }

    /// Chooses all of a kind, or none where all are chosen.
    pub(in crate::tui) fn pick_kind(&mut self, kind: TemplateKind) {
        let name = match kind {
            TemplateKind::Manual => "manual",
            TemplateKind::Auto => "auto",
            TemplateKind::Own => "own",
        };
        match self.pick_among(|picks, shown| picks.toggle_kind(kind, shown)) {
            Some(true) => self.say_shown(&format!("all {name}")),
            Some(false) => self.say_shown(&format!("no {name}")),
            None => {}
        }
    }

    fn say_shown(&mut self, what: &str) {
        if self.hides_templates() {
            self.say(format!("{what}{}", self.of_those_shown()));
        }
    }

    /// Chooses the first so many of those shown.
    pub(in crate::tui) fn pick_first(&mut self, k: usize) {
        if self
            .pick_among(|picks, shown| picks.first(k, shown))
            .is_some()
        {
            let first = match k {
                0 => "none chosen".to_owned(),
                1 => "the first chosen".to_owned(),
                k => format!("the first {} chosen", thousands(k)),
            };
            self.say_count(k, first);
        }
    }

    /// Chooses so many of those shown, drawn with a seed.
    pub(in crate::tui) fn pick_random(&mut self, k: usize, seed: u64) {
        let drawn = self.pick_among(|picks, shown| picks.random(k, seed, shown));
        if drawn.is_some() {
            let drawn = count(k, "template");
            self.say_count(k, format!("{drawn} drawn with seed {seed}"));
        }
    }

    /// Says `some`, or `all 23 templates` where there are no more than so many.
    fn say_count(&mut self, k: usize, some: String) {
        let all = self.shown.templates.len();
        let words = match all {
            all if k < all => some,
            1 => "the only template".to_owned(),
            all => format!("all {}", count(all, "template")),
        };
        self.say(format!("{words}{}", self.of_those_shown()));
    }

    /// `None` where no template is shown: nothing is changed then.
    fn pick_among<T>(&mut self, how: impl FnOnce(&mut Picks, &[usize]) -> T) -> Option<T> {
        let shown = self.shown.templates.clone();
        if shown.is_empty() {
            if self.hides_templates() {
                let back = self.keymap.key(Action::Back);
                self.say(format!(
                    "no template is shown, so none is changed: {back} clears the filter"
                ));
            }
            return None;
        }
        let mut outcome = None;
        self.pick(|picks| outcome = Some(how(picks, &shown)));
        outcome
    }

    /// `, of the 3 shown`; nothing where all are.
    fn of_those_shown(&self) -> String {
        match self.shown.templates.len() {
            shown if self.hides_templates() => format!(", of the {} shown", thousands(shown)),
            _ => String::new(),
        }
    }
}
