//! One scored answer.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::data::TemplateId;
use crate::engine::Answer;
use crate::score::Verdict;

/// One scored answer: a line of the result file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub uuid: String,
    /// `P36`.
    pub relation: String,
    /// The templates that were asked together: one for `origin` and `per-prompt`, else all chosen ones.
    #[serde(serialize_with = "write_ids", deserialize_with = "read_ids")]
    pub templates: Vec<TemplateId>,
    /// Every accepted answer.
    pub answers: Vec<String>,
    /// What the generation is taken to say.
    pub prediction: String,
    pub generation: String,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Product over the generated tokens before the stopping one.
    pub probability: f32,
    /// Share of drawn answers that predict the same, where any were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// What the fact is about; this and the next two are empty where an earlier version wrote the file.
    #[serde(default)]
    pub subject: String,
    /// What was asked: one per template.
    #[serde(default)]
    pub questions: Vec<String>,
    /// The templates themselves, `[X] is the capital of [Y].`
    #[serde(default)]
    pub template_texts: Vec<String>,
    /// Of a choice its labels, and of each the probability of its token among all tokens; `probability` is then the share
    /// of the predicted one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub label_probabilities: Vec<f32>,
}

/// A fact that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Index into the data set's facts.
    pub fact: usize,
    /// One row, or one per chosen template for `per-prompt`.
    pub rows: Vec<Row>,
    /// What the engine gave, one per row.
    pub answers: Vec<Answer>,
}

fn write_ids<S: Serializer>(ids: &[TemplateId], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(ids.iter().map(TemplateId::to_string))
}

fn read_ids<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<TemplateId>, D::Error> {
    let ids = Vec::<String>::deserialize(from)?;
    ids.iter()
        .map(|id| id.parse().map_err(serde::de::Error::custom))
        .collect()
}
