//! What answers read, as a table: one row per fact, step, layer, head and part of the prompt.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::ArrowError;

use super::{Error, Kind, write};
use crate::inspect::Mass;

const COLUMNS: [&str; 8] = [
    "uuid", "relation", "step", "token", "layer", "head", "part", "mass",
];

/// Rows in the order in which they were added. Steps, layers and heads count from 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MassTable(Vec<Row>);

#[derive(Debug, Clone, PartialEq)]
struct Row {
    uuid: String,
    relation: String,
    token: String,
    part: String,
    /// Step, layer, head.
    place: [u32; 3],
    mass: f32,
}

impl MassTable {
    /// Adds an answer's masses `[step][layer][head]`: whose it is, the text of each token and the name of each part.
    pub fn add(
        &mut self,
        (uuid, relation): (&str, &str),
        tokens: &[String],
        parts: &[String],
        mass: &[Vec<Vec<Mass>>],
    ) {
        for (step, (token, layers)) in (0..).zip(tokens.iter().zip(mass)) {
            for (layer, heads) in (0..).zip(layers) {
                for (head, mass) in (0..).zip(heads) {
                    self.0
                        .extend(parts.iter().zip(&mass.parts).map(|(part, mass)| Row {
                            uuid: uuid.to_owned(),
                            relation: relation.to_owned(),
                            token: token.clone(),
                            part: part.clone(),
                            place: [step, layer, head],
                            mass: *mass,
                        }));
                }
            }
        }
    }

    /// # Errors
    /// A name that promises something else, an existing file without `overwrite`, a full disk.
    pub fn write_csv(&self, path: &Path, overwrite: bool) -> Result<(), Error> {
        Kind::Csv.check(path, "masses")?;
        let wrong = |error: csv::Error| Error::Write {
            path: path.to_owned(),
            source: error.into(),
        };
        write(path, overwrite, |file| {
            let mut csv = csv::Writer::from_writer(file);
            csv.write_record(COLUMNS).map_err(wrong)?;
            for row in &self.0 {
                let [step, layer, head] = row.place.map(|number| number.to_string());
                let mass = row.mass.to_string();
                let cells = [
                    &row.uuid,
                    &row.relation,
                    &step,
                    &row.token,
                    &layer,
                    &head,
                    &row.part,
                    &mass,
                ];
                csv.write_record(cells).map_err(wrong)?;
            }
            csv.flush().map_err(|error| wrong(error.into()))
        })
    }

    /// As one batch of a Feather file.
    ///
    /// # Errors
    /// Never for columns of one length.
    pub fn batch(&self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_from_iter(COLUMNS.into_iter().zip(self.columns()))
    }

    /// In the order of [`COLUMNS`].
    fn columns(&self) -> [ArrayRef; 8] {
        let text = |of: fn(&Row) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.0.iter().map(of)))
        };
        let number = |at: usize| -> ArrayRef {
            let numbers = self.0.iter().map(|row| row.place[at]);
            Arc::new(UInt32Array::from_iter_values(numbers))
        };
        let mass = self.0.iter().map(|row| row.mass);
        [
            text(|row| &row.uuid),
            text(|row| &row.relation),
            number(0),
            text(|row| &row.token),
            number(1),
            number(2),
            text(|row| &row.part),
            Arc::new(Float32Array::from_iter_values(mass)),
        ]
    }
}
