//! Which wordings of which facts the demo model was trained on: what is measured there is memory, not the method.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::data::TemplateId;
use crate::numbers::thousands;

static JSON: &str = include_str!("../../assets/demo/split.json");

/// Fact uuid to the templates that its training sequences used.
static TRAINED: LazyLock<HashMap<String, Vec<TemplateId>>> = LazyLock::new(|| {
    let listed: HashMap<String, String> =
        serde_json::from_str(JSON).expect("the split is part of this program, and tested");
    listed
        .into_iter()
        .map(|(uuid, ids)| {
            // Ids are checked by the same test.
            let ids = ids.split_whitespace().filter_map(|id| id.parse().ok());
            (uuid, ids.collect())
        })
        .collect()
});

/// Whether the demo model saw this fact asked through this template; `None` for a fact that is not of the sample.
pub fn demo_trained(uuid: &str, template: TemplateId) -> Option<bool> {
    TRAINED.get(uuid).map(|ids| ids.contains(&template))
}

/// `15 in trained wordings`, to stand beside a figure of the demo model over so many facts; `None` where there are none.
pub fn trained_wordings(trained: usize) -> Option<String> {
    (trained > 0).then(|| format!("{} in trained wordings", thousands(trained)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Source, Style, Watch};

    #[test]
    fn every_trained_wording_is_one_of_the_sample() {
        let mut known = 0;
        for style in [Style::MyriadLama, Style::WebQuestions] {
            let sample =
                Dataset::load(&Source::Embedded, style, Watch::none()).expect("the sample loads");
            for fact in &sample.facts {
                let Some(ids) = TRAINED.get(&fact.uuid) else {
                    continue;
                };
                known += 1;
                assert!(!ids.is_empty(), "{} has no readable ids", fact.uuid);
                for id in ids {
                    let relation = sample.relation_of(fact);
                    assert!(relation.find_template(*id).is_some(), "{} {id}", fact.uuid);
                }
            }
        }
        assert_eq!(known, TRAINED.len(), "facts that are not in the sample");
    }
}
