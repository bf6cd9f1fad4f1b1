//! The engine's own thread: loads the model, carries out jobs, and says what happens.
//!
//! ```text
//! runtime ──Order──► worker thread ──Event──► runtime ──► App
//!         ──Switch─► (cancel, pause)
//! ```
//!
//! The screen never waits for it. Its panics stop at its border and show as a message; the model is then loaded anew.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::message::{Event, RunEvent, TokenText};
use super::panic;
use super::workspace::contrasting::{Rival, Rivals};
use super::workspace::looking::{Observation, Seen};
use super::workspace::runs::Job;
use super::workspace::step::Step;
use super::workspace::studying::{Found, Wish};
use crate::engine::{self, Cancel, Engine, EngineError, EngineSettings};
use crate::evaluate::{Update, evaluate};
use crate::inspect::{Attention, LookError, Mass, Sight, Study, Wanted};
use crate::model::Tokenizer;
use crate::prompt::Encode;

/// What the worker is told.
enum Order {
    Load(EngineSettings, Switch),
    Run(Arc<Job>, Switch),
    Observe(Box<Observation>, Switch),
    Study(Box<Wish>, Switch),
    Contrast(Box<Rival>, Switch),
}

/// Stops or holds what the worker does.
#[derive(Clone, Default)]
pub struct Switch {
    pub cancel: Cancel,
    paused: Arc<(Mutex<bool>, Condvar)>,
}

/// The worker as the runtime holds it.
pub struct Worker {
    orders: Sender<Order>,
    switch: Switch,
    /// That of the study under way: a run goes first.
    study: Switch,
}

impl Switch {
    fn set_paused(&self, paused: bool) {
        let (flag, changed) = &*self.paused;
        *flag.lock().unwrap_or_else(PoisonError::into_inner) = paused;
        changed.notify_all();
    }

    /// Waits while paused. Events come at every decode step, so a pause takes hold within one.
    fn hold(&self) {
        let (flag, changed) = &*self.paused;
        let mut paused = flag.lock().unwrap_or_else(PoisonError::into_inner);
        while *paused && !self.cancel.is_cancelled() {
            paused = changed.wait(paused).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Worker {
    /// Starts the thread. `say` takes its events and must not block.
    pub fn start(
        started: Instant,
        say: impl Fn(Event) + Clone + Send + 'static,
    ) -> std::io::Result<Worker> {
        let (orders, inbox) = channel();
        let failed = say.clone();
        panic::spawn(
            "engine",
            move |message| {
                failed(Event::Model(Err(format!(
                    "the engine's thread failed: {message}"
                ))))
            },
            move || serve(&inbox, started, &say),
        )?;
        Ok(Worker {
            orders,
            switch: Switch::default(),
            study: Switch::default(),
        })
    }

    /// Loads a model in place of the present one.
    pub fn load(&mut self, settings: EngineSettings) {
        self.cancel();
        self.switch = Switch::default();
        // The thread ends only with the program.
        let _ = self.orders.send(Order::Load(settings, self.switch.clone()));
    }

    pub fn run(&mut self, job: Arc<Job>) {
        self.study.cancel.cancel();
        self.switch = Switch::default();
        let _ = self.orders.send(Order::Run(job, self.switch.clone()));
    }

    /// Looks into an answer. Nothing runs meanwhile.
    pub fn observe(&mut self, observation: Box<Observation>) {
        self.switch = Switch::default();
        let switch = self.switch.clone();
        let _ = self.orders.send(Order::Observe(observation, switch));
    }

    /// Studies an answer, until a run or another study is asked for.
    pub fn study(&mut self, wish: Box<Wish>) {
        self.study.cancel.cancel();
        self.study = Switch::default();
        let _ = self.orders.send(Order::Study(wish, self.study.clone()));
    }

    /// Compares two answers, until a run or a study is asked for.
    pub fn contrast(&mut self, rival: Box<Rival>) {
        self.study.cancel.cancel();
        self.study = Switch::default();
        let _ = self.orders.send(Order::Contrast(rival, self.study.clone()));
    }

    pub fn cancel(&self) {
        self.study.cancel.cancel();
        self.switch.cancel.cancel();
        self.switch.set_paused(false);
    }

    pub fn pause(&self, paused: bool) {
        self.switch.set_paused(paused);
    }
}

fn serve(
    inbox: &Receiver<Order>,
    started: Instant,
    say: &(impl Fn(Event) + Clone + Send + 'static),
) {
    let mut engine: Option<Engine> = None;
    for order in inbox {
        match order {
            Order::Load(settings, switch) => {
                let loads =
                    |engine: &mut Option<Engine>| load(engine, &settings, &switch.cancel, say);
                match panic::guarded(|| loads(&mut engine)) {
                    Ok(Ok(loaded)) => {
                        say(Event::Model(Ok(loaded.about().clone())));
                        engine = Some(loaded);
                    }
                    Ok(Err(EngineError::Cancelled)) => {}
                    Ok(Err(error)) => match &engine {
                        Some(kept) => say(Event::Kept(kept.about().clone(), error.to_string())),
                        None => say(Event::Model(Err(error.to_string()))),
                    },
                    Err(panic) => say(Event::Model(Err(format!(
                        "loading the model failed: {panic}"
                    )))),
                }
            }
            Order::Run(job, switch) => {
                let generation = job.generation;
                let tell = |event| {
                    say(Event::Run {
                        generation,
                        at: started.elapsed(),
                        event,
                    })
                };
                let Some(loaded) = &mut engine else {
                    tell(RunEvent::Failed("no model is loaded".into()));
                    continue;
                };
                match panic::guarded(|| run(loaded, &job, &switch, &tell)) {
                    Ok(end) => tell(end),
                    Err(panic) => {
                        // Nobody knows what state the engine is in.
                        engine = None;
                        tell(RunEvent::Failed(format!("the engine failed: {panic}")));
                        say(Event::Model(Err(
                            "the engine failed and was put away".into()
                        )));
                    }
                }
            }
            Order::Observe(observation, switch) => {
                let version = observation.version;
                let seen = match &mut engine {
                    None => Err("no model is loaded".to_owned()),
                    Some(loaded) => {
                        let cancel = &switch.cancel;
                        panic::guarded(|| observe(loaded, *observation, cancel)).unwrap_or_else(
                            |panic| {
                                engine = None;
                                say(Event::Model(Err(
                                    "the engine failed and was put away".into()
                                )));
                                Err(format!("looking into the answer failed: {panic}"))
                            },
                        )
                    }
                };
                say(Event::Observed { version, seen });
            }
            Order::Study(wish, switch) => {
                let version = wish.version;
                let found = match &mut engine {
                    None => Some(Err("no model is loaded".to_owned())),
                    Some(loaded) => match panic::guarded(|| study(loaded, *wish, &switch.cancel)) {
                        Ok(found) => found,
                        Err(panic) => {
                            engine = None;
                            say(Event::Model(Err(
                                "the engine failed and was put away".into()
                            )));
                            Some(Err(format!("studying the answer failed: {panic}")))
                        }
                    },
                };
                say(Event::Studied { version, found });
            }
            Order::Contrast(rival, switch) => {
                let (version, other) = (rival.version, rival.other.clone());
                let found = match &mut engine {
                    None => Some(Err("no model is loaded".to_owned())),
                    Some(loaded) => {
                        match panic::guarded(|| Rivals::compute(loaded, *rival, &switch.cancel)) {
                            Ok(found) => found,
                            Err(panic) => {
                                engine = None;
                                say(Event::Model(Err(
                                    "the engine failed and was put away".into()
                                )));
                                Some(Err(format!("comparing the answers failed: {panic}")))
                            }
                        }
                    }
                };
                say(Event::Contrasted {
                    version,
                    other,
                    found,
                });
            }
        }
    }
}

/// Loads a model in place of the present one, which goes only when the files of the new one have been read.
fn load(
    present: &mut Option<Engine>,
    settings: &EngineSettings,
    cancel: &Cancel,
    say: &impl Fn(Event),
) -> Result<Engine, EngineError> {
    let mut words = None;
    let stands = present.is_some();
    let mut sink = |event| match event {
        engine::Event::Loading { what, done, total } => {
            say(Event::Loading(Step { what, done, total }))
        }
        engine::Event::Tokenizer(tokenizer) if stands => words = Some(tokenizer),
        // Masks need nothing more.
        engine::Event::Tokenizer(tokenizer) => say(Event::Words(Arc::new(tokenizer))),
        engine::Event::Note(note) => say(Event::Said(Ok(note))),
        _ => {}
    };
    let read = Engine::read(settings, &mut sink, cancel)?;
    // The old model's memory is free before the new one's is asked for.
    drop(present.take());
    if let Some(words) = words.take() {
        say(Event::Words(Arc::new(words)));
    }
    let mut sink = |event| match event {
        engine::Event::Loading { what, done, total } => {
            say(Event::Loading(Step { what, done, total }))
        }
        engine::Event::Note(note) => say(Event::Said(Ok(note))),
        _ => {}
    };
    read.load(&mut sink, cancel)
}

fn run(engine: &mut Engine, job: &Job, switch: &Switch, tell: &impl Fn(RunEvent)) -> RunEvent {
    let mut unanswered = None;
    for (index, (name, plan)) in job.plans.iter().enumerate() {
        let plan = &job.rest(plan);
        // Of several, what the device cannot compute is told when the others are done.
        if let (true, Err(error)) = (job.plans.len() > 1, engine.check(&plan.request())) {
            unanswered.get_or_insert_with(|| format!("{name}: {error}"));
            continue;
        }
        // Tokens of one fact at a time are enough for an eye, and thousands of events are not free.
        let mut followed = None;
        let mut sink = |update: Update| {
            switch.hold();
            match &update {
                Update::Engine(engine::Event::Token { task, .. }) => {
                    if *followed.get_or_insert(*task) != *task {
                        return;
                    }
                }
                Update::Engine(engine::Event::Reading(_) | engine::Event::Prefilled { .. }) => {}
                Update::Engine(_) => return,
                Update::Finished(finished) => {
                    followed = followed.filter(|task| *task != finished.fact)
                }
                Update::Failed { fact, error } => {
                    followed = followed.filter(|task| task != fact);
                    let uuid = &plan.data.facts[*fact].uuid;
                    unanswered.get_or_insert_with(|| format!("no answer to fact {uuid}: {error}"));
                }
            }
            tell(RunEvent::Update {
                plan: index,
                update,
            });
        };
        match evaluate(engine, plan, &mut sink, &switch.cancel) {
            Ok(()) => {}
            Err(error) if error.is_cancelled() => return RunEvent::Cancelled,
            Err(error) => return RunEvent::Failed(error.to_string()),
        }
    }
    unanswered.map_or(RunEvent::Done, RunEvent::Failed)
}

fn observe(engine: &mut Engine, observation: Observation, cancel: &Cancel) -> Result<Seen, String> {
    let Observation {
        version,
        layout,
        answer,
    } = observation;
    let observed = engine.observe(&layout, &answer, cancel);
    let observed = observed.map_err(|error| error.to_string())?;
    let attention = Attention::new(layout, observed);
    let mut mass = Mass::of_all(&attention);
    // The last token is read by nobody yet.
    mass.truncate(answer.len());
    Ok(Seen {
        version,
        attention: Arc::new(attention),
        mass: Arc::new(mass),
    })
}

/// `None` where it was cancelled.
fn study(engine: &mut Engine, wish: Wish, cancel: &Cancel) -> Option<Result<Box<Found>, String>> {
    let tokenizer = engine.tokenizer().clone();
    let frame = match wish.plan.context().frame(&tokenizer) {
        Ok(frame) => frame,
        Err(error) => return Some(Err(error.to_string())),
    };
    let first = |answer: &String| frame.answer(&tokenizer, answer).first().copied();
    let gold = wish.gold.as_ref().and_then(first);
    let wanted = Wanted {
        gold,
        ..Wanted::default()
    };
    let asked = (&wish.plan.request(), &wish.plan.task(wish.fact));
    let study = Study::new(engine, &wish.attention, &wish.answer, asked, wanted, cancel);
    let study = match study {
        Ok(study) => study,
        Err(LookError::Engine(EngineError::Cancelled)) => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    let best = |sight: &Sight| tokenizer.text(sight.best);
    let layers = |layers: &Vec<Sight>| layers.iter().map(best).collect();
    Some(Ok(Box::new(Found {
        version: wish.version,
        best: study.lens.iter().map(layers).collect(),
        gold: gold.map(|id| tokenizer.text(id)),
        study,
    })))
}

impl TokenText for Tokenizer {
    fn text(&self, id: u32) -> String {
        Tokenizer::text(self, id)
    }
}

// The tokenizer crosses to the main thread while the engine keeps its own.
const _: fn() = || {
    fn crosses<T: Send + Sync + Encode>() {}
    crosses::<Tokenizer>();
};
