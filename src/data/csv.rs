//! CSV with a header; lists are written as JSON or as Python prints them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use serde_json::Value;

use super::Error;
use super::columns::{
    MANUAL, MYRIAD_ANSWERS, RELATION, SUBJECT, Shape, TEMPLATE, UUID, WEB_ANSWERS, wording,
};
use super::error::quote;
use super::fold::{Fold, Place, What};
use super::list_literal;
use super::progress::{Meter, Metered};
use super::table::Take;
use super::text_row::{CHECK_EVERY, TextRow};
use crate::text::{NOT_UTF8, TextReader};

const FORMAT: &str = "CSV";

/// The shape of a file, by its header. An empty file has none.
pub(super) fn shape(path: &Path) -> Result<Option<Shape>, Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut reader = ReaderBuilder::new().from_reader(TextReader::new(file));
    let header = header(path, &mut reader)?;
    if header.is_empty() {
        return Ok(None);
    }
    Shape::detect(path, &header).map(Some)
}

/// The names in the header; `None` where there is no row.
pub(super) fn names(path: &Path) -> Result<Option<Vec<String>>, Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut reader = ReaderBuilder::new().from_reader(TextReader::new(file));
    let header = header(path, &mut reader)?;
    let mut record = ByteRecord::new();
    let has_row = reader.read_byte_record(&mut record);
    Ok(has_row.unwrap_or(true).then_some(header))
}

/// Reads some columns, record by record, every cell a text.
pub(super) fn read_rows(
    path: &Path,
    wanted: &[String],
    meter: &Meter,
    take: &mut Take,
) -> Result<(), Error> {
    let inner = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut reader = ReaderBuilder::new().from_reader(TextReader::new(Metered { inner, meter }));
    let header = header(path, &mut reader)?;
    let at = |name: &String| header.iter().position(|h| h == name);
    let columns: Vec<Option<usize>> = wanted.iter().map(at).collect();
    each_record(path, &mut reader, meter, |row, record| {
        let value = |column: &Option<usize>| match column {
            Some(index) => text(record, *index, &header).map(Value::from),
            None => Ok(Value::Null),
        };
        let values: Vec<Value> = columns.iter().map(value).collect::<Result<_, _>>()?;
        take(row, &values)
    })
}

/// Reads a file record by record.
pub(super) fn read(path: &Path, part: u32, fold: &mut Fold, meter: &Meter) -> Result<(), Error> {
    let inner = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut reader = ReaderBuilder::new().from_reader(TextReader::new(Metered { inner, meter }));
    let header = header(path, &mut reader)?;
    // `shape` has seen the same header, so every column stands in it.
    let at = |column: &str| header.iter().position(|h| h == column).unwrap_or_default();
    let columns = Columns {
        uuid: at(UUID),
        relation: at(RELATION),
        subject: at(SUBJECT),
        template: at(TEMPLATE),
        manual: at(MANUAL),
        wordings: match fold.shape {
            Shape::MyriadLama => Vec::new(),
            Shape::WebQuestions { wordings } => (0..wordings).map(|i| at(&wording(i))).collect(),
        },
        answers: match fold.shape {
            Shape::MyriadLama => at(MYRIAD_ANSWERS),
            Shape::WebQuestions { .. } => at(WEB_ANSWERS),
        },
        header,
    };
    each_record(path, &mut reader, meter, |row, record| {
        columns.fold(fold, record, Place { part, row: row - 1 })
    })
}

/// Hands over every record with its number, from 1.
fn each_record<R: Read>(
    path: &Path,
    reader: &mut Reader<TextReader<R>>,
    meter: &Meter,
    mut take: impl FnMut(u64, &ByteRecord) -> Result<(), What>,
) -> Result<(), Error> {
    let mut record = ByteRecord::new();
    let mut row = 0;
    while reader
        .read_byte_record(&mut record)
        .map_err(|e| unreadable(path, row + 1, e))?
    {
        row += 1;
        if row % CHECK_EVERY == 0 {
            meter.check()?;
        }
        reader.get_mut().next_record();
        take(row, &record).map_err(|what| Error::row(path, row, what))?;
    }
    Ok(())
}

fn header(path: &Path, reader: &mut Reader<impl Read>) -> Result<Vec<String>, Error> {
    let header = reader
        .byte_headers()
        .map_err(|e| unreadable(path, 0, e))?
        .iter();
    let names = header.map(|name| String::from_utf8(name.to_vec()));
    names
        .collect::<Result<_, _>>()
        .map_err(|_| Error::broken(path, FORMAT, format!("its header {NOT_UTF8}")))
}

fn unreadable(path: &Path, row: u64, error: csv::Error) -> Error {
    let text = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(source) if row > 0 && source.kind() == io::ErrorKind::InvalidData => {
            Error::row(path, row, source.to_string())
        }
        ErrorKind::Io(source) => Error::io(path, source),
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => Error::row(
            path,
            row,
            format!("has {len} fields: expected {expected_len} as in the header; check its quotes"),
        ),
        _ => Error::broken(path, FORMAT, text),
    }
}

/// Where the columns stand in a record.
struct Columns {
    uuid: usize,
    relation: usize,
    subject: usize,
    template: usize,
    manual: usize,
    /// For WebQuestions-style data.
    wordings: Vec<usize>,
    answers: usize,
    header: Vec<String>,
}

impl Columns {
    fn fold(&self, fold: &mut Fold, record: &ByteRecord, place: Place) -> Result<(), What> {
        let answers = || {
            let name = &self.header[self.answers];
            list_literal::parse(self.text(record, self.answers)?)
                .map_err(|what| format!("`{name}` {what}"))
        };
        let uuid = self.text(record, self.uuid)?;
        if let Shape::WebQuestions { .. } = fold.shape {
            let wordings = self.wordings.iter();
            let paraphrases = wordings.map(|&i| self.text(record, i).map(str::to_owned));
            let paraphrases = paraphrases.collect::<Result<_, _>>()?;
            return fold.question(uuid, paraphrases, answers()?, place);
        }
        TextRow {
            uuid,
            relation: self.text(record, self.relation)?,
            subject: self.text(record, self.subject)?,
            template: self.text(record, self.template)?,
            manual: truth(self.text(record, self.manual)?)?,
        }
        .fold(fold, place, answers)
    }

    fn text<'a>(&self, record: &'a ByteRecord, index: usize) -> Result<&'a str, What> {
        text(record, index, &self.header)
    }
}

fn text<'a>(record: &'a ByteRecord, index: usize, header: &[String]) -> Result<&'a str, What> {
    std::str::from_utf8(&record[index]).map_err(|_| format!("`{}` {}", header[index], NOT_UTF8))
}

/// Python, R and spreadsheets write truth differently.
fn truth(text: &str) -> Result<bool, What> {
    match text.trim() {
        "True" | "true" | "TRUE" | "1" => Ok(true),
        "False" | "false" | "FALSE" | "0" => Ok(false),
        other => Err(format!(
            "`{MANUAL}` is {}: expected True or False",
            quote(other)
        )),
    }
}
