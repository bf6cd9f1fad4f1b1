//! What differs between two choices, in a few words: what undo and redo say that they did.

use super::Workspace;
use super::choice::{Choice, Marks, Picks, ShotsFrom};
use crate::layout::{LayoutOption, Options, Preset};
use crate::numbers::count;

impl Workspace {
    /// `preset seed → fused, templates`.
    pub(in crate::tui) fn difference(&self, from: &Choice, to: &Choice) -> String {
        let arrow = self.theme.symbols.arrow();
        let mut parts = Vec::new();
        let mut turned = |name: &str, from: String, to: String| {
            if from != to {
                parts.push(format!("{name} {from} {arrow} {to}"));
            }
        };
        for (name, from, to) in options(&from.options, &to.options) {
            turned(name, from, to);
        }
        turned("method", from.method.to_string(), to.method.to_string());
        turned(
            "new tokens",
            from.max_new_tokens.to_string(),
            to.max_new_tokens.to_string(),
        );
        turned("extract", from.extract.to_string(), to.extract.to_string());
        turned("chat", from.chat.to_string(), to.chat.to_string());
        match (&from.shots, &to.shots) {
            (ShotsFrom::Drawn { count, seed }, ShotsFrom::Drawn { count: k, seed: s }) => {
                turned("shots", count.to_string(), k.to_string());
                turned("seed", seed.to_string(), s.to_string());
            }
            (ShotsFrom::Given(_), ShotsFrom::Given(_)) if from.shots != to.shots => {
                parts.push("shots rewritten".to_owned());
            }
            (from, to) => turned("shots", shots(from), shots(to)),
        }
        parts.extend(self.picks_between(from, to));
        parts.extend(self.marks_between(&from.marks, &to.marks));
        parts.join(", ")
    }

    /// `m3 off in P36`, `7 templates on in P36`, `templates of 41 relations`.
    fn picks_between(&self, from: &Choice, to: &Choice) -> Option<String> {
        let pairs = from.picks.iter().zip(&to.picks).enumerate();
        let changed: Vec<usize> = pairs
            .filter_map(|(relation, (from, to))| (from != to).then_some(relation))
            .collect();
        let relation = match changed[..] {
            [] => return None,
            [one] => &self.data()?.relations[one],
            _ => return Some(format!("templates of {}", count(changed.len(), "relation"))),
        };
        let (from, to) = (&from.picks[changed[0]], &to.picks[changed[0]]);
        let listed = |picks: &Picks, one| picks.order().contains(&one);
        let named = |these: &dyn Fn(usize) -> bool, what: &str| {
            let gone = from.order().iter().filter(|&&one| !listed(to, one));
            let all = to.order().iter().chain(gone).copied();
            let ids: Vec<String> = all
                .filter(|&one| these(one))
                .map(|one| relation.templates[one].id.to_string())
                .collect();
            let which = match ids.len() {
                0 => return None,
                1..=FEW => ids.join(", "),
                many => count(many, "template"),
            };
            Some(format!("{which} {what}"))
        };
        let both = |one| listed(from, one) && listed(to, one);
        let on = |one| both(one) && to.is_chosen(one) && !from.is_chosen(one);
        let off = |one| both(one) && from.is_chosen(one) && !to.is_chosen(one);
        let turned: Vec<String> = [
            named(&|one| !listed(from, one), "added"),
            named(&|one| !listed(to, one), "taken away"),
            named(&on, "on"),
            named(&off, "off"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let what = match turned.is_empty() {
            true => "order of templates".to_owned(),
            false => turned.join(", "),
        };
        Some(format!("{what} in {}", relation.id))
    }

    /// `mark of France`, `8 marks`.
    fn marks_between(&self, from: &Marks, to: &Marks) -> Option<String> {
        let data = self.data()?;
        let relations = from.relations.symmetric_difference(&to.relations);
        let relations = relations.map(|&relation| &data.relations[relation].id);
        let facts = from.facts.symmetric_difference(&to.facts);
        let facts = facts.map(|&fact| &data.facts[fact].subject);
        let names: Vec<&String> = relations.chain(facts).collect();
        match names[..] {
            [] => None,
            [one] => Some(format!("mark of {one}")),
            _ => Some(count(names.len(), "mark")),
        }
    }
}

/// Templates that are named one by one.
const FEW: usize = 3;

/// `5 drawn`, `2 by hand`.
fn shots(from: &ShotsFrom) -> String {
    match from {
        ShotsFrom::Drawn { count, .. } => format!("{count} drawn"),
        ShotsFrom::Given(shots) => format!("{} by hand", shots.shots.len()),
    }
}

/// Names and values that differ: presets by name, options one by one where a preset has no word for them.
fn options(from: &Options, to: &Options) -> Vec<(&'static str, String, String)> {
    let mut differing = match (Preset::of(from), Preset::of(to)) {
        (Some(from), Some(to)) => vec![("preset", from.to_string(), to.to_string())],
        _ => {
            let rows = LayoutOption::ALL.iter().filter(|row| !row.is_switch());
            rows.map(|row| (row.name, row.get(from), row.get(to)))
                .collect()
        }
    };
    differing.push(("cross", from.cross(), to.cross()));
    differing.retain(|(_, from, to)| from != to);
    differing
}
