//! Bad input: one line that names the place, what was expected, and what to do. Never a panic.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};

use super::load;
use super::tables::{self, Row, Strings, json, row, small, table, with};

/// Loads what must fail; checks that the message is one line and holds all of `parts`.
#[track_caller]
fn refused(path: &Path, parts: &[&str]) {
    let message = match load(path) {
        Ok(_) => panic!("{} was accepted", path.display()),
        Err(error) => error.to_string(),
    };
    assert!(!message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

/// Writes the rows in each family of formats and expects the same complaint about row `number`.
#[track_caller]
fn refused_row(rows: &[Row], number: usize, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let batch = table(rows, Strings::Dictionary);
    tables::parquet(&file("a.parquet"), &batch, 2);
    tables::arrow_file(&file("a.arrow"), &table(rows, Strings::Plain), None);
    tables::jsonl(&file("a.jsonl"), rows);
    tables::csv(&file("a.csv"), rows, tables::json_list);
    for name in ["a.parquet", "a.arrow", "a.jsonl", "a.csv"] {
        let place = format!("{name}, row {number}: ");
        let parts: Vec<&str> = parts.iter().copied().chain([place.as_str()]).collect();
        refused(&file(name), &parts);
    }
}

#[test]
fn templates_need_both_marks_once() {
    for (template, mark) in [
        ("The capital is [Y].", "[X] 0 times"),
        ("[X] has a capital.", "[Y] 0 times"),
        ("[X], [X] and [Y]", "[X] 2 times"),
        ("[Y] [X] [Y]", "[Y] 2 times"),
    ] {
        let mut rows = small();
        rows[4].template = template.to_owned();
        refused_row(&rows, 5, &["`template`", mark, "once each"]);
    }
}

#[test]
fn empty_values_are_refused() {
    for (change, column) in [
        ((|r| r.uuid.clear()) as fn(&mut Row), "`uuid` is empty"),
        (|r| r.relation = " ".into(), "`rel_uri` is empty"),
        (|r| r.subject.clear(), "`sub_ent` is empty"),
        (|r| r.template.clear(), "`template` is empty"),
        (|r| r.answers.clear(), "`obj_aliases` is an empty list"),
        (
            |r| r.answers[1].clear(),
            "entry 2 of `obj_aliases` is an empty string",
        ),
    ] {
        let mut rows = small();
        change(&mut rows[6]);
        refused_row(&rows, 7, &[column, "expected"]);
    }
}

#[test]
fn rows_that_contradict_are_refused() {
    let mut rows = small();
    rows[5].subject = "Korea".into();
    refused_row(&rows, 6, &["uuid `u2`", "`Korea`", "`Japan`", "own uuid"]);
    let mut rows = small();
    rows.push(row("u1", "P999", "France", "[X] is near [Y].", true));
    refused_row(&rows, 8, &["uuid `u1`", "`P999`", "`P36`"]);

    let web = r#"{"uuid": "u", "paraphrase0": "Q?", "answers": ["a"]}"#;
    let other = web.replace("Q?", "R?");
    refused_text(
        "a.jsonl",
        format!("{web}\n{web}\n{other}\n"),
        &["row 3: ", "`R?`", "`Q?`"],
    );
}

#[test]
fn columns_must_be_there_and_of_the_right_type() {
    let folder = tempfile::tempdir().unwrap();
    let good = table(&small(), Strings::Plain);
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1; 7]));
    let check = |name: &str, column: Option<ArrayRef>, parts: &[&str]| {
        let bad = with(&good, name, column);
        let parquet = folder.path().join("a.parquet");
        tables::parquet(&parquet, &bad, 100);
        refused(&parquet, parts);
        let arrow = folder.path().join("a.arrow");
        tables::arrow_file(&arrow, &bad, None);
        refused(&arrow, parts);
    };
    for name in [
        "uuid",
        "rel_uri",
        "sub_ent",
        "obj_aliases",
        "template",
        "is_manual",
    ] {
        let missing = format!("no column `{name}`");
        check(name, None, &["a.", &missing, "`sub_uri`", "expected uuid"]);
        let wrong = format!("column `{name}` holds Int64, expected ");
        check(name, Some(numbers.clone()), &["a.", &wrong, "convert"]);
    }
    let strings: ArrayRef = Arc::new(StringArray::from(vec!["[\"a\"]"; 7]));
    check(
        "obj_aliases",
        Some(strings.clone()),
        &["Utf8", "expected lists of strings"],
    );
    check(
        "is_manual",
        Some(strings),
        &["Utf8", "expected true or false"],
    );
}

#[test]
fn nulls_are_refused_with_their_row() {
    let folder = tempfile::tempdir().unwrap();
    let good = table(&small(), Strings::Plain);
    let texts = |of: fn(&Row) -> &str| {
        let rows = small();
        let texts = rows
            .iter()
            .enumerate()
            .map(|(i, row)| (i != 3).then(|| of(row).to_owned()));
        Arc::new(texts.collect::<StringArray>()) as ArrayRef
    };
    let flags: ArrayRef = Arc::new(BooleanArray::from_iter(
        (0..7).map(|i| (i != 3).then_some(true)),
    ));
    let mut lists = ListBuilder::new(StringBuilder::new());
    let mut items = ListBuilder::new(StringBuilder::new());
    for i in 0..7 {
        lists.append_option((i != 3).then_some([Some("a")]));
        items.append_value([Some("a"), (i != 3).then_some("b")]);
    }
    let (lists, items) = (Arc::new(lists.finish()), Arc::new(items.finish()));
    for (name, column) in [
        ("template", texts(|r| &r.template)),
        ("uuid", texts(|r| &r.uuid)),
        ("sub_ent", texts(|r| &r.subject)),
        ("is_manual", flags),
    ] {
        check_null(folder.path(), &with(&good, name, Some(column)), name, 4);
    }
    // Answers are read in first rows only; row 4 is the first of fact u2.
    check_null(
        folder.path(),
        &with(&good, "obj_aliases", Some(lists)),
        "obj_aliases",
        4,
    );
    check_null(
        folder.path(),
        &with(&good, "obj_aliases", Some(items)),
        "obj_aliases",
        4,
    );

    let mut line = json(&small()[0]);
    line["sub_ent"] = serde_json::Value::Null;
    refused_text(
        "a.jsonl",
        line.to_string(),
        &["row 1: ", "`sub_ent` is null", "a string"],
    );
}

#[track_caller]
fn check_null(folder: &Path, table: &RecordBatch, name: &str, row: usize) {
    let column = format!("`{name}`");
    for rows_per_group in [2, 100] {
        let path = folder.join("a.parquet");
        tables::parquet(&path, table, rows_per_group);
        refused(
            &path,
            &[
                "null",
                "expected",
                &column,
                &format!("a.parquet, row {row}: "),
            ],
        );
    }
    let path = folder.join("a.arrow");
    tables::arrow_file(&path, table, None);
    refused(
        &path,
        &[
            "null",
            "expected",
            &column,
            &format!("a.arrow, row {row}: "),
        ],
    );
}

#[track_caller]
fn refused_text(name: &str, text: impl AsRef<[u8]>, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let parts: Vec<&str> = parts.iter().copied().chain([name]).collect();
    refused(&path, &parts);
}

#[test]
fn wrong_text_is_refused_with_its_row() {
    let good = json(&small()[0]);
    let change = |key: &str, value: serde_json::Value| {
        let mut line = good.clone();
        line[key] = value;
        format!("{good}\n{line}\n")
    };
    let jsonl = |text: String, parts: &[&str]| refused_text("a.jsonl", text, parts);
    jsonl(
        change("uuid", 5.into()),
        &["row 2: ", "`uuid` is a number", "a string"],
    );
    jsonl(
        change("is_manual", "yes".into()),
        &["`is_manual` is a string", "true or false"],
    );
    jsonl(
        change("obj_aliases", "x".into()),
        &["`obj_aliases` is a string", "list of strings"],
    );
    jsonl(
        change("obj_aliases", vec![1].into()),
        &["`obj_aliases`", "strings only"],
    );
    let mut short = good.clone();
    short.as_object_mut().unwrap().remove("template");
    jsonl(
        format!("{good}\n\n{short}"),
        &["row 3: ", "no key `template`"],
    );
    jsonl(short.to_string(), &["no column `template`"]);
    jsonl(format!("{good}\n[1, 2]"), &["row 2: ", "not a JSON object"]);
    jsonl(
        format!("{good}\n{}", &good.to_string()[..50]),
        &["row 2: ", "not a JSON object"],
    );
    jsonl(
        good.to_string().replace("{", "{\"uuid\": \"v\", "),
        &["row 1: ", "twice"],
    );
    jsonl(String::new(), &["holds no rows"]);

    let header = "uuid,rel_uri,sub_ent,obj_aliases,template,is_manual\n";
    let csv = |rows: &str, parts: &[&str]| refused_text("a.csv", format!("{header}{rows}"), parts);
    let good = "u,P1,France,\"[\"\"a\"\"]\",[X] [Y],True\n";
    let first = |list: &str, manual: &str| format!("{good}v,P1,Japan,{list},[X] [Y],{manual}\n");
    csv(
        &first("Paris", "True"),
        &["row 2: ", "`obj_aliases` is not a list", "expected"],
    );
    csv(
        &first("[Paris]", "True"),
        &["row 2: ", "`obj_aliases`", "quoted strings"],
    );
    csv(
        &first("['Paris]", "True"),
        &["row 2: ", "`obj_aliases`", "closing"],
    );
    csv(
        &first("[]", "True"),
        &["row 2: ", "`obj_aliases` is an empty list"],
    );
    csv(
        &first("['a']", "yes"),
        &["row 2: ", "`is_manual` is `yes`", "True or False"],
    );
    csv(
        &format!("{good}v,P1,Japan\n"),
        &["row 2: ", "3 fields", "expected 6"],
    );
    csv("", &["holds no rows"]);
    refused_text(
        "a.csv",
        "uuid,rel_uri\n1,2\n",
        &["no column `sub_ent`", "`uuid`, `rel_uri`"],
    );
    refused_text("a.csv", "", &["holds no rows"]);
}

#[test]
fn what_is_not_utf8_is_refused() {
    let mut line = json(&small()[0]).to_string().into_bytes();
    let at = line.windows(6).position(|w| w == b"France").unwrap();
    line[at] = 0xff;
    refused_text("a.jsonl", &line, &["row 1: ", "not UTF-8"]);

    let mut csv = b"uuid,rel_uri,sub_ent,obj_aliases,template,is_manual\n".to_vec();
    csv.extend(b"u,P1,Fran\xe7ois,\"['a']\",[X] [Y],True\n");
    refused_text("a.csv", &csv, &["row 1: ", "`sub_ent` is not UTF-8"]);
    refused_text("b.csv", b"uuid,\xff\n", &["header is not UTF-8"]);

    let folder = tempfile::tempdir().unwrap();
    let table = table(&small(), Strings::Plain);
    for name in ["a.parquet", "a.arrow"] {
        let path = folder.path().join(name);
        match name {
            "a.parquet" => tables::parquet(&path, &table, 100),
            _ => tables::arrow_file(&path, &table, None),
        }
        let mut bytes = fs::read(&path).unwrap();
        let places: Vec<usize> = (0..bytes.len() - 5)
            .filter(|&at| &bytes[at..at + 5] == b"Japan")
            .collect();
        assert!(!places.is_empty(), "{name}");
        places.iter().for_each(|&at| bytes[at] = 0xff);
        fs::write(&path, bytes).unwrap();
        refused(&path, &[name, "not a complete"]);
    }
}

#[test]
fn damaged_files_are_refused_or_read_but_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let rows = small();
    let batch = table(&rows, Strings::Plain);
    let file = |name: &str| folder.path().join(name);
    tables::parquet(&file("a.parquet"), &batch, 3);
    tables::arrow_file(&file("a.arrow"), &batch, None);
    let lz4 = Some(arrow_ipc::CompressionType::LZ4_FRAME);
    tables::arrow_file(&file("a.feather"), &batch, lz4);
    tables::arrow_stream(&file("a.arrows"), &batch);
    for name in ["a.parquet", "a.arrow", "a.feather", "a.arrows"] {
        let whole = fs::read(file(name)).unwrap();
        for cut in (0..whole.len()).step_by(41) {
            fs::write(file(name), &whole[..cut]).unwrap();
            refused(&file(name), &[name]);
        }
        for at in (0..whole.len()).step_by(17) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x5a;
            fs::write(file(name), &bytes).unwrap();
            if let Err(error) = load(&file(name)) {
                assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
}

#[test]
fn paths_that_are_no_data_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    refused(
        &root.join("none.parquet"),
        &["none.parquet", "no such file", "check the path"],
    );
    refused_text("a.txt", "", &["unknown kind of file", ".parquet"]);
    refused_text("a", "", &["unknown kind of file"]);
    refused(root, &["no data in this folder", ".feather"]);

    fs::write(root.join("state.json"), "{}").unwrap();
    refused(root, &["state.json", "_data_files"]);
    fs::write(root.join("state.json"), r#"{"_data_files": []}"#).unwrap();
    refused(root, &["lists no data files"]);
    fs::write(
        root.join("state.json"),
        r#"{"_data_files": [{"filename": "x.arrow"}]}"#,
    )
    .unwrap();
    refused(root, &["x.arrow", "no such file"]);
    fs::remove_file(root.join("state.json")).unwrap();
    fs::write(
        root.join("dataset_dict.json"),
        r#"{"splits": ["test", "dev"]}"#,
    )
    .unwrap();
    refused(root, &["test, dev", "give one"]);
    fs::remove_file(root.join("dataset_dict.json")).unwrap();

    tables::jsonl(&root.join("a.jsonl"), &small());
    let web = r#"{"uuid": "u", "paraphrase0": "Q?", "answers": ["a"]}"#;
    fs::write(root.join("b.jsonl"), web).unwrap();
    refused(
        root,
        &["b.jsonl", "a.jsonl", "WebQuestions", "one kind of data"],
    );
    tables::csv(&root.join("c.csv"), &small(), tables::json_list);
    refused(root, &["mixes formats", "`a.jsonl`", "`c.csv`"]);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.parquet");
    tables::parquet(&path, &table(&[], Strings::Plain), 100);
    refused(&path, &["empty.parquet", "holds no rows"]);
}
