//! All rows of a result file: this program's, and those of the Python originals.

use std::path::Path;

use super::report::{Original, is_original, light_row};
use super::{Configuration, Error, Table};
use crate::evaluate::Row;

/// Reads a result file, `.feather`, `.csv` or `.jsonl`: its configuration where this program wrote it, and its rows. Columns
/// that only show what was asked may be missing.
///
/// # Errors
/// A file that cannot be read, lacks a column, or holds no rows.
pub fn read_rows(path: &Path) -> Result<(Option<Configuration>, Vec<Row>), Error> {
    let table = Table::open(path)?;
    let configuration = match table.configuration() {
        Ok(configuration) => Some(configuration),
        Err(Error::NoConfiguration { .. }) => None,
        Err(error) => return Err(error),
    };
    let mut original = Original::default();
    let mut rows = Vec::new();
    for record in table {
        let record = record?;
        let row = match is_original(&record) {
            true => original.row(&record)?,
            false => light_row(&record)?,
        };
        let texts = |column: &str| record.texts(column).unwrap_or_default();
        rows.push(Row {
            questions: texts("questions"),
            template_texts: texts("template_texts"),
            labels: texts("labels"),
            label_probabilities: record.numbers("label_probabilities").unwrap_or_default(),
            ..row
        });
    }
    if rows.is_empty() {
        return Err(Error::Empty {
            path: path.to_owned(),
            expected: "one per fact, as `lamascope run --out` writes them",
        });
    }
    Ok((configuration, rows))
}
