//! Files as other programs write them: pandas, Polars, Excel, Spark, Python's `json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, NullArray, RecordBatch, StringArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use lamascope::data::{Dataset, Error};
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::load;
use super::tables::{self, STRINGS, Strings, expected, json, small, table, with};

/// A folder of `../shared/cases`, where it lies there.
fn case(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/cases")
        .join(name);
    folder.is_dir().then_some(folder)
}

/// The one fact about France that most of the shared cases hold.
#[track_caller]
fn one_fact(path: &Path) {
    let data = load(path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(data.facts.len(), 1, "{}", path.display());
    assert_eq!(data.relations.len(), 1);
    assert_eq!(data.relations[0].templates.len(), 1);
}

#[track_caller]
fn message(loaded: Result<Dataset, Error>) -> String {
    let message = loaded.expect_err("it should be refused").to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

/// The batches of a file are found through its footer. What stands in front of them need not be a stream: Polars puts
/// a schema there that has no length before it.
#[test]
fn arrow_files_are_read_through_their_footer() {
    if let Some(case) = case("arrow-footer-only") {
        one_fact(&case.join("polars-2.1.feather"));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.feather");
    for strings in STRINGS {
        tables::arrow_file(&path, &table(&small(), strings), None);
        let mut bytes = fs::read(&path).unwrap();
        // The schema message in front is overwritten, its length included.
        bytes[8..40].fill(0xA5);
        fs::write(&path, &bytes).unwrap();
        assert_eq!(load(&path).unwrap(), expected(&small()), "{strings:?}");
    }
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(message(load(&path)).contains("its end is missing"));
}

#[test]
fn every_codec_of_parquet_is_read() {
    if let Some(case) = case("parquet-codecs") {
        one_fact(&case.join("gzip.parquet"));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let properties = WriterProperties::builder().set_compression(codec);
        tables::parquet_with(&path, &table(&small(), Strings::Plain), properties);
        assert_eq!(load(&path).unwrap(), expected(&small()), "{codec}");
    }
}

/// pandas gives an empty column of objects the type Null.
#[test]
fn a_shard_without_rows_has_any_columns() {
    if let Some(case) = case("empty-pandas-shard") {
        one_fact(&case.join("shards"));
    }
    let rows = small();
    let whole = table(&rows, Strings::Plain);
    let none: ArrayRef = Arc::new(NullArray::new(0));
    let mut empty = table(&[], Strings::Plain);
    for name in ["uuid", "obj_aliases", "is_manual"] {
        empty = with(&empty, name, Some(none.clone()));
    }
    type Write<'a> = (&'a str, &'a dyn Fn(&Path, &RecordBatch));
    let write: [Write; 3] = [
        ("parquet", &|path, table| tables::parquet(path, table, 9)),
        ("arrow", &|path, table| {
            tables::arrow_file(path, table, None)
        }),
        ("arrows", &tables::arrow_stream),
    ];
    for (ending, write) in write {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(format!("{name}.{ending}"));
        write(&file("a"), &empty);
        assert!(
            message(load(&file("a"))).contains("holds no rows"),
            "{ending}"
        );
        write(&file("b"), &whole);
        assert_eq!(load(folder.path()).unwrap(), expected(&rows), "{ending}");
    }
    // A column of nulls in a shard with rows is missing data.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let nulls: ArrayRef = Arc::new(NullArray::new(whole.num_rows()));
    tables::parquet(&path, &with(&whole, "uuid", Some(nulls)), 9);
    assert!(message(load(&path)).contains("column `uuid` holds Null, expected strings"));

    let folder = tempfile::tempdir().unwrap();
    for name in ["jsonl", "csv"] {
        fs::write(folder.path().join(format!("a.{name}")), "").unwrap();
        match name {
            "csv" => tables::csv(&folder.path().join("b.csv"), &rows, tables::json_list),
            _ => tables::jsonl(&folder.path().join("b.jsonl"), &rows),
        }
        assert_eq!(load(folder.path()).unwrap(), expected(&rows), "{name}");
        fs::remove_file(folder.path().join(format!("a.{name}"))).unwrap();
        fs::remove_file(folder.path().join(format!("b.{name}"))).unwrap();
    }
}

#[test]
fn python_s_nan_counts_where_it_is_used() {
    if let Some(case) = case("nan-in-jsonl") {
        one_fact(&case.join("nan.jsonl"));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    let line = |row: &tables::Row, from: &str, to: &str| {
        let line = json(row).to_string();
        assert!(line.contains(from), "{line}");
        line.replace(from, to)
    };
    let lines: Vec<String> = small()
        .iter()
        .map(|row| line(row, "[1,null]", "[NaN,-Infinity,{\"a\":Infinity}]"))
        .collect();
    fs::write(&path, lines.join("\n")).unwrap();
    assert_eq!(load(&path).unwrap(), expected(&small()));
    for (from, to, said) in [
        ("\"France\"", "NaN", "`sub_ent` is NaN or Infinity"),
        ("\"France\"", "null", "`sub_ent` is null"),
        (
            "\"other\"",
            "NaN",
            "`obj_aliases` is a list with NaN or Infinity",
        ),
        (
            "\"other\"",
            "1",
            "`obj_aliases` is a list of something else",
        ),
    ] {
        fs::write(&path, line(&small()[0], from, to)).unwrap();
        let said_too = message(load(&path));
        assert!(
            said_too.contains("row 1: ") && said_too.contains(said),
            "{said_too}"
        );
    }
    let web = r#"{"uuid": "u", "paraphrase0": "Q?", "answers": ["a"], "url": NaN}"#;
    fs::write(&path, web).unwrap();
    assert_eq!(load(&path).unwrap().facts.len(), 1);
    fs::write(&path, web.replace("\"Q?\"", "NaN")).unwrap();
    assert!(message(load(&path)).contains("`paraphrase0` is NaN"));
}

/// A mark in front is skipped; another encoding is named, with the way out.
#[test]
fn text_is_utf8_with_or_without_a_mark() {
    if let Some(case) = case("utf16-csv") {
        let said = message(load(&case.join("utf16.csv")));
        assert!(said.contains("UTF-16: save the file as UTF-8"), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (lines, table) = (folder.path().join("a.jsonl"), folder.path().join("a.csv"));
    tables::jsonl(&lines, &small());
    tables::csv(&table, &small(), tables::python_list);
    for path in [lines, table] {
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("\u{feff}{text}")).unwrap();
        assert_eq!(load(&path).unwrap(), expected(&small()));
        for mark in ["\u{feff}", ""] {
            let text = format!("{mark}{text}");
            let little = text.encode_utf16().flat_map(u16::to_le_bytes);
            let big = text.encode_utf16().flat_map(u16::to_be_bytes);
            for bytes in [little.collect::<Vec<u8>>(), big.collect()] {
                fs::write(&path, bytes).unwrap();
                let said = message(load(&path));
                assert!(said.contains("is UTF-16: save the file as UTF-8"), "{said}");
            }
        }
    }
    // Files joined by `cat` have marks in between.
    let path = folder.path().join("joined.jsonl");
    let lines = small()
        .iter()
        .map(|row| format!("\u{feff}{}\n", json(row)))
        .collect::<String>();
    fs::write(&path, lines).unwrap();
    assert_eq!(load(&path).unwrap(), expected(&small()));
}

/// Few bytes that stand for much text fill no memory: one long answer in every row, and columns that unpack to far more
/// than they take.
#[test]
fn a_small_file_stands_for_a_limited_amount_of_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let packed = || WriterProperties::builder().set_compression(zstd);
    let mebibyte = "x".repeat(1 << 20);
    let rows: Vec<tables::Row> = (0..300)
        .map(|number| tables::row(&format!("u{number}"), "P36", "s", "[X] [Y]", true))
        .collect();

    // One answer, kept once, in each of 300 rows.
    let mut lists = ListBuilder::new(StringDictionaryBuilder::<Int32Type>::new());
    for _ in 0..300 {
        lists.append_value([Some(&mebibyte)]);
    }
    let answers: ArrayRef = Arc::new(lists.finish());
    let small = with(&table(&rows, Strings::Plain), "obj_aliases", Some(answers));
    let once = packed().set_dictionary_page_size_limit(8 << 20);
    tables::parquet_with(&file("a.parquet"), &small, once);
    assert!(fs::metadata(file("a.parquet")).unwrap().len() < 100_000);
    let said = message(load(&file("a.parquet")));
    assert!(
        said.contains("a.parquet, row 257: with this row `obj_aliases` holds more"),
        "{said}"
    );
    tables::arrow_file(&file("a.feather"), &small, Some(CompressionType::ZSTD));
    let said = message(load(&file("a.feather")));
    assert!(said.contains("a.feather, row 257: "), "{said}");

    // 300 subjects that take next to nothing when compressed.
    let subjects: ArrayRef = Arc::new(StringArray::from(vec![mebibyte.as_str(); 300]));
    let large = with(&table(&rows, Strings::Plain), "sub_ent", Some(subjects));
    tables::parquet_with(
        &file("b.parquet"),
        &large,
        packed().set_dictionary_enabled(false),
    );
    let said = message(load(&file("b.parquet")));
    assert!(
        said.contains("bytes of text unpack to") && said.contains("268435456"),
        "{said}"
    );
    let sink = fs::File::create(file("b.feather")).unwrap();
    let options = IpcWriteOptions::default();
    let options = options
        .try_with_compression(Some(CompressionType::ZSTD))
        .unwrap();
    let mut writer = FileWriter::try_new_with_options(sink, &large.schema(), options).unwrap();
    writer.write(&large).unwrap();
    writer.finish().unwrap();
    let said = message(load(&file("b.feather")));
    assert!(said.contains("bytes of it unpack to"), "{said}");
}
