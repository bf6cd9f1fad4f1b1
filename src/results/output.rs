//! The files of one run.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::atomic::{check_free, write};
use super::journal::{Entry, Head, Journal};
use super::{Configuration, Error, Kind, Table, trace, write_feather};
use crate::evaluate::{Finished, Plan, Row};

/// Where a run's files go.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// `R.feather`.
    pub out: Option<PathBuf>,
    /// `T.jsonl`.
    pub trace: Option<PathBuf>,
    /// Replace what exists.
    pub overwrite: bool,
    /// Go on where an interrupted run stopped.
    pub resume: bool,
}

impl Target {
    /// Refuses early what would be refused at the end, before a model is loaded.
    pub fn check(&self) -> Result<(), Error> {
        if let Some(path) = &self.out {
            Kind::Feather.check(path, "results")?;
        }
        if let Some(path) = &self.trace {
            Kind::JsonLines.check(path, "traces")?;
        }
        // A resumed run may find its files complete.
        let replace = self.overwrite || self.resume;
        for path in self.files() {
            check_free(path, replace)?;
        }
        let Some(path) = self.journal() else {
            return Ok(());
        };
        match Journal::count(&path)? {
            facts if facts > 0 && !replace => Err(Error::Interrupted { path, facts }),
            _ => Ok(()),
        }
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        self.out.iter().chain(&self.trace).map(PathBuf::as_path)
    }

    /// Beside the first file that is written; nothing is kept where none is.
    pub(super) fn journal(&self) -> Option<PathBuf> {
        self.files().next().map(Journal::beside)
    }

    /// Whether every file stands already, written by the very same run.
    ///
    /// # Errors
    /// Where a file stands that this run would not write again as it is.
    fn is_complete(&self, configuration: &Configuration) -> Result<bool, Error> {
        let mut standing = self.files().filter(|path| path.exists());
        let Some(first) = standing.next() else {
            return Ok(false);
        };
        let out = self.out.as_deref().filter(|out| *out == first);
        let Some(out) = out else {
            return Err(Error::Exists {
                path: first.to_owned(),
            });
        };
        let mut old = Table::open(out)?.configuration()?;
        let no_answer = std::mem::take(&mut old.no_answer);
        old.require(configuration, out)?;
        if !no_answer.is_empty() {
            return Ok(false);
        }
        Ok(standing.count() + 1 == self.files().count())
    }
}

/// Takes finished facts as they come and makes the files at the end.
pub struct Output {
    target: Target,
    configuration: Configuration,
    /// `None` where nothing is to be written.
    journal: Option<Journal>,
}

impl Output {
    /// Starts or resumes. `seen` is told the rows of every fact of the plan that an interrupted run has finished.
    ///
    /// `None` where `--resume` finds the files complete.
    pub fn open(
        target: Target,
        configuration: Configuration,
        plan: &Plan,
        seen: &mut dyn FnMut(&[Row]),
    ) -> Result<Option<Self>, Error> {
        target.check()?;
        let trace = target.trace.is_some();
        let journal = match target.journal() {
            None => None,
            Some(path) if target.resume && path.exists() => {
                let plans = std::slice::from_ref(plan);
                let seen = &mut |_, rows: &[Row]| seen(rows);
                Some(Journal::resume(&path, &configuration, trace, plans, seen)?)
            }
            Some(_) if target.resume && target.is_complete(&configuration)? => return Ok(None),
            Some(path) => Some(Journal::create(&path, &configuration, trace)?),
        };
        Ok(Some(Output {
            target,
            configuration,
            journal,
        }))
    }

    /// Whether a fact was finished before the interruption.
    pub fn has(&self, fact: usize) -> bool {
        self.journal
            .as_ref()
            .is_some_and(|journal| journal.has((0, fact)))
    }

    /// Whether finished facts are kept.
    pub fn keeps(&self) -> bool {
        self.journal.is_some()
    }

    /// Where an interrupted run kept its facts, and how many lines of it were damaged and count for nothing.
    pub fn damaged(&self) -> Option<(PathBuf, usize)> {
        let damaged = self.journal.as_ref().map_or(0, Journal::damaged);
        self.target
            .journal()
            .filter(|_| damaged > 0)
            .map(|path| (path, damaged))
    }

    /// Keeps a finished fact.
    pub fn put(&mut self, plan: &Plan, finished: &Finished) -> Result<(), Error> {
        let Some(journal) = &mut self.journal else {
            return Ok(());
        };
        let trace = match self.target.trace {
            Some(_) => trace::lines(plan, finished),
            None => Vec::new(),
        };
        journal.put(&Entry {
            fact: finished.fact,
            cell: 0,
            rows: finished.rows.clone(),
            trace,
        })
    }

    /// Ends before all facts are finished: what is, stays for `--resume`.
    pub fn leave(self) -> Result<(), Error> {
        self.journal.map_or(Ok(()), Journal::leave)
    }

    /// Writes the files, rows in the order of `facts`, which must all be finished.
    pub fn finish(self, facts: &[usize]) -> Result<(), Error> {
        self.write(facts, &self.configuration)?;
        self.journal.map_or(Ok(()), Journal::remove)
    }

    /// Writes the files of a run in which some facts, by their uuids, have no answer. What has one stays in the journal,
    /// so that `--resume` asks for the others alone.
    pub fn finish_without(self, facts: &[usize], no_answer: &[String]) -> Result<(), Error> {
        let configuration = Configuration {
            no_answer: no_answer.to_vec(),
            ..self.configuration.clone()
        };
        self.write(facts, &configuration)
    }

    fn write(&self, facts: &[usize], configuration: &Configuration) -> Result<(), Error> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let overwrite = self.target.overwrite || self.target.resume;
        let places = || facts.iter().map(|&fact| (0, fact));
        if let Some(path) = &self.target.trace {
            write(path, overwrite, |file| {
                for entry in journal.entries(places())? {
                    for line in entry?.trace {
                        writeln!(file, "{line}").map_err(|source| Error::Write {
                            path: path.clone(),
                            source,
                        })?;
                    }
                }
                Ok::<_, Error>(())
            })?;
        }
        if let Some(path) = &self.target.out {
            write_feather(path, overwrite, configuration, |put| {
                for entry in journal.entries(places())? {
                    entry?.rows.iter().try_for_each(&mut *put)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
