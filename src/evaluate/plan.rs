//! What a run evaluates, and how.

use std::sync::Arc;

use super::confidence::agreement;
use super::{Confidence, EvaluateError, Finished, Row, Samples};
use crate::data::{Dataset, Relation, TemplateId};
use crate::engine::{Answer, Blend, Method, Reads, Request, Task};
use crate::layout::{Layout, LayoutError, Options, Positions, Source};
use crate::prompt::{Chat, Context, Encode, SEP, Shots, Thoughts};
use crate::score::{Extract, Verdict, judge_lemmas, lemmas};

/// Everything that decides a run's answers but the model.
#[derive(Debug, Clone)]
pub struct Plan {
    pub data: Arc<Dataset>,
    /// Indices into the data set's facts, in data order.
    pub facts: Vec<usize>,
    /// Per relation the chosen templates: indices into the relation's templates, manual ones first.
    pub templates: Vec<Vec<usize>>,
    pub shots: Shots,
    pub chat: Chat,
    pub method: Method,
    /// Read by methods with a layout.
    pub options: Options,
    /// Read by methods that mix rows inside the model.
    pub blend: Blend,
    pub max_new_tokens: usize,
    /// Tokens that each question may think for, alone, before it is answered; in a chat.
    pub thinking: Option<usize>,
    pub extract: Extract,
    /// Of templates for what weights them, else of the answers.
    pub confidence: Confidence,
    /// Whether every token is reported as it is made; costs some speed.
    pub stream: bool,
}

/// The templates asked about one fact, in the order of its questions.
struct Arranged {
    templates: Vec<usize>,
    ids: Vec<TemplateId>,
    /// Sizes of the groups that they begin with.
    groups: Vec<usize>,
}

impl Plan {
    /// The part of the plan that is the same for every fact.
    pub fn request(&self) -> Request {
        Request {
            method: self.method,
            options: self.options.clone(),
            blend: self.blend,
            context: match self.thinking {
                Some(_) => self.context().with_thoughts(Thoughts::Closed),
                None => self.context(),
            },
            max_new_tokens: self.max_new_tokens,
            until: None,
            stream: self.stream,
            draws: self.samples_of_answers().map(Samples::draws),
        }
    }

    /// How answers are drawn beside those of the plan, where they are.
    pub fn samples_of_answers(&self) -> Option<Samples> {
        let drawn = self.method.has_one_prompt() && !self.method.is_weighted(&self.options);
        self.samples().filter(|_| drawn)
    }

    /// What is asked of every template alone before it is weighted, where answers are drawn for that.
    pub(super) fn weighing(&self) -> Option<Request> {
        let samples = self.samples()?;
        self.method.is_weighted(&self.options).then(|| Request {
            method: Method::PerPrompt,
            draws: Some(samples.draws()),
            ..self.request()
        })
    }

    /// How answers are drawn, where they are.
    pub fn samples(&self) -> Option<Samples> {
        let read = self.method.has_one_prompt() || self.method.is_weighted(&self.options);
        match self.confidence {
            Confidence::Sampled(samples) if read => Some(samples),
            _ => None,
        }
    }

    /// The share of drawn answers that agree with this one; `None` where none were drawn.
    pub(super) fn agreement(&self, answer: &Answer) -> Option<f32> {
        let predicted = lemmas(self.extract.prediction(&answer.generation));
        let drawn = Some(&answer.drawn).filter(|drawn| !drawn.is_empty())?;
        Some(agreement(&predicted, drawn, self.extract))
    }

    /// What stands in front of the questions, where all have the same.
    pub fn context(&self) -> Context {
        self.shots.context(self.data.style).asked_as(self.chat)
    }

    /// The context of each question about a relation; none where all have the same.
    fn contexts(&self, relation: &Relation, templates: &[usize]) -> Vec<Context> {
        let style = self.data.style;
        let contexts = self.shots.contexts(style, relation, templates).into_iter();
        contexts.map(|one| one.asked_as(self.chat)).collect()
    }

    /// Indices into the relation's templates that are asked about a fact, in the order of its questions: of the chosen
    /// ones, `origin` asks the first. A template that is asked several times stands there as often.
    pub fn asked(&self, fact: usize) -> Vec<usize> {
        self.arranged(fact).templates
    }

    /// Ids of the templates that are asked about a fact.
    pub fn template_ids(&self, fact: usize) -> Vec<TemplateId> {
        self.arranged(fact).ids
    }

    fn arranged(&self, fact: usize) -> Arranged {
        let this = &self.data.facts[fact];
        let relation = this.relation;
        let chosen: Vec<usize> = (self.templates[relation].iter().copied())
            .filter(|&template| self.data.asks(this, template))
            .collect();
        let templates = match self.method.reads() {
            Reads::First => &chosen[..chosen.len().min(1)],
            Reads::Each | Reads::All | Reads::Layout => &chosen,
        };
        let known = &self.data.relations[relation].templates;
        let id = |(at, &template): (usize, &usize)| {
            let earlier = templates[..at].iter().filter(|other| **other == template);
            TemplateId {
                copy: 1 + earlier.count(),
                ..known[template].id
            }
        };
        let ids: Vec<TemplateId> = templates.iter().enumerate().map(id).collect();
        if !self.method.has_layout() {
            return Arranged {
                templates: templates.to_vec(),
                ids,
                groups: Vec::new(),
            };
        }
        let (order, groups) = self.options.groups.arrange(&ids);
        Arranged {
            templates: order.iter().map(|&at| templates[at]).collect(),
            ids: order.iter().map(|&at| ids[at]).collect(),
            groups,
        }
    }

    /// The questions about a fact; the task's id is the fact's index.
    pub fn task(&self, fact: usize) -> Task {
        let Arranged {
            templates, groups, ..
        } = self.arranged(fact);
        let this = &self.data.facts[fact];
        let known = &self.data.relation_of(this).templates;
        let is_manual = |template: &usize| known[*template].is_manual();
        let question = |&template: &usize| self.data.question(this, template);
        let relation = self.data.relation_of(this);
        Task {
            contexts: self.contexts(relation, &templates),
            id: fact,
            questions: templates.iter().map(question).collect(),
            manual: templates
                .iter()
                .rposition(is_manual)
                .map_or(0, |last| last + 1),
            groups,
            labels: this.labels(),
            confidence: self.confidences_of(fact).and_then(Result::ok),
        }
    }

    /// The layout of a fact's questions.
    pub fn layout(&self, tokenizer: &impl Encode, fact: usize) -> Result<Layout, LayoutError> {
        let (task, context) = (self.task(fact), self.context());
        let context = task.context(0, &context);
        layout_of(tokenizer, context, &task, self.options.clone())
    }

    /// Scores the engine's answers about a fact.
    pub fn finish(&self, fact: usize, answers: Vec<Answer>) -> Finished {
        let this = &self.data.facts[fact];
        let relation = self.data.relation_of(this);
        let labels = this.labels();
        let answer_lemmas: Vec<_> = this.answers.iter().map(|answer| lemmas(answer)).collect();
        let row = |((asked, ids), answer): ((Vec<usize>, Vec<TemplateId>), &Answer)| {
            let chosen = chosen(&answer.labels).and_then(|at| labels.get(at));
            let prediction = match chosen {
                Some(label) => label,
                None => self.extract.prediction(&answer.generation),
            };
            let verdict = judge_lemmas(prediction, answer_lemmas.clone());
            Row {
                uuid: this.uuid.clone(),
                relation: relation.id.clone(),
                templates: ids,
                answers: this.answers.clone(),
                prediction: prediction.to_owned(),
                generation: answer.generation.clone(),
                verdict: match chosen {
                    None => verdict,
                    // A label is no word that has forms.
                    Some(label) => Verdict {
                        correct: this.answers.contains(label),
                        correct_bidirectional: this.answers.contains(label),
                        ..verdict
                    },
                },
                probability: answer.probability,
                confidence: self.agreement(answer),
                subject: this.subject.clone(),
                questions: (asked.iter())
                    .map(|&template| self.data.question(this, template))
                    .collect(),
                template_texts: (asked.iter())
                    .map(|&template| relation.templates[template].text.clone())
                    .collect(),
                labels: labels.clone(),
                label_probabilities: answer.labels.clone(),
            }
        };
        Finished {
            fact,
            rows: self
                .asked_by_row(fact)
                .into_iter()
                .zip(&answers)
                .map(row)
                .collect(),
            answers,
        }
    }

    /// The templates of each row that a fact gets.
    pub fn row_templates(&self, fact: usize) -> Vec<Vec<TemplateId>> {
        let rows = self.asked_by_row(fact).into_iter();
        rows.map(|(_, ids)| ids).collect()
    }

    /// What is asked about a fact, indices and ids of templates, cut into what each of its rows is about.
    fn asked_by_row(&self, fact: usize) -> Vec<(Vec<usize>, Vec<TemplateId>)> {
        let Arranged { templates, ids, .. } = self.arranged(fact);
        let in_a_row = match self.method.answers_each() {
            true => 1,
            false => templates.len().max(1),
        };
        let rows = templates.chunks(in_a_row).zip(ids.chunks(in_a_row));
        rows.map(|(templates, ids)| (templates.to_vec(), ids.to_vec()))
            .collect()
    }

    /// Finds what would stop a run halfway: nothing selected, a confidence missing, a prompt that does not fit.
    ///
    /// `limit` is the model's `max_position_embeddings`.
    pub fn check(&self, tokenizer: &impl Encode, limit: usize) -> Result<(), EvaluateError> {
        if self.facts.is_empty() {
            return Err(EvaluateError::NoFacts);
        }
        let own = self
            .shots
            .near
            .as_ref()
            .is_some_and(|near| near.own_template);
        if own && self.method.has_layout() {
            return Err(EvaluateError::OwnTemplates(self.method));
        }
        let context = self.context();
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
        let mut bytes = 0;
        for (at, question) in task.questions.iter().enumerate() {
            let frame = task.context(at, context).frame(tokenizer)?;
            bytes += frame.bytes() + SEP.len() + pieces + question.len();
        }
        let new = self.max_new_tokens + self.thought(task.questions.len());
        if bytes + new < limit {
            return Ok(());
        }
        if has_layout {
            let context = task.context(0, context);
            let layout = layout_of(tokenizer, context, task, self.options.clone())?;
            return layout.check_fits(new, limit);
        }
        for (at, question) in task.questions.iter().enumerate() {
            let frame = task.context(at, context).frame(tokenizer)?;
            Layout::plain(tokenizer, &frame, question).check_fits(new, limit)?;
        }
        Ok(())
    }

    /// Positions that the thoughts of so many questions take at most, with the marks around them.
    fn thought(&self, questions: usize) -> usize {
        const MARKS: usize = 16;
        let in_a_row = self.method.has_layout() && self.options.positions == Positions::Continuous;
        let one = self.thinking.map_or(0, |tokens| tokens + MARKS);
        one * if in_a_row { questions } else { 1 }
    }

    /// One confidence per asked template; `None` where the engine measures them or nobody asks.
    fn confidences_of(&self, fact: usize) -> Option<Result<Vec<f32>, EvaluateError>> {
        let Confidence::Given(known) = &self.confidence else {
            return None;
        };
        if !self.method.is_weighted(&self.options) {
            return None;
        }
        let uuid = &self.data.facts[fact].uuid;
        let one = |template: TemplateId| {
            known
                .get(uuid, template)
                .or_else(|| {
                    known.get(
                        uuid,
                        TemplateId {
                            copy: 1,
                            ..template
                        },
                    )
                })
                .ok_or_else(|| EvaluateError::NoConfidence {
                    uuid: uuid.clone(),
                    template: template.to_string(),
                })
        };
        Some(self.template_ids(fact).into_iter().map(one).collect())
    }
}

/// Index of the likeliest label, the first of equals; `None` where any text may answer.
fn chosen(probabilities: &[f32]) -> Option<usize> {
    (0..probabilities.len()).reduce(|best, at| match probabilities[at] > probabilities[best] {
        true => at,
        false => best,
    })
}

fn layout_of(
    tokenizer: &impl Encode,
    context: &Context,
    task: &Task,
    options: Options,
) -> Result<Layout, LayoutError> {
    let source = Source {
        groups: &task.groups,
        weights: task.confidence.as_deref().unwrap_or(&[]),
        ..Source::new(context, &task.questions, task.manual)
    };
    Layout::build(tokenizer, source, options)
}
