//! Rows of a file of any format, each as the values of the wanted columns.

use std::path::Path;

use arrow_array::RecordBatch;
use serde_json::Value;

use crate::data::cell;
use crate::data::files::Format;
use crate::data::fold::What;
use crate::data::progress::Meter;
use crate::data::{Error, csv, ipc, jsonl, parquet};

/// Takes a row: its number in the file from 1, and its values in the order of the wanted columns, null where it has none.
pub(in crate::data) type Take<'a> = dyn FnMut(u64, &[Value]) -> Result<(), What> + 'a;

/// Names of a file's columns; `None` where it has no row.
pub(super) fn names(path: &Path, format: Format) -> Result<Option<Vec<String>>, Error> {
    match format {
        Format::Parquet => parquet::names(path),
        Format::Arrow => ipc::names(path),
        Format::Jsonl => jsonl::names(path),
        Format::Csv => csv::names(path),
    }
}

/// Reads a file row by row.
pub(super) fn read(
    path: &Path,
    format: Format,
    wanted: &[String],
    meter: &Meter,
    take: &mut Take,
) -> Result<(), Error> {
    match format {
        Format::Jsonl => jsonl::read_rows(path, wanted, meter, take),
        Format::Csv => csv::read_rows(path, wanted, meter, take),
        Format::Parquet => {
            let mut rows = 0;
            parquet::read_batches(path, wanted, meter, &mut |batch| {
                of_batch(path, batch, wanted, &mut rows, take)
            })
        }
        Format::Arrow => {
            let mut rows = 0;
            ipc::read_batches(path, wanted, meter, &mut |batch| {
                of_batch(path, batch, wanted, &mut rows, take)
            })
        }
    }
}

/// `before` counts the rows of the file.
fn of_batch(
    path: &Path,
    batch: &RecordBatch,
    wanted: &[String],
    before: &mut u64,
    take: &mut Take,
) -> Result<(), Error> {
    let columns: Vec<_> = (wanted.iter())
        .map(|name| batch.column_by_name(name))
        .collect();
    for index in 0..batch.num_rows() {
        *before += 1;
        let mut values = Vec::with_capacity(columns.len());
        for (column, name) in columns.iter().zip(wanted) {
            let value = column.map_or(Ok(Value::Null), |column| cell::value(column, index));
            let value = value.map_err(|e| Error::row(path, *before, format!("`{name}`: {e}")))?;
            values.push(value);
        }
        take(*before, &values).map_err(|what| Error::row(path, *before, what))?;
    }
    Ok(())
}
