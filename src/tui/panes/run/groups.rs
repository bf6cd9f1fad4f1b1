//! Wrong answers by what they say.

use std::collections::HashMap;

use crate::tui::workspace::runs::Scored;

/// Answers that say the same wrong thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub prediction: String,
    pub count: usize,
    /// Of the first that came: whom it is about and what was expected.
    pub example: (String, String),
}

/// The most frequent first.
pub fn groups(rows: &[Scored]) -> Vec<Group> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for Scored { row, .. } in rows.iter().filter(|scored| !scored.row.verdict.correct) {
        let place = *places.entry(&row.prediction).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.count += 1,
            None => groups.push(Group {
                prediction: row.prediction.clone(),
                count: 1,
                example: (
                    row.subject.clone(),
                    row.answers.first().cloned().unwrap_or_default(),
                ),
            }),
        }
    }
    groups.sort_by(|a, b| (b.count, &a.prediction).cmp(&(a.count, &b.prediction)));
    groups
}

impl Group {
    /// The filter that shows these answers alone.
    pub fn filter(&self) -> String {
        let text = self.prediction.replace(' ', "\\ ");
        match text.is_empty() {
            true => "wrong".to_owned(),
            false => format!("wrong '{text}"),
        }
    }
}
