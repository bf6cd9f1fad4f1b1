//! The nearest known name to one that is unknown.

use strsim::levenshtein;

use super::error::quote;

/// `did you mean P36? ` where something known is near enough: one edit, and one more per three letters.
pub(super) fn did_you_mean<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = wanted.chars().count() / 3 + 1;
    let lower = wanted.to_lowercase();
    known
        .map(|name| (levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= near)
        .min()
        .map(|(_, name)| format!("did you mean {}? ", quote(name)))
        .unwrap_or_default()
}
