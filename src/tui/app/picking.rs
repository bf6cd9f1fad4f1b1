//! What is done to many templates at once: to those that the list shows, all of them or what a filter leaves.

use super::{App, Picks};
use crate::data::TemplateKind;
use crate::tui::text::plural;

impl App {
    /// Whether templates are hidden by a filter.
    pub fn hides_templates(&self) -> bool {
        !self.templates.query.is_empty()
    }

    /// Does `what`; where a filter hides others, says so.
    pub(super) fn pick_shown(&mut self, what: &str, how: impl FnOnce(&mut Picks, &[usize])) {
        if self.pick_among(how).is_some() {
            self.say_shown(what);
        }
    }

    /// Chooses all of a kind, or none where all are chosen.
    pub(super) fn pick_kind(&mut self, kind: TemplateKind) {
        let name = match kind {
            TemplateKind::Manual => "manual",
            TemplateKind::Auto => "auto",
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
    pub(super) fn pick_first(&mut self, count: usize) {
        if self
            .pick_among(|picks, shown| picks.first(count, shown))
            .is_some()
        {
            self.say_count(count, format!("the first {count} chosen"));
        }
    }

    /// Chooses so many of those shown, drawn with a seed.
    pub(super) fn pick_random(&mut self, count: usize, seed: u64) {
        let drawn = self.pick_among(|picks, shown| picks.random(count, seed, shown));
        if drawn.is_some() {
            let drawn = plural(count, "template");
            self.say_count(count, format!("{drawn} drawn with seed {seed}"));
        }
    }

    /// Says `some`, or `all 23 templates` where there are no more than so many.
    fn say_count(&mut self, count: usize, some: String) {
        let all = self.templates.items().len();
        let words = match count < all {
            true => some,
            false => format!("all {}", plural(all, "template")),
        };
        self.say(format!("{words}{}", self.of_those_shown()));
    }

    /// `None` where no template is shown: nothing is changed then.
    fn pick_among<T>(&mut self, how: impl FnOnce(&mut Picks, &[usize]) -> T) -> Option<T> {
        let shown = self.templates.items().to_vec();
        if shown.is_empty() {
            if self.hides_templates() {
                self.say("no template is shown, so none is changed: esc clears the filter".into());
            }
            return None;
        }
        let mut outcome = None;
        self.pick(|picks| outcome = Some(how(picks, &shown)));
        outcome
    }

    /// `, of the 3 shown`; nothing where all are.
    fn of_those_shown(&self) -> String {
        match self.templates.items().len() {
            shown if self.hides_templates() => format!(", of the {shown} shown"),
            _ => String::new(),
        }
    }
}
