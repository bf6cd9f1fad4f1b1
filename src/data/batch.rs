//! Arrow batches into the fold, whatever the columns' string encoding.
//!
//! A dictionary's values are numbered once, so a row costs four array look-ups and no hashing;
//! this is what makes millions of rows cheap.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_data::ArrayData;

use super::columns::{
    MANUAL, MYRIAD_ANSWERS, RELATION, SUBJECT, Shape, TEMPLATE, UUID, WEB_ANSWERS, wording,
};
use super::fold::{Fold, Place, Row, What};
use super::interner::Interner;
use super::strings::{StringLists, Strings};

/// A row that cannot be used: its index in the batch, and why.
pub(super) type Fault = (usize, What);

/// Feeds batches of one file to a fold; keeps what it learned of the dictionaries between batches.
#[derive(Default)]
pub(super) struct Batches {
    uuid: Numbering,
    relation: Numbering,
    subject: Numbering,
    template: Numbering,
}

impl Batches {
    /// Folds a whole batch whose first row stands at `first`. Without a column of answers, new
    /// facts are left without, to be filled in a second pass.
    pub(super) fn fold(
        &mut self,
        fold: &mut Fold,
        batch: &RecordBatch,
        first: Place,
    ) -> Result<(), Fault> {
        match fold.shape {
            Shape::MyriadLama => self.fold_templates(fold, batch, first),
            Shape::WebQuestions { wordings } => fold_questions(fold, batch, first, wordings),
        }
    }

    fn fold_templates(
        &mut self,
        fold: &mut Fold,
        batch: &RecordBatch,
        first: Place,
    ) -> Result<(), Fault> {
        let uuids = self.uuid.column(batch, UUID)?;
        let relations = self.relation.column(batch, RELATION)?;
        let subjects = self.subject.column(batch, SUBJECT)?;
        let templates = self.template.column(batch, TEMPLATE)?;
        let manual = column(batch, MANUAL)?.as_boolean().clone();
        refuse_nulls(&manual, MANUAL)?;
        let answers = match batch.column_by_name(MYRIAD_ANSWERS) {
            Some(answers) => Some(lists(answers, MYRIAD_ANSWERS)?),
            None => None,
        };
        for index in 0..batch.num_rows() {
            let place = Place {
                row: first.row + index as u64,
                ..first
            };
            let mut take = || {
                let row = Row {
                    fact: self.uuid.number(&mut fold.uuids, &uuids, index)?,
                    relation: self
                        .relation
                        .number(&mut fold.relations, &relations, index)?,
                    subject: self.subject.number(&mut fold.subjects, &subjects, index)?,
                    template: self
                        .template
                        .number(&mut fold.templates, &templates, index)?,
                    manual: manual.value(index),
                };
                match (fold.row(row, place)?, &answers) {
                    (Some(fact), Some(lists)) => fold.answer(fact, lists.get(index)?),
                    _ => Ok(()),
                }
            };
            take().map_err(|what| (index, what))?;
        }
        Ok(())
    }
}

fn fold_questions(
    fold: &mut Fold,
    batch: &RecordBatch,
    first: Place,
    wordings: usize,
) -> Result<(), Fault> {
    let uuids = texts(batch, UUID)?;
    let columns: Vec<Strings> = (0..wordings)
        .map(|i| texts(batch, &wording(i)))
        .collect::<Result<_, _>>()?;
    let answers = lists(column(batch, WEB_ANSWERS)?, WEB_ANSWERS)?;
    for index in 0..batch.num_rows() {
        let place = Place {
            row: first.row + index as u64,
            ..first
        };
        let paraphrases = columns.iter().map(|c| c.value(index).to_owned()).collect();
        answers
            .get(index)
            .and_then(|a| fold.question(uuids.value(index), paraphrases, a, place))
            .map_err(|what| (index, what))?;
    }
    Ok(())
}

/// Not yet asked for.
const UNKNOWN: u32 = u32::MAX;

/// Numbers that a fold gave to the values of one column's dictionary.
#[derive(Default)]
struct Numbering {
    /// The dictionary that `numbers` is about; held so that its address is not used again.
    dictionary: Option<ArrayData>,
    values: Option<Strings>,
    numbers: Vec<u32>,
    /// For columns without a dictionary: the last row's number, since rows repeat.
    last: Option<(String, u32)>,
}

/// One column of one batch.
enum Column {
    /// Per row, an index into the dictionary.
    Keys(Vec<usize>),
    Plain(Strings),
}

impl Numbering {
    fn column(&mut self, batch: &RecordBatch, name: &str) -> Result<Column, Fault> {
        let array = column(batch, name)?;
        refuse_nulls(array, name)?;
        let Some(dictionary) = array.as_any_dictionary_opt().filter(|d| !d.is_empty()) else {
            return Ok(Column::Plain(Strings::new(array, name).map_err(first_row)?));
        };
        let data = dictionary.values().to_data();
        if !self.dictionary.as_ref().is_some_and(|d| d.ptr_eq(&data)) {
            self.values = Some(Strings::new(dictionary.values(), name).map_err(first_row)?);
            self.numbers.clear();
            self.numbers.resize(dictionary.values().len(), UNKNOWN);
            self.dictionary = Some(data);
        }
        Ok(Column::Keys(dictionary.normalized_keys()))
    }

    /// The number of the text in row `index`. Asked row by row, so that numbers follow the data.
    #[inline]
    fn number(&mut self, names: &mut Interner, column: &Column, index: usize) -> Result<u32, What> {
        match column {
            Column::Keys(keys) => {
                let key = keys[index];
                if self.numbers[key] == UNKNOWN {
                    let text = self.values.as_ref().map_or("", |v| v.value(key));
                    self.numbers[key] = names.number(text)?;
                }
                Ok(self.numbers[key])
            }
            Column::Plain(values) => {
                let text = values.value(index);
                match &self.last {
                    Some((last, number)) if last == text => Ok(*number),
                    _ => {
                        let number = names.number(text)?;
                        self.last = Some((text.to_owned(), number));
                        Ok(number)
                    }
                }
            }
        }
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, Fault> {
    batch
        .column_by_name(name)
        .ok_or_else(|| (0, format!("no column `{name}` in this batch")))
}

/// A column of strings that has a value in every row.
fn texts(batch: &RecordBatch, name: &str) -> Result<Strings, Fault> {
    let array = column(batch, name)?;
    refuse_nulls(array, name)?;
    Strings::new(array, name).map_err(first_row)
}

/// A column of lists that has one in every row.
pub(super) fn lists<'a>(array: &'a ArrayRef, name: &'a str) -> Result<StringLists<'a>, Fault> {
    refuse_nulls(array, name)?;
    StringLists::new(array, name).map_err(first_row)
}

/// A fault of a whole column, laid to the first row of its batch.
fn first_row(what: What) -> Fault {
    (0, what)
}

/// Every column that is read is required in every row.
fn refuse_nulls(array: &dyn Array, name: &str) -> Result<(), Fault> {
    if array.logical_null_count() == 0 {
        return Ok(());
    }
    let nulls = array.logical_nulls();
    let index = nulls.and_then(|n| (0..n.len()).find(|&i| n.is_null(i)));
    let expected = match array.as_any().is::<BooleanArray>() {
        true => "true or false",
        false => "a value in every row",
    };
    Err((
        index.unwrap_or_default(),
        format!("`{name}` is null: expected {expected}"),
    ))
}
