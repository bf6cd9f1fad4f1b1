//! Saved predictions of any origin, row by row: `.feather`, `.csv`, `.jsonl`.

use std::fs::File;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::configuration::KEY;
use super::journal::{Head, Journal};
use super::sweep::SWEEP;
use super::{Configuration, Error, Kind, SweepConfiguration};
use crate::text::{Lines, TextReader, replace_non_finite};

mod arrow;
mod record;

pub use record::Record;

/// A file of rows, read as they are asked for.
pub struct Table {
    path: PathBuf,
    configuration: Option<String>,
    sweep: Option<String>,
    rows: Box<dyn Iterator<Item = Result<Fields, Error>>>,
    /// Rows given out so far.
    row: usize,
}

/// Named values in the order of the file.
type Fields = Vec<(String, Value)>;

impl Table {
    /// Opens a file; its name's ending tells what it is.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (mut configuration, mut sweep) = (None, None);
        let rows: Box<dyn Iterator<Item = _>> = match Kind::of(path) {
            Some(Kind::Feather) => {
                let rows = arrow::Rows::open(path, file(path)?)?;
                configuration = rows.metadata(KEY);
                sweep = rows.metadata(SWEEP);
                Box::new(rows)
            }
            Some(Kind::Csv) => Box::new(of_csv(path.to_owned(), file(path)?)?),
            Some(Kind::JsonLines) => Box::new(of_json(path.to_owned(), file(path)?)),
            None if Journal::is_at(path) && Journal::count(path).is_ok_and(|facts| facts > 0) => {
                return Err(interrupted(path));
            }
            None => {
                return Err(Error::UnknownKind {
                    path: path.to_owned(),
                });
            }
        };
        Ok(Table {
            path: path.to_owned(),
            configuration,
            sweep,
            rows,
            row: 0,
        })
    }

    /// What the run that wrote it was.
    ///
    /// # Errors
    /// Where no run wrote it, or another version did.
    pub fn configuration(&self) -> Result<Configuration, Error> {
        let path = || self.path.clone();
        if self.sweep.is_some() {
            return Err(Error::Sweep { path: path() });
        }
        let text = self.configuration.as_deref();
        let text = text.ok_or_else(|| Error::NoConfiguration { path: path() })?;
        self.parse(text)
    }

    /// What the sweep that wrote it was, where one did.
    ///
    /// # Errors
    /// Where another version did.
    pub fn sweep(&self) -> Result<Option<SweepConfiguration>, Error> {
        let text = self.sweep.as_deref();
        text.map(|text| self.parse(text)).transpose()
    }

    fn parse<H: Head>(&self, text: &str) -> Result<H, Error> {
        serde_json::from_str(text).map_err(|source| Error::OtherConfiguration {
            path: self.path.clone(),
            source,
        })
    }
}

impl Iterator for Table {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row += 1;
        let fields = self.rows.next()?;
        Some(fields.map(|fields| Record::new(self.path.clone(), self.row, fields)))
    }
}

fn file(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(|source| {
        let journal = Journal::beside(path);
        match source.kind() {
            io::ErrorKind::NotFound if Journal::count(&journal).is_ok_and(|facts| facts > 0) => {
                interrupted(&journal)
            }
            io::ErrorKind::NotFound => Error::NoSuchFile {
                path: path.to_owned(),
            },
            _ => Error::Read {
                path: path.to_owned(),
                source,
            },
        }
    })
}

/// What a run left that was stopped and not taken up again.
fn interrupted(journal: &Path) -> Error {
    Error::Interrupted {
        facts: Journal::count(journal).unwrap_or_default(),
        path: journal.to_owned(),
    }
}

fn of_csv(path: PathBuf, file: File) -> Result<impl Iterator<Item = Result<Fields, Error>>, Error> {
    let wrong = move |source: csv::Error| {
        let path = path.clone();
        if !source.is_io_error() {
            return Error::Csv { path, source };
        }
        let source = source.into();
        Error::Read { path, source }
    };
    let mut reader = csv::Reader::from_reader(TextReader::new(file));
    let names = reader.headers().map_err(&wrong)?.clone();
    let mut record = csv::StringRecord::new();
    Ok(iter::from_fn(move || {
        reader.get_mut().next_record();
        match reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let cell = |(name, text): (&str, &str)| (name.to_owned(), Value::from(text));
                Some(Ok(names.iter().zip(record.iter()).map(cell).collect()))
            }
            Err(error) => Some(Err(wrong(error))),
        }
    }))
}

fn of_json(path: PathBuf, file: File) -> impl Iterator<Item = Result<Fields, Error>> {
    let mut lines = Lines::new(file);
    iter::from_fn(move || match lines.next_line() {
        Ok(None) => None,
        Ok(Some((number, line))) => Some(fields(line).map_err(|source| Error::Json {
            path: path.clone(),
            line: number,
            source,
        })),
        Err((number, source)) => Some(Err(Error::Line {
            path: path.clone(),
            line: number,
            source,
        })),
    })
}

/// The values of a line; Python's `NaN` and `Infinity` are missing ones.
fn fields(line: &str) -> Result<Fields, serde_json::Error> {
    let object = serde_json::from_str(line).or_else(|error| {
        let finite = replace_non_finite(line, "null").ok_or(error)?;
        serde_json::from_str::<Object>(&finite)
    })?;
    Ok(object.0)
}

/// A JSON object whose keys keep their order.
struct Object(Fields);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        from.deserialize_map(Fields)
    }
}
