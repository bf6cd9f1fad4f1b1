//! Any table of questions, by the names of its columns.
//!
//! ```text
//! --columns, or a table that is well known ──► Columns ─┐
//! file of any format ──► rows ──────────────────────────┴► cells ─┬► questions ──► Dataset
//!                                           template=… ───────────┴► fold ───────► Dataset
//! ```

mod cells;
mod columns;
mod known;
mod questions;
mod right;
mod rows;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};

use super::columns::Shape;
use super::files::{self, Format};
use super::fold::{self, Fold, What};
use super::progress::{Meter, Stage, Watch};
use super::text_row::TextRow;
use super::unpacked::Amount;
use super::uuid::uuid;
use super::{Dataset, Error};
use cells::{Cells, Places};
use questions::Questions;

pub use columns::{Columns, Key};
pub(super) use known::known;
pub(super) use rows::Take;

/// The relation of tables that name none.
const RELATION: &str = "questions";

/// Loads a file, a folder of shards, or a saved `datasets` folder.
pub(super) fn load(path: &Path, columns: &Columns, watch: Watch) -> Result<Dataset, Error> {
    let (files, format) = files::resolve(path)?;
    read(&files, format, columns, watch)
}

/// Reads files that make one table, in the given order.
pub(super) fn read(
    files: &[PathBuf],
    format: Format,
    columns: &Columns,
    watch: Watch,
) -> Result<Dataset, Error> {
    let mut bytes = 0;
    for path in files {
        bytes += fs::metadata(path).map_err(|e| Error::io(path, e))?.len();
    }
    let meter = Meter::new(watch, Stage::Bytes, bytes);
    let amount = Amount::of_files(bytes);
    if columns.has(Key::Template) {
        let names = [Key::Id, Key::Relation, Key::Subject, Key::Template]
            .map(|key| columns.one(key).unwrap_or(key.name()).to_owned());
        let mut fold = Fold::of_columns(Shape::MyriadLama, amount, names);
        each_row(files, format, columns, &meter, &mut |cells, place| {
            template_row(&mut fold, cells, place)
        })?;
        return match fold.is_empty() {
            true => Err(no_rows(files)),
            false => Ok(fold.finish()),
        };
    }
    let mut questions = Questions::new(columns, amount);
    each_row(files, format, columns, &meter, &mut |cells, place| {
        questions.take(cells, place)
    })?;
    if questions.is_empty() {
        return Err(no_rows(files));
    }
    questions.finish().map_err(|(place, what)| {
        let path = &files[place.part as usize];
        Error::row(path, place.row + 1, what)
    })
}

fn no_rows(files: &[PathBuf]) -> Error {
    Error::NoRows {
        path: files[0].clone(),
    }
}

/// Hands over the cells of every row with its place.
fn each_row(
    files: &[PathBuf],
    format: Format,
    columns: &Columns,
    meter: &Meter,
    take: &mut dyn FnMut(&Cells, fold::Place) -> Result<(), What>,
) -> Result<(), Error> {
    for (part, path) in (0..).zip(files) {
        let Some(names) = rows::names(path, format)? else {
            continue;
        };
        let places = Places::find(path, &names, columns)?;
        rows::read(path, format, &places.wanted, meter, &mut |row, values| {
            let cells = Cells {
                values,
                places: &places,
                columns,
            };
            take(&cells, fold::Place { part, row: row - 1 })
        })?;
    }
    Ok(())
}

/// A row of one fact and one template.
fn template_row(fold: &mut Fold, cells: &Cells, place: fold::Place) -> Result<(), What> {
    let relation = cells.relation()?;
    let subject = cells.required(Key::Subject, "what [X] stands for")?;
    let template = cells.required(Key::Template, "a template with [X] and [Y]")?;
    let id = match cells.columns.has(Key::Id) {
        true => cells.required(Key::Id, "the fact's id")?,
        false => uuid(&relation, &subject),
    };
    let answers = cells.answers()?;
    TextRow {
        uuid: &id,
        relation: &relation,
        subject: &subject,
        template: &template,
        manual: cells.is_manual()?.unwrap_or(true),
    }
    .fold(fold, place, || Ok(answers))
}
