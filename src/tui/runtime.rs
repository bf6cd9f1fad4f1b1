//! The event loop: events from all threads in, effects out, a frame when something changed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Instant;

use ratatui::crossterm::event as term;

use super::app::{App, Effect, Event, Mouse, MouseKind};
use super::config::Config;
use super::frames::Frames;
use super::keymap::Key;
use super::save::{Origin, save};
use super::signals::{self, Signal};
use super::terminal::{self, Screen};
use super::worker::{self, Worker};
use super::{Error, Options, guard};
use crate::data::{Dataset, Progress, Stage, Watch};
use crate::engine::{About, EngineSettings};
use crate::sets;

/// What reaches the event loop.
enum Message {
    Event(Event),
    Terminal(term::Event),
    Signal(Signal),
    /// A thread without which there is no explorer has failed.
    Fatal(String),
}

/// Opens the explorer and returns when the user leaves it.
pub fn run(options: Options) -> Result<(), Error> {
    let started = Instant::now();
    if !terminal::is_there() {
        return Err(Error::NoTerminal);
    }
    let folder = sets::config_folder().unwrap_or_else(|_| PathBuf::from("."));
    let config = Config::read(&folder.join("config.toml"))?;
    let theme = config.theme(|name| std::env::var(name).ok());
    let (sender, inbox) = channel();
    let fatal = sender.clone();
    guard::install(thread::current().id(), terminal::restore, move |message| {
        let message = format!("a thread failed: {message}");
        fatal.send(Message::Fatal(message)).is_ok()
    });
    let signal = sender.clone();
    signals::watch(move |what| drop(signal.send(Message::Signal(what))))?;
    let mut screen = Screen::enter(config.mouse)?;
    let start = options.start(folder.clone(), config.mouse);
    let mut app = App::new(start, config.keymap, theme, screen.size()?);
    // The first frame stands before anything is loaded.
    screen.draw(&mut app)?;
    app.take_dirty();

    watch_terminal(sender.clone())?;
    load_data(&options, sender.clone())?;
    let say = sender.clone();
    let mut worker = Worker::start(started, move |event| drop(say.send(Message::Event(event))))?;
    worker.load(options.engine.clone());

    let mut frames = Frames::default();
    frames.drawn(Instant::now());
    let mut host = Host {
        screen,
        worker,
        sender,
        engine: options.engine.clone(),
        about: None,
        origin: Origin::default(),
        options,
        folder,
        mouse: config.mouse,
    };
    host.carry_out(Effect::ReadSets)?;
    host.serve(&mut app, &inbox, &mut frames)
}

/// Everything that effects act on.
struct Host {
    screen: Screen,
    worker: Worker,
    sender: Sender<Message>,
    /// Settings of the model that is loaded or being loaded.
    engine: EngineSettings,
    /// What the model that is loaded runs on.
    about: Option<About>,
    /// Where the answers of the run on screen come from, whatever is loaded after it.
    origin: Origin,
    options: Options,
    folder: PathBuf,
    mouse: bool,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Leave,
}

impl Host {
    fn serve(
        &mut self,
        app: &mut App,
        inbox: &Receiver<Message>,
        frames: &mut Frames,
    ) -> Result<(), Error> {
        loop {
            // Asleep until something happens; while a frame waits for its time, until then.
            let first = match frames.wait(Instant::now()) {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(wait) => inbox.recv_timeout(wait),
            };
            match first {
                Ok(message) => {
                    // All that has come in meanwhile makes one frame.
                    for message in std::iter::once(message).chain(inbox.try_iter()) {
                        if self.take(app, message)? == Next::Leave {
                            return Ok(());
                        }
                    }
                    if app.take_dirty() {
                        frames.want();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if frames
                .wait(Instant::now())
                .is_some_and(|wait| wait.is_zero())
            {
                self.screen.draw(app)?;
                frames.drawn(Instant::now());
            }
        }
    }

    fn take(&mut self, app: &mut App, message: Message) -> Result<Next, Error> {
        if let Message::Event(Event::Model(Ok(about))) = &message {
            self.about = Some(about.clone());
        }
        let event = match message {
            Message::Event(event) => Some(event),
            Message::Terminal(event) => translate(event),
            Message::Signal(Signal::End) => return Ok(Next::Leave),
            Message::Signal(Signal::Suspend) => {
                self.suspend(app)?;
                None
            }
            Message::Signal(Signal::Resume) => {
                self.resume(app)?;
                None
            }
            Message::Fatal(message) => return Err(Error::Thread(message)),
        };
        for effect in event.map(|event| app.handle(event)).unwrap_or_default() {
            match effect {
                Effect::Quit => return Ok(Next::Leave),
                Effect::Suspend => self.suspend(app)?,
                Effect::Mouse(on) => {
                    self.mouse = on;
                    self.screen.set_mouse(on)?;
                }
                effect => self.carry_out(effect)?,
            }
        }
        Ok(Next::Go)
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), Error> {
        match effect {
            Effect::Quit | Effect::Suspend | Effect::Mouse(_) => {}
            Effect::Redraw => self.screen.clear()?,
            Effect::Copy(text) => self.screen.copy(&text)?,
            Effect::LoadModel { demo } => {
                if demo {
                    self.engine = worker::demo(&self.engine);
                }
                self.worker.load(self.engine.clone());
            }
            Effect::Start(job) => {
                self.origin = Origin {
                    model: self.engine.model.to_string(),
                    about: self.about.clone(),
                    path: self.engine.path.to_string(),
                    data: self.options.data.to_string(),
                };
                self.worker.run(job);
            }
            Effect::Cancel => self.worker.cancel(),
            Effect::Pause(on) => self.worker.pause(on),
            Effect::Save { path, job, rows } => {
                let origin = self.origin.clone();
                self.aside("save", move || {
                    save(&path, &job, &rows, &origin).map(|message| Event::Saved {
                        generation: job.generation,
                        rows: rows.len(),
                        message,
                    })
                })?;
            }
            Effect::ReadSets => self.read_sets(),
            Effect::WriteSet(set) => {
                let saved = sets::save(&self.folder, &set);
                self.said(saved.map(|path| format!("saved as {}", path.display())));
                self.read_sets();
            }
            Effect::DeleteSet(name) => {
                self.said(
                    sets::delete(&self.folder, &name).map(|()| format!("set {name} is gone")),
                );
                self.read_sets();
            }
            Effect::WriteShots { path, shots } => {
                let written = std::fs::create_dir_all(&self.folder)
                    .and_then(|()| Ok(serde_json::to_vec_pretty(&*shots)?))
                    .and_then(|text| std::fs::write(&path, text));
                if let Err(error) = written {
                    self.said::<String, _>(Err(format!("{}: {error}", path.display())));
                }
            }
        }
        Ok(())
    }

    /// Does something slow on a thread of its own; the screen is told how it went.
    fn aside(
        &self,
        name: &str,
        work: impl FnOnce() -> Result<Event, String> + Send + 'static,
    ) -> Result<(), Error> {
        let (done, failed) = (self.sender.clone(), self.sender.clone());
        let wrong = |message| Event::Said(Err(message));
        guard::spawn(
            name,
            move |message| drop(failed.send(Message::Event(wrong(message)))),
            move || drop(done.send(Message::Event(work().unwrap_or_else(wrong)))),
        )?;
        Ok(())
    }

    fn said<T: Into<String>, E: ToString>(&self, outcome: Result<T, E>) {
        let outcome = outcome.map(Into::into).map_err(|error| error.to_string());
        // The receiver lives as long as this.
        let _ = self.sender.send(Message::Event(Event::Said(outcome)));
    }

    fn read_sets(&self) {
        let sets = sets::list(&self.folder).map_err(|error| error.to_string());
        let _ = self.sender.send(Message::Event(Event::Sets(sets)));
    }

    fn suspend(&mut self, app: &mut App) -> Result<(), Error> {
        terminal::restore();
        if let Err(error) = signals::stop_here() {
            self.said::<String, _>(Err(format!("cannot suspend: {error}")));
        }
        self.resume(app)
    }

    fn resume(&mut self, app: &mut App) -> Result<(), Error> {
        self.screen.resume(self.mouse)?;
        let (columns, rows) = self.screen.size()?;
        app.handle(Event::Resize(columns, rows));
        Ok(())
    }
}

/// Reads keys, mouse and sizes on a thread of its own.
fn watch_terminal(sender: Sender<Message>) -> Result<(), Error> {
    let failed = sender.clone();
    guard::spawn(
        "input",
        move |message| drop(failed.send(Message::Fatal(message))),
        move || {
            loop {
                let message = match term::read() {
                    Ok(event) => Message::Terminal(event),
                    // A signal came, which is not the terminal's fault.
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(error) => {
                        Message::Fatal(format!("the terminal cannot be read any more: {error}"))
                    }
                };
                let last = matches!(message, Message::Fatal(_));
                if sender.send(message).is_err() || last {
                    return;
                }
            }
        },
    )?;
    Ok(())
}

/// Loads the data on a thread of its own.
fn load_data(options: &Options, sender: Sender<Message>) -> Result<(), Error> {
    let (source, style) = (options.data.clone(), options.style);
    let failed = sender.clone();
    guard::spawn(
        "data",
        move |message| drop(failed.send(Message::Event(Event::Data(Err(message))))),
        move || {
            let progress = sender.clone();
            let report = move |progress_now: Progress| {
                let what = match progress_now.stage {
                    Stage::Download => "data from the hub",
                    Stage::Rows | Stage::Bytes => "data",
                };
                let Progress { done, total, .. } = progress_now;
                drop(progress.send(Message::Event(Event::Loading {
                    what: what.to_owned(),
                    done,
                    total,
                })));
            };
            let never = std::sync::atomic::AtomicBool::new(false);
            let loaded = Dataset::load(
                &source,
                style,
                Watch {
                    cancel: &never,
                    report: &report,
                },
            );
            let event = Event::Data(loaded.map(Arc::new).map_err(|error| error.to_string()));
            drop(sender.send(Message::Event(event)));
        },
    )?;
    Ok(())
}

/// What a terminal event means; `None` for what means nothing here.
fn translate(event: term::Event) -> Option<Event> {
    match event {
        term::Event::Key(key) if key.kind != term::KeyEventKind::Release => {
            Some(Event::Key(Key::from(key)))
        }
        term::Event::Paste(text) => Some(Event::Paste(text)),
        term::Event::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        term::Event::Mouse(mouse) => {
            let kind = match mouse.kind {
                term::MouseEventKind::Down(term::MouseButton::Left) => MouseKind::Press,
                term::MouseEventKind::Drag(term::MouseButton::Left) => MouseKind::Drag,
                term::MouseEventKind::ScrollUp => MouseKind::ScrollUp,
                term::MouseEventKind::ScrollDown => MouseKind::ScrollDown,
                term::MouseEventKind::ScrollLeft => MouseKind::ScrollLeft,
                term::MouseEventKind::ScrollRight => MouseKind::ScrollRight,
                _ => return None,
            };
            Some(Event::Mouse(Mouse {
                kind,
                column: mouse.column,
                row: mouse.row,
            }))
        }
        _ => None,
    }
}
