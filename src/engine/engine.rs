//! The engine as the rest of the program sees it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use super::cancel::Cancel;
use super::decode::{Decoding, ends};
use super::error::EngineError;
use super::event::{About, Event, Task};
use super::load::{self, Listener, Loaded};
use super::method::Blended;
use super::reading::{self, Read, Texts};
use super::runner::Runner;
use super::settings::EngineSettings;
use super::stream::{Prompts, Request};
use crate::model::Tokenizer;

/// A loaded model on its devices.
pub struct Engine {
    runners: Vec<Box<dyn Runner>>,
    tokenizer: Tokenizer,
    eos: Vec<u32>,
    about: About,
    vocabulary: usize,
    /// Layers have several MLPs.
    has_experts: bool,
    batch: usize,
}

/// A model whose files have been read.
pub struct Unloaded {
    settings: EngineSettings,
    read: Read,
}

impl Unloaded {
    /// Brings the model to its device.
    ///
    /// # Errors
    /// What is wrong with the device or its combination with the model; [`EngineError::Cancelled`].
    pub fn load(self, sink: &mut dyn FnMut(Event), cancel: &Cancel) -> Result<Engine, EngineError> {
        Engine::of(&self.settings, self.read, sink, cancel)
    }
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
        let read = reading::read(settings, sink, cancel)?;
        Engine::of(settings, read, sink, cancel)
    }

    /// Reads a model's files, which takes no memory of a device but what opening it does: what cannot be loaded is known
    /// before another model has to go.
    ///
    /// # Errors
    /// What is wrong with the model; [`EngineError::Cancelled`].
    pub fn read(
        settings: &EngineSettings,
        sink: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Unloaded, EngineError> {
        let mut read = reading::read(settings, sink, cancel)?;
        read.texts.finish(sink)?;
        Ok(Unloaded {
            settings: settings.clone(),
            read,
        })
    }

    fn of(
        settings: &EngineSettings,
        Read {
            config,
            weights,
            mut texts,
            // Open until somebody else has the devices too.
            opening: _opening,
        }: Read,
        sink: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<Engine, EngineError> {
        let loaded = load::runners(
            settings,
            &config,
            &weights,
            &mut Listener {
                texts: &mut texts,
                sink,
                cancel,
            },
        )?;
        texts.finish(sink)?;
        let mut about = loaded[0].about.clone();
        let Texts {
            tokenizer,
            identity,
        } = texts.texts();
        about.files = identity;
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
            has_experts: config.experts.is_some(),
            about,
        })
    }

    pub fn about(&self) -> &About {
        &self.about
    }

    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The first device, for looking inside.
    pub(super) fn runner(&mut self) -> &mut dyn Runner {
        self.runners[0].as_mut()
    }

    pub(super) fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// Whether a token ends an answer.
    pub(super) fn ends(&self, step: usize, token: u32) -> bool {
        ends(&self.tokenizer, &self.eos, step, token)
    }

    /// Whether the model has what is asked.
    ///
    /// # Errors
    /// [`EngineError::NoProduct`], [`EngineError::NoLayer`].
    pub fn check(&self, request: &Request) -> Result<(), EngineError> {
        let Some(what) = request.method.blended() else {
            return Ok(());
        };
        let layers = self.about.layers;
        let first = request.blend.first_layer(layers);
        if self.has_experts && what != Blended::LayerMean {
            return Err(EngineError::NoProduct);
        }
        match (1..=layers).contains(&first) {
            true => Ok(()),
            false => Err(EngineError::NoLayer { first, layers }),
        }
    }

    /// Answers the tasks, batch by batch. Tasks finish in any order; each event says which it is about.
    ///
    /// # Errors
    /// What [`Engine::check`] finds; [`EngineError::Cancelled`] within one decode step or prefill chunk; a layout that is refused or does not
    /// fit; a failing device. Tasks that have finished by then stay finished.
    pub fn run(
        &mut self,
        request: &Request,
        tasks: &[Task],
        sink: &mut dyn FnMut(Event),
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        self.check(request)?;
        let Engine {
            runners,
            tokenizer,
            eos,
            about,
            vocabulary,
            batch,
            ..
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
                    layers: about.layers,
                    vocabulary: *vocabulary,
                    request,
                    cancel,
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
        // Several devices: each takes the next batch as it gets free. While the sink is held, so are they.
        std::thread::scope(|scope| {
            let (sender, events) = mpsc::sync_channel(MOST_WAITING);
            let threads: Vec<_> = runners
                .iter_mut()
                .map(|runner| {
                    let sender = sender.clone();
                    let (work, queue) = (&work, &queue);
                    std::thread::Builder::new()
                        .name("lamascope-device".into())
                        .spawn_scoped(scope, move || {
                            // However this device ends, by an error or a panic too: the others begin no further batch.
                            let _closing = Closing(queue);
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

/// Events that may wait for the sink before the devices do.
const MOST_WAITING: usize = 64;

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

/// Closes the queue when it goes.
struct Closing<'a, 'b>(&'a Queue<'b>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::engine::argmax::{Group, TopTokens};
    use crate::engine::blend::{Blend, Blending};
    use crate::engine::cached::Cached;
    use crate::engine::cached::spread::Spread;
    use crate::engine::cpu::{Cpu, Precision};
    use crate::engine::event::Reading;
    use crate::engine::method::Method;
    use crate::engine::observed::Observed;
    use crate::engine::runner::SequenceId;
    use crate::layout::{Layout, Preset};
    use crate::model::{Files, ModelRef, Watch};
    use crate::prompt::Context;

    /// What a device is good for.
    #[derive(Clone, Copy)]
    enum Fault {
        None,
        /// It fails at the first prompt.
        Gone,
        /// Its memory holds so many prompts at once.
        Full(usize),
    }

    /// Counts the prompts that a device has begun to read.
    struct Watched {
        runner: Cached<Cpu>,
        begun: Arc<AtomicUsize>,
        fault: Fault,
    }

    impl Runner for Watched {
        fn prefill(
            &mut self,
            prompts: &[&Layout],
            blending: Option<&Blending>,
            cancel: &Cancel,
            progress: &mut dyn FnMut(Reading),
        ) -> Result<Vec<SequenceId>, EngineError> {
            self.begun.fetch_add(prompts.len(), Ordering::Relaxed);
            match self.fault {
                Fault::Gone => return Err(EngineError::DeviceFailed("it has gone".to_owned())),
                Fault::Full(most) if prompts.len() > most => return Err(EngineError::DeviceFull),
                Fault::Full(_) | Fault::None => {}
            }
            self.runner.prefill(prompts, blending, cancel, progress)
        }

        fn decode_step(
            &mut self,
            tokens: &[(SequenceId, u32)],
            blending: Option<&Blending>,
        ) -> Result<(), EngineError> {
            self.runner.decode_step(tokens, blending)
        }

        fn logits(&mut self) -> Result<Vec<f32>, EngineError> {
            self.runner.logits()
        }

        fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError> {
            self.runner.argmax(groups)
        }

        fn forced(
            &mut self,
            prompts: &[&Layout],
            answer: &[u32],
            cancel: &Cancel,
        ) -> Result<Vec<Vec<f64>>, EngineError> {
            self.runner.forced(prompts, answer, cancel)
        }

        fn observe(
            &mut self,
            layout: &Layout,
            generated: &[u32],
            cancel: &Cancel,
        ) -> Result<Observed, EngineError> {
            self.runner.observe(layout, generated, cancel)
        }

        fn read_out(&mut self, residual: &[f32]) -> Result<Vec<f32>, EngineError> {
            self.runner.read_out(residual)
        }

        fn fork(&mut self, sequence: SequenceId) -> SequenceId {
            self.runner.fork(sequence)
        }

        fn release(&mut self, sequence: SequenceId) {
            self.runner.release(sequence);
        }
    }

    /// An engine with one CPU runner per entry that takes one task at a time.
    fn engine(faults: &[Fault], begun: &Arc<AtomicUsize>) -> Engine {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-llama");
        let model = ModelRef::Dir(folder);
        let files = Files::open(&model).expect("the fixture is there");
        let config = files.config(Watch::none()).expect("a config");
        let weights = files.weights(Watch::none()).expect("weights");
        let runner = |&fault: &Fault| {
            let cpu = Spread::one(Cpu::new(&config, Precision::Stored), &config);
            let cached = Cached::load(&config, cpu, &weights, &mut |_| Ok(()));
            Box::new(Watched {
                runner: cached.expect("the decoder loads"),
                begun: begun.clone(),
                fault,
            }) as Box<dyn Runner>
        };
        Engine {
            runners: faults.iter().map(runner).collect(),
            tokenizer: files.tokenizer(Watch::none()).expect("a tokenizer"),
            eos: config.eos.clone(),
            has_experts: false,
            about: About {
                model: model.to_string(),
                parameters: config.parameters(),
                device: "cpu,cpu".to_owned(),
                dtype: "f32".to_owned(),
                layers: config.layers,
                max_positions: config.max_positions,
                window: None,
                files: files.identity().expect("what the files hold"),
                hardware: String::new(),
            },
            vocabulary: config.vocab_size,
            batch: 1,
        }
    }

    fn request() -> Request {
        Request {
            method: Method::Flex,
            options: Preset::Fused.options(),
            blend: Blend::default(),
            context: Context::new("Fill in.", &[]),
            max_new_tokens: 2,
            until: None,
            stream: false,
            draws: None,
        }
    }

    fn tasks(count: usize) -> Vec<Task> {
        (0..count)
            .map(|id| Task {
                id,
                questions: vec![format!("Number {id} is [MASK].")],
                manual: 1,
                contexts: Vec::new(),
                groups: Vec::new(),
                labels: Vec::new(),
                confidence: None,
            })
            .collect()
    }

    /// Runs tasks; `sink` sees every event first. What each task generated, and how the run ended.
    fn run(
        engine: &mut Engine,
        count: usize,
        sink: &mut dyn FnMut(),
    ) -> (Vec<Option<String>>, Result<(), EngineError>) {
        let mut generated = vec![None; count];
        let ended = engine.run(
            &request(),
            &tasks(count),
            &mut |event| {
                sink();
                if let Event::Finished { task, answers } = event {
                    generated[task] = Some(answers[0].generation.clone());
                }
            },
            &Cancel::new(),
        );
        (generated, ended)
    }

    #[test]
    fn two_devices_answer_as_one_does() {
        let begun = Arc::default();
        let (one, ended) = run(&mut engine(&[Fault::None], &begun), 30, &mut || ());
        ended.expect("one device runs");
        let (two, ended) = run(&mut engine(&[Fault::None; 2], &begun), 30, &mut || ());
        ended.expect("two devices run");
        assert!(one.iter().all(Option::is_some));
        assert_eq!(one, two);
    }

    #[test]
    fn a_failing_device_ends_the_run() {
        let begun = Arc::default();
        let (generated, ended) = run(
            &mut engine(&[Fault::None, Fault::Gone], &begun),
            2_000,
            &mut || (),
        );
        let error = ended.expect_err("a device fails").to_string();
        assert!(error.contains("(it has gone)"), "{error}");
        let done = generated.iter().flatten().count();
        assert!(done < 1_000, "{done} tasks were done after it");
    }

    /// Work that does not fit is done in smaller parts; what does not fit alone ends the run.
    #[test]
    fn a_full_device_answers_in_smaller_parts() {
        let begun = Arc::default();
        let all_at_once = |fault: Fault, begun: &Arc<AtomicUsize>| {
            let mut engine = engine(&[fault], begun);
            engine.batch = 20;
            run(&mut engine, 20, &mut || ())
        };
        let (whole, ended) = all_at_once(Fault::None, &Arc::default());
        ended.expect("all fit");
        let (parts, ended) = all_at_once(Fault::Full(3), &begun);
        ended.expect("three fit");
        assert!(parts.iter().all(Option::is_some));
        assert_eq!(parts, whole);
        // 20, 10 + 10, 4 times 5, 4 times 3 + 2.
        assert_eq!(begun.load(Ordering::Relaxed), 80);
        let (none, ended) = all_at_once(Fault::Full(0), &begun);
        let error = ended.expect_err("not one fits").to_string();
        assert!(
            error.contains("--batch") && !error.contains('\n'),
            "{error}"
        );
        assert!(none.iter().all(Option::is_none));
    }

    #[test]
    fn devices_wait_for_a_sink_that_is_held() {
        const TASKS: usize = 300;
        let begun = Arc::default();
        let mut engine = engine(&[Fault::None; 2], &begun);
        let mut other = self::engine(&[Fault::None], &Arc::default());
        let mut held = true;
        let (generated, ended) = run(&mut engine, TASKS, &mut || {
            if std::mem::take(&mut held) {
                // As long as it takes another device to do all of it.
                run(&mut other, TASKS, &mut || ()).1.expect("it runs");
                // Every batch begun has told something, but for the two at hand.
                let begun = begun.load(Ordering::Relaxed);
                assert!(begun <= MOST_WAITING + 2, "{begun} of {TASKS} were begun");
            }
        });
        ended.expect("it runs on afterwards");
        assert!(generated.iter().all(Option::is_some));
    }
}
