//! Saved predictions of any origin, row by row: `.feather`, `.csv`, `.jsonl`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use arrow::ipc::reader::FileReader;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::configuration::KEY;
use super::{Configuration, Error};

mod cell;
mod record;

pub use record::Record;

/// A file of rows, read as they are asked for.
pub struct Table {
    path: PathBuf,
    configuration: Option<String>,
    rows: Box<dyn Iterator<Item = Result<Fields, Error>>>,
    /// Rows given out so far.
    row: usize,
}

/// Named values in the order of the file.
type Fields = Vec<(String, Value)>;

impl Table {
    /// Opens a file; its name's ending tells what it is.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        let file = || {
            File::open(path).map_err(|source| Error::Read {
                path: path.to_owned(),
                source,
            })
        };
        let mut configuration = None;
        let rows: Box<dyn Iterator<Item = _>> = match ending.as_deref() {
            Some("feather" | "arrow") => {
                let reader = FileReader::try_new_buffered(file()?, None);
                let reader = reader.map_err(arrow_error(path))?;
                configuration = reader.schema().metadata().get(KEY).cloned();
                Box::new(of_arrow(path.to_owned(), reader))
            }
            Some("csv") => Box::new(of_csv(path.to_owned(), file()?)?),
            Some("jsonl" | "ndjson") => Box::new(of_json(path.to_owned(), file()?)),
            _ => {
                return Err(Error::UnknownKind {
                    path: path.to_owned(),
                });
            }
        };
        Ok(Table {
            path: path.to_owned(),
            configuration,
            rows,
            row: 0,
        })
    }

    /// What the run that wrote it was.
    pub fn configuration(&self) -> Result<Configuration, Error> {
        let text = self.configuration.as_deref();
        text.and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| Error::NoConfiguration {
                path: self.path.clone(),
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

fn arrow_error(path: &Path) -> impl Fn(arrow::error::ArrowError) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Arrow {
        path: path.clone(),
        source,
    }
}

fn of_arrow(
    path: PathBuf,
    reader: FileReader<BufReader<File>>,
) -> impl Iterator<Item = Result<Fields, Error>> {
    let names: Vec<String> = reader
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let wrong = arrow_error(&path);
    reader.flat_map(
        move |batch| -> Box<dyn Iterator<Item = Result<Fields, Error>>> {
            let batch = match batch {
                Ok(batch) => batch,
                Err(e) => return Box::new(std::iter::once(Err(wrong(e)))),
            };
            let names = names.clone();
            let wrong = arrow_error(&path);
            Box::new((0..batch.num_rows()).map(move |row| {
                let cell = |(name, column): (&String, &arrow::array::ArrayRef)| {
                    Ok((name.clone(), cell::value(column, row)?))
                };
                names
                    .iter()
                    .zip(batch.columns())
                    .map(cell)
                    .collect::<Result<_, _>>()
                    .map_err(&wrong)
            }))
        },
    )
}

fn of_csv(path: PathBuf, file: File) -> Result<impl Iterator<Item = Result<Fields, Error>>, Error> {
    let wrong = move |source| Error::Csv {
        path: path.clone(),
        source,
    };
    let mut reader = csv::Reader::from_reader(BufReader::new(file));
    let names = reader.headers().map_err(&wrong)?.clone();
    Ok(reader.into_records().map(move |record| {
        let record = record.map_err(&wrong)?;
        let cell = |(name, text): (&str, &str)| (name.to_owned(), Value::from(text));
        Ok(names.iter().zip(record.iter()).map(cell).collect())
    }))
}

fn of_json(path: PathBuf, file: File) -> impl Iterator<Item = Result<Fields, Error>> {
    let lines = BufReader::new(file).split(b'\n').zip(1..);
    let is_blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
    lines
        .filter(move |(line, _)| !line.as_deref().is_ok_and(is_blank))
        .map(move |(line, number)| {
            let line = line.map_err(|source| Error::Read {
                path: path.clone(),
                source,
            })?;
            let object: Object = serde_json::from_slice(&line).map_err(|source| Error::Json {
                path: path.clone(),
                line: number,
                source,
            })?;
            Ok(object.0)
        })
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
