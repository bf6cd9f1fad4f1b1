//! Wrong answers by what they say.

use std::collections::{BTreeSet, HashMap};

use super::{Answered, Summary};

/// Rows that say the same wrong thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrong<'a> {
    pub prediction: &'a str,
    pub rows: usize,
    /// How many facts those rows are about, and in how many relations.
    pub facts: usize,
    pub relations: usize,
    /// The first of those facts, by uuid.
    pub example: &'a Answered,
}

impl Summary {
    /// The most frequent first; of equally frequent ones by their letters.
    pub fn wrong(&self) -> Vec<Wrong<'_>> {
        let mut groups: Vec<(Wrong<'_>, BTreeSet<&str>)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for fact in self.in_order() {
            let mut seen = BTreeSet::new();
            for answer in fact.answers.iter().filter(|answer| !answer.right) {
                let prediction: &str = &answer.prediction;
                let place = *places.entry(prediction).or_insert(groups.len());
                if place == groups.len() {
                    let group = Wrong {
                        prediction,
                        rows: 0,
                        facts: 0,
                        relations: 0,
                        example: fact,
                    };
                    groups.push((group, BTreeSet::new()));
                }
                let (group, relations) = &mut groups[place];
                group.rows += 1;
                group.facts += usize::from(seen.insert(prediction));
                relations.insert(&fact.relation);
            }
        }
        let mut wrong: Vec<Wrong<'_>> = (groups.into_iter())
            .map(|(group, relations)| Wrong {
                relations: relations.len(),
                ..group
            })
            .collect();
        wrong.sort_by(|a, b| (b.rows, a.prediction).cmp(&(a.rows, b.prediction)));
        wrong
    }
}
