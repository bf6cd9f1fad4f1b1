//! A run: what has come back of a job, and how far it is.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Clock;
use super::own_answers::Alone;
use super::{AloneSettings, Continued, Job, Opened, Scope};
use crate::engine::{Event, Reading, Reads, Token};
use crate::evaluate::{Plan, Row, Tally, Update};

/// Where a run stands; the last three are its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Running,
    Paused,
    Cancelling,
    Done,
    Cancelled,
    Failed(String),
}

/// How long the answers of a run that goes on are held in memory alone, at first.
const KEEP_AFTER: Duration = Duration::from_secs(10);

/// What has come back of one plan.
#[derive(Debug, Clone, Default)]
pub struct Column {
    pub label: String,
    pub tally: Tally,
    pub rows: Arc<Vec<Scored>>,
}

/// A scored answer and the fact that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Index into the data set's facts; `None` where they lack the fact of a row that was read from a file.
    pub fact: Option<usize>,
    pub row: Row,
}

/// Tokens of an answer as they are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    pub plan: usize,
    pub fact: usize,
    /// Which question's own answer this is.
    pub question: Option<usize>,
    pub tokens: Vec<Token>,
}

impl Stream {
    /// The tokens that come with what they beat.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Token> {
        self.tokens.iter().filter(|token| !token.top.is_empty())
    }
}

/// Where a run's answers come from.
#[derive(Debug, Clone)]
pub enum Source {
    Asked(Arc<Job>),
    File(Arc<Opened>),
}

/// A run that goes on or is over.
#[derive(Debug, Clone)]
pub struct Run {
    pub source: Source,
    /// Later runs have larger numbers.
    pub generation: u64,
    /// Its name among the kept runs.
    pub id: Option<String>,
    pub state: State,
    pub columns: Vec<Column>,
    /// Of the fact that is followed: the only one, or the one in work.
    pub streams: Vec<Stream>,
    /// How far the prompts of a plan are read, while they are.
    pub reading: Option<(usize, Reading)>,
    /// Token ids of the fact's answer, for the mask's generated rows.
    pub generated: Vec<u32>,
    /// Accuracy after each finished fact.
    pub curve: Vec<f32>,
    /// What the chosen templates answered by themselves about the facts that are finished.
    pub(super) alone: Alone,
    /// Of each plan: what decides a single template's answer.
    pub(super) contexts: Vec<Arc<AloneSettings>>,
    pub(super) clock: Clock,
    /// When its answers were kept last, by the time of its news.
    pub(super) kept_at: Option<Duration>,
}

impl Run {
    pub(super) fn empty(source: Source, generation: u64, state: State) -> Self {
        Run {
            source,
            generation,
            id: None,
            state,
            columns: Vec::new(),
            streams: Vec::new(),
            reading: None,
            generated: Vec::new(),
            curve: Vec::new(),
            alone: Alone::default(),
            contexts: Vec::new(),
            clock: Clock::default(),
            kept_at: None,
        }
    }

    pub(super) fn new(job: Arc<Job>) -> Self {
        let columns = job.plans.iter().map(|(label, _)| Column {
            label: label.clone(),
            ..Column::default()
        });
        let context = |(_, plan): &(String, Arc<Plan>)| {
            Arc::new(AloneSettings {
                model: job.model,
                context: plan.context(),
                max_new_tokens: plan.max_new_tokens,
                extract: plan.extract,
            })
        };
        let mut run = Run {
            columns: columns.collect(),
            contexts: job.plans.iter().map(context).collect(),
            ..Run::empty(Source::Asked(job.clone()), job.generation, State::Running)
        };
        if let Some(continued) = &job.continues {
            for rows in continued.rows.chunk_by(|a, b| a.fact == b.fact) {
                run.add(0, rows.to_vec());
            }
        }
        run
    }

    /// What was asked of the engine; `None` for a run from a file.
    pub fn job(&self) -> Option<&Arc<Job>> {
        match &self.source {
            Source::Asked(job) => Some(job),
            Source::File(_) => None,
        }
    }

    /// The file that it was read from.
    pub fn file(&self) -> Option<&Opened> {
        match &self.source {
            Source::Asked(_) => None,
            Source::File(opened) => Some(opened),
        }
    }

    pub fn title(&self) -> &str {
        match &self.source {
            Source::Asked(job) => &job.title,
            Source::File(opened) => &opened.title,
        }
    }

    pub fn scope(&self) -> Option<Scope> {
        self.job().map(|job| job.scope)
    }

    /// Whether methods and presets stand side by side.
    pub fn compares(&self) -> bool {
        self.columns.len() > 1
    }

    pub fn is_active(&self) -> bool {
        matches!(
            self.state,
            State::Running | State::Paused | State::Cancelling
        )
    }

    /// Whether this is more than a look at one fact.
    pub fn is_evaluation(&self) -> bool {
        match &self.source {
            Source::Asked(job) => job.plans.iter().all(|(_, plan)| plan.facts.len() > 1),
            Source::File(_) => true,
        }
    }

    /// Share of right answers among those that the chosen templates gave by themselves, under the same settings, about
    /// the facts finished here; `None` where one of them is not known, or where templates are not fused.
    pub fn alone(&self) -> Option<f64> {
        let method = self.job()?.plans.first()?.1.method;
        let fuses = matches!(method.reads(), Reads::All | Reads::Layout);
        self.alone.share().filter(|_| fuses)
    }

    /// Facts done and facts in all plans together.
    pub fn progress(&self) -> (usize, usize) {
        let done = self.columns.iter().map(|column| column.tally.facts).sum();
        let all = match &self.source {
            Source::Asked(job) => job.plans.iter().map(|(_, plan)| plan.facts.len()).sum(),
            Source::File(opened) => opened.facts().unwrap_or(done),
        };
        (done, all)
    }

    /// Facts per second since the first news, pauses not counted.
    pub fn speed(&self) -> Option<f64> {
        let took = self.clock.took()?.as_secs_f64();
        let continued = self.job().and_then(|job| job.continues.as_ref());
        let known = continued.map_or(0, Continued::facts);
        let done = self.progress().0 - known;
        (took > 0.0 && done > 0).then(|| done as f64 / took)
    }

    /// Whether its answers are to be kept before it ends, so that a machine that goes off takes little with it: after
    /// ten seconds, and later after a tenth of the time that it has taken, as the file grows with it.
    pub(in crate::tui) fn is_due(&mut self, at: Duration) -> bool {
        let last = *self.kept_at.get_or_insert(at);
        let took = self.clock.took().unwrap_or_default();
        let is_due = at.saturating_sub(last) >= KEEP_AFTER.max(took / 10);
        if is_due {
            self.kept_at = Some(at);
        }
        is_due
    }

    pub(super) fn take(&mut self, plan: usize, update: Update) {
        match update {
            Update::Engine(Event::Token {
                task,
                question,
                step,
                token,
            }) => self.token(plan, task, question, step, token),
            Update::Engine(Event::Reading(reading)) => self.reading = Some((plan, reading)),
            Update::Engine(Event::Prefilled { .. }) => self.reading = None,
            // A run with facts that have no answer ends in a message.
            Update::Engine(_) | Update::Failed { .. } => {}
            Update::Finished(finished) => {
                if self.is_about_one_fact() && finished.answers.len() == 1 {
                    self.generated = finished.answers[0].generated.clone();
                }
                let fact = Some(finished.fact);
                let rows = finished.rows.into_iter();
                self.add(plan, rows.map(|row| Scored { fact, row }).collect());
            }
        }
    }

    /// Adds all rows of a fact.
    fn add(&mut self, plan: usize, rows: Vec<Scored>) {
        let is_only = self.columns.len() == 1;
        let Some(column) = self.columns.get_mut(plan) else {
            return;
        };
        column.tally.add(rows.iter().map(|scored| &scored.row));
        if is_only {
            self.curve.push(column.tally.total.accuracy() as f32);
        }
        Arc::make_mut(&mut column.rows).extend(rows);
    }

    /// Follows one fact at a time: the first that speaks, until another speaks after it is done.
    fn token(
        &mut self,
        plan: usize,
        fact: usize,
        question: Option<usize>,
        step: usize,
        token: Token,
    ) {
        let followed = self
            .streams
            .first()
            .map(|stream| (stream.plan, stream.fact));
        if followed.is_some_and(|followed| followed != (plan, fact)) {
            let done = |plan: usize, fact: usize| {
                self.columns.get(plan).is_some_and(|column| {
                    column
                        .rows
                        .iter()
                        .rev()
                        .take(64)
                        .any(|row| row.fact == Some(fact))
                })
            };
            if followed.is_some_and(|(plan, fact)| !done(plan, fact)) && step > 0 {
                return;
            }
            self.streams.clear();
        }
        let at = self
            .streams
            .iter()
            .position(|stream| stream.question == question)
            .unwrap_or_else(|| {
                self.streams.push(Stream {
                    plan,
                    fact,
                    question,
                    tokens: Vec::new(),
                });
                self.streams.len() - 1
            });
        let tokens = &mut self.streams[at].tokens;
        tokens.truncate(step);
        tokens.push(token);
    }
}
