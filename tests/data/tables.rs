//! Tables for the tests, and writers for every format that `--data` reads.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{LargeListBuilder, LargeStringBuilder, ListBuilder, StringBuilder};
use arrow_array::types::Int16Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, LargeListArray, LargeStringArray, ListArray,
    RecordBatch, StringArray, StringViewArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use lamascope::data::{Dataset, Fact, Relation, Style, Template, TemplateId};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};

/// One row of a MyriadLAMA table.
#[derive(Debug, Clone)]
pub struct Row {
    pub uuid: String,
    pub relation: String,
    pub subject: String,
    pub answers: Vec<String>,
    pub template: String,
    pub manual: bool,
}

pub fn row(uuid: &str, relation: &str, subject: &str, template: &str, manual: bool) -> Row {
    Row {
        uuid: uuid.into(),
        relation: relation.into(),
        subject: subject.into(),
        answers: vec![format!("{subject}'s answer"), "other".into()],
        template: template.into(),
        manual,
    }
}

/// Two relations, three facts, and templates that appear out of kind's order.
pub fn small() -> Vec<Row> {
    let mut rows = Vec::new();
    for (uuid, subject) in [("u1", "France"), ("u2", "Japan")] {
        rows.push(row(
            uuid,
            "P36",
            subject,
            "In [Y] sits [X]'s parliament.",
            false,
        ));
        rows.push(row(
            uuid,
            "P36",
            subject,
            "The capital of [X] is [Y].",
            true,
        ));
        rows.push(row(uuid, "P36", subject, "[Y] governs [X].", false));
    }
    rows.push(row("u3", "P999", "Kyoto", "[X] is near [Y].", true));
    rows
}

/// What the rows fold to, written as plainly as can be.
pub fn expected(rows: &[Row]) -> Dataset {
    let mut data = Dataset {
        style: Style::MyriadLama,
        relations: Vec::new(),
        facts: Vec::new(),
    };
    for row in rows {
        let relation = data.relation(&row.relation).unwrap_or_else(|_| {
            let label = if row.relation == "P36" { "capital" } else { "" };
            data.relations.push(Relation {
                id: row.relation.clone(),
                label: label.to_owned(),
                templates: Vec::new(),
            });
            data.relations.len() - 1
        });
        let templates = &mut data.relations[relation].templates;
        let known = |t: &&Template| t.text == row.template && t.is_manual() == row.manual;
        if templates.iter().find(known).is_none() {
            let number = templates
                .iter()
                .filter(|t| t.is_manual() == row.manual)
                .count()
                + 1;
            templates.push(Template {
                id: match row.manual {
                    true => TemplateId::manual(number),
                    false => TemplateId::auto(number),
                },
                text: row.template.clone(),
            });
        }
        if data.facts.iter().all(|f| f.uuid != row.uuid) {
            data.facts.push(Fact {
                uuid: row.uuid.clone(),
                relation,
                subject: row.subject.clone(),
                answers: row.answers.clone(),
                paraphrases: Vec::new(),
                choices: Vec::new(),
            });
        }
    }
    for relation in &mut data.relations {
        relation.templates.sort_by_key(|t| t.id);
    }
    data
}

/// How a column of strings is held.
#[derive(Debug, Clone, Copy)]
pub enum Strings {
    Plain,
    Large,
    View,
    Dictionary,
}

pub const STRINGS: [Strings; 4] = [
    Strings::Plain,
    Strings::Large,
    Strings::View,
    Strings::Dictionary,
];

impl Strings {
    fn column<'a>(self, texts: impl Iterator<Item = &'a str>) -> ArrayRef {
        match self {
            Strings::Plain => Arc::new(StringArray::from_iter_values(texts)),
            Strings::Large => Arc::new(LargeStringArray::from_iter_values(texts)),
            Strings::View => Arc::new(StringViewArray::from_iter_values(texts)),
            Strings::Dictionary => Arc::new(texts.collect::<DictionaryArray<Int16Type>>()),
        }
    }

    fn lists<'a>(self, lists: impl Iterator<Item = &'a Vec<String>>) -> ArrayRef {
        match self {
            Strings::Large => Arc::new(large_lists(lists)),
            _ => Arc::new(plain_lists(lists)),
        }
    }
}

fn plain_lists<'a>(lists: impl Iterator<Item = &'a Vec<String>>) -> ListArray {
    let mut builder = ListBuilder::new(StringBuilder::new());
    lists.for_each(|list| builder.append_value(list.iter().map(Some)));
    builder.finish()
}

fn large_lists<'a>(lists: impl Iterator<Item = &'a Vec<String>>) -> LargeListArray {
    let mut builder = LargeListBuilder::new(LargeStringBuilder::new());
    lists.for_each(|list| builder.append_value(list.iter().map(Some)));
    builder.finish()
}

/// The rows as a table, the columns in an unusual order and with one too many.
pub fn table(rows: &[Row], strings: Strings) -> RecordBatch {
    let text = |of: fn(&Row) -> &str| strings.column(rows.iter().map(of));
    let manual: BooleanArray = rows.iter().map(|r| Some(r.manual)).collect();
    RecordBatch::try_from_iter([
        ("template", text(|r| &r.template)),
        ("sub_uri", text(|_| "Q1")),
        ("is_manual", Arc::new(manual) as ArrayRef),
        ("uuid", text(|r| &r.uuid)),
        (
            "obj_aliases",
            strings.lists(rows.iter().map(|r| &r.answers)),
        ),
        ("sub_ent", text(|r| &r.subject)),
        ("rel_uri", text(|r| &r.relation)),
    ])
    .unwrap()
}

/// The same table with one column replaced, or left out.
pub fn with(table: &RecordBatch, name: &str, column: Option<ArrayRef>) -> RecordBatch {
    let schema = table.schema();
    let columns = schema.fields().iter().zip(table.columns());
    let columns = columns.filter_map(|(field, old)| match field.name() == name {
        true => column.clone().map(|new| (name.to_owned(), new)),
        false => Some((field.name().clone(), old.clone())),
    });
    let columns = columns.map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

pub fn parquet(path: &Path, table: &RecordBatch, rows_per_group: usize) {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_per_group));
    parquet_with(path, table, properties);
}

pub fn parquet_with(path: &Path, table: &RecordBatch, properties: WriterPropertiesBuilder) {
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, table.schema(), Some(properties.build())).unwrap();
    writer.write(table).unwrap();
    writer.close().unwrap();
}

/// Writes the table in batches of two rows.
pub fn arrow_file(path: &Path, table: &RecordBatch, compression: Option<CompressionType>) {
    let file = File::create(path).unwrap();
    let options = IpcWriteOptions::default()
        .try_with_compression(compression)
        .unwrap();
    let mut writer = FileWriter::try_new_with_options(file, &table.schema(), options).unwrap();
    for batch in pieces(table) {
        writer.write(&batch).unwrap();
    }
    writer.finish().unwrap();
}

pub fn arrow_stream(path: &Path, table: &RecordBatch) {
    let file = File::create(path).unwrap();
    let mut writer = StreamWriter::try_new(file, &table.schema()).unwrap();
    for batch in pieces(table) {
        writer.write(&batch).unwrap();
    }
    writer.finish().unwrap();
}

fn pieces(table: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let rows = table.num_rows();
    (0..rows)
        .step_by(2)
        .map(move |at| table.slice(at, 2.min(rows - at)))
}

pub fn json(row: &Row) -> serde_json::Value {
    serde_json::json!({
        "uuid": row.uuid, "rel_uri": row.relation, "sub_ent": row.subject, "extra": [1, null],
        "obj_aliases": row.answers, "template": row.template, "is_manual": row.manual,
    })
}

pub fn jsonl(path: &Path, rows: &[Row]) {
    let lines: Vec<String> = rows.iter().map(|row| json(row).to_string()).collect();
    fs::write(path, lines.join("\n")).unwrap();
}

pub fn csv(path: &Path, rows: &[Row], list: fn(&[String]) -> String) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    let header = "is_manual extra uuid rel_uri sub_ent obj_aliases template";
    writer.write_record(header.split(' ')).unwrap();
    for row in rows {
        let manual = if row.manual { "True" } else { "False" };
        let answers = list(&row.answers);
        let fields = [
            &row.uuid,
            &row.relation,
            &row.subject,
            &answers,
            &row.template,
        ];
        let fields = fields.into_iter().map(String::as_str);
        let record = [manual, ""].into_iter().chain(fields);
        writer.write_record(record).unwrap();
    }
    writer.flush().unwrap();
}

pub fn json_list(items: &[String]) -> String {
    serde_json::to_string(items).unwrap()
}

/// As Python's `repr` writes a list of strings.
pub fn python_list(items: &[String]) -> String {
    let items = items.iter().map(|item| {
        let quote = if item.contains('\'') && !item.contains('"') {
            '"'
        } else {
            '\''
        };
        let escaped = item.replace('\\', "\\\\").replace('\n', "\\n");
        let escaped = escaped.replace(quote, &format!("\\{quote}"));
        format!("{quote}{escaped}{quote}")
    });
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// One column of strings, for tables of another kind.
pub fn strings(texts: &[String]) -> ArrayRef {
    Strings::Plain.column(texts.iter().map(String::as_str))
}

/// One column of lists, for tables of another kind.
pub fn lists(lists: &[Vec<String>]) -> ArrayRef {
    Strings::Plain.lists(lists.iter())
}
