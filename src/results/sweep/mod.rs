//! The file of a sweep: the rows of all its cells, each as a run of its own would have written it.
//!
//! ```text
//! cells ─► SweepOutput: journal S.feather.partial ─► S.feather ─► read_sweep, merge
//! ```

mod columns;
mod output;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use columns::CellColumns;
pub use output::SweepOutput;

use super::feather::write_sweep;
use super::journal::Head;
use super::merge::require_all;
use super::{Configuration, Error, Shard, Table};
use crate::evaluate::Row;

/// The key in a file's schema metadata.
pub(super) const SWEEP: &str = "lamascope-sweep";

/// What was swept: enough to tell whether two files belong together, and to repeat any cell alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepConfiguration {
    /// Of this program.
    pub version: String,
    pub cells: Vec<SweepCell>,
    /// Part of the sweep that this file holds; all of it where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// What the cells with rows here were as runs, by their place in `cells`: what a model and its device are is known
    /// only when it is loaded.
    #[serde(default)]
    pub runs: BTreeMap<usize, Configuration>,
}

/// One cell of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepCell {
    /// The options with which `lamascope run` gives the same rows.
    pub options: String,
    /// Those that tell its way of asking from that of other cells: a line of a figure.
    #[serde(default)]
    pub way: String,
    /// Of the whole sweep, whatever the shard.
    pub facts: usize,
    /// SHA-256 over the facts' ids, questions and answers.
    pub sha256: String,
}

impl SweepConfiguration {
    /// The part of each cell's facts that belongs to the shard: contiguous in the order of all cells' facts, so that shards
    /// in order are the whole in order.
    pub fn ranges(&self) -> Vec<std::ops::Range<usize>> {
        let all = self.cells.iter().map(|cell| cell.facts).sum();
        let mine = self.shard.map_or(0..all, |shard| shard.range(all));
        let mut start = 0;
        let of_cell = |cell: &SweepCell| {
            let within = |border: usize| border.clamp(start, start + cell.facts) - start;
            let range = within(mine.start)..within(mine.end);
            start += cell.facts;
            range
        };
        self.cells.iter().map(of_cell).collect()
    }

    /// Without what a part of the sweep has of its own.
    fn whole(&self) -> Self {
        SweepConfiguration {
            shard: None,
            runs: BTreeMap::new(),
            ..self.clone()
        }
    }

    /// Whether the answers are labels of choices: all cells have the same data.
    pub(super) fn has_choices(&self) -> bool {
        self.runs.values().any(Configuration::has_choices)
    }

    /// Uuids of facts without an answer, of all cells.
    pub fn no_answer(&self) -> impl Iterator<Item = &String> {
        self.runs.values().flat_map(|run| &run.no_answer)
    }
}

impl Head for SweepConfiguration {
    const CELLS: bool = true;

    /// What the cells were as runs is compared when they go on.
    fn require(&self, now: &Self, path: &Path) -> Result<(), Error> {
        let path = path.to_owned();
        let (key, old, new) = if self.version != now.version {
            ("version".to_owned(), &self.version, &now.version)
        } else if self.shard != now.shard {
            let word = |shard: &Option<Shard>| shard.map_or("none".to_owned(), |s| s.to_string());
            let (old, new) = (word(&self.shard), word(&now.shard));
            let key = "shard".to_owned();
            return Err(Error::OtherRun {
                path,
                key,
                old,
                new,
            });
        } else {
            let differ = |(_, (old, new)): &(usize, (&SweepCell, &SweepCell))| old != new;
            let mut pairs = self.cells.iter().zip(&now.cells).enumerate();
            match pairs.find(differ) {
                Some((at, (old, new))) if old.options == new.options => {
                    return Err(Error::OtherContent {
                        path,
                        what: format!("facts, questions and answers in cell {}", at + 1),
                        old: old.sha256.clone(),
                        new: new.sha256.clone(),
                    });
                }
                Some((at, (old, new))) => (format!("cell {}", at + 1), &old.options, &new.options),
                None if self.cells.len() != now.cells.len() => {
                    return Err(Error::OtherRun {
                        path,
                        key: "number of cells".to_owned(),
                        old: self.cells.len().to_string(),
                        new: now.cells.len().to_string(),
                    });
                }
                None => return Ok(()),
            }
        };
        Err(Error::OtherRun {
            path,
            key,
            old: old.clone(),
            new: new.clone(),
        })
    }
}

/// Reads the file of a sweep: what it was, and each row with its cell, counted from 0.
///
/// # Errors
/// A file that cannot be read or holds no sweep.
pub fn read_sweep(
    path: &Path,
    each: &mut dyn FnMut(usize, Row) -> Result<(), Error>,
) -> Result<SweepConfiguration, Error> {
    let table = Table::open(path)?;
    let sweep = sweep_of(&table, path)?;
    for record in table {
        let record = record?;
        let cell = record.number("cell")? as usize;
        if !(1..=sweep.cells.len()).contains(&cell) {
            return Err(record.wrong("cell", "the number of a cell", &cell.into()));
        }
        each(cell - 1, record.into_row()?)?;
    }
    Ok(sweep)
}

fn sweep_of(table: &Table, path: &Path) -> Result<SweepConfiguration, Error> {
    table.sweep()?.ok_or_else(|| Error::Shards {
        path: path.to_owned(),
        what: "holds no sweep: give files of `lamascope sweep` alone".to_owned(),
    })
}

/// Writes the file that the sweep would have written without shards.
pub(super) fn merge(files: &[PathBuf], out: &Path, overwrite: bool) -> Result<(), Error> {
    let mut parts: Vec<(Shard, &PathBuf, SweepConfiguration)> = Vec::new();
    for path in files {
        let sweep = sweep_of(&Table::open(path)?, path)?;
        let refused = |what: String| Error::Shards {
            path: path.clone(),
            what,
        };
        let Some(shard) = sweep.shard else {
            let what = "is no shard: it was not written with --shard";
            return Err(refused(what.to_owned()));
        };
        if let Some((first, with, head)) = parts.first() {
            let one_sweep = first.count() == shard.count() && head.whole() == sweep.whole();
            if !one_sweep {
                let with = with.display();
                return Err(refused(format!("belongs to another sweep than {with}")));
            }
        }
        if parts.iter().any(|(other, ..)| *other == shard) {
            return Err(refused(format!(
                "shard {shard} of this sweep is given twice"
            )));
        }
        parts.push((shard, path, sweep));
    }
    parts.sort_by_key(|(shard, ..)| shard.index());
    let Some((first, path, head)) = parts.first() else {
        return Ok(());
    };
    let shards: Vec<Shard> = parts.iter().map(|(shard, ..)| *shard).collect();
    require_all(path, &shards, *first)?;
    let mut whole = head.whole();
    for (_, path, part) in &parts {
        for (cell, run) in &part.runs {
            let Some(before) = whole.runs.get_mut(cell) else {
                whole.runs.insert(*cell, run.clone());
                continue;
            };
            let of_run = |run: &Configuration| Configuration {
                no_answer: Vec::new(),
                ..run.clone()
            };
            of_run(before).require(&of_run(run), path)?;
            before.no_answer.extend(run.no_answer.iter().cloned());
            before.no_answer.sort();
        }
    }
    write_sweep(out, overwrite, &whole, |put| {
        for (_, path, _) in &parts {
            read_sweep(path, &mut |cell, row| put(cell, &row))?;
        }
        Ok(())
    })
}
