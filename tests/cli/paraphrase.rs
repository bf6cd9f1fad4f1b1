//! `paraphrase`: what is drawn is told, and what is written can be asked. The tiny models write gibberish, which a question
//! without names and gap lets pass.

use std::path::Path;

use serde_json::Value;

use crate::support::{
    column, data, fixture, folder, json, lamascope, records, stdout, templates, write,
};

const QUESTION: &str = "what is it made of?";

fn paraphrase(home: &Path, options: &[&str]) -> assert_cmd::Command {
    let mut command = lamascope(home);
    command.arg("paraphrase").args(options);
    command.arg("--model").arg(fixture("tiny-llama"));
    command.args(["--device", "cpu", "--max-new-tokens", "4"]);
    command
}

fn texts<'a>(of: &'a Value, which: &str) -> Vec<(&'a str, u64)> {
    let one = |of: &'a Value| {
        let text = of["text"].as_str().expect("a text");
        (text, of["times"].as_u64().expect("how often"))
    };
    let list = of["questions"][0][which].as_array().expect("a list");
    list.iter().map(one).collect()
}

#[test]
fn variants_make_a_table_that_can_be_asked() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    let options = [
        QUESTION,
        "--answer",
        "wood",
        "--samples",
        "30",
        "--variants",
        "4",
    ];
    for name in ["q.jsonl", "q.csv"] {
        let found = json(paraphrase(home.path(), &options).args(["--json", "--out", name]));
        let kept = texts(&found, "variants");
        assert_eq!(kept.len(), 4);
        assert!(kept.is_sorted_by(|a, b| a.1 >= b.1), "{kept:?}");
        lamascope(home.path())
            .args([
                "run",
                "--data",
                name,
                "--method",
                "per-prompt",
                "--num-auto",
                "9",
            ])
            .args(["--few-shot", "0", "--out", "r.feather", "--overwrite"])
            .arg("--model")
            .arg(fixture("tiny-llama"))
            .assert()
            .success();
        let asked: Vec<String> = records(&path("r.feather"))
            .iter()
            .flat_map(|record| record.texts("questions").expect("a list"))
            .collect();
        let wanted: Vec<&str> = [QUESTION]
            .into_iter()
            .chain(kept.iter().map(|of| of.0))
            .collect();
        assert_eq!(asked, wanted);
        assert_eq!(column(&path("r.feather"), "subject")[0], QUESTION);
        assert_eq!(templates(&path("r.feather")), "m1");
    }
    // An existing file stays.
    paraphrase(home.path(), &options)
        .args(["--out", "q.csv"])
        .assert()
        .code(1);
    // More variants than there are.
    let output = paraphrase(
        home.path(),
        &[QUESTION, "--answer", "wood", "--samples", "3"],
    )
    .args(["--out", "few.csv"])
    .assert()
    .code(1);
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("lower --variants"), "{said}");
    assert!(!path("few.csv").exists());
}

#[test]
fn the_same_seed_draws_the_same() {
    let home = folder();
    let drawn = |options: &[&str]| {
        let options = [&[QUESTION, "--variants", "99", "--json"], options].concat();
        json(&mut paraphrase(home.path(), &options))
    };
    let first = drawn(&[]);
    assert_eq!(first, drawn(&["--batch", "1"]));
    assert_ne!(first, drawn(&["--seed", "1"]));
    // Everything that was drawn is told.
    let all = [texts(&first, "variants"), texts(&first, "dropped")].concat();
    assert_eq!(all.iter().map(|of| of.1).sum::<u64>(), 20);
    // A cold nucleus holds one text.
    let cold = drawn(&["--temperature", "0.01", "--top-p", "0.01"]);
    assert_eq!(texts(&cold, "variants").len(), 1);
    // Given examples and a name to keep are read.
    write(
        home.path(),
        "s.json",
        r#"{"instruction": "Say it.", "shots": []}"#,
    );
    assert_ne!(first, drawn(&["--shots", "s.json"]));
    let kept = drawn(&["--keep", "Zanzibar"]);
    assert_eq!(kept["questions"][0]["dropped"][0]["why"], "lost Zanzibar");
}

#[test]
fn what_lost_its_subject_is_dropped_and_told() {
    let home = folder();
    let data = data(home.path());
    let asked = |options: &[&str]| {
        let mut command = paraphrase(home.path(), &["--relation", "P36,P30"]);
        command.arg("--data").arg(&data).args(options);
        command
    };
    let found = json(asked(&["--num-auto", "1"]).arg("--json"));
    let questions = found["questions"].as_array().expect("a list");
    let of = |which: &str| -> Vec<&str> {
        let texts = questions.iter().map(|of| of[which].as_str());
        texts.map(|of| of.expect("a text")).collect()
    };
    // Three templates of each relation, in the question about its first fact.
    assert_eq!(of("of"), ["m1", "m2", "a1", "m1", "m2", "a1"]);
    assert_eq!(of("uuid")[2..4], ["P36-France", "P30-France"]);
    assert_eq!(of("question")[0], "The capital of France is [MASK].");
    let text = stdout(&mut asked(&[]));
    assert!(
        text.contains("P36 m1  The capital of France is [MASK].\n"),
        "{text}"
    );
    assert!(text.contains("no variant; dropped 20: "), "{text}");
    assert!(text.contains("lost [MASK]"), "{text}");
    for out in [["--out", "t.jsonl"], ["--save", "mine"]] {
        let output = asked(&out).assert().code(1);
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.contains("no variant of"), "{said}");
    }
    assert!(!home.path().join("t.jsonl").exists());
}

#[test]
fn what_cannot_be_done_is_refused() {
    let home = folder();
    for (options, part) in [
        (&[QUESTION, "--out", "q.jsonl"][..], "--answer"),
        (&[QUESTION, "--relation", "P36"], "--relation"),
        (&[QUESTION, "--save", "x"], "--save"),
        (&[" "], "the question is empty"),
        (&["--relation", "P36", "--out", "t.txt"], ".jsonl or .csv"),
        (&["--dataset", "webqa", "--save", "x"], "--out"),
        (&["--temperature", "0"], "above 0"),
        (&["--top-p", "1.5"], "at most 1"),
        (&["--answer", "x"], "QUESTION"),
    ] {
        let output = paraphrase(home.path(), options).assert().code(2);
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.contains(part), "{options:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn the_demo_model_is_told_to_be_poor_at_it() {
    let home = folder();
    let output = lamascope(home.path())
        .args([
            "paraphrase",
            "--relation",
            "P36",
            "--templates",
            "m1",
            "--samples",
            "2",
        ])
        .assert()
        .success();
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("the demo model learned to fill in"), "{said}");
}
