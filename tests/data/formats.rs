//! The same rows in any format fold to the same data.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_ipc::CompressionType;
use lamascope::data::{Dataset, Error, Progress, Source, Stage, Style, TemplateId, Watch};
use proptest::prelude::*;

use super::load;
use super::tables::{self, Row, STRINGS, Strings, expected, small, table};

/// Writes the rows in every format and string encoding.
fn every_format(folder: &Path, rows: &[Row]) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut path = |name: String| {
        paths.push(folder.join(name));
        paths[paths.len() - 1].clone()
    };
    for strings in STRINGS {
        let table = table(rows, strings);
        tables::parquet(&path(format!("{strings:?}.parquet")), &table, 3);
        tables::arrow_file(&path(format!("{strings:?}.arrow")), &table, None);
        tables::arrow_stream(&path(format!("{strings:?}.arrows")), &table);
    }
    let plain = table(rows, Strings::Plain);
    for compression in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let path = path(format!("{compression:?}.feather"));
        tables::arrow_file(&path, &plain, Some(compression));
    }
    tables::jsonl(&path("rows.jsonl".into()), rows);
    tables::csv(&path("json.csv".into()), rows, tables::json_list);
    tables::csv(&path("python.csv".into()), rows, tables::python_list);
    paths
}

#[test]
fn every_format_gives_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = expected(&small());
    let p36 = &wanted.relations[0];
    let ids: Vec<String> = p36.templates.iter().map(|t| t.id.to_string()).collect();
    assert_eq!(ids, ["m1", "a1", "a2"]);
    assert_eq!(p36.label, "capital");
    for path in every_format(folder.path(), &small()) {
        assert_eq!(load(&path).unwrap(), wanted, "{}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_rows_fold_the_same_in_every_format(rows in rows()) {
        let folder = tempfile::tempdir().unwrap();
        let wanted = expected(&rows);
        for path in every_format(folder.path(), &rows) {
            prop_assert_eq!(&load(&path).unwrap(), &wanted, "{}", path.display());
        }
    }
}

/// Facts of three relations times some of their templates, in any order, with strings that need
/// quoting.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = "[a-c'\"\\\\,\\[\\]é東🇮\n ]{0,6}x";
    let answers = prop::collection::vec(text, 1..4);
    let fact = (
        0..3usize,
        text,
        answers,
        prop::collection::vec(0..4usize, 1..6),
    );
    prop::collection::vec(fact, 1..8)
        .prop_map(|facts| {
            let numbered = facts.into_iter().enumerate();
            let rows = numbered.flat_map(|(number, (relation, subject, answers, templates))| {
                templates.into_iter().map(move |template| Row {
                    uuid: format!("u{number}"),
                    relation: ["P36", "P900", "P901"][relation].to_owned(),
                    subject: subject.clone(),
                    answers: answers.clone(),
                    template: format!("[X], {template}\n \"[Y]\""),
                    manual: template % 2 == 0,
                })
            });
            rows.collect::<Vec<_>>()
        })
        .prop_shuffle()
}

#[test]
fn shards_and_saved_folders_are_read_in_order() {
    let rows = small();
    let wanted = expected(&rows);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: &[Row]| {
        let table = table(rows, Strings::Plain);
        tables::parquet(&folder.path().join(name), &table, 100);
    };
    write("train-00001-of-00002.parquet", &rows[3..]);
    write("train-00000-of-00002.parquet", &rows[..3]);
    fs::write(folder.path().join("README.md"), "no data").unwrap();
    fs::write(folder.path().join(".hidden.csv"), "no data").unwrap();
    assert_eq!(load(folder.path()).unwrap(), wanted);

    // The order of a saved folder is its list's, not its names'.
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("train");
    fs::create_dir(&saved).unwrap();
    tables::arrow_stream(&saved.join("b.arrow"), &table(&rows[..4], Strings::Plain));
    tables::arrow_stream(&saved.join("a.arrow"), &table(&rows[4..], Strings::Plain));
    let state = r#"{"_data_files": [{"filename": "b.arrow"}, {"filename": "a.arrow"}]}"#;
    fs::write(saved.join("state.json"), state).unwrap();
    assert_eq!(load(&saved).unwrap(), wanted);

    fs::write(
        folder.path().join("dataset_dict.json"),
        r#"{"splits": ["train"]}"#,
    )
    .unwrap();
    assert_eq!(load(folder.path()).unwrap(), wanted);
}

#[test]
fn many_small_row_groups_fold_like_one() {
    let rows: Vec<Row> = (0..600)
        .map(|i| {
            let (fact, template) = (i * 7 % 60, i % 13);
            let template = format!("[X] {template} [Y]");
            let relation = format!("P{}", fact % 5);
            let mut row = tables::row(&format!("u{fact}"), &relation, "s", &template, i % 3 == 0);
            row.subject = format!("subject {fact}");
            row.answers = vec![format!("answer {fact}")];
            row
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for (name, range) in [("a.parquet", 0..250), ("b.parquet", 250..600)] {
        let table = table(&rows[range], Strings::Plain);
        tables::parquet(&folder.path().join(name), &table, 7);
    }
    assert_eq!(load(folder.path()).unwrap(), expected(&rows));
}

#[test]
fn web_questions_load_through_the_same_path() {
    let folder = tempfile::tempdir().unwrap();
    let line = |uuid: &str, q: &str| {
        serde_json::json!({
            "uuid": uuid, "paraphrase0": format!("what is {q}?"), "paraphrase1": format!("{q}?"),
            "paraphrase2": format!("tell me {q}"), "answers": [q.to_uppercase()],
        })
    };
    let path = folder.path().join("webqa.jsonl");
    fs::write(
        &path,
        format!("{}\n{}\n", line("u1", "a, b"), line("u2", "c")),
    )
    .unwrap();
    let data = load(&path).unwrap();
    assert_eq!(data.style, Style::WebQuestions);
    assert_eq!(data.relations.len(), 1);
    assert_eq!(data.relations[0].id, "webqa");
    let ids: Vec<TemplateId> = data.relations[0].templates.iter().map(|t| t.id).collect();
    let wanted = [
        TemplateId::manual(1),
        TemplateId::auto(1),
        TemplateId::auto(2),
    ];
    assert_eq!(ids, wanted);
    assert_eq!(data.facts[0].answers, ["A, B"]);
    assert_eq!(data.question(&data.facts[1], 2), "tell me c");

    let path = folder.path().join("webqa.csv");
    let csv = "answers,uuid,paraphrase0,paraphrase1,paraphrase2\n\
               \"['A, B']\",u1,\"what is a, b?\",\"a, b?\",\"tell me a, b\"\n\
               \"[\"\"C\"\"]\",u2,what is c?,c?,tell me c\n";
    fs::write(&path, csv).unwrap();
    assert_eq!(load(&path).unwrap(), data);

    let mut columns = Vec::new();
    for i in 0..3 {
        let of = |fact: &lamascope::data::Fact| fact.paraphrases[i].clone();
        let texts: Vec<String> = data.facts.iter().map(of).collect();
        columns.push((format!("paraphrase{i}"), tables::strings(&texts)));
    }
    columns.push(("uuid".into(), tables::strings(&["u1".into(), "u2".into()])));
    let answers: Vec<Vec<String>> = data.facts.iter().map(|f| f.answers.clone()).collect();
    columns.push(("answers".into(), tables::lists(&answers)));
    let table = arrow_array::RecordBatch::try_from_iter(columns).unwrap();
    for name in ["webqa.parquet", "webqa.arrow"] {
        let path = folder.path().join(name);
        match name.ends_with("parquet") {
            true => tables::parquet(&path, &table, 1),
            false => tables::arrow_file(&path, &table, None),
        }
        assert_eq!(load(&path).unwrap(), data, "{name}");
    }
}

#[test]
fn loading_tells_its_progress_and_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    for path in every_format(folder.path(), &small()) {
        let seen: Mutex<Vec<Progress>> = Mutex::default();
        let cancel = AtomicBool::new(false);
        let watch = Watch {
            cancel: &cancel,
            report: &|progress| seen.lock().unwrap().push(progress),
        };
        let source = Source::Path(path.clone());
        Dataset::load(&source, Style::default(), watch).unwrap();
        let seen = seen.into_inner().unwrap();
        assert!(seen.iter().all(|p| p.done <= p.total), "{seen:?}");
        let most = seen.iter().max_by_key(|p| p.done).unwrap();
        if most.stage == Stage::Rows {
            assert_eq!((most.done, most.total), (7, 7));
        } else {
            assert!(most.done > 0, "{}", path.display());
        }
    }
    let cancel = AtomicBool::new(true);
    let watch = Watch {
        cancel: &cancel,
        ..Watch::none()
    };
    let source = Source::Path(folder.path().join("Plain.parquet"));
    let result = Dataset::load(&source, Style::default(), watch);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    assert!(cancel.load(Ordering::Relaxed));
}

#[test]
fn the_shared_formats_are_equal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/formats");
    if !folder.is_dir() {
        println!("skipped: {} does not exist", folder.display());
        return;
    }
    let plain = load(&folder.join("plain.parquet")).unwrap();
    let entries = fs::read_dir(&folder).unwrap();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() >= 13, "{paths:?}");
    for path in paths {
        let data = load(&path).unwrap();
        if path.ends_with("shuffled.parquet") {
            assert_eq!(as_sets(&data), as_sets(&plain));
        } else {
            assert_eq!(data, plain, "{}", path.display());
        }
    }
}

/// Everything that does not depend on the order of rows.
fn as_sets(data: &Dataset) -> (BTreeSet<String>, BTreeSet<String>) {
    let templates = data.relations.iter().flat_map(|r| {
        let of =
            move |t: &lamascope::data::Template| format!("{} {} {}", r.id, t.is_manual(), t.text);
        r.templates.iter().map(of)
    });
    let facts = data.facts.iter().map(|f| {
        let relation = &data.relation_of(f).id;
        format!("{} {relation} {} {:?}", f.uuid, f.subject, f.answers)
    });
    (templates.collect(), facts.collect())
}
