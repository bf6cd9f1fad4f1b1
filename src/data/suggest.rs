//! The nearest known name to one that is unknown.

use super::error::quote;

/// `did you mean P36? ` where something known is near enough.
pub(super) fn suggestion<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = wanted.chars().count() / 3 + 1;
    let lower = wanted.to_lowercase();
    known
        .map(|k| (distance(&lower, &k.to_lowercase()), k))
        .filter(|(distance, _)| *distance <= near)
        .min()
        .map(|(_, k)| format!("did you mean {}? ", quote(k)))
        .unwrap_or_default()
}

/// Levenshtein's edit distance between two strings, in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn edit_distances() {
        for (a, b, wanted) in [
            ("", "", 0),
            ("p36", "p63", 2),
            ("p36", "p3", 1),
            ("a", "", 1),
        ] {
            assert_eq!(distance(a, b), wanted, "{a} {b}");
        }
    }
}
