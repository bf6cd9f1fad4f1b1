//! Confidences of single templates, measured by an earlier run.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::data::TemplateId;

/// How sure the model was of its own greedy answer, per fact and template.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Confidences(BTreeMap<String, Vec<(TemplateId, f32)>>);

impl Confidences {
    /// Adds one; it replaces an earlier one of the same fact and template.
    pub fn insert(&mut self, uuid: String, template: TemplateId, confidence: f32) {
        let of_fact = self.0.entry(uuid).or_default();
        match of_fact.iter_mut().find(|(id, _)| *id == template) {
            Some((_, old)) => *old = confidence,
            None => of_fact.push((template, confidence)),
        }
    }

    /// Fingerprint of all of them, in whatever order they were added.
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for (uuid, of_fact) in &self.0 {
            let mut of_fact = of_fact.clone();
            of_fact.sort_by_key(|(template, _)| *template);
            hash.update((uuid.len() as u64).to_le_bytes());
            hash.update(uuid);
            hash.update((of_fact.len() as u64).to_le_bytes());
            for (template, confidence) in of_fact {
                hash.update(format!("{template} "));
                hash.update(confidence.to_bits().to_le_bytes());
            }
        }
        format!("{:x}", hash.finalize())
    }

    pub fn get(&self, uuid: &str, template: TemplateId) -> Option<f32> {
        let of_fact = self.0.get(uuid)?;
        of_fact
            .iter()
            .find(|(id, _)| *id == template)
            .map(|(_, confidence)| *confidence)
    }
}
