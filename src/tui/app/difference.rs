//! What differs between two choices, in a few words: what undo and redo say that they did.

use super::{App, Choice};
use crate::layout::{Options, Preset};

impl App {
    /// `preset seed → fused, templates`.
    pub(super) fn difference(&self, from: &Choice, to: &Choice) -> String {
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
        if from.shots != to.shots {
            parts.push("shots".to_owned());
        }
        parts.extend(self.picks_between(from, to));
        if from.marks != to.marks {
            parts.push("marks".to_owned());
        }
        parts.join(", ")
    }

    /// Whose templates differ; those on screen need no name.
    fn picks_between(&self, from: &Choice, to: &Choice) -> Option<String> {
        let pairs = from.picks.iter().zip(&to.picks).enumerate();
        let changed: Vec<usize> = pairs
            .filter_map(|(relation, (from, to))| (from != to).then_some(relation))
            .collect();
        Some(match changed[..] {
            [] => return None,
            [one] if one == self.relation => "templates".to_owned(),
            [one] => format!("templates of {}", self.data()?.relations[one].id),
            _ => format!("templates of {} relations", changed.len()),
        })
    }
}

/// Names and values that differ: presets by name, options one by one where a preset has no word for them.
fn options(from: &Options, to: &Options) -> Vec<(&'static str, String, String)> {
    let cross = |options: &Options| {
        let on = options.manual_cross_attention;
        if on { "on" } else { "off" }.to_owned()
    };
    let mut differing = match (Preset::of(from), Preset::of(to)) {
        (Some(from), Some(to)) => vec![("preset", from.to_string(), to.to_string())],
        _ => {
            let (from, to) = (values(from), values(to));
            let pairs = from.into_iter().zip(to);
            pairs
                .map(|((name, from), (_, to))| (name, from, to))
                .collect()
        }
    };
    differing.push(("cross", cross(from), cross(to)));
    differing.retain(|(_, from, to)| from != to);
    differing
}

fn values(options: &Options) -> [(&'static str, String); 7] {
    [
        ("prefix", options.prefix.to_string()),
        ("cue", options.cue.to_string()),
        ("glue", options.glue.to_string()),
        ("positions", options.positions.to_string()),
        ("isolation", options.isolation.to_string()),
        ("fusion", options.fusion.to_string()),
        ("bias", options.bias.to_string()),
    ]
}
