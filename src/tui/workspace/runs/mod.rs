//! Runs in turn: the one on screen, and the one that waits for its end.

mod clock;
mod job;
mod own_answers;
mod run;

use std::sync::Arc;
use std::time::Duration;

pub use job::{Job, Scope, Settings};
use own_answers::OwnAnswers;
pub use own_answers::{AloneSettings, OwnAnswer};
pub use run::{Column, Run, Scored, State, Stream};

use crate::evaluate::Update;
use crate::tui::message::RunEvent;

/// The run on screen, the one that waits, and what templates answered by themselves.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    pub current: Option<Run>,
    pub next: Option<Arc<Job>>,
    generation: u64,
    own: OwnAnswers,
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
    pub fn take(&mut self, generation: u64, at: Duration, news: RunEvent) -> Option<Arc<Job>> {
        let run = self
            .current
            .as_mut()
            .filter(|run| run.job.generation == generation && run.is_active())?;
        run.clock.tick(at);
        match news {
            RunEvent::Update { plan, update } => {
                let job = run.job.clone();
                if let (Update::Finished(finished), Some((_, of))) = (&update, job.plans.get(plan))
                {
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
                run.clock.resume();
                Some(false)
            }
            _ => None,
        }
    }

    /// Marks the run as being cancelled and forgets the one that waits. Whether a run goes on.
    pub fn cancel(&mut self) -> bool {
        self.next = None;
        let Some(run) = self.current.as_mut().filter(|run| run.is_active()) else {
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
