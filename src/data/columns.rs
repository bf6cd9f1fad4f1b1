//! Which columns a table must have, and what its shape says about the kind of data.

use std::path::Path;

use arrow_schema::{DataType, Schema};

use super::{Error, Style};

/// The columns that make MyriadLAMA data; any other column is ignored.
pub(super) const UUID: &str = "uuid";
pub(super) const RELATION: &str = "rel_uri";
pub(super) const SUBJECT: &str = "sub_ent";
pub(super) const MYRIAD_ANSWERS: &str = "obj_aliases";
pub(super) const TEMPLATE: &str = "template";
pub(super) const MANUAL: &str = "is_manual";
/// The answers of WebQuestions-style data, beside `uuid` and `paraphrase0`, `paraphrase1`, …
pub(super) const WEB_ANSWERS: &str = "answers";

pub(super) const EXPECTED: &str = "uuid, rel_uri, sub_ent, obj_aliases, template, is_manual \
     (MyriadLAMA) or uuid, paraphrase0, paraphrase1, …, answers (WebQuestions); of any other table \
     say which columns hold what, as in --columns question=COLUMN,answers=COLUMN";

const MYRIAD: [&str; 6] = [UUID, RELATION, SUBJECT, MYRIAD_ANSWERS, TEMPLATE, MANUAL];

/// The kind of table that a set of columns makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One row per fact and template.
    MyriadLama,
    /// One row per fact, with `wordings` columns of question text.
    WebQuestions { wordings: usize },
}

impl Shape {
    /// Reads the shape off the column names.
    pub(super) fn detect<S: AsRef<str>>(path: &Path, found: &[S]) -> Result<Self, Error> {
        let has = |name: &str| found.iter().any(|f| f.as_ref() == name);
        let missing = |column: &str| Error::MissingColumn {
            path: path.to_owned(),
            column: column.to_owned(),
            found: found.iter().map(|f| f.as_ref().to_owned()).collect(),
        };
        if has(&wording(0)) && !has(TEMPLATE) {
            if let Some(column) = [UUID, WEB_ANSWERS].iter().find(|c| !has(c)) {
                return Err(missing(column));
            }
            let wordings = (0..).take_while(|&i| has(&wording(i))).count();
            return Ok(Shape::WebQuestions { wordings });
        }
        match MYRIAD.iter().find(|c| !has(c)) {
            Some(column) => Err(missing(column)),
            None => Ok(Shape::MyriadLama),
        }
    }

    /// As [`Shape::detect`], and checks the columns' types.
    pub(super) fn of_schema(path: &Path, schema: &Schema) -> Result<Self, Error> {
        let names: Vec<&String> = schema.fields().iter().map(|f| f.name()).collect();
        let shape = Shape::detect(path, &names)?;
        for column in shape.columns() {
            let Ok(field) = schema.field_with_name(&column) else {
                continue;
            };
            let (right, expected) = match column.as_str() {
                MANUAL => (field.data_type() == &DataType::Boolean, "true or false"),
                MYRIAD_ANSWERS | WEB_ANSWERS => {
                    (is_list_of_text(field.data_type()), "lists of strings")
                }
                _ => (is_text(field.data_type()), "strings"),
            };
            if !right {
                return Err(Error::WrongType {
                    path: path.to_owned(),
                    column,
                    expected,
                    found: field.data_type().to_string(),
                });
            }
        }
        Ok(shape)
    }

    /// Every column that is read; all others are skipped.
    pub(super) fn columns(self) -> Vec<String> {
        match self {
            Shape::MyriadLama => MYRIAD.map(str::to_owned).to_vec(),
            Shape::WebQuestions { wordings } => (0..wordings)
                .map(wording)
                .chain([UUID.to_owned(), WEB_ANSWERS.to_owned()])
                .collect(),
        }
    }

    pub(super) fn style(self) -> Style {
        match self {
            Shape::MyriadLama => Style::MyriadLama,
            Shape::WebQuestions { .. } => Style::WebQuestions,
        }
    }

    /// For messages.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Shape::MyriadLama => "holds MyriadLAMA rows",
            Shape::WebQuestions { .. } => "holds WebQuestions rows",
        }
    }
}

/// Name of the column with the `i`-th wording, from 0.
pub(super) fn wording(i: usize) -> String {
    format!("paraphrase{i}")
}

pub(super) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn is_list_of_text(kind: &DataType) -> bool {
    match kind {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => is_text(item.data_type()),
        _ => false,
    }
}
