//! Rows to Arrow IPC, the format that pandas calls Feather.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, Float32Builder, ListBuilder, StringBuilder};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, Schema};

use super::configuration::{Configuration, KEY};
use super::journal::Head;
use super::sweep::{CellColumns, SWEEP, SweepConfiguration};
use super::{Error, Kind, write};
use crate::evaluate::Row;

/// Rows per record batch: fixed, so that the file's bytes depend on its rows alone.
const BATCH: usize = 4_096;

/// Columns that some runs have.
#[derive(Debug, Clone, Copy)]
struct Further {
    /// What drawn answers say.
    confidence: bool,
    /// How likely each choice was.
    choices: bool,
}

/// The columns of a result file, in order; the first eleven are the agreed ones, what was asked in full comes after
/// them, and last what only some runs have.
fn fields(further: Further) -> Vec<Field> {
    let text = DataType::Utf8;
    let list = |of: DataType| DataType::List(Arc::new(Field::new("item", of, true)));
    let field = |name: &str, kind: DataType| Field::new(name, kind, true);
    let mut all = vec![
        field("uuid", text.clone()),
        field("relation", text.clone()),
        field("templates", list(text.clone())),
        field("answers", list(text.clone())),
        field("prediction", text.clone()),
        field("generation", text.clone()),
        field("predict_lemma", list(text.clone())),
        field("answer_lemmas", list(list(text.clone()))),
        field("correct", DataType::Boolean),
        field("correct_bidirectional", DataType::Boolean),
        field("probability", DataType::Float32),
        field("subject", text.clone()),
        field("questions", list(text.clone())),
        field("template_texts", list(text.clone())),
    ];
    if further.confidence {
        all.push(field("confidence", DataType::Float32));
    }
    if further.choices {
        all.push(field("labels", list(text)));
        all.push(field("label_probabilities", list(DataType::Float32)));
    }
    all
}

/// Columns with what decides their rows, as JSON under a key of the metadata.
fn schema(fields: Vec<Field>, key: &str, head: &impl Head) -> Result<Schema, ArrowError> {
    let head =
        serde_json::to_string(head).map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
    Ok(Schema::new(fields).with_metadata([(key.to_owned(), head)]))
}

/// Writes a result file that appears whole or not at all; `rows` hands its rows over one by one.
///
/// # Errors
/// A name that does not promise Feather, an existing file without `overwrite`, a full disk; what `rows` fails with.
pub fn write_feather(
    path: &Path,
    overwrite: bool,
    configuration: &Configuration,
    rows: impl FnOnce(&mut dyn FnMut(&Row) -> Result<(), Error>) -> Result<(), Error>,
) -> Result<(), Error> {
    Kind::Feather.check(path, "results")?;
    let wrong = wrong(path);
    write(path, overwrite, |file| {
        let further = Further {
            confidence: configuration.has_confidences(),
            choices: configuration.has_choices(),
        };
        let schema = schema(fields(further), KEY, configuration).map_err(&wrong)?;
        let mut feather = FeatherWriter::new(file, &schema, further).map_err(&wrong)?;
        rows(&mut |row| feather.push(row).map_err(&wrong))?;
        feather.finish().map_err(&wrong)
    })
}

/// As [`write_feather`], for a sweep: `rows` hands over each row with its cell, counted from 0, which further columns
/// describe.
pub(super) fn write_sweep(
    path: &Path,
    overwrite: bool,
    sweep: &SweepConfiguration,
    rows: impl FnOnce(&mut dyn FnMut(usize, &Row) -> Result<(), Error>) -> Result<(), Error>,
) -> Result<(), Error> {
    Kind::Feather.check(path, "results")?;
    let wrong = wrong(path);
    write(path, overwrite, |file| {
        let further = Further {
            confidence: sweep.runs.values().any(Configuration::has_confidences),
            choices: sweep.has_choices(),
        };
        let mut all = fields(further);
        all.extend(CellColumns::fields());
        let schema = schema(all, SWEEP, sweep).map_err(&wrong)?;
        let mut feather = FeatherWriter::new(file, &schema, further).map_err(&wrong)?;
        rows(&mut |cell, row| {
            feather.cells.push(sweep, cell, row);
            feather.push(row).map_err(&wrong)
        })?;
        feather.finish().map_err(&wrong)
    })
}

fn wrong(path: &Path) -> impl Fn(ArrowError) -> Error {
    |error| Error::Write {
        path: path.to_owned(),
        source: match error {
            ArrowError::IoError(_, source) => source,
            other => io::Error::other(other),
        },
    }
}

/// Writes rows in batches; nothing is complete before [`FeatherWriter::finish`].
struct FeatherWriter<W: Write> {
    file: FileWriter<W>,
    columns: Columns,
    further: Further,
    /// Empty for a run.
    cells: CellColumns,
}

impl<W: Write> FeatherWriter<W> {
    /// # Errors
    /// Where `to` cannot be written.
    pub fn new(to: W, schema: &Schema, further: Further) -> Result<Self, ArrowError> {
        let options =
            IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
        Ok(FeatherWriter {
            file: FileWriter::try_new_with_options(to, schema, options)?,
            columns: Columns::default(),
            further,
            cells: CellColumns::default(),
        })
    }

    /// # Errors
    /// Where a full batch cannot be written.
    pub fn push(&mut self, row: &Row) -> Result<(), ArrowError> {
        self.columns.push(row);
        if self.columns.rows == BATCH {
            self.flush()?;
        }
        Ok(())
    }

    /// # Errors
    /// Where the rest or the footer cannot be written.
    pub fn finish(mut self) -> Result<(), ArrowError> {
        if self.columns.rows > 0 {
            self.flush()?;
        }
        self.file.finish()
    }

    fn flush(&mut self) -> Result<(), ArrowError> {
        let mut columns = self.columns.take(self.further);
        columns.extend(self.cells.take());
        let batch = RecordBatch::try_new(self.file.schema().clone(), columns)?;
        self.file.write(&batch)
    }
}

type Texts = ListBuilder<StringBuilder>;

/// One builder per column, in the order of [`fields`].
#[derive(Default)]
struct Columns {
    rows: usize,
    uuid: StringBuilder,
    relation: StringBuilder,
    templates: Texts,
    answers: Texts,
    prediction: StringBuilder,
    generation: StringBuilder,
    predict_lemma: Texts,
    answer_lemmas: ListBuilder<Texts>,
    correct: BooleanBuilder,
    correct_bidirectional: BooleanBuilder,
    probability: Float32Builder,
    subject: StringBuilder,
    questions: Texts,
    template_texts: Texts,
    confidence: Float32Builder,
    labels: Texts,
    label_probabilities: ListBuilder<Float32Builder>,
}

impl Columns {
    fn push(&mut self, row: &Row) {
        self.rows += 1;
        self.uuid.append_value(&row.uuid);
        self.relation.append_value(&row.relation);
        self.templates
            .append_value(row.templates.iter().map(|id| Some(id.to_string())));
        self.answers.append_value(row.answers.iter().map(Some));
        self.prediction.append_value(&row.prediction);
        self.generation.append_value(&row.generation);
        let verdict = &row.verdict;
        self.predict_lemma
            .append_value(verdict.predict_lemma.iter().map(Some));
        for lemmas in &verdict.answer_lemmas {
            self.answer_lemmas
                .values()
                .append_value(lemmas.iter().map(Some));
        }
        self.answer_lemmas.append(true);
        self.correct.append_value(verdict.correct);
        self.correct_bidirectional
            .append_value(verdict.correct_bidirectional);
        self.probability.append_value(row.probability);
        self.subject.append_value(&row.subject);
        self.questions.append_value(row.questions.iter().map(Some));
        self.template_texts
            .append_value(row.template_texts.iter().map(Some));
        self.confidence.append_option(row.confidence);
        self.labels.append_value(row.labels.iter().map(Some));
        self.label_probabilities
            .append_value(row.label_probabilities.iter().copied().map(Some));
    }

    fn take(&mut self, further: Further) -> Vec<ArrayRef> {
        let mut full = std::mem::take(self);
        let mut all: Vec<ArrayRef> = vec![
            Arc::new(full.uuid.finish()),
            Arc::new(full.relation.finish()),
            Arc::new(full.templates.finish()),
            Arc::new(full.answers.finish()),
            Arc::new(full.prediction.finish()),
            Arc::new(full.generation.finish()),
            Arc::new(full.predict_lemma.finish()),
            Arc::new(full.answer_lemmas.finish()),
            Arc::new(full.correct.finish()),
            Arc::new(full.correct_bidirectional.finish()),
            Arc::new(full.probability.finish()),
            Arc::new(full.subject.finish()),
            Arc::new(full.questions.finish()),
            Arc::new(full.template_texts.finish()),
        ];
        if further.confidence {
            all.push(Arc::new(full.confidence.finish()));
        }
        if further.choices {
            all.push(Arc::new(full.labels.finish()));
            all.push(Arc::new(full.label_probabilities.finish()));
        }
        all
    }
}
