//! Rows of Arrow IPC files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;

use super::super::Error;
use super::Fields;
use crate::data::{self, ArrowFile, cell_value};

/// What a file begins and ends with.
const MAGIC: [u8; 6] = *b"ARROW1";

/// What a stream without a file around it begins with.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// Rows of a file, batch by batch.
pub(super) struct Rows {
    path: PathBuf,
    batches: ArrowFile,
    names: Vec<String>,
    /// The batch in work and its next row.
    batch: Option<RecordBatch>,
    row: usize,
}

impl Rows {
    /// # Errors
    /// A file that is none, or not whole.
    pub fn open(path: &Path, mut file: File) -> Result<Self, Error> {
        // A file that cannot be looked at cannot be opened either, which says why.
        if let Ok(Some(what)) = obstacle(&mut file) {
            return Err(wrong(path, what));
        }
        let batches = ArrowFile::open(path).map_err(|e| damaged(path, e))?;
        let schema = batches.schema();
        Ok(Rows {
            path: path.to_owned(),
            names: schema.fields().iter().map(|f| f.name().clone()).collect(),
            batches,
            batch: None,
            row: 0,
        })
    }

    /// What stands under a key of the file's schema.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.batches.schema().metadata().get(key).cloned()
    }

    fn fields(&self, batch: &RecordBatch, row: usize) -> Result<Fields, Error> {
        let columns = self.names.iter().zip(batch.columns());
        columns
            .map(|(name, column)| Ok((name.clone(), cell_value(column, row)?)))
            .collect::<Result<_, arrow_schema::ArrowError>>()
            .map_err(|e| wrong(&self.path, &e.to_string()))
    }
}

impl Iterator for Rows {
    type Item = Result<Fields, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = &self.batch
                && self.row < batch.num_rows()
            {
                self.row += 1;
                return Some(self.fields(batch, self.row - 1));
            }
            // Nothing of the last batch may come again, whatever comes next.
            self.batch = None;
            match self.batches.next()? {
                Ok(batch) => (self.batch, self.row) = (Some(batch), 0),
                Err(e) => return Some(Err(damaged(&self.path, e))),
            }
        }
    }
}

/// Why this cannot be a whole file, where its two ends tell.
fn obstacle(file: &mut File) -> io::Result<Option<&'static str>> {
    let mut start = Vec::new();
    file.by_ref()
        .take(MAGIC.len() as u64)
        .read_to_end(&mut start)?;
    if start.is_empty() {
        return Ok(Some("is empty"));
    }
    if start.starts_with(&CONTINUATION) {
        return Ok(None);
    }
    if start.starts_with(b"FEA1") {
        return Ok(Some("is Feather 1, which is no longer read"));
    }
    if start != MAGIC {
        let what = "is no Arrow file (CSV is read from .csv, JSON lines from .jsonl)";
        return Ok(Some(what));
    }
    let mut end = Vec::new();
    file.seek(SeekFrom::End(-(MAGIC.len() as i64)))?;
    file.read_to_end(&mut end)?;
    Ok((end != MAGIC).then_some("is cut off, its end is missing"))
}

fn damaged(path: &Path, error: data::Error) -> Error {
    match error {
        data::Error::Broken { reason, .. } => {
            // Some complaints of the library trail a trace.
            let first = reason.split('{').next().unwrap_or_default();
            wrong(path, &format!("is damaged ({})", first.trim_end()))
        }
        data::Error::Read { source, .. } => Error::Read {
            path: path.to_owned(),
            source,
        },
        other => wrong(path, &other.to_string()),
    }
}

fn wrong(path: &Path, what: &str) -> Error {
    Error::Feather {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}
