//! Where effects happen: terminal, engine thread and files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use super::Message;
use super::sources::load_data;
use crate::engine::{About, EngineSettings};
use crate::inspect::Heat;
use crate::model::ModelError;
use crate::sets::{self, SetError};
use crate::tui::app::{App, Effect, Event, Question, Refusal, Step};
use crate::tui::archive::{Archive, Keep};
use crate::tui::graphics::Choice;
use crate::tui::save::{Origin, copy, save, save_view};
use crate::tui::terminal::{self, Screen};
use crate::tui::worker::Worker;
use crate::tui::workspace::inputs::DataRef;
use crate::tui::workspace::looking::Picture;
use crate::tui::{Error, SweepReader, panic, signals};

/// Everything that effects act on.
pub struct Host {
    pub screen: Screen,
    pub worker: Worker,
    pub sender: Sender<Message>,
    /// Settings of the model that is loaded or being loaded.
    pub engine: EngineSettings,
    /// What the model that is loaded runs on.
    pub about: Option<About>,
    /// Where the answers of each run come from, by its generation, whatever is loaded after it.
    pub origins: HashMap<u64, Origin>,
    pub archive: Archive,
    /// The data on screen, and those that are being read with what stops that.
    pub data: DataRef,
    pub next_data: Option<(DataRef, Arc<AtomicBool>)>,
    /// Reads the file of a sweep.
    pub sweep: SweepReader,
    pub folder: PathBuf,
    pub mouse: bool,
    /// Whether pictures are drawn.
    pub graphics: Choice,
}

/// What the screen is told about a file that was to be saved.
fn answer(saved: Result<String, Refusal>, question: Question, path: &Path) -> Event {
    match saved {
        Ok(message) => Event::Said(Ok(message)),
        Err(refusal) => Event::Refused {
            question,
            answer: path.to_string_lossy().into_owned(),
            refusal,
        },
    }
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
pub enum Next {
    Go,
    Leave,
}

impl Host {
    /// Does what the state machine asks for.
    pub fn carry_out(&mut self, app: &mut App, effect: Effect) -> Result<Next, Error> {
        match effect {
            Effect::Quit => return Ok(Next::Leave),
            Effect::Suspend => self.suspend(app)?,
            Effect::Mouse(on) => {
                self.mouse = on;
                self.screen.set_mouse(on)?;
            }
            Effect::Redraw => self.screen.clear()?,
            Effect::Copy(text) => self.screen.copy(&text)?,
            Effect::LoadModel(name) => match name.map(|name| name.parse()).transpose() {
                Ok(model) => {
                    if let Some(model) = model {
                        self.engine.model = model;
                    }
                    self.tell(Event::Loading(Step::new("loading model")));
                    self.worker.load(self.engine.clone());
                }
                Err(error) => {
                    let error: ModelError = error;
                    self.said::<String, _>(Err(error));
                }
            },
            Effect::LoadData(data) => {
                self.leave_data();
                let switch = Arc::default();
                load_data(&data, Arc::clone(&switch), self.sender.clone())?;
                self.next_data = Some((data, switch));
            }
            Effect::LeaveData => self.leave_data(),
            Effect::ReadSweep(path, data) => {
                let plan = self.sweep;
                self.aside("sweep", move || Event::Sweep(plan(&path, &data)))?;
            }
            Effect::Start(job) => {
                if let Some(about) = self.about.clone() {
                    let origin = Origin {
                        about,
                        path: self.engine.path.to_string(),
                        data: self.data.source.to_string(),
                    };
                    self.origins.insert(job.generation, origin);
                }
                self.worker.run(job);
            }
            Effect::Observe(observation) => self.worker.observe(observation),
            Effect::Study(wish) => self.worker.study(wish),
            Effect::Contrast(rival) => self.worker.contrast(rival),
            Effect::Warm(attention, picture) => self.aside("attention", move || {
                let Picture {
                    heads,
                    grid,
                    rows,
                    keys,
                    ..
                } = &*picture;
                let of = || Heat::new(&attention, *heads, grid, rows.clone(), keys.clone());
                let heat = panic::guarded(of).ok();
                Event::Warmed(*picture, heat)
            })?,
            Effect::Judge(case) => self.aside("judge", move || {
                let unjudged = case.unjudged();
                Event::Judged(panic::guarded(|| case.judge()).unwrap_or(unjudged))
            })?,
            Effect::Cancel => self.worker.cancel(),
            Effect::Pause(on) => self.worker.pause(on),
            Effect::Save {
                path,
                overwrite,
                job,
                rows,
            } => {
                let Some(origin) = self.origins.get(&job.generation).cloned() else {
                    self.said::<String, _>(Err("no model has run: there is nothing to save"));
                    return Ok(Next::Go);
                };
                let generation = job.generation;
                self.aside("save", move || {
                    let saved = save(&path, overwrite, &job, &rows, &origin);
                    answer(saved, Question::SavePath(generation), &path)
                })?;
            }
            Effect::SaveView {
                path,
                overwrite,
                form,
                exported,
            } => self.aside("save", move || {
                let saved = save_view(&path, overwrite, form, &exported);
                answer(saved, Question::ViewPath, &path)
            })?,
            Effect::CopyFile {
                generation,
                from,
                path,
                overwrite,
            } => self.aside("save", move || {
                let copied = copy(&from, &path, overwrite);
                answer(copied, Question::SavePath(generation), &path)
            })?,
            Effect::Keep { job, plan, rows } => {
                if let Some(origin) = self.origins.get(&job.generation).cloned() {
                    self.archive.keep(Keep {
                        job,
                        plan,
                        rows,
                        origin,
                    });
                }
            }
            Effect::Archive(order) => self.archive.order(order),
            Effect::ReadSets => self.read_sets(),
            Effect::WriteSet { set, replace } => {
                let saved = sets::save(&self.folder, &set, replace);
                self.read_sets();
                self.tell(match saved {
                    Ok(path) => Event::Said(Ok(format!("saved as {}", path.display()))),
                    Err(error) => Event::Refused {
                        question: Question::SetName,
                        answer: set.name,
                        refusal: match error {
                            SetError::Exists { .. } => Refusal::Exists,
                            other => Refusal::Failed(other.to_string()),
                        },
                    },
                });
            }
            Effect::DeleteSet(name) => {
                let deleted = sets::delete(&self.folder, &name);
                self.read_sets();
                self.said(deleted.map(|()| format!("set {name} is gone")));
            }
        }
        Ok(Next::Go)
    }

    /// Stops reading data.
    fn leave_data(&mut self) {
        if let Some((_, switch)) = self.next_data.take() {
            switch.store(true, Ordering::Relaxed);
        }
    }

    /// Does something slow on a thread of its own; the screen is told how it went.
    fn aside(
        &self,
        name: &str,
        work: impl FnOnce() -> Event + Send + 'static,
    ) -> Result<(), Error> {
        let (done, failed) = (self.sender.clone(), self.sender.clone());
        panic::spawn(
            name,
            move |message| drop(failed.send(Message::Event(Event::Said(Err(message))))),
            move || drop(done.send(Message::Event(work()))),
        )?;
        Ok(())
    }

    /// Tells the screen how something went.
    fn said<T: Into<String>, E: ToString>(&self, outcome: Result<T, E>) {
        let outcome = outcome.map(Into::into).map_err(|error| error.to_string());
        self.tell(Event::Said(outcome));
    }

    fn tell(&self, event: Event) {
        // The receiver lives as long as this.
        let _ = self.sender.send(Message::Event(event));
    }

    /// Tells the screen which template sets there are, and what is wrong with the others.
    pub fn read_sets(&self) {
        let (sets, broken) = match sets::list(&self.folder) {
            Ok((sets, broken)) => (Ok(sets), broken),
            Err(error) => (Err(error.to_string()), Vec::new()),
        };
        self.tell(Event::Sets(sets));
        for error in broken {
            self.said::<String, _>(Err(error));
        }
    }

    /// Gives the terminal back and stops; goes on when the shell says so.
    pub fn suspend(&mut self, app: &mut App) -> Result<(), Error> {
        terminal::restore();
        if let Err(error) = signals::stop_here() {
            self.said::<String, _>(Err(format!("cannot suspend: {error}")));
        }
        self.resume(app)
    }

    /// Takes the terminal again, whatever size it has now.
    pub fn resume(&mut self, app: &mut App) -> Result<(), Error> {
        self.screen.resume(self.mouse)?;
        let (columns, rows) = self.screen.size()?;
        app.handle(Event::Resize(columns, rows));
        Ok(())
    }
}
