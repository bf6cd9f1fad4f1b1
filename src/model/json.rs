//! Reading a JSON object key by key, with errors that name file and key.

use candle_transformers::models::llama::LlamaEosToks;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ModelError;

/// One JSON object of a file. A key that holds `null` counts as absent, as in transformers.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    file: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The root of a parsed file.
    pub(super) fn root(file: &'a str, value: &'a Value) -> Result<Self, ModelError> {
        match value.as_object() {
            Some(map) => Ok(Object { file, map }),
            None => Err(ModelError::damaged(file, "holds no JSON object")),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Whether a key stands there, be it with null.
    pub(super) fn names(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn object(&self, key: &str) -> Result<Option<Object<'a>>, ModelError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match value.as_object() {
            Some(map) => Ok(Some(Object { map, ..*self })),
            None => Err(self.wrong(key, "an object")),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, ModelError> {
        self.read(key, "a text", Value::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, ModelError> {
        self.read(key, "true or false", Value::as_bool)
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, ModelError> {
        self.read(key, "a number above 0", |value| {
            value.as_f64().filter(|number| *number > 0.0)
        })
    }

    /// A number that may be 0, which counts as absent.
    pub(super) fn number_but_zero(&self, key: &str) -> Result<Option<f64>, ModelError> {
        let number = self.read(key, "a number of 0 or more", |value| {
            value.as_f64().filter(|number| *number >= 0.0)
        })?;
        Ok(number.filter(|number| *number > 0.0))
    }

    /// A positive whole number up to `most`.
    pub(super) fn count(&self, key: &str, most: usize) -> Result<Option<usize>, ModelError> {
        match self.read(key, "a whole number above 0", count)? {
            Some(count) if count > most => Err(self.wrong(key, &format!("at most {most}"))),
            count => Ok(count),
        }
    }

    pub(super) fn need<T>(
        &self,
        key: &str,
        found: Result<Option<T>, ModelError>,
    ) -> Result<T, ModelError> {
        found?.ok_or_else(|| self.wrong(key, "a value"))
    }

    /// A token id or a list of them; empty where there is none.
    pub(super) fn token_ids(&self, key: &str) -> Result<Vec<u32>, ModelError> {
        let ids = self.read(key, "a token id or a list of them", |value| {
            LlamaEosToks::deserialize(value).ok()
        })?;
        Ok(match ids {
            None => Vec::new(),
            Some(LlamaEosToks::Single(id)) => vec![id],
            Some(LlamaEosToks::Multiple(ids)) => ids,
        })
    }

    /// The error for a key that does not hold what it should.
    pub(super) fn wrong(&self, key: &str, expected: &str) -> ModelError {
        ModelError::Value {
            file: self.file.to_owned(),
            key: key.to_owned(),
            found: self
                .get(key)
                .map_or_else(|| "missing".to_owned(), Value::to_string),
            expected: expected.to_owned(),
        }
    }

    /// The error for a key whose value would need another program.
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
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(self.wrong(key, expected)),
        }
    }
}

fn count(value: &Value) -> Option<usize> {
    let number = value.as_u64().filter(|number| *number > 0)?;
    usize::try_from(number).ok()
}
