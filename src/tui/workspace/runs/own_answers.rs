//! What templates answered by themselves, kept for the list of templates and for the mean template beside a run.

use std::collections::HashMap;
use std::sync::Arc;

use crate::evaluate::{Plan, Row};
use crate::prompt::Context;
use crate::score::Extract;

/// A template's own last answer about a fact.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnAnswer {
    pub prediction: String,
    pub correct: bool,
    pub probability: f32,
}

/// What decides a single template's answer to a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AloneSettings {
    /// Which model answers, by its count.
    pub model: u64,
    pub context: Context,
    pub max_new_tokens: usize,
    pub extract: Extract,
}

/// Own answers by fact and template, each with the settings that made it.
#[derive(Debug, Clone, Default)]
pub struct OwnAnswers(HashMap<(usize, usize), (Arc<AloneSettings>, OwnAnswer)>);

impl OwnAnswers {
    /// What a template answered by itself under these settings.
    pub fn get(
        &self,
        fact: usize,
        template: usize,
        settings: &AloneSettings,
    ) -> Option<&OwnAnswer> {
        let (made_under, answer) = self.0.get(&(fact, template))?;
        (**made_under == *settings).then_some(answer)
    }

    /// Adds what is known of the templates that a plan has chosen for a fact.
    pub(in crate::tui) fn count(
        &self,
        plan: &Plan,
        fact: usize,
        settings: &AloneSettings,
        sum: &mut Alone,
    ) {
        for &template in &plan.templates[plan.data.facts[fact].relation] {
            match self.get(fact, template, settings) {
                Some(own) => {
                    sum.asked += 1;
                    sum.right += usize::from(own.correct);
                }
                None => sum.lacks = true,
            }
        }
    }

    /// Keeps the rows of one template, asked alone, that a plan made under these settings.
    pub(in crate::tui) fn take(
        &mut self,
        plan: &Plan,
        fact: usize,
        settings: &Arc<AloneSettings>,
        rows: &[Row],
    ) {
        if plan.method.has_layout() {
            return;
        }
        let relation = plan.data.relation_of(&plan.data.facts[fact]);
        for row in rows {
            let [id] = row.templates[..] else { continue };
            let Some(template) = relation.find_template(id) else {
                continue;
            };
            let answer = OwnAnswer {
                prediction: row.prediction.clone(),
                correct: row.verdict.correct,
                probability: row.probability,
            };
            self.0.insert((fact, template), (settings.clone(), answer));
        }
    }
}

/// Own answers about many facts, counted as the facts finish: drawing them must cost nothing.
#[derive(Debug, Clone, Default)]
pub struct Alone {
    right: usize,
    asked: usize,
    /// One was not known.
    lacks: bool,
}

impl Alone {
    /// Share of right ones; `None` unless all are known.
    pub fn share(&self) -> Option<f64> {
        (self.asked > 0 && !self.lacks).then(|| self.right as f64 / self.asked as f64)
    }
}
