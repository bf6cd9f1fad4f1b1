//! Reading a GGUF file's metadata, with errors that name file and key.

use candle_core::quantized::gguf_file::{Content, Value};

use crate::model::ModelError;

/// The metadata of one file.
#[derive(Clone, Copy)]
pub(super) struct Metadata<'a> {
    file: &'a str,
    content: &'a Content,
}

impl<'a> Metadata<'a> {
    pub(super) fn new(file: &'a str, content: &'a Content) -> Self {
        Metadata { file, content }
    }

    pub(super) fn count(&self, key: &str) -> Result<Option<usize>, ModelError> {
        self.read(key, "a whole number", |value| {
            usize::try_from(whole(value)?).ok()
        })
    }

    pub(super) fn token_id(&self, key: &str) -> Result<Option<u32>, ModelError> {
        self.read(key, "a token id", |value| u32::try_from(whole(value)?).ok())
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, ModelError> {
        self.read(key, "a number above 0", |value| {
            let number = match value {
                Value::F32(number) => f64::from(*number),
                Value::F64(number) => *number,
                _ => return None,
            };
            (number > 0.0).then_some(number)
        })
    }

    /// A number that may be 0, which counts as absent.
    pub(super) fn number_but_zero(&self, key: &str) -> Result<Option<f64>, ModelError> {
        match self.content.metadata.get(key) {
            Some(Value::F32(0.0) | Value::F64(0.0)) => Ok(None),
            _ => self.number(key),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, ModelError> {
        self.read(key, "a text", text)
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, ModelError> {
        self.read(key, "true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    pub(super) fn flags(&self, key: &str) -> Result<Option<Vec<bool>>, ModelError> {
        let flag = |value: &Value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        };
        self.read(key, "a list of true and false", |value| match value {
            Value::Array(list) => list.iter().map(flag).collect(),
            _ => None,
        })
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<&'a str>, ModelError> {
        let texts = self.read(key, "a list of texts", |value| match value {
            Value::Array(list) => list.iter().map(text).collect(),
            _ => None,
        });
        self.need(key, texts)
    }

    pub(super) fn numbers(&self, key: &str) -> Result<Option<Vec<u64>>, ModelError> {
        self.read(key, "a list of whole numbers", |value| match value {
            Value::Array(list) => list.iter().map(whole).collect(),
            _ => None,
        })
    }

    pub(super) fn fractions(&self, key: &str) -> Result<Option<Vec<f32>>, ModelError> {
        let fraction = |value: &Value| match value {
            Value::F32(number) => Some(*number),
            _ => None,
        };
        self.read(key, "a list of numbers", |value| match value {
            Value::Array(list) => list.iter().map(fraction).collect(),
            _ => None,
        })
    }

    pub(super) fn need<T>(
        &self,
        key: &str,
        found: Result<Option<T>, ModelError>,
    ) -> Result<T, ModelError> {
        found?.ok_or_else(|| self.wrong(key, "a value"))
    }

    /// The error for a key that does not hold what it should.
    pub(super) fn wrong(&self, key: &str, expected: &str) -> ModelError {
        let found = match self.content.metadata.get(key) {
            None => "missing".to_owned(),
            Some(Value::Array(list)) => format!("a list of {}", list.len()),
            Some(Value::String(text)) => format!("`{text}`"),
            Some(value) => format!("{value:?}"),
        };
        ModelError::Value {
            file: self.file.to_owned(),
            key: key.to_owned(),
            found,
            expected: expected.to_owned(),
        }
    }

    /// The error for what would need another program.
    pub(super) fn unsupported(&self, what: String, advice: &str) -> ModelError {
        ModelError::Unsupported {
            file: self.file.to_owned(),
            what,
            advice: advice.to_owned(),
        }
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ModelError> {
        let Some(value) = self.content.metadata.get(key) else {
            return Ok(None);
        };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(self.wrong(key, expected)),
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<u64> {
    match *value {
        Value::U8(n) => Some(u64::from(n)),
        Value::U16(n) => Some(u64::from(n)),
        Value::U32(n) => Some(u64::from(n)),
        Value::U64(n) => Some(n),
        Value::I8(n) => u64::try_from(n).ok(),
        Value::I16(n) => u64::try_from(n).ok(),
        Value::I32(n) => u64::try_from(n).ok(),
        Value::I64(n) => u64::try_from(n).ok(),
        _ => None,
    }
}
