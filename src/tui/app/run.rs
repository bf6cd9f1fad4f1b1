//! Runs: what is asked of the engine, what has come back, and what waits.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::message::News;
use crate::engine::{Event, Method, Reading, Token};
use crate::evaluate::{Plan, Row, Tally, Update};
use crate::prompt::Context;
use crate::score::Extract;
use crate::tui::keymap::Action;

/// Plans that run one after another under one name.
#[derive(Debug, Clone)]
pub struct Job {
    /// Later jobs have larger numbers; news of any other generation is stale.
    pub generation: u64,
    pub scope: Scope,
    /// `P36 · flex fused`.
    pub title: String,
    pub plans: Vec<(String, Arc<Plan>)>,
    /// Hash of everything that decides the answers to a fact.
    pub settings: u64,
    /// Of the draw of the few-shot examples, and how many facts of the scope were drawn and so are left out.
    pub seed: u64,
    pub left_out: usize,
}

/// What a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Fact(usize),
    /// All methods and presets on one fact.
    Compare(usize),
    Relation(usize),
    Selection,
    Everything,
}

impl Scope {
    /// What a user does to run it.
    pub fn action(self) -> Action {
        match self {
            Scope::Fact(_) => Action::RunFact,
            Scope::Compare(_) => Action::Compare,
            Scope::Relation(_) => Action::RunRelation,
            Scope::Selection => Action::RunSelection,
            Scope::Everything => Action::RunEverything,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Running,
    Paused,
    Cancelling,
    Done,
    Cancelled,
    Failed(String),
}

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
    /// Index into the data set's facts.
    pub fact: usize,
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

/// A run that goes on or is over.
#[derive(Debug, Clone)]
pub struct Run {
    pub job: Arc<Job>,
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
    /// How many rows are in a file.
    saved: usize,
    started: Option<Duration>,
    now: Duration,
    /// Time that passed while paused, and whether the next news ends a pause.
    paused: Duration,
    resumed: bool,
}

/// A template's own last answer about a fact.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnAnswer {
    pub prediction: String,
    pub correct: bool,
    pub probability: f32,
}

/// The run on screen, the one that waits, and what templates answered by themselves.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    pub current: Option<Run>,
    pub next: Option<Arc<Job>>,
    generation: u64,
    /// By fact and template, each under the settings that made it.
    own: HashMap<(usize, usize), (u64, OwnAnswer)>,
}

impl Run {
    fn new(job: Arc<Job>) -> Self {
        let columns = job.plans.iter().map(|(label, _)| Column {
            label: label.clone(),
            ..Column::default()
        });
        Run {
            columns: columns.collect(),
            job,
            state: State::Running,
            streams: Vec::new(),
            reading: None,
            generated: Vec::new(),
            curve: Vec::new(),
            saved: 0,
            started: None,
            now: Duration::ZERO,
            paused: Duration::ZERO,
            resumed: false,
        }
    }

    pub fn is_active(&self) -> bool {
        matches!(
            self.state,
            State::Running | State::Paused | State::Cancelling
        )
    }

    /// Whether this is more than a look at one fact.
    pub fn is_evaluation(&self) -> bool {
        matches!(&self.job.plans[..], [(_, plan)] if plan.facts.len() > 1)
    }

    /// Whether everything that has come back is in a file.
    pub fn is_saved(&self) -> bool {
        self.columns
            .iter()
            .all(|column| column.rows.len() <= self.saved)
    }

    /// Facts done and facts in all plans together.
    pub fn progress(&self) -> (usize, usize) {
        let done = self.columns.iter().map(|column| column.tally.facts).sum();
        (
            done,
            self.job
                .plans
                .iter()
                .map(|(_, plan)| plan.facts.len())
                .sum(),
        )
    }

    /// Facts per second since the first news, pauses not counted.
    pub fn speed(&self) -> Option<f64> {
        let took = self
            .now
            .checked_sub(self.started?)?
            .checked_sub(self.paused)?
            .as_secs_f64();
        let (done, _) = self.progress();
        (took > 0.0 && done > 0).then(|| done as f64 / took)
    }

    fn take(&mut self, plan: usize, update: Update) {
        match update {
            Update::Engine(Event::Token {
                task,
                question,
                step,
                token,
            }) => self.token(plan, task, question, step, token),
            Update::Engine(Event::Reading(reading)) => self.reading = Some((plan, reading)),
            Update::Engine(Event::Prefilled { .. }) => self.reading = None,
            Update::Engine(_) => {}
            Update::Finished(finished) => {
                let Some(column) = self.columns.get_mut(plan) else {
                    return;
                };
                column.tally.add(&finished.rows);
                if self.job.plans.len() == 1 {
                    self.curve.push(column.tally.total.accuracy() as f32);
                }
                if matches!(self.job.scope, Scope::Fact(_)) && finished.answers.len() == 1 {
                    self.generated = finished.answers[0].generated.clone();
                }
                let fact = finished.fact;
                Arc::make_mut(&mut column.rows)
                    .extend(finished.rows.into_iter().map(|row| Scored { fact, row }));
            }
        }
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
                        .any(|row| row.fact == fact)
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

impl Runs {
    pub fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    pub fn is_active(&self) -> bool {
        self.current.as_ref().is_some_and(Run::is_active)
    }

    /// What was asked for last: the job that waits, or the one on screen.
    pub fn last(&self) -> Option<&Arc<Job>> {
        let on_screen = self.current.as_ref().map(|run| &run.job);
        self.next.as_ref().or(on_screen)
    }

    /// Starts a job, or lets it wait (in place of one that waits already). `true`: start it now.
    pub fn submit(&mut self, job: &Arc<Job>) -> bool {
        if self.is_active() {
            self.next = Some(job.clone());
            return false;
        }
        self.current = Some(Run::new(job.clone()));
        true
    }

    /// Takes news of the current run; anything else is dropped. Returns the job that starts now, if one waited.
    pub fn take(&mut self, generation: u64, at: Duration, news: News) -> Option<Arc<Job>> {
        let run = self
            .current
            .as_mut()
            .filter(|run| run.job.generation == generation && run.is_active())?;
        run.started.get_or_insert(at);
        if std::mem::take(&mut run.resumed) {
            run.paused += at.saturating_sub(run.now);
        }
        run.now = run.now.max(at);
        match news {
            News::Update { plan, update } => {
                if let Update::Finished(finished) = &update {
                    self.own
                        .extend(own_answers(&run.job, plan, finished.fact, &finished.rows));
                }
                run.take(plan, update);
                return None;
            }
            News::Done => run.state = State::Done,
            News::Cancelled => run.state = State::Cancelled,
            News::Failed(message) => run.state = State::Failed(message),
        }
        let next = self.next.take()?;
        self.current = Some(Run::new(next.clone()));
        Some(next)
    }

    /// Pauses or goes on; `None` where nothing can be paused.
    pub fn pause(&mut self) -> Option<bool> {
        let run = self.current.as_mut()?;
        match run.state {
            State::Running => {
                run.state = State::Paused;
                Some(true)
            }
            State::Paused => {
                run.state = State::Running;
                run.resumed = true;
                Some(false)
            }
            _ => None,
        }
    }

    /// Marks the run as being cancelled and forgets the one that waits.
    pub fn cancel(&mut self) -> bool {
        self.next = None;
        match self.current.as_mut().filter(|run| run.is_active()) {
            Some(run) => {
                run.state = State::Cancelling;
                true
            }
            None => false,
        }
    }

    /// The engine is gone: what runs has failed.
    pub fn fail(&mut self, message: &str) {
        self.next = None;
        if let Some(run) = self.current.as_mut().filter(|run| run.is_active()) {
            run.state = State::Failed(message.to_owned());
        }
    }

    /// The first so many rows of a run are in a file.
    pub fn saved(&mut self, generation: u64, rows: usize) {
        let ours = |run: &&mut Run| run.job.generation == generation;
        if let Some(run) = self.current.as_mut().filter(ours) {
            run.saved = run.saved.max(rows);
        }
    }

    /// Another model stands ready: what the last one answered counts no more.
    pub fn forget(&mut self) {
        self.own.clear();
    }

    /// What a template answered by itself under these settings.
    pub fn own(&self, fact: usize, template: usize, settings: u64) -> Option<&OwnAnswer> {
        self.own
            .get(&(fact, template))
            .filter(|(made_under, _)| *made_under == settings)
            .map(|(_, answer)| answer)
    }
}

/// What single templates answered: rows of one template, asked alone.
fn own_answers(
    job: &Job,
    plan: usize,
    fact: usize,
    rows: &[Row],
) -> Vec<((usize, usize), (u64, OwnAnswer))> {
    let Some((_, plan)) = job.plans.get(plan) else {
        return Vec::new();
    };
    let settings = job_context(&plan.shots.context(), plan.max_new_tokens, plan.extract);
    let alone = |row: &Row| {
        let [id] = row.templates[..] else { return None };
        if plan.method == Method::Flex {
            return None;
        }
        let template = plan
            .data
            .relation_of(&plan.data.facts[fact])
            .find_template(id)?;
        let answer = OwnAnswer {
            prediction: row.prediction.clone(),
            correct: row.verdict.correct,
            probability: row.probability,
        };
        Some(((fact, template), (settings, answer)))
    };
    rows.iter().filter_map(alone).collect()
}

/// Hash of what decides a single template's answer: context, length, extraction.
pub fn job_context(context: &Context, max_new_tokens: usize, extract: Extract) -> u64 {
    let mut hasher = DefaultHasher::new();
    context.hash(&mut hasher);
    max_new_tokens.hash(&mut hasher);
    format!("{extract:?}").hash(&mut hasher);
    hasher.finish()
}
