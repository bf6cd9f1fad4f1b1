//! `--trace`: what was read and generated, token by token, one JSON object per answer.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::{Answer, Method};
use crate::evaluate::{Finished, Plan, Row};
use crate::layout::Role;

/// One line. What a method does not have is left out.
#[derive(Serialize)]
struct Line<'a> {
    uuid: &'a str,
    relation: &'a str,
    method: String,
    /// `per-prompt` only, which writes one line per template.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    questions: &'a [String],
    #[serde(flatten)]
    read: Read<'a>,
    generated: &'a [u32],
    generation: &'a str,
    prediction: &'a str,
    correct: bool,
    /// Per step the five best `[id, logit]`, for `max` probabilities.
    steps: &'a [Vec<(u32, f32)>],
    probability: f32,
    /// Share of drawn answers that agree where any were drawn, else geometric mean probability; with `uuid` and
    /// `template` this makes a `--confidence` file.
    confidence: f32,
    /// Texts that were drawn and how often, the most frequent first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    drawn: Vec<(&'a str, usize)>,
}

/// What the model read.
#[derive(Serialize)]
#[serde(untagged)]
enum Read<'a> {
    Layout {
        tokens: &'a [u32],
        /// Segment index, or −1.
        owner: Vec<i64>,
        role: &'a [Role],
        positions: &'a [u32],
    },
    Prompts {
        /// Token ids per template.
        prompts: Vec<&'a [u32]>,
    },
}

/// The lines of one fact, without line ends.
pub(super) fn lines(plan: &Plan, finished: &Finished) -> Vec<String> {
    let questions = plan.task(finished.fact).questions;
    let rows = finished.rows.iter().zip(&finished.answers).enumerate();
    rows.map(|(i, (row, answer))| {
        let questions = match plan.method.answers_each() {
            true => &questions[i..=i],
            false => &questions,
        };
        line(plan.method, questions, row, answer)
    })
    .collect()
}

fn line(method: Method, questions: &[String], row: &Row, answer: &Answer) -> String {
    let read = match (method.has_layout(), answer.layouts.as_slice()) {
        (true, [layout, ..]) => Read::Layout {
            tokens: &layout.tokens,
            owner: layout
                .owner
                .iter()
                .map(|owner| owner.map_or(-1, i64::from))
                .collect(),
            role: &layout.role,
            positions: &layout.positions,
        },
        (_, layouts) => Read::Prompts {
            prompts: layouts
                .iter()
                .map(|layout| layout.tokens.as_slice())
                .collect(),
        },
    };
    let template = match (method.answers_each(), row.templates.as_slice()) {
        (true, [template]) => Some(template.to_string()),
        _ => None,
    };
    let line = Line {
        uuid: &row.uuid,
        relation: &row.relation,
        method: method.to_string(),
        template,
        questions,
        read,
        generated: &answer.generated,
        generation: &row.generation,
        prediction: &row.prediction,
        correct: row.verdict.correct,
        steps: &answer.steps,
        probability: answer.probability,
        confidence: row.confidence.unwrap_or(answer.confidence),
        drawn: counted(&answer.drawn),
    };
    // Strings, numbers and lists under string keys always serialize.
    serde_json::to_string(&line).unwrap_or_default()
}

/// Each text and how often it stands there; of equal counts the text that comes first in the alphabet.
fn counted(texts: &[String]) -> Vec<(&str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}
