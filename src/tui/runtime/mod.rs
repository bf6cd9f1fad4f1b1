//! The event loop: events from all threads in, effects out, a frame when something changed.

mod host;
mod sources;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

use ratatui::crossterm::event as term;

use super::app::{App, Event};
use super::archive::{Archive, Folder, MOST, MOST_BYTES, Order};
use super::config::Config;
use super::frames::Frames;
use super::signals::{self, Signal};
use super::state::{read_memory, state_folder, write_memory};
use super::terminal::{self, Screen};
use super::worker::Worker;
use super::{Error, Options, panic};
use crate::sets;
use host::{Host, Next};
use sources::{load_data, translate, watch_terminal};

/// Whether pictures are drawn, for one session.
const GRAPHICS: &str = "LAMASCOPE_GRAPHICS";

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
    panic::install(thread::current().id(), terminal::restore, move |message| {
        let message = format!("a thread failed: {message}");
        fatal.send(Message::Fatal(message)).is_ok()
    });
    let signal = sender.clone();
    signals::watch(move |what| drop(signal.send(Message::Signal(what))))?;
    let mut screen = Screen::enter(config.mouse)?;
    let mut start = options.start(folder.clone(), config.mouse);
    let start_data = start.inputs.data.clone();
    let state = state_folder();
    let remembered = match options.fresh {
        true => Ok(None),
        false => read_memory(&state),
    };
    let (memory, unknown) = match remembered {
        Ok(memory) => (memory, None),
        Err(message) => (None, Some(message)),
    };
    let look = memory.as_ref().map(|memory| memory.look.clone());
    if let Some(memory) = memory {
        memory.lay_under(&mut start, options.given);
    }
    let mut app = App::new(start, config.keymap, theme, screen.size()?);
    // The environment wins over the file.
    let graphics = match std::env::var(GRAPHICS) {
        Ok(word) => word.parse().map_err(|why| Error::Graphics(word, why))?,
        Err(_) => config.graphics,
    };
    app.work.graphics = Screen::graphics(graphics);
    if let Some(look) = look {
        app.look_as(&look, config.theme);
    }
    if let Some(message) = unknown {
        app.work.note(message);
    }
    // The first frame stands before anything is loaded.
    screen.draw(&mut app)?;
    app.take_dirty();

    watch_terminal(sender.clone())?;
    let data = start_data;
    let switch = Arc::default();
    load_data(&data, Arc::clone(&switch), sender.clone())?;
    let runs = Folder::new(state.join("runs"), MOST, MOST_BYTES);
    let say = sender.clone();
    let archive = Archive::start(runs, move |event| drop(say.send(Message::Event(event))))?;
    archive.order(Order::List);
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
        origins: HashMap::new(),
        archive,
        data: data.clone(),
        next_data: Some((data, switch)),
        sweep: options.sweep,
        folder,
        mouse: config.mouse,
        graphics,
    };
    host.read_sets();
    host.serve(&mut app, &inbox, &mut frames)?;
    // Where it cannot be written, the next session begins as this one did.
    let memory = app.remember(config.theme);
    let _ = write_memory(&state, &memory);
    Ok(())
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
        if let Message::Event(Event::Data(Ok(_))) = &message
            && let Some((data, _)) = self.next_data.take()
        {
            self.data = data;
        }
        let event = match message {
            Message::Event(event) => Some(event),
            Message::Terminal(event) => {
                if matches!(event, term::Event::Resize(..)) {
                    app.work.graphics = Screen::graphics(self.graphics);
                }
                translate(event)
            }
            Message::Signal(Signal::End) => Some(Event::End),
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
            if self.carry_out(app, effect)? == Next::Leave {
                return Ok(Next::Leave);
            }
        }
        Ok(Next::Go)
    }
}
