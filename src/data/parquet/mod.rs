//! Parquet, fast: rows are read twice, each time only what is needed.
//!
//! The first pass reads the keys of all rows (uuid, relation, subject, template, kind) as
//! dictionaries, so that no string is built or hashed per row. The second reads the answers of
//! each fact's first row and skips all other rows. Runs of row groups are read in parallel, each
//! with its own file handle, and merged in data order, so that the result does not depend on threads.

mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::RowSelection;
use rayon::iter::{IntoParallelRefIterator, ParallelBridge, ParallelIterator};

use crate::data::batch::{Batches, Fault, lists};
use crate::data::catch_panic::catch_panic;
use crate::data::columns::{MYRIAD_ANSWERS, Shape};
use crate::data::fold::{Fold, Place};
use crate::data::progress::{Meter, Stage, Watch};
use crate::data::unpacked::Amount;
use crate::data::{Error, files};
use table::{FORMAT, Run, Table};

/// Reads Parquet files, in the given order, as one table.
pub(super) fn read(paths: &[PathBuf], watch: Watch) -> Result<Fold, Error> {
    let tables: Vec<Table> = paths
        .iter()
        .map(|path| Table::open(path))
        .collect::<Result<_, _>>()?;
    let with_rows = tables.iter().filter(|table| table.shape.is_some());
    let runs: Vec<Run> = with_rows.flat_map(Table::runs).collect();
    let shapes = tables
        .iter()
        .map(|table| Some((table.path.as_path(), table.shape?)));
    let shape = files::one_shape(shapes.flatten())?;
    let rows = runs.iter().map(|run| run.rows as u64).sum();
    let meter = Meter::new(watch, Stage::Rows, rows);
    let amount = Amount::of_files(tables.iter().map(|table| table.bytes).sum());
    let mut fold = read_keys(&runs, shape, amount, &meter)?;
    if shape == Shape::MyriadLama {
        read_answers(&runs, &mut fold, amount, &meter)?;
    }
    Ok(fold)
}

/// The names of a file's columns; `None` where it has no row.
pub(super) fn names(path: &Path) -> Result<Option<Vec<String>>, Error> {
    catch_panic(path, FORMAT, || {
        let (footer, _) = table::footer(path)?;
        let names = footer.schema().fields().iter();
        let names = names.map(|field| field.name().clone()).collect();
        Ok(table::has_rows(&footer).then_some(names))
    })
}

/// Reads some columns of a file in order, batch by batch, whatever they hold.
pub(super) fn read_batches(
    path: &Path,
    columns: &[String],
    meter: &Meter,
    take: &mut dyn FnMut(&RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    catch_panic(path, FORMAT, || {
        let table = Table::of_any(path, columns)?;
        let runs = table.runs();
        for run in &runs {
            for batch in run.reader(columns, None)? {
                meter.check()?;
                let batch = batch.map_err(|e| Error::broken(path, FORMAT, e))?;
                take(&batch)?;
            }
            meter.add(table.bytes / runs.len() as u64);
        }
        Ok(())
    })
}

/// First pass. For WebQuestions-style data, where every row is a fact, it is the only one.
fn read_keys(runs: &[Run], shape: Shape, amount: Amount, meter: &Meter) -> Result<Fold, Error> {
    let merge = Mutex::new(Merge {
        fold: Fold::new(shape, amount),
        waiting: BTreeMap::new(),
        next: 0,
        error: None,
    });
    let failed = AtomicUsize::new(usize::MAX);
    // A bridge hands the runs out in order, so that few folded runs wait for an earlier one.
    (0..runs.len()).par_bridge().for_each(|number| {
        if number > failed.load(Ordering::Relaxed) {
            return; // The error of the earliest run is the one to tell.
        }
        let run = &runs[number];
        let part = run.catch_panic(|| run.keys(number as u32, Fold::new(shape, amount), meter));
        if part.is_err() {
            failed.fetch_min(number, Ordering::Relaxed);
        }
        let mut merge = merge.lock().unwrap_or_else(PoisonError::into_inner);
        merge.waiting.insert(number, part);
        merge.advance(runs);
    });
    let merge = merge.into_inner().unwrap_or_else(PoisonError::into_inner);
    match merge.error {
        Some(error) => Err(error),
        None => Ok(merge.fold),
    }
}

/// Folded runs on their way into the whole.
struct Merge {
    fold: Fold,
    waiting: BTreeMap<usize, Result<Fold, Error>>,
    next: usize,
    error: Option<Error>,
}

impl Merge {
    /// Takes in every run whose predecessors are all in.
    fn advance(&mut self, runs: &[Run]) {
        while self.error.is_none()
            && let Some(part) = self.waiting.remove(&self.next)
        {
            self.next += 1;
            self.error = match part {
                Ok(part) => match self.fold.absorb(part) {
                    Ok(()) => None,
                    Err((place, what)) => {
                        let run = &runs[place.part as usize];
                        Some(run.error((place.row as usize, what)))
                    }
                },
                Err(error) => Some(error),
            };
        }
    }
}

/// Second pass: the answers of every fact, from its first row.
fn read_answers(runs: &[Run], fold: &mut Fold, amount: Amount, meter: &Meter) -> Result<(), Error> {
    let mut wanted: Vec<Vec<(usize, usize)>> = vec![Vec::new(); runs.len()];
    for (fact, Place { part, row }) in fold.places() {
        wanted[part as usize].push((row as usize, fact));
    }
    let jobs: Vec<(&Run, Vec<(usize, usize)>)> = runs.iter().zip(wanted).collect();
    let amount = Mutex::new(amount);
    let answers: Vec<Result<Vec<Vec<String>>, Error>> = jobs
        .par_iter()
        .map(|(run, wanted)| run.catch_panic(|| run.answers(wanted, &amount, meter)))
        .collect();
    for ((run, wanted), answers) in jobs.iter().zip(answers) {
        for (&(row, fact), answers) in wanted.iter().zip(answers?) {
            fold.answer(fact, answers)
                .map_err(|what| run.error((row, what)))?;
        }
    }
    Ok(())
}

impl Run<'_> {
    /// Folds into an empty fold the keys of all rows, or whole rows of WebQuestions-style data.
    fn keys(&self, part: u32, mut fold: Fold, meter: &Meter) -> Result<Fold, Error> {
        let mut columns = fold.shape.columns();
        if fold.shape == Shape::MyriadLama {
            columns.retain(|c| c != MYRIAD_ANSWERS);
        }
        let mut batches = Batches::default();
        let mut row = 0;
        for batch in self.reader(&columns, None)? {
            meter.check()?;
            let batch = batch.map_err(|e| Error::broken(&self.table.path, FORMAT, e))?;
            let place = Place { part, row };
            batches
                .fold(&mut fold, &batch, place)
                .map_err(|(index, what)| self.error((row as usize + index, what)))?;
            row += batch.num_rows() as u64;
            meter.add(batch.num_rows() as u64);
        }
        Ok(fold)
    }

    /// The answers in the wanted rows, which must ascend. `amount` counts those of all runs: answers that take a few
    /// bits each in the file may be long.
    fn answers(
        &self,
        wanted: &[(usize, usize)],
        amount: &Mutex<Amount>,
        meter: &Meter,
    ) -> Result<Vec<Vec<String>>, Error> {
        let mut answers = Vec::with_capacity(wanted.len());
        if wanted.is_empty() {
            return Ok(answers);
        }
        let rows = wanted.iter().map(|&(row, _)| row..row + 1);
        let selection = RowSelection::from_consecutive_ranges(rows, self.rows);
        for batch in self.reader(&[MYRIAD_ANSWERS.to_owned()], Some(selection))? {
            meter.check()?;
            let batch = batch.map_err(|e| Error::broken(&self.table.path, FORMAT, e))?;
            // A fault's index counts the rows that were picked.
            let at = |(index, what): Fault| self.error((wanted[index].0, what));
            let before = answers.len();
            let lists = lists(batch.column(0), MYRIAD_ANSWERS)
                .map_err(|(index, what)| at((before + index, what)))?;
            for index in 0..batch.num_rows() {
                let fault = |what| at((before + index, what));
                let row = lists.get(index).map_err(fault)?;
                let bytes = row.iter().map(String::len).sum();
                let mut amount = amount.lock().unwrap_or_else(PoisonError::into_inner);
                amount.add(bytes, MYRIAD_ANSWERS).map_err(fault)?;
                answers.push(row);
            }
        }
        Ok(answers)
    }

    fn catch_panic<T>(&self, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        catch_panic(&self.table.path, FORMAT, read)
    }

    /// An error in a row of this run, from 0.
    fn error(&self, (row, what): Fault) -> Error {
        Error::row(&self.table.path, self.first + row as u64 + 1, what)
    }
}
