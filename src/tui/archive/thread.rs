//! The thread that touches the folder: orders in turn.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use super::entry::title;
use super::{Compared, Counts, Entry, Folder, Listing, News, Order, Pinned, Which};
use crate::evaluate::Count;
use crate::results::{Error, Report, read_rows, write_feather};
use crate::tui::message::Event;
use crate::tui::panic;
use crate::tui::save::{Origin, at_home, configuration, in_data_order};
use crate::tui::workspace::proposed;
use crate::tui::workspace::runs::{Job, Opened, Scored};

/// A run that is to be kept.
pub struct Keep {
    pub job: Arc<Job>,
    /// Which of its plans.
    pub plan: usize,
    pub rows: Arc<Vec<Scored>>,
    pub origin: Origin,
}

enum Task {
    Keep(Keep),
    Order(Order),
}

/// The thread as the runtime holds it.
pub struct Archive {
    tasks: Option<Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl Archive {
    /// Starts the thread. `say` takes its news and must not block.
    pub fn start(
        folder: Folder,
        say: impl Fn(Event) + Clone + Send + 'static,
    ) -> std::io::Result<Self> {
        let (tasks, inbox) = channel();
        let failed = say.clone();
        let thread = panic::spawn(
            "archive",
            move |message| {
                let message = format!("runs are not kept any more: {message}");
                failed(Event::Said(Err(message)));
            },
            move || serve(&folder, &inbox, &|news| say(Event::Archive(news))),
        )?;
        Ok(Archive {
            tasks: Some(tasks),
            thread: Some(thread),
        })
    }

    pub fn keep(&self, keep: Keep) {
        self.send(Task::Keep(keep));
    }

    pub fn order(&self, order: Order) {
        self.send(Task::Order(order));
    }

    fn send(&self, task: Task) {
        if let Some(tasks) = &self.tasks {
            // Where the thread has failed, it has said so.
            let _ = tasks.send(task);
        }
    }
}

/// What is to be kept is kept before the program ends.
impl Drop for Archive {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread knows between two orders.
struct Server<'a> {
    folder: &'a Folder,
    /// Read once, although every list tells of it.
    pinned: Option<Arc<Pinned>>,
    /// Under which name a plan of a run was kept last: what comes back later takes its place.
    known: HashMap<(u64, usize), String>,
    /// It has been said that runs cannot be kept.
    complained: bool,
}

fn serve(folder: &Folder, inbox: &Receiver<Task>, say: &dyn Fn(News)) {
    let mut server = Server {
        folder,
        pinned: None,
        known: HashMap::new(),
        complained: false,
    };
    for task in inbox {
        server.carry_out(task, say);
    }
}

impl Server<'_> {
    fn carry_out(&mut self, task: Task, say: &dyn Fn(News)) {
        let order = match task {
            Task::Keep(keep) => {
                let generation = keep.job.generation;
                match self.keep(&keep) {
                    Ok(id) => say(News::Kept { generation, id }),
                    // Once is enough: it will not become true any sooner.
                    Err(error) if !self.complained => {
                        self.complained = true;
                        say(News::Failed(format!("runs are not kept: {error}")));
                    }
                    Err(_) => {}
                }
                return say(News::Listed(self.list()));
            }
            Task::Order(order) => order,
        };
        let done = match &order {
            Order::List => Ok(()),
            Order::Rename { id, name } => self.folder.rename(id, name),
            Order::Delete(id) => self.folder.delete(id),
            Order::Pin(id) => self.folder.pin(id.as_deref()),
            Order::Open(which) => {
                return say(match self.open(which) {
                    Ok(opened) => News::Opened(Box::new(opened)),
                    Err(error) => News::Failed(error.to_string()),
                });
            }
            Order::Compare { id, with } => {
                let files = [with, id].map(|id| self.folder.result(id));
                return say(match Report::read(&files) {
                    Ok(report) => News::Compared {
                        id: id.clone(),
                        with: with.clone(),
                        outcome: compared(report),
                    },
                    Err(error) => News::Failed(error.to_string()),
                });
            }
        };
        if let Err(error) = done {
            say(News::Failed(error.to_string()));
        }
        say(News::Listed(self.list()));
    }

    fn list(&mut self) -> Listing {
        let pinned = self.folder.pinned();
        let known = self.pinned.as_ref().map(|pinned| &pinned.id);
        if pinned.as_ref() != known {
            self.pinned = pinned.and_then(|id| {
                let (_, rows) = read_rows(&self.folder.result(&id)).ok()?;
                Some(Arc::new(Pinned::new(id, rows.into_iter())))
            });
        }
        Listing {
            runs: self.folder.list(),
            pinned: self.pinned.clone(),
            now: now(),
        }
    }

    fn keep(
        &mut self,
        Keep {
            job,
            plan,
            rows,
            origin,
        }: &Keep,
    ) -> Result<String, Error> {
        let rows = in_data_order(rows);
        let configuration = configuration(job, *plan, &rows, origin);
        let mut of = rows.clone();
        of.dedup_by_key(|scored| scored.fact);
        let mut count = Count::default();
        for of_fact in rows.chunk_by(|a, b| a.fact == b.fact) {
            count.add(of_fact.iter().map(|one| &one.row));
        }
        let counts = Counts {
            rows: count.n,
            right: count.correct,
            facts: of.len(),
            of: job.plans[*plan].1.facts.len(),
            interval: count.interval(),
        };
        let mut entry = Entry::new(&configuration, counts, now());
        entry.title = format!("{} · {}", job.about, job.plans[*plan].0);
        if counts.is_partial() {
            entry.asked = job.asked_by_uuid(*plan);
        }
        let place = (job.generation, *plan);
        let continued = job.continues.as_ref().map(|one| one.id.clone());
        let before = self.known.get(&place).cloned().or(continued);
        entry.name = (before.as_ref()).and_then(|id| self.folder.read(id, 0)?.name);
        let write = |path: &Path| {
            write_feather(path, false, &configuration, |put| {
                rows.iter().try_for_each(|scored| put(&scored.row))
            })
        };
        let name = proposed(job, *plan);
        let id = self
            .folder
            .keep(name.trim_end_matches(".feather"), &entry, write)?;
        self.known.insert(place, id.clone());
        if let Some(before) = before.filter(|before| *before != id) {
            if self.folder.pinned().as_ref() == Some(&before) {
                self.folder.pin(Some(&id))?;
            }
            self.folder.delete(&before)?;
        }
        Ok(id)
    }

    fn open(&self, which: &Which) -> Result<Opened, Error> {
        let (id, path) = match which {
            Which::Kept(id) => (Some(id.clone()), self.folder.result(id)),
            Which::File(path) => (None, at_home(path)),
        };
        let (configuration, rows) = read_rows(&path)?;
        let entry = id.as_ref().and_then(|id| self.folder.read(id, 0));
        let file_name = || name_of(&path);
        let title = match (&entry, &configuration) {
            (Some(entry), _) => entry.label().to_owned(),
            (None, Some(configuration)) => title(configuration),
            (None, None) => file_name(),
        };
        Ok(Opened {
            id,
            title,
            configuration,
            asked: entry.and_then(|entry| entry.asked),
            rows,
            path,
        })
    }
}

/// The second run of a report against its first.
fn compared(report: Report) -> Option<Compared> {
    let trained = |run: usize| report.runs.get(run).map_or(0, |run| run.trained());
    let trained = (trained(0), trained(1));
    let comparison = report.comparisons.into_iter().next()?;
    Some(Compared {
        comparison,
        trained,
    })
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
