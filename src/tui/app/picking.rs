//! What is done to many templates at once: to those that the list shows, all of them or what a filter leaves.

use super::{App, Picks};

impl App {
    /// Whether templates are hidden by a filter.
    pub fn hides_templates(&self) -> bool {
        !self.templates.query.is_empty()
    }

    /// Does `what`; where a filter hides others, says so.
    pub(super) fn pick_shown(&mut self, what: &str, how: impl FnOnce(&mut Picks, &[usize])) {
        if self.pick_among(how) && self.hides_templates() {
            self.say(format!("{what}{}", self.of_those_shown()));
        }
    }

    /// Chooses the first so many of those shown.
    pub(super) fn pick_first(&mut self, count: usize) {
        let what = format!("the first {count} chosen");
        self.pick_shown(&what, |picks, shown| picks.first(count, shown));
    }

    /// Chooses so many of those shown, drawn with a seed.
    pub(super) fn pick_random(&mut self, count: usize, seed: u64) {
        if self.pick_among(|picks, shown| picks.random(count, seed, shown)) {
            let shown = self.of_those_shown();
            self.say(format!("{count} templates drawn with seed {seed}{shown}"));
        }
    }

    /// `false` where no template is shown: nothing is changed then.
    fn pick_among(&mut self, how: impl FnOnce(&mut Picks, &[usize])) -> bool {
        let shown = self.templates.items().to_vec();
        if shown.is_empty() {
            if self.hides_templates() {
                self.say("no template is shown, so none is changed: esc clears the filter".into());
            }
            return false;
        }
        self.pick(|picks| how(picks, &shown));
        true
    }

    /// `, of the 3 shown`; nothing where all are.
    fn of_those_shown(&self) -> String {
        match self.templates.items().len() {
            shown if self.hides_templates() => format!(", of the {shown} shown"),
            _ => String::new(),
        }
    }
}
