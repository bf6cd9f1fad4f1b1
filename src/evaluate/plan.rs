//! What a run evaluates, and how.

use std::sync::Arc;

use super::{Confidences, EvaluateError, Finished, Row};
use crate::data::{Dataset, Relation, TemplateId};
use crate::engine::{Answer, Method, Reads, Request, Task};
use crate::layout::{Layout, LayoutError, Options, Source};
use crate::prompt::{CUE, Context, Encode, SEP, Shots, ask};
use crate::score::{Extract, judge_lemmas, lemmas};

/// Everything that decides a run's answers but the model.
#[derive(Debug, Clone)]
pub struct Plan {
    pub data: Arc<Dataset>,
    /// Indices into the data set's facts, in data order.
    pub facts: Vec<usize>,
    /// Per relation the chosen templates: indices into the relation's templates, manual ones first.
    pub templates: Vec<Vec<usize>>,
    pub shots: Shots,
    pub method: Method,
    /// Read by methods with a layout.
    pub options: Options,
    pub max_new_tokens: usize,
    pub extract: Extract,
    /// Read by the weighted methods alone; measured by the engine where `None`.
    pub confidences: Option<Arc<Confidences>>,
    /// Whether every token is reported as it is made; costs some speed.
    pub stream: bool,
}

impl Plan {
    /// The part of the plan that is the same for every fact.
    pub fn request(&self) -> Request {
        Request {
            method: self.method,
            options: self.options,
            context: self.shots.context(),
            max_new_tokens: self.max_new_tokens,
            stream: self.stream,
        }
    }

    /// Indices into the relation's templates that are asked about a fact: of the chosen ones, `origin` asks the first.
    pub fn asked(&self, fact: usize) -> &[usize] {
        let chosen = self.templates[self.data.facts[fact].relation].as_slice();
        match self.method.reads() {
            Reads::First => &chosen[..chosen.len().min(1)],
            _ => chosen,
        }
    }

    /// The questions about a fact; the task's id is the fact's index.
    pub fn task(&self, fact: usize) -> Task {
        let asked = self.asked(fact);
        let this = &self.data.facts[fact];
        let relation = self.data.relation_of(this);
        Task {
            id: fact,
            questions: asked
                .iter()
                .map(|&template| self.data.question(this, template))
                .collect(),
            manual: asked
                .iter()
                .filter(|&&template| relation.templates[template].is_manual())
                .count(),
            confidence: self.confidences_of(fact).and_then(Result::ok),
        }
    }

    /// The layout of a fact's questions.
    pub fn layout(&self, tokenizer: &impl Encode, fact: usize) -> Result<Layout, LayoutError> {
        layout_of(
            tokenizer,
            &self.shots.context(),
            &self.task(fact),
            self.options,
        )
    }

    /// Scores the engine's answers about a fact.
    pub fn finish(&self, fact: usize, answers: Vec<Answer>) -> Finished {
        let this = &self.data.facts[fact];
        let relation = self.data.relation_of(this);
        let answer_lemmas: Vec<_> = this.answers.iter().map(|answer| lemmas(answer)).collect();
        let row = |(asked, answer): (&[usize], &Answer)| {
            let prediction = self.extract.prediction(&answer.generation);
            Row {
                uuid: this.uuid.clone(),
                relation: relation.id.clone(),
                templates: ids(relation, asked),
                answers: this.answers.clone(),
                prediction: prediction.to_owned(),
                generation: answer.generation.clone(),
                verdict: judge_lemmas(prediction, answer_lemmas.clone()),
                probability: answer.probability,
                subject: this.subject.clone(),
                questions: (asked.iter())
                    .map(|&template| self.data.question(this, template))
                    .collect(),
                template_texts: (asked.iter())
                    .map(|&template| relation.templates[template].text.clone())
                    .collect(),
            }
        };
        Finished {
            fact,
            rows: self.asked_by_row(fact).zip(&answers).map(row).collect(),
            answers,
        }
    }

    /// Ids of the templates that are asked about a fact.
    pub fn template_ids(&self, fact: usize) -> Vec<TemplateId> {
        let relation = self.data.relation_of(&self.data.facts[fact]);
        ids(relation, self.asked(fact))
    }

    /// The templates of each row that a fact gets.
    pub fn row_templates(&self, fact: usize) -> Vec<Vec<TemplateId>> {
        let relation = self.data.relation_of(&self.data.facts[fact]);
        self.asked_by_row(fact)
            .map(|asked| ids(relation, asked))
            .collect()
    }

    /// What is asked about a fact, cut into what each of its rows is about.
    fn asked_by_row(&self, fact: usize) -> impl Iterator<Item = &[usize]> {
        let asked = self.asked(fact);
        let in_a_row = match self.method.answers_each() {
            true => 1,
            false => asked.len().max(1),
        };
        asked.chunks(in_a_row)
    }

    /// Finds what would stop a run halfway: nothing selected, a confidence missing, a prompt that does not fit.
    ///
    /// `limit` is the model's `max_position_embeddings`.
    pub fn check(&self, tokenizer: &impl Encode, limit: usize) -> Result<(), EvaluateError> {
        if self.facts.is_empty() {
            return Err(EvaluateError::NoFacts);
        }
        let context = self.shots.context();
        for &fact in &self.facts {
            if let Some(Err(missing)) = self.confidences_of(fact) {
                return Err(missing);
            }
            self.check_fits(tokenizer, &context, &self.task(fact), limit)
                .map_err(|source| EvaluateError::Layout {
                    uuid: self.data.facts[fact].uuid.clone(),
                    source,
                })?;
        }
        Ok(())
    }

    /// Tokenizes a prompt only where its bytes do not already tell that it fits.
    fn check_fits(
        &self,
        tokenizer: &impl Encode,
        context: &Context,
        task: &Task,
        limit: usize,
    ) -> Result<(), LayoutError> {
        let has_layout = self.method.has_layout();
        if has_layout {
            self.options.check().map_err(LayoutError::Refused)?;
        }
        if task.questions.is_empty() {
            return Err(LayoutError::NoQuestion);
        }
        // A token covers at least a byte; BOS and a marker before each piece, as some tokenizers put it, come on top.
        let pieces = 5;
        let besides = context.text().len() + ask("").len() + 2 * SEP.len() + CUE.len() + pieces;
        let bytes: usize = task
            .questions
            .iter()
            .map(|question| besides + question.len())
            .sum();
        if bytes + self.max_new_tokens < limit {
            return Ok(());
        }
        if has_layout {
            let layout = layout_of(tokenizer, context, task, self.options)?;
            return layout.check_fits(self.max_new_tokens, limit);
        }
        for question in &task.questions {
            Layout::plain(tokenizer, &context.prompt(question))
                .check_fits(self.max_new_tokens, limit)?;
        }
        Ok(())
    }

    /// One confidence per asked template; `None` where the engine measures them or nobody asks.
    fn confidences_of(&self, fact: usize) -> Option<Result<Vec<f32>, EvaluateError>> {
        let known = self
            .confidences
            .as_ref()
            .filter(|_| self.method.is_weighted())?;
        let uuid = &self.data.facts[fact].uuid;
        let one = |template: TemplateId| {
            known
                .get(uuid, template)
                .ok_or_else(|| EvaluateError::NoConfidence {
                    uuid: uuid.clone(),
                    template: template.to_string(),
                })
        };
        Some(self.template_ids(fact).into_iter().map(one).collect())
    }
}

fn ids(relation: &Relation, templates: &[usize]) -> Vec<TemplateId> {
    let id = |&template: &usize| relation.templates[template].id;
    templates.iter().map(id).collect()
}

fn layout_of(
    tokenizer: &impl Encode,
    context: &Context,
    task: &Task,
    options: Options,
) -> Result<Layout, LayoutError> {
    let source = Source {
        context,
        questions: &task.questions,
        manual: task.manual,
    };
    Layout::build(tokenizer, source, options)
}
