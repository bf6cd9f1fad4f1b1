//! Accuracies per relation and per template.

use std::collections::BTreeMap;

use crate::data::TemplateId;
use crate::evaluate::{Count, Tally};

/// One line of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// `P36`, `m1`.
    pub label: String,
    pub count: Count,
    /// Of one template over all relations, or else of a relation.
    pub is_template: bool,
}

/// The relations as people count them, then the templates where each was asked alone.
pub fn figures(tally: &Tally) -> Vec<Figure> {
    let mut templates: BTreeMap<TemplateId, Count> = BTreeMap::new();
    for (&template, count) in tally.relations.iter().flat_map(|of| &of.templates) {
        templates.entry(template).or_default().merge(count);
    }
    let relations = tally.relations.iter().map(|relation| Figure {
        label: relation.id.clone(),
        count: relation.total,
        is_template: false,
    });
    let templates = templates.into_iter().map(|(id, count)| Figure {
        label: id.to_string(),
        count,
        is_template: true,
    });
    relations.chain(templates).collect()
}
