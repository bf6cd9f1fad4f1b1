//! Confidences of single templates, measured by an earlier run.

use std::collections::HashMap;

use crate::data::TemplateId;

/// How sure the model was of its own greedy answer, per fact and template.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Confidences(HashMap<String, Vec<(TemplateId, f32)>>);

impl Confidences {
    /// Adds one; it replaces an earlier one of the same fact and template.
    pub fn insert(&mut self, uuid: String, template: TemplateId, confidence: f32) {
        let of_fact = self.0.entry(uuid).or_default();
        match of_fact.iter_mut().find(|(id, _)| *id == template) {
            Some((_, old)) => *old = confidence,
            None => of_fact.push((template, confidence)),
        }
    }

    pub fn get(&self, uuid: &str, template: TemplateId) -> Option<f32> {
        let of_fact = self.0.get(uuid)?;
        of_fact
            .iter()
            .find(|(id, _)| *id == template)
            .map(|(_, confidence)| *confidence)
    }
}
