//! What each question did to answers, as a table: one row per fact and question.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_schema::ArrowError;

use crate::inspect::{Shapley, Values};

/// Rows in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InfluenceTable(Vec<Row>);

#[derive(Debug, Clone, PartialEq)]
struct Row {
    uuid: String,
    relation: String,
    template: String,
    left_out: f64,
    shapley: f64,
    error: Option<f64>,
}

impl InfluenceTable {
    /// Adds the questions of an answer, by the names of their templates: in nats, summed over the answer.
    pub fn add(
        &mut self,
        (uuid, relation): (&str, &str),
        templates: &[String],
        values: &Values,
        shapley: &Shapley,
    ) {
        let errors = shapley.errors.as_ref();
        let row = |(question, template): (usize, &String)| Row {
            uuid: uuid.to_owned(),
            relation: relation.to_owned(),
            template: template.clone(),
            left_out: values.left_out(question).iter().sum(),
            shapley: shapley.values[question],
            error: errors.map(|errors| errors[question]),
        };
        self.0.extend(templates.iter().enumerate().map(row));
    }

    /// As one batch of a Feather file.
    ///
    /// # Errors
    /// Never for columns of one length.
    pub fn batch(&self) -> Result<RecordBatch, ArrowError> {
        let text = |of: fn(&Row) -> &str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.0.iter().map(of)))
        };
        let number = |of: fn(&Row) -> Option<f64>| -> ArrayRef {
            Arc::new(Float64Array::from_iter(self.0.iter().map(of)))
        };
        RecordBatch::try_from_iter_with_nullable([
            ("uuid", text(|row| &row.uuid), false),
            ("relation", text(|row| &row.relation), false),
            ("template", text(|row| &row.template), false),
            ("left_out", number(|row| Some(row.left_out)), false),
            ("shapley", number(|row| Some(row.shapley)), false),
            ("shapley_error", number(|row| row.error), true),
        ])
    }
}
