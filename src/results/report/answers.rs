//! Every answer of a run, small enough to be kept: texts that occur again stand once.

use std::collections::HashSet;
use std::sync::Arc;

use crate::data::TemplateId;
use crate::evaluate::Row;
use crate::score::belief::is_one_word;

/// One fact and what was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    pub uuid: String,
    pub relation: Arc<str>,
    /// What the fact is about, and the first accepted answer; empty where the file does not tell.
    pub subject: Arc<str>,
    pub expected: Arc<str>,
    /// Right rows of all rows.
    pub correct: usize,
    pub n: usize,
    /// One per row.
    pub answers: Vec<Answer>,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// `None` where several templates were asked together, or the file does not tell.
    pub template: Option<TemplateId>,
    /// The text of that template; empty where there is none or the file does not tell.
    pub wording: Arc<str>,
    /// How many templates were asked together.
    pub asked: usize,
    pub prediction: Arc<str>,
    pub right: bool,
    /// `None` where the file does not tell.
    pub probability: Option<f32>,
    /// Share of drawn answers that agree; `None` where none were drawn.
    pub confidence: Option<f32>,
    /// The generation's first line is one word.
    pub one_word: bool,
}

/// Texts that stand once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&new));
        new
    }
}

impl Answered {
    /// Of all rows of one fact, of which `first` is one.
    pub(super) fn of(first: &Row, rows: &[Row], texts: &mut Texts) -> Self {
        let answer = |row: &Row| Answer {
            template: match row.templates[..] {
                [template] => Some(template),
                _ => None,
            },
            wording: texts.keep(match row.template_texts.as_slice() {
                [text] => text,
                _ => "",
            }),
            asked: row.templates.len(),
            prediction: texts.keep(&row.prediction),
            right: row.verdict.correct,
            probability: row.probability.is_finite().then_some(row.probability),
            confidence: row.confidence,
            one_word: is_one_word(&row.generation),
        };
        let answers: Vec<Answer> = rows.iter().map(answer).collect();
        let expected = first.answers.first().map_or("", String::as_str);
        Answered {
            uuid: first.uuid.clone(),
            relation: texts.keep(&first.relation),
            subject: texts.keep(&first.subject),
            expected: texts.keep(expected),
            correct: answers.iter().filter(|answer| answer.right).count(),
            n: answers.len(),
            answers,
        }
    }

    /// Its subject, or where the file does not tell it, its uuid.
    pub fn about(&self) -> &str {
        match &*self.subject {
            "" => &self.uuid,
            subject => subject,
        }
    }

    pub fn share(&self) -> f64 {
        self.correct as f64 / self.n as f64
    }

    /// The answer to a template that was asked alone.
    pub fn to(&self, template: TemplateId) -> Option<&Answer> {
        let asked = |answer: &&Answer| answer.template == Some(template);
        self.answers.iter().find(asked)
    }
}
