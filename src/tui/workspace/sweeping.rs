//! A sweep's cells as one run on screen.

use std::path::PathBuf;
use std::sync::Arc;

use super::Workspace;
use super::runs::{Job, Scope};
use crate::data::Dataset;
use crate::evaluate::Plan;
use crate::numbers::count;
use crate::tui::message::Effect;

/// What the file of a sweep asks of the data on screen.
#[derive(Debug, Clone)]
pub struct SweepPlans {
    /// `capitals.toml`
    pub name: String,
    /// Each cell by what tells it from the others.
    pub cells: Vec<(String, Plan)>,
    /// What the reader should know of them.
    pub notes: Vec<String>,
}

impl Workspace {
    /// Asks for the cells of a file.
    pub(in crate::tui) fn open_sweep(&mut self, path: PathBuf) -> Vec<Effect> {
        let data = self.data().cloned();
        match (data, self.ready().map(|_| ())) {
            (None, _) => self.complain("no sweep: the data is still being read".into()),
            (_, Err(why)) => self.complain(why),
            (Some(data), Ok(())) => {
                self.say(format!("reading {}", path.display()));
                return vec![Effect::ReadSweep(path, data)];
            }
        }
        Vec::new()
    }

    /// Runs the cells of a file, one after the other.
    pub(in crate::tui) fn take_sweep(&mut self, read: Result<SweepPlans, String>) -> Vec<Effect> {
        let job = read.and_then(|sweep| self.sweep(sweep));
        match job {
            Ok(job) => self.enqueue(job),
            Err(message) => {
                self.complain(message);
                Vec::new()
            }
        }
    }

    fn sweep(&mut self, sweep: SweepPlans) -> Result<Job, String> {
        self.ready()?;
        let SweepPlans { name, cells, notes } = sweep;
        let data: &Arc<Dataset> = self.data().ok_or("the data is still being read")?;
        if cells.iter().any(|(_, plan)| !Arc::ptr_eq(&plan.data, data)) {
            return Err(format!("{name}: other data have been opened meanwhile"));
        }
        let generation = self.runs.next_generation();
        let scope = Scope::Sweep(generation);
        let dot = self.theme.symbols.dot();
        notes.into_iter().for_each(|note| self.note(note));
        Ok(Job {
            generation,
            scope,
            title: format!("{name} {dot} {}", count(cells.len(), "cell")),
            about: name,
            plans: cells
                .into_iter()
                .map(|(label, plan)| (label, Arc::new(plan)))
                .collect(),
            model: self.models,
            is_demo: self.is_demo(),
            settings: self.settings(scope),
            seed: self.start.shots.drawn().1,
            left_out: 0,
            continues: None,
        })
    }
}
