//! Runs in turn: the one on screen, those behind it, and the one that waits for its turn.

mod clock;
mod job;
mod opened;
mod own_answers;
mod run;

use std::sync::Arc;
use std::time::Duration;

pub use job::{Continued, Job, Scope, Settings};
pub use opened::Opened;
use own_answers::OwnAnswers;
pub use own_answers::{AloneSettings, OwnAnswer};
pub use run::{Column, Run, Scored, Source, State, Stream};

use crate::data::Dataset;
use crate::evaluate::Update;
use crate::tui::message::RunEvent;

/// The run on screen, those behind it, the one that waits, and what templates answered by themselves.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    /// On screen.
    pub current: Option<Run>,
    /// Runs that the one on screen has covered: the one that goes on, and the last that is worth going back to.
    behind: Vec<Run>,
    pub next: Option<Arc<Job>>,
    generation: u64,
    own: OwnAnswers,
}

impl Runs {
    pub fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// Grows with every run that is asked for or opened.
    pub fn newest(&self) -> u64 {
        self.generation
    }

    pub fn is_active(&self) -> bool {
        self.all().any(Run::is_active)
    }

    /// The run on screen first.
    pub(in crate::tui) fn all(&self) -> impl Iterator<Item = &Run> {
        self.current.iter().chain(&self.behind)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Run> {
        self.current.iter_mut().chain(&mut self.behind)
    }

    /// The run that goes on.
    pub fn active(&self) -> Option<&Run> {
        self.all().find(|run| run.is_active())
    }

    fn active_mut(&mut self) -> Option<&mut Run> {
        self.all_mut().find(|run| run.is_active())
    }

    /// Whether the answers of the run that goes on are to be kept now.
    pub fn is_due(&mut self, at: Duration) -> bool {
        self.active_mut().is_some_and(|run| run.is_due(at))
    }

    /// The run with this generation, on screen or behind.
    pub fn find(&self, generation: u64) -> Option<&Run> {
        self.all().find(|run| run.generation == generation)
    }

    /// Leaves all runs behind; those that come are numbered on.
    pub fn forget(&mut self) {
        *self = Runs {
            generation: self.generation,
            ..Runs::default()
        };
    }

    /// What was asked for last: the job that waits, or the latest one.
    pub fn last(&self) -> Option<&Arc<Job>> {
        let jobs = self.all().filter_map(Run::job);
        self.next.as_ref().or(jobs.max_by_key(|job| job.generation))
    }

    /// Puts a run on screen. The one before stays behind it while it goes on, or where it is an evaluation.
    fn show(&mut self, run: Run) {
        let before = self.current.replace(run);
        self.behind.extend(before);
        let last = self.behind.iter().rposition(Run::is_evaluation);
        let mut place = 0;
        self.behind.retain(|run| {
            place += 1;
            run.is_active() || last == Some(place - 1)
        });
    }

    /// The run that [`Runs::turn`] would show.
    pub fn covered(&self) -> Option<&Run> {
        self.behind.last()
    }

    /// Shows the run behind the one on screen; whether there is one.
    pub fn turn(&mut self) -> bool {
        let covered = self.behind.pop();
        let turns = covered.is_some();
        if let Some(run) = covered {
            self.show(run);
        }
        turns
    }

    /// Shows a run that was read from a file; `data` tell which facts its rows are about.
    pub fn open(&mut self, opened: Opened, data: Option<&Dataset>) {
        let generation = self.next_generation();
        self.show(Run::of_file(opened, generation, data));
    }

    /// Starts a job, or lets it wait (in place of one that waits already). `true`: start it now.
    pub fn submit(&mut self, job: &Arc<Job>) -> bool {
        if self.is_active() {
            self.next = Some(job.clone());
            return false;
        }
        self.show(Run::new(job.clone()));
        true
    }

    /// Takes news of the run that goes on; anything else is dropped. Returns the job that starts now, if one waited.
    pub fn take(&mut self, generation: u64, at: Duration, news: RunEvent) -> Option<Arc<Job>> {
        let runs = self.current.iter_mut().chain(&mut self.behind);
        let mut ours = runs.filter(|run| run.generation == generation && run.is_active());
        let run = ours.next()?;
        run.clock.tick(at);
        match news {
            RunEvent::Update { plan, update } => {
                let job = run.job().cloned();
                let of = job.as_ref().and_then(|job| job.plans.get(plan));
                if let (Update::Finished(finished), Some((_, of))) = (&update, of) {
                    let settings = run.contexts[plan].clone();
                    let fact = finished.fact;
                    self.own.take(of, fact, &settings, &finished.rows);
                    self.own.count(of, fact, &settings, &mut run.alone);
                }
                run.take(plan, update);
                return None;
            }
            RunEvent::Done => run.state = State::Done,
            RunEvent::Cancelled => run.state = State::Cancelled,
            RunEvent::Failed(message) => run.state = State::Failed(message),
        }
        let next = self.next.take()?;
        self.show(Run::new(next.clone()));
        Some(next)
    }

    /// Pauses or goes on; `None` where nothing can be paused.
    pub fn pause(&mut self) -> Option<bool> {
        let run = self.active_mut()?;
        match run.state {
            State::Running => {
                run.state = State::Paused;
                Some(true)
            }
            State::Paused => {
                run.state = State::Running;
                run.clock.resume();
                Some(false)
            }
            _ => None,
        }
    }

    /// Marks the run as being cancelled and forgets the one that waits. Whether a run goes on.
    pub fn cancel(&mut self) -> bool {
        self.next = None;
        let Some(run) = self.active_mut() else {
            return false;
        };
        if run.state == State::Paused {
            run.clock.resume();
        }
        run.state = State::Cancelling;
        true
    }

    /// The engine is gone: what runs has failed.
    pub fn fail(&mut self, message: &str) {
        self.next = None;
        if let Some(run) = self.active_mut() {
            run.state = State::Failed(message.to_owned());
        }
    }

    /// A run stands under this name among the kept ones.
    pub fn kept(&mut self, generation: u64, id: &str) {
        // The settings of a comparison are kept one by one.
        let ours = |run: &&mut Run| run.generation == generation && !run.compares();
        if let Some(run) = self.all_mut().find(ours) {
            run.id = Some(id.to_owned());
        }
    }

    /// What a template answered by itself under these settings.
    pub fn own(
        &self,
        fact: usize,
        template: usize,
        settings: &AloneSettings,
    ) -> Option<&OwnAnswer> {
        self.own.get(fact, template, settings)
    }
}
