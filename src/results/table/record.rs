//! One row of saved predictions, and what its cells are asked for.

use std::path::PathBuf;

use serde_json::Value;

use super::super::Error;
use super::Fields;
use crate::data::{parse_list, parse_lists};
use crate::evaluate::Row;

/// One row: named values in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    path: PathBuf,
    /// Counted from 1.
    row: usize,
    fields: Fields,
}

impl Record {
    pub(super) fn new(path: PathBuf, row: usize, fields: Fields) -> Self {
        Record { path, row, fields }
    }

    pub fn fields(&self) -> &[(String, Value)] {
        &self.fields
    }

    /// Sets a value in place, or adds it at the end.
    pub fn set(&mut self, column: &str, value: Value) {
        match self.fields.iter_mut().find(|(name, _)| name == column) {
            Some((_, old)) => *old = value,
            None => self.fields.push((column.to_owned(), value)),
        }
    }

    pub fn has(&self, column: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == column)
    }

    /// A text cell; a missing value is the empty text.
    pub fn text(&self, column: &str) -> Result<&str, Error> {
        const EXPECTED: &str = "a text";
        match self.get(column, EXPECTED)? {
            Value::String(text) => Ok(text),
            Value::Null => Ok(""),
            other => Err(self.wrong(column, EXPECTED, other)),
        }
    }

    /// A truth value; in CSV also as the words that Python and Rust write.
    pub fn truth(&self, column: &str) -> Result<bool, Error> {
        const EXPECTED: &str = "true or false";
        match self.get(column, EXPECTED)? {
            Value::Bool(truth) => Ok(*truth),
            Value::String(word) if word.eq_ignore_ascii_case("true") => Ok(true),
            Value::String(word) if word.eq_ignore_ascii_case("false") => Ok(false),
            other => Err(self.wrong(column, EXPECTED, other)),
        }
    }

    /// A number; in CSV as text.
    pub fn number(&self, column: &str) -> Result<f64, Error> {
        const EXPECTED: &str = "a number";
        let value = self.get(column, EXPECTED)?;
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        number.ok_or_else(|| self.wrong(column, EXPECTED, value))
    }

    /// A list of numbers.
    pub fn numbers(&self, column: &str) -> Result<Vec<f32>, Error> {
        const EXPECTED: &str = "a list of numbers";
        let value = self.get(column, EXPECTED)?;
        let items = value.as_array().into_iter().flatten();
        let numbers: Option<Vec<f32>> = items.map(|item| Some(item.as_f64()? as f32)).collect();
        numbers
            .filter(|_| value.is_array())
            .ok_or_else(|| self.wrong(column, EXPECTED, value))
    }

    /// A list of texts; in CSV as a JSON or Python list.
    pub fn texts(&self, column: &str) -> Result<Vec<String>, Error> {
        const EXPECTED: &str = "a list of texts";
        let value = self.get(column, EXPECTED)?;
        let list = match value {
            Value::Array(items) => strings(items),
            Value::String(text) => parse_list(text).ok(),
            _ => None,
        };
        list.ok_or_else(|| self.wrong(column, EXPECTED, value))
    }

    /// A list of lists of texts; in CSV as JSON or Python writes it.
    pub fn text_lists(&self, column: &str) -> Result<Vec<Vec<String>>, Error> {
        const EXPECTED: &str = "a list of lists of texts";
        let value = self.get(column, EXPECTED)?;
        let lists = match value {
            Value::Array(lists) => {
                let lists = lists.iter().map(|list| strings(list.as_array()?));
                lists.collect()
            }
            Value::String(text) => parse_lists(text).ok(),
            _ => None,
        };
        lists.ok_or_else(|| self.wrong(column, EXPECTED, value))
    }

    /// The row of a result file.
    pub fn into_row(self) -> Result<Row, Error> {
        let Record { path, row, fields } = self;
        serde_json::from_value(Value::Object(fields.into_iter().collect())).map_err(|e| {
            Error::Cell {
                path,
                row,
                column: "all".to_owned(),
                expected: "the columns of `lamascope run --out`",
                found: e.to_string(),
            }
        })
    }

    /// An error about one cell of this row.
    pub fn wrong(&self, column: &str, expected: &'static str, found: &Value) -> Error {
        let mut found = match found {
            Value::Null => "nothing (null or NaN)".to_owned(),
            value => value.to_string(),
        };
        if let Some((at, _)) = found.char_indices().nth(40) {
            found.truncate(at);
            found.push('…');
        }
        Error::Cell {
            path: self.path.clone(),
            row: self.row,
            column: column.to_owned(),
            expected,
            found,
        }
    }

    fn get(&self, column: &str, expected: &'static str) -> Result<&Value, Error> {
        let found = self.fields.iter().find(|(name, _)| name == column);
        found
            .map(|(_, value)| value)
            .ok_or_else(|| Error::NoColumn {
                path: self.path.clone(),
                column: column.to_owned(),
                expected,
            })
    }
}

fn strings(items: &[Value]) -> Option<Vec<String>> {
    items
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect()
}
