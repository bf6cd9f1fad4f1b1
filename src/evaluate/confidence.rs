//! How sure a model is of an answer: measured with it, drawn beside it, or read from a file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::data::TemplateId;
use crate::engine::Draws;
use crate::score::{Extract, lemmas};

/// Where confidences come from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Confidence {
    /// Geometric mean probability of an answer's tokens.
    #[default]
    Measured,
    /// Read from a file, for what weights templates.
    Given(Arc<Confidences>),
    /// The share of drawn answers that agree with the greedy one.
    Sampled(Samples),
}

/// How answers are drawn for confidences: at temperature 1 from all tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    /// How many of each prompt.
    pub samples: usize,
    pub seed: u64,
}

impl Samples {
    pub fn draws(self) -> Draws {
        Draws {
            samples: self.samples,
            seed: self.seed,
            temperature: 1.0,
            top_p: 1.0,
        }
    }
}

/// The share of drawn generations whose prediction has these lemmas. `drawn` holds some.
pub(super) fn agreement(predicted: &[String], drawn: &[String], extract: Extract) -> f32 {
    // Most say the same.
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for generation in drawn {
        *counts.entry(extract.prediction(generation)).or_default() += 1;
    }
    let same = counts.iter().filter(|(text, _)| lemmas(text) == predicted);
    let same: usize = same.map(|(_, count)| count).sum();
    same as f32 / drawn.len() as f32
}

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
