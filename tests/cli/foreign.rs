//! Files that other programs wrote, and text in them that must not steer a terminal.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{data, folder, json as output, lamascope, run, stdout, write};

/// A folder of `../shared/cases`, where it lies there.
fn case(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/cases")
        .join(name);
    folder.is_dir().then_some(folder)
}

/// Runs a command that must fail, and returns its one line.
#[track_caller]
fn failure(home: &Path, args: &[&str]) -> String {
    let failed = lamascope(home).args(args).assert().code(1);
    let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

/// As in the originals' files: no relation, no template ids, no verdict, lists as Python prints them.
const ORIGINAL: &str = "\
uuid,answers,prediction,generation,correctness,paraphrases,prompts,predict_lemma,answer_lemmas
2eac5279493e913-000000000000001,\"['Paris', 'City of Light']\",Paris,Paris,,\"('The capital of France is [MASK].', \"\"France's capital: [MASK].\"\")\",\"('Q: a\\nA:', 'Q: b\\nA:')\",['paris'],\"[['paris'], ['city', 'of', 'light']]\"
e772dad2b624394-000000000000002,['Turin' 'Torino'],Italy,\"Italy
\",,\"('a [MASK].', 'b [MASK].')\",\"('Q: a', 'Q: b')\",['italy'],\"[['turin'], ['torino']]\"
2eac5279493e913-000000000000003,['cities'],city,city,,\"('a [MASK].',)\",\"('Q: a',)\",['city'],[['cities']]
fffffffffffffff-000000000000004,['x'],,,,\"('a [MASK].',)\",\"('Q: a',)\",[],[['x']]
";

/// Old runs stand beside new ones: relations follow from the uuids, verdicts are made anew, the same facts are compared.
#[test]
fn the_originals_results_are_reported_and_compared() {
    let home = folder();
    write(home.path(), "old.csv", ORIGINAL);
    let ours = |uuid: &str, correct: bool| {
        let row = json!({
            "uuid": uuid, "relation": "P36", "templates": ["m1"], "prediction": "x",
            "correct": correct, "correct_bidirectional": correct,
        });
        format!("{row}\n")
    };
    let rows = ours("2eac5279493e913-000000000000001", false) + &ours("elsewhere", true);
    write(home.path(), "new.jsonl", &rows);
    let report = output(lamascope(home.path()).args(["report", "old.csv", "new.jsonl", "--json"]));
    let old = &report["runs"][0];
    assert_eq!((&old["facts"], &old["correct"]), (&json!(4), &json!(2)));
    let relations = old["relations"].as_array().expect("relations");
    let counts: Vec<_> = relations
        .iter()
        .map(|of| (of["id"].as_str().expect("a text"), of["correct"].clone()))
        .collect();
    assert_eq!(
        counts,
        [("P19", json!(0)), ("P36", json!(2)), ("unknown", json!(0))]
    );
    // Of its own lemmas one verdict differs: "cities" was not reduced there.
    assert_eq!(
        old["original"],
        json!({"with_lemmas": 4, "same_verdict": 3})
    );
    let pair = &report["comparisons"][0];
    assert_eq!(
        (&pair["facts"], &pair["only_first"]),
        (&json!(1), &json!(1))
    );

    let text = stdout(lamascope(home.path()).args(["report", "old.csv"]));
    for part in [
        "1 to 2 wordings of each question, without ids",
        "anew, from prediction and answers; as by the file's own lemmas in 3 of 4 rows",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let scored = output(lamascope(home.path()).args(["score", "old.csv", "--json"]));
    assert_eq!((&scored["n"], &scored["correct"]), (&json!(4), &json!(2)));
}

/// `per_prompt` of the originals writes a fact's rows apart, and without lemmas.
#[test]
fn the_originals_rows_of_one_fact_may_stand_apart() {
    let home = folder();
    let row = |fact: usize, prediction: &str| {
        format!(
            "2eac5279493e913-00000000000000{fact},\"['Paris']\",p,q,{prediction},{prediction}\n"
        )
    };
    let rows = [
        row(1, "Paris"),
        row(2, "Rome"),
        row(1, "Paris"),
        row(2, "Paris"),
    ]
    .concat();
    let header = "uuid,answers,paraphrase,prompt,prediction,generation\n";
    write(home.path(), "old.csv", &format!("{header}{rows}"));
    let report = output(lamascope(home.path()).args(["report", "old.csv", "--json"]));
    let run = &report["runs"][0];
    assert_eq!((&run["facts"], &run["n"]), (&json!(2), &json!(4)));
    assert_eq!(run["several"]["consistency"], json!(0.5));
}

#[test]
fn a_byte_order_mark_is_skipped_everywhere() {
    let home = folder();
    if let Some(case) = case("bom") {
        let scored = output(
            lamascope(home.path())
                .arg("score")
                .arg(case.join("pred.jsonl"))
                .arg("--json"),
        );
        assert_eq!((&scored["n"], &scored["correct"]), (&json!(1), &json!(1)));
    }
    let mark = "\u{feff}";
    let rows = r#"{"prediction": "Paris", "answers": ["Paris"]}"#;
    write(home.path(), "p.jsonl", &format!("{mark}{rows}\n"));
    write(
        home.path(),
        "p.csv",
        &format!("{mark}prediction,answers\nParis,['Paris']\n"),
    );
    for file in ["p.jsonl", "p.csv"] {
        let scored = output(lamascope(home.path()).args(["score", file, "--json"]));
        assert_eq!(
            (&scored["n"], &scored["correct"]),
            (&json!(1), &json!(1)),
            "{file}"
        );
    }
    write(home.path(), "uuids.txt", &format!("{mark}P36-France\r\n"));
    write(
        home.path(),
        "shots.json",
        &format!(r#"{mark}{{"instruction": "I", "shots": [["q", "a"]]}}"#),
    );
    fs::create_dir_all(home.path().join("lamascope/sets")).expect("room");
    write(
        home.path(),
        "lamascope/sets/two.toml",
        &format!("{mark}[templates]\nP36 = [\"m1\"]\n"),
    );
    let text = stdout(run(home.path()).args([
        "--few-shot",
        "1",
        "--uuids",
        "uuids.txt",
        "--shots",
        "shots.json",
        "--set",
        "two",
    ]));
    assert!(text.contains("1 of 1 relation\n"), "{text}");
}

#[test]
fn another_encoding_is_named_with_the_way_out() {
    let home = folder();
    data(home.path());
    let utf16 = |text: &str| -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    for (name, text, command) in [
        (
            "p.csv",
            "prediction,answers\nx,['x']\n",
            ["score"].as_slice(),
        ),
        ("r.csv", "uuid,relation\n", &["report"]),
        ("p.jsonl", "{\"prediction\": \"x\"}\n", &["score"]),
        (
            "u.txt",
            "P36-France\n",
            &["data", "--data", "data.jsonl", "--uuids"],
        ),
        ("s.json", "{}", &["run", "--data", "data.jsonl", "--shots"]),
        ("d.csv", "uuid,rel_uri\n", &["data", "--data"]),
    ] {
        fs::write(home.path().join(name), utf16(text)).expect("room");
        let message = failure(home.path(), &[command, &[name]].concat());
        assert!(message.contains(name), "{message}");
        assert!(
            message.contains("is UTF-16: save the file as UTF-8"),
            "{message}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_not_read_to_it() {
    let home = folder();
    data(home.path());
    for args in [
        ["data", "--data", "data.jsonl", "--uuids", "/dev/zero"].as_slice(),
        &["run", "--data", "data.jsonl", "--shots", "/dev/zero"],
    ] {
        let message = failure(home.path(), args);
        assert!(message.contains("/dev/zero"), "{message}");
        assert!(message.contains("is larger than 64 MiB"), "{message}");
    }
    for (name, command) in [
        ("zero.jsonl", ["score"].as_slice()),
        ("zero.csv", &["score"]),
        ("zero.jsonl", &["data", "--data"]),
        ("zero.csv", &["data", "--data"]),
    ] {
        let link = home.path().join(name);
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink("/dev/zero", link).expect("room");
        let message = failure(home.path(), &[command, &[name]].concat());
        assert!(message.contains("is larger than 64 MiB"), "{message}");
    }
}

#[test]
fn degrees_are_split_as_spacy_splits_them() {
    let home = folder();
    if let Some(case) = case("degree-c") {
        let scored = output(
            lamascope(home.path())
                .arg("score")
                .arg(case.join("pred.jsonl"))
                .arg("--json"),
        );
        assert_eq!((&scored["n"], &scored["correct"]), (&json!(2), &json!(2)));
    }
    for unit in ["C", "F", "K", "c", "f", "k"] {
        let row = json!({"prediction": format!("20 °{unit}."), "answers": [format!("20 °{unit}")]});
        write(home.path(), "p.jsonl", &row.to_string());
        let scored = output(lamascope(home.path()).args(["score", "p.jsonl", "--json"]));
        assert_eq!(scored["correct"], 1, "{unit}");
    }
}

#[test]
fn nan_in_saved_predictions_is_a_missing_value() {
    let home = folder();
    let row = r#"{"prediction": "Paris", "answers": ["Paris"], "confidence": NaN}"#;
    write(home.path(), "p.jsonl", row);
    let scored =
        output(lamascope(home.path()).args(["score", "p.jsonl", "--json", "--out", "s.jsonl"]));
    assert_eq!(scored["correct"], 1);
    let written = fs::read_to_string(home.path().join("s.jsonl")).expect("text");
    assert!(written.contains("\"confidence\":null"), "{written}");
    write(home.path(), "p.jsonl", &row.replace("[\"Paris\"]", "NaN"));
    let message = failure(home.path(), &["score", "p.jsonl"]);
    assert!(
        message.contains("column `answers`: expected a list of texts, found nothing (null or NaN)"),
        "{message}"
    );
}

/// Results that another program wrote through Arrow are read through the footer, like data.
#[test]
fn saved_predictions_of_any_arrow_writer_are_read() {
    let home = folder();
    run(home.path())
        .args(["--out", "r.feather"])
        .assert()
        .success();
    let path = home.path().join("r.feather");
    let before = output(lamascope(home.path()).args(["report", "r.feather", "--json"]));
    let mut bytes = fs::read(&path).expect("just written");
    // The message in front of the batches, which readers of files do not need.
    bytes[8..40].fill(0xA5);
    fs::write(&path, bytes).expect("room");
    assert_eq!(
        output(lamascope(home.path()).args(["report", "r.feather", "--json"])),
        before
    );
    let scored = output(lamascope(home.path()).args(["score", "r.feather", "--json"]));
    assert_eq!(scored["n"], before["runs"][0]["n"]);
}

/// Control characters, a bidi override, a zero-width space, U+007F and a C1 control.
const HOSTILE: &str = "x\u{1b}[31m\u{202e}y\u{200b}\u{7f}\u{9b}2J";

#[track_caller]
fn harmless(output: &std::process::Output, what: &str) {
    for stream in [&output.stdout, &output.stderr] {
        let text = String::from_utf8(stream.clone()).expect("text");
        let acts = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
        assert!(!text.contains(acts), "{what}: {text:?}");
        if !text.is_empty() {
            assert!(text.contains("202e"), "{what} does not show it: {text:?}");
        }
    }
}

#[test]
fn foreign_text_does_not_steer_the_terminal() {
    let home = folder();
    let row = |relation: &str, uuid: &str| {
        json!({
            "uuid": uuid, "rel_uri": relation, "sub_ent": "s", "obj_aliases": ["a"],
            "template": "[X] [Y]", "is_manual": true,
        })
        .to_string()
    };
    write(home.path(), "d.jsonl", &row(HOSTILE, HOSTILE));
    let mut bad: serde_json::Value = serde_json::from_str(&row("P1", "u")).expect("JSON");
    bad["template"] = HOSTILE.into();
    write(home.path(), "bad.jsonl", &bad.to_string());
    write(home.path(), "names.csv", &format!("uuid,{HOSTILE}\n1,2\n"));
    write(home.path(), "uuids.txt", &format!("no {HOSTILE}\n"));
    write(home.path(), &format!("{HOSTILE}.csv"), "a\n");
    fs::create_dir(home.path().join("saved")).expect("room");
    let state = json!({"_data_files": [{"filename": format!("{HOSTILE}.arrow")}]});
    write(home.path(), "saved/state.json", &state.to_string());
    let result = |templates: &str, uuid: &str| {
        json!({
            "uuid": uuid, "relation": HOSTILE, "templates": [templates], "prediction": HOSTILE,
            "correct": true, "correct_bidirectional": true,
        })
        .to_string()
    };
    write(home.path(), "ids.jsonl", &result(HOSTILE, "u"));
    write(home.path(), "good.jsonl", &result("m1", "u"));
    let apart = [
        result("m1", HOSTILE),
        result("m1", "u"),
        result("m1", HOSTILE),
    ];
    write(home.path(), "apart.jsonl", &apart.join("\n"));
    fs::create_dir_all(home.path().join("lamascope/sets")).expect("room");
    write(
        home.path(),
        "lamascope/sets/bad.toml",
        // Control characters have to be escaped in TOML.
        &format!(
            "[templates]\nP36 = [{}]\n",
            toml::Value::from(format!("m1 {HOSTILE}"))
        ),
    );

    let file = format!("{HOSTILE}.csv");
    for args in [
        ["data", "--data", "d.jsonl"].as_slice(),
        &["data", "--data", "d.jsonl", "--json"],
        &["data", "--data", "d.jsonl", "--relation", HOSTILE],
        &["data", "--data", "d.jsonl", "--relation", "P36"],
        &["data", "--data", "d.jsonl", "--uuids", "uuids.txt"],
        &["data", "--data", "bad.jsonl"],
        &["data", "--data", "names.csv"],
        &["data", "--data", "saved"],
        &["data", "--data", &file],
        &["run", "--data", "d.jsonl", "--set", "bad"],
        &["report", "ids.jsonl"],
        &["report", "good.jsonl"],
        &["report", "good.jsonl", "--json"],
        &["report", "apart.jsonl"],
        &["score", &file],
        &["run", "--method", HOSTILE],
        &[HOSTILE],
    ] {
        let output = lamascope(home.path()).args(args).output().expect("it runs");
        harmless(&output, &format!("{args:?}"));
    }
    // Escapes mean the same to whoever reads the JSON.
    let counts = output(lamascope(home.path()).args(["data", "--data", "d.jsonl", "--json"]));
    assert_eq!(counts["relations"][0]["id"], HOSTILE);
}
