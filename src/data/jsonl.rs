//! JSON Lines: one object per row.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Error;
use super::columns::{
    MANUAL, MYRIAD_ANSWERS, RELATION, SUBJECT, Shape, TEMPLATE, UUID, WEB_ANSWERS, wording,
};
use super::fold::{Fold, Place, What};
use super::text;
use super::watch::{Meter, Metered};

const OBJECT: &str = "is not a JSON object: expected one row per line, like {\"uuid\": \"…\", …}";

/// The shape of a file, by the keys of its first row. An empty file has none.
pub(super) fn shape(path: &Path) -> Result<Option<Shape>, Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut lines = Lines::new(BufReader::new(file));
    let Some((row, line)) = lines.next(path)? else {
        return Ok(None);
    };
    let object = object(line).map_err(|what| Error::row(path, row, what))?;
    let keys: Vec<&String> = object.keys().collect();
    Shape::detect(path, &keys).map(Some)
}

/// Reads a file line by line.
pub(super) fn read(path: &Path, part: u32, fold: &mut Fold, meter: &Meter) -> Result<(), Error> {
    let inner = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut lines = Lines::new(BufReader::new(Metered { inner, meter }));
    while let Some((row, line)) = lines.next(path)? {
        if row % text::CHECK_EVERY == 0 {
            meter.check()?;
        }
        let place = Place { part, row: row - 1 };
        match fold.shape {
            Shape::MyriadLama => template_row(fold, line, place),
            Shape::WebQuestions { wordings } => question_row(fold, line, place, wordings),
        }
        .map_err(|what| Error::row(path, row, what))?;
    }
    Ok(())
}

/// The lines of a file that hold something, with their number from 1.
struct Lines<R> {
    reader: R,
    number: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Self {
        Lines {
            reader,
            number: 0,
            line: Vec::new(),
        }
    }

    fn next(&mut self, path: &Path) -> Result<Option<(u64, &str)>, Error> {
        loop {
            self.line.clear();
            let read = self.reader.read_until(b'\n', &mut self.line);
            if read.map_err(|e| Error::io(path, e))? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let text = std::str::from_utf8(&self.line)
            .map_err(|_| Error::row(path, self.number, text::NOT_UTF8))?;
        Ok(Some((self.number, text.trim_start_matches('\u{feff}'))))
    }
}

/// The row as it should be. Where a row does not fit, [`explain`] says why.
#[derive(Deserialize)]
struct TemplateRow<'a> {
    #[serde(borrow)]
    uuid: Cow<'a, str>,
    #[serde(borrow)]
    rel_uri: Cow<'a, str>,
    #[serde(borrow)]
    sub_ent: Cow<'a, str>,
    obj_aliases: Vec<String>,
    #[serde(borrow)]
    template: Cow<'a, str>,
    is_manual: bool,
}

fn template_row(fold: &mut Fold, line: &str, place: Place) -> Result<(), What> {
    let row: TemplateRow = serde_json::from_str(line).map_err(|_| explain(line))?;
    text::Row {
        uuid: &row.uuid,
        relation: &row.rel_uri,
        subject: &row.sub_ent,
        template: &row.template,
        manual: row.is_manual,
    }
    .fold(fold, place, || Ok(row.obj_aliases))
}

fn question_row(fold: &mut Fold, line: &str, place: Place, wordings: usize) -> Result<(), What> {
    let row = object(line)?;
    let paraphrases = (0..wordings).map(|i| string(&row, &wording(i)).map(str::to_owned));
    let paraphrases = paraphrases.collect::<Result<_, _>>()?;
    let answers = strings(&row, WEB_ANSWERS)?;
    fold.question(string(&row, UUID)?, paraphrases, answers, place)
}

/// Why a line is no row: the slow way through, taken once.
fn explain(line: &str) -> What {
    let check = || {
        let row = object(line)?;
        for key in [UUID, RELATION, SUBJECT, TEMPLATE] {
            string(&row, key)?;
        }
        strings(&row, MYRIAD_ANSWERS)?;
        match get(&row, MANUAL)? {
            Value::Bool(_) => Ok(()),
            other => Err(wrong(MANUAL, other, "true or false")),
        }
    };
    // A key that stands twice is the one thing that only the first way refuses.
    match check() {
        Ok(()) => "has a key twice: expected every key once".to_owned(),
        Err(what) => what,
    }
}

fn object(line: &str) -> Result<Map<String, Value>, What> {
    match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(OBJECT.to_owned()),
        Err(error) => Err(format!("{OBJECT} ({error})")),
    }
}

fn get<'a>(row: &'a Map<String, Value>, key: &str) -> Result<&'a Value, What> {
    row.get(key)
        .ok_or_else(|| format!("no key `{key}`: expected it in every row"))
}

fn string<'a>(row: &'a Map<String, Value>, key: &str) -> Result<&'a str, What> {
    let value = get(row, key)?;
    value.as_str().ok_or_else(|| wrong(key, value, "a string"))
}

fn strings(row: &Map<String, Value>, key: &str) -> Result<Vec<String>, What> {
    let value = get(row, key)?;
    let items = value
        .as_array()
        .ok_or_else(|| wrong(key, value, "a list of strings"))?;
    let strings = items.iter().map(|item| item.as_str().map(str::to_owned));
    strings
        .collect::<Option<_>>()
        .ok_or_else(|| wrong(key, value, "a list of strings only"))
}

fn wrong(key: &str, value: &Value, expected: &str) -> What {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list of something else",
        Value::Object(_) => "an object",
    };
    format!("`{key}` is {found}: expected {expected}")
}
