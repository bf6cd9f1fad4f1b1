//! The file of a sweep while it grows.

use std::path::PathBuf;

use super::SweepConfiguration;
use crate::evaluate::{Finished, Plan, Row};
use crate::results::feather::write_sweep;
use crate::results::journal::{Entry, Head, Journal};
use crate::results::{Configuration, Error, Table, Target};

/// Takes finished facts of all cells as they come and makes the file at the end.
pub struct SweepOutput {
    target: Target,
    sweep: SweepConfiguration,
    journal: Journal,
}

impl SweepOutput {
    /// Starts or resumes; there is one plan per cell. `seen` is told each fact that an interrupted sweep has finished: its
    /// cell and its rows.
    ///
    /// `None` where `--resume` finds the file complete, and where `target` names none to write.
    pub fn open(
        target: Target,
        sweep: SweepConfiguration,
        plans: &[Plan],
        seen: &mut dyn FnMut(usize, &[Row]),
    ) -> Result<Option<Self>, Error> {
        target.check()?;
        let Some(path) = target.journal() else {
            return Ok(None);
        };
        let journal = if target.resume && path.exists() {
            Journal::resume(&path, &sweep, false, plans, seen)?
        } else if target.resume && is_complete(&target, &sweep)? {
            return Ok(None);
        } else {
            Journal::create(&path, &sweep, false)?
        };
        Ok(Some(SweepOutput {
            target,
            sweep,
            journal,
        }))
    }

    /// Whether a fact of a cell is finished.
    pub fn has(&self, cell: usize, fact: usize) -> bool {
        self.journal.has((cell, fact))
    }

    /// Whether it is kept what the cell was as a run.
    pub fn has_begun(&self, cell: usize) -> bool {
        self.journal.begun().contains_key(&cell)
    }

    /// Where an interrupted sweep kept its facts, and how many lines of it were damaged and count for nothing.
    pub fn damaged(&self) -> Option<(PathBuf, usize)> {
        let damaged = self.journal.damaged();
        let path = self.target.journal().filter(|_| damaged > 0);
        path.map(|path| (path, damaged))
    }

    /// Keeps what a cell is as a run, before its first fact.
    ///
    /// # Errors
    /// Where an interrupted sweep ran the cell on another model, or another content of its files.
    pub fn begin(&mut self, cell: usize, configuration: &Configuration) -> Result<(), Error> {
        self.journal.begin_cell(cell, configuration)
    }

    /// Keeps a finished fact.
    pub fn put(&mut self, cell: usize, finished: &Finished) -> Result<(), Error> {
        self.journal.put(&Entry {
            fact: finished.fact,
            cell,
            rows: finished.rows.clone(),
            trace: Vec::new(),
        })
    }

    /// Ends before all facts are finished: what is, stays for `--resume`.
    pub fn leave(self) -> Result<(), Error> {
        self.journal.leave()
    }

    /// Writes the file, rows in the order of the plans, one per cell. Facts of a cell, by their uuids, may have no answer:
    /// then what has one stays in the journal too, so that `--resume` asks for the others alone.
    pub fn finish(mut self, plans: &[Plan], no_answer: &[Vec<String>]) -> Result<(), Error> {
        self.sweep.runs = self.journal.begun().clone();
        for (cell, run) in &mut self.sweep.runs {
            run.no_answer.clone_from(&no_answer[*cell]);
        }
        let overwrite = self.target.overwrite || self.target.resume;
        let of_cell = |(cell, plan): (usize, &Plan)| -> Vec<(usize, usize)> {
            let answered = |fact: &&usize| {
                let uuid = &plan.data.facts[**fact].uuid;
                !no_answer[cell].contains(uuid)
            };
            let facts = plan.facts.iter().filter(answered);
            facts.map(|&fact| (cell, fact)).collect()
        };
        let places = plans.iter().enumerate().flat_map(of_cell);
        if let Some(path) = &self.target.out {
            write_sweep(path, overwrite, &self.sweep, |put| {
                for entry in self.journal.entries(places)? {
                    let entry = entry?;
                    entry.rows.iter().try_for_each(|row| put(entry.cell, row))?;
                }
                Ok(())
            })?;
        }
        match no_answer.iter().all(Vec::is_empty) {
            true => self.journal.remove(),
            false => Ok(()),
        }
    }
}

/// Whether the file stands already, written by the very same sweep.
///
/// # Errors
/// Where a file stands that this sweep would not write again as it is.
fn is_complete(target: &Target, sweep: &SweepConfiguration) -> Result<bool, Error> {
    let Some(path) = target.out.as_ref().filter(|path| path.exists()) else {
        return Ok(false);
    };
    let table = Table::open(path)?;
    let Some(standing) = table.sweep()? else {
        return Err(Error::Exists { path: path.clone() });
    };
    standing.require(sweep, path)?;
    Ok(standing.no_answer().next().is_none())
}
