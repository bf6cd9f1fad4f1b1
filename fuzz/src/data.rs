//! `--data`.

use std::path::Path;

use arrow_ipc::CompressionType;
use lamascope::data::{Dataset, Source, Style, Watch};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::tables::{self, Row, STRINGS, Strings};
use crate::{Reader, alone, put};

pub const PARQUET: Reader = Reader {
    name: "parquet",
    file: "a.parquet",
    prepare: alone,
    read,
    seeds: |folder| {
        let rows = rows();
        for (i, strings) in STRINGS.into_iter().enumerate() {
            let table = tables::table(&rows, strings);
            tables::parquet(&folder.join(format!("strings-{i}")), &table, 4);
        }
        let zstd = Compression::ZSTD(ZstdLevel::default());
        for (i, codec) in [Compression::SNAPPY, Compression::LZ4_RAW, zstd]
            .into_iter()
            .enumerate()
        {
            let table = tables::table(&rows, Strings::Plain);
            let properties = WriterProperties::builder().set_compression(codec);
            tables::parquet_with(&folder.join(format!("codec-{i}")), &table, properties);
            let plain = WriterProperties::builder()
                .set_compression(codec)
                .set_dictionary_enabled(false);
            tables::parquet_with(&folder.join(format!("plain-{i}")), &table, plain);
        }
    },
};

pub const ARROW: Reader = Reader {
    name: "arrow",
    file: "a.arrow",
    prepare: alone,
    read,
    seeds: |folder| {
        let rows = rows();
        for (i, strings) in STRINGS.into_iter().enumerate() {
            let table = tables::table(&rows, strings);
            tables::arrow_file(&folder.join(format!("file-{i}")), &table, None);
            tables::arrow_stream(&folder.join(format!("stream-{i}")), &table);
        }
        let table = tables::table(&rows, Strings::Plain);
        let lz4 = Some(CompressionType::LZ4_FRAME);
        tables::arrow_file(&folder.join("lz4"), &table, lz4);
        tables::arrow_file(&folder.join("zstd"), &table, Some(CompressionType::ZSTD));
    },
};

pub const CSV: Reader = Reader {
    name: "csv",
    file: "a.csv",
    prepare: alone,
    read,
    seeds: |folder| {
        tables::csv(&folder.join("json"), &rows(), tables::json_list);
        tables::csv(&folder.join("python"), &rows(), tables::python_list);
        let web = "uuid,paraphrase0,paraphrase1,answers\nu,Who?,\"Which, then?\",\"['a', \"\"b'c\"\"]\"\n";
        put(folder, &[("web", web.as_bytes())]);
    },
};

pub const JSON_LINES: Reader = Reader {
    name: "jsonl",
    file: "a.jsonl",
    prepare: alone,
    read,
    seeds: |folder| {
        tables::jsonl(&folder.join("sample"), &rows());
        let web = r#"{"uuid": "u", "paraphrase0": "Q?", "paraphrase1": "\ud83d\ude00?", "answers": ["a"]}"#;
        put(folder, &[("web", web.as_bytes())]);
    },
};

/// The list of files in a folder that `datasets` saved.
pub const SAVED: Reader = Reader {
    name: "saved",
    file: "state.json",
    prepare: |folder| {
        let table = tables::table(&rows(), Strings::Plain);
        tables::arrow_stream(&folder.join("data-0.arrow"), &table);
    },
    read: |path| read(path.parent().expect("a folder")),
    seeds: |folder| {
        let state = br#"{"_data_files": [{"filename": "data-0.arrow"}], "_format_type": null, "_split": "train"}"#;
        put(folder, &[("state", state)]);
    },
};

fn read(path: &Path) {
    let source = Source::Path(path.to_owned());
    let Ok(data) = Dataset::load(&source, Style::default(), Watch::none()) else {
        return;
    };
    for fact in data.facts.iter().take(20) {
        data.question(fact, 0);
    }
}

/// A few facts of the embedded sample, in three wordings each.
fn rows() -> Vec<Row> {
    let data =
        Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none()).expect("the sample");
    let mut rows = Vec::new();
    for fact in data.facts.iter().step_by(data.facts.len() / 5) {
        let relation = data.relation_of(fact);
        let last = relation.templates.len() - 1;
        for template in [0, 1, last].map(|at| &relation.templates[at]) {
            rows.push(Row {
                uuid: fact.uuid.clone(),
                relation: relation.id.clone(),
                subject: fact.subject.clone(),
                answers: fact.answers.clone(),
                template: template.text.clone(),
                manual: template.is_manual(),
            });
        }
    }
    rows
}
