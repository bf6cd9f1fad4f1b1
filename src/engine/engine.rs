//! The engine as the rest of the program sees it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::cancel::Cancel;
use super::decode::Decoding;
use super::error::EngineError;
use super::event::{About, Event, Task};
use super::load::{self, Loaded};
use super::runner::Runner;
use super::settings::EngineSettings;
use super::stream::{Prompts, Request};
use crate::model::{Config, Tokenizer, Weights};

/// A loaded model on its devices.
pub struct Engine {
    runners: Vec<Box<dyn Runner>>,
    tokenizer: Tokenizer,
    eos: Vec<u32>,
    about: About,
    vocabulary: usize,
    batch: usize,
}

impl Engine {
    /// Loads a model, saying how far it has got.
    ///
    /// # Errors
    /// What is wrong with the model, the device or their combination; [`EngineError::Cancelled`].
    pub fn load(
        settings: &EngineSettings,
        sink: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Engine, EngineError> {
        let files = load::locate(settings, sink, cancel)?;
        let config = Config::load(&files)?;
        let tokenizer = Tokenizer::load(&files)?;
        let weights = Weights::open(&files)?;
        let loaded = load::runners(
            settings,
            &config,
            &weights,
            &files.identity()?,
            sink,
            cancel,
        )?;
        let mut about = loaded[0].about.clone();
        let devices: Vec<&str> = loaded.iter().map(|l| l.about.device.as_str()).collect();
        about.device = devices.join(",");
        sink(Event::Loaded(about.clone()));
        Ok(Engine {
            batch: settings.batch.unwrap_or(loaded[0].batch).max(1),
            runners: loaded
                .into_iter()
                .map(|Loaded { runner, .. }| runner)
                .collect(),
            tokenizer,
            eos: config.eos,
            vocabulary: config.vocab_size,
            about,
        })
    }

    pub fn about(&self) -> &About {
        &self.about
    }

    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Answers the tasks, batch by batch. Tasks finish in any order; each event says which it is about.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`] within one decode step or prefill chunk; a layout that is refused or does not
    /// fit; a failing device. Tasks that have finished by then stay finished.
    pub fn run(
        &mut self,
        request: &Request,
        tasks: &[Task],
        sink: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        let Engine {
            runners,
            tokenizer,
            eos,
            about,
            vocabulary,
            batch,
        } = self;
        let queue = Queue {
            next: AtomicUsize::new(0),
            tasks,
            batch: *batch,
        };
        let work = |runner: &mut dyn Runner, sink: &mut dyn FnMut(Event)| {
            let mut decoding = Decoding {
                runner,
                prompts: Prompts {
                    tokenizer,
                    max_positions: about.max_positions,
                    vocabulary: *vocabulary,
                    request,
                },
                eos,
                cancel,
                reported: None,
            };
            while let Some(tasks) = queue.take() {
                run_or_halve(&mut decoding, tasks, sink)?;
            }
            Ok(())
        };
        if let [runner] = runners.as_mut_slice() {
            return work(runner.as_mut(), sink);
        }
        // Several devices: each takes the next batch as it gets free.
        std::thread::scope(|scope| {
            let (sender, events) = mpsc::channel();
            let threads: Vec<_> = runners
                .iter_mut()
                .map(|runner| {
                    let sender = sender.clone();
                    let work = &work;
                    std::thread::Builder::new()
                        .name("lamascope-device".into())
                        .spawn_scoped(scope, move || {
                            // The receiver lives until all senders are gone.
                            work(runner.as_mut(), &mut |event| drop(sender.send(event)))
                        })
                        .map_err(|error| {
                            // Those that did start stop after the batch at hand.
                            queue.close();
                            EngineError::Device(format!("no thread for it: {error}"))
                        })
                })
                .collect::<Result<_, _>>()?;
            drop(sender);
            events.iter().for_each(&mut *sink);
            threads.into_iter().try_for_each(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })
    }
}

/// Hands out tasks, a batch at a time.
struct Queue<'a> {
    next: AtomicUsize,
    tasks: &'a [Task],
    batch: usize,
}

impl<'a> Queue<'a> {
    /// Hands out nothing more.
    fn close(&self) {
        self.next.store(self.tasks.len(), Ordering::Relaxed);
    }

    fn take(&self) -> Option<&'a [Task]> {
        let start = self.next.fetch_add(self.batch, Ordering::Relaxed);
        let end = self.tasks.len().min(start + self.batch);
        (start < end).then(|| &self.tasks[start..end])
    }
}

/// Runs tasks together, or where memory does not suffice for all, in halves.
fn run_or_halve(
    decoding: &mut Decoding<'_>,
    tasks: &[Task],
    sink: &mut dyn FnMut(Event),
) -> Result<(), EngineError> {
    let mut finished = Vec::new();
    let outcome = decoding.run(tasks, &mut |event| {
        if let Event::Finished { task, .. } | Event::Failed { task, .. } = &event {
            finished.push(*task);
        }
        sink(event);
    });
    match outcome {
        Err(error) if error.is_want_of_memory() && tasks.len() > 1 => {
            let left: Vec<Task> = tasks
                .iter()
                .filter(|task| !finished.contains(&task.id))
                .cloned()
                .collect();
            let (first, second) = left.split_at(left.len().div_ceil(2));
            for half in [first, second] {
                if !half.is_empty() {
                    run_or_halve(decoding, half, sink)?;
                }
            }
            Ok(())
        }
        outcome => outcome,
    }
}
