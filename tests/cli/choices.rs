//! Questions with choices: the label with the likeliest next token is the prediction.

use std::path::{Path, PathBuf};

use lamascope::results::Record;
use serde_json::json;

use super::support::{
    column, configuration, fixture, folder, json as output, lamascope, records, stdout, write,
};

/// Six questions in CommonsenseQA's layout.
fn table(home: &Path) -> PathBuf {
    let questions = [
        ("Where do fish live?", ["trees", "water", "clouds"], "B"),
        ("What barks?", ["a dog", "a cup", "a map"], "A"),
        ("What is cold?", ["fire", "soup", "ice"], "C"),
        ("What flies?", ["a brick", "an owl", "a shoe"], "B"),
        ("What is sour?", ["sugar", "flour", "a lemon"], "C"),
        ("What is read?", ["a book", "a spoon", "a hat"], "A"),
    ];
    let line = |(at, (question, choices, right)): (usize, &(&str, [&str; 3], &str))| {
        let row = json!({"id": format!("c{at}"), "question": question, "question_concept": "x",
            "choices": {"label": ["A", "B", "C"], "text": choices}, "answerKey": right});
        format!("{row}\n")
    };
    let lines: String = questions.iter().enumerate().map(line).collect();
    write(home, "choices.jsonl", &lines)
}

fn asking(home: &Path, command: &str) -> assert_cmd::Command {
    let mut asking = lamascope(home);
    asking
        .arg(command)
        .arg("--data")
        .arg(table(home))
        .arg("--model")
        .arg(fixture("tiny-llama"));
    asking.args(["--device", "cpu", "--few-shot", "1", "--num-manual", "3"]);
    asking
}

fn numbers(record: &Record, column: &str) -> Vec<f64> {
    let numbers = record.numbers(column).expect("numbers");
    numbers.into_iter().map(f64::from).collect()
}

/// What stands in a file about each fact: prediction, probability and those of the labels.
fn answers(path: &Path) -> Vec<(String, f64, Vec<f64>)> {
    let answer = |record: &Record| {
        let prediction = record.text("prediction").expect("a text").to_owned();
        let probability = record.number("probability").expect("a number");
        (
            prediction,
            probability,
            numbers(record, "label_probabilities"),
        )
    };
    records(path).iter().map(answer).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-5
}

#[test]
fn every_method_chooses_a_label_and_says_how_likely_each_was() {
    let home = folder();
    let run = |method: &str| {
        let name = format!("{method}.feather");
        stdout(asking(home.path(), "run").args(["--method", method, "--out", &name]));
        home.path().join(name)
    };
    let each = run("per-prompt");
    let alone = answers(&each);
    assert_eq!(alone.len(), 5 * 3);
    for (method, fuse) in [
        ("origin", (|ps: &[f64]| ps[0]) as fn(&[f64]) -> f64),
        ("max", |ps| ps.iter().copied().fold(0.0, f64::max)),
        ("mix", |ps| ps.iter().sum::<f64>() / ps.len() as f64),
    ] {
        let fused = answers(&run(method));
        assert_eq!(fused.len(), 5);
        for (fact, (prediction, probability, labels)) in fused.iter().enumerate() {
            let of = &alone[3 * fact..][..3];
            for (label, p) in labels.iter().enumerate() {
                let all: Vec<f64> = of.iter().map(|(_, _, ps)| ps[label]).collect();
                assert!(close(*p, fuse(&all)), "{method}, fact {fact}: {p} {all:?}");
            }
            let best = (0..3).fold(
                0,
                |best, at| if labels[at] > labels[best] { at } else { best },
            );
            assert_eq!(*prediction, ["A", "B", "C"][best]);
            assert!(
                close(*probability, labels[best] / labels.iter().sum::<f64>()),
                "{method}"
            );
        }
    }
    for method in ["avg", "weighted-avg", "weighted-max", "layer-avg", "flex"] {
        let path = run(method);
        for record in records(&path) {
            let labels = record.texts("labels").expect("texts");
            assert_eq!(labels, ["A", "B", "C"]);
            let prediction = record.text("prediction").expect("a text");
            let right = record.texts("answers").expect("texts");
            assert_eq!(
                record.truth("correct").expect("a verdict"),
                right == [prediction]
            );
            assert!(
                numbers(&record, "label_probabilities")
                    .iter()
                    .all(|p| (0.0..1.0).contains(p))
            );
        }
        assert_eq!(configuration(&path).dataset, "choice");
    }
}

#[test]
fn copies_of_one_question_fuse_to_what_one_gives() {
    let home = folder();
    let run = |name: &str, more: &[&str]| {
        let shown = asking(home.path(), "run")
            .args(["--templates", "m1", "--out", name])
            .args(more)
            .assert()
            .success();
        drop(shown);
        answers(&home.path().join(name))
    };
    let one = run("one.feather", &["--method", "origin"]);
    for (name, method) in [("avg.feather", "avg"), ("mix.feather", "mix")] {
        let copies = run(name, &["--method", method, "--repeat", "3"]);
        for ((a, p, _), (b, q, _)) in one.iter().zip(&copies) {
            assert!(a == b && close(*p, *q), "{method}: {a} {p}, {b} {q}");
        }
    }
    let series = run("series.feather", &["--preset", "series", "--repeat", "2"]);
    let once = run("once.feather", &["--preset", "series"]);
    for ((a, p, _), (b, q, _)) in once.iter().zip(&series) {
        assert!(a == b && close(*p, *q), "series: {a} {p}, {b} {q}");
    }
}

#[test]
fn prompts_end_in_a_cue_that_is_no_label() {
    let home = folder();
    stdout(asking(home.path(), "run").args([
        "--method",
        "origin",
        "--trace",
        "t.jsonl",
        "--out",
        "r.feather",
    ]));
    let shots = configuration(&home.path().join("r.feather")).shots;
    assert_eq!(
        shots.instruction,
        "The following are multiple choice questions (with answers)."
    );
    let (question, answer) = &shots.shots[0];
    assert!(
        question.contains("\nA. ") && ["A", "B", "C"].contains(&answer.as_str()),
        "{shots:?}"
    );
    let asked = records(&home.path().join("r.feather"))[0]
        .texts("questions")
        .expect("texts");
    let page = stdout(asking(home.path(), "mask").args(["--format", "json", "--templates", "m1"]));
    let page: serde_json::Value = serde_json::from_str(&page).expect("JSON");
    let tokens = page["tokens"].as_array().expect("tokens");
    let prompt: String = tokens
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    assert!(
        prompt.ends_with(&format!("{}\nAnswer:", asked[0])),
        "{prompt}"
    );
    assert!(
        prompt.contains(&format!("{question}\nAnswer: {answer}\n\n")),
        "{prompt}"
    );
    // One token answers.
    let trace = std::fs::read_to_string(home.path().join("t.jsonl")).expect("a trace");
    for line in trace.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["generated"].as_array().map(Vec::len), Some(1));
        assert_eq!(line["steps"][0].as_array().map(Vec::len), Some(3));
    }
}

#[test]
fn runs_with_choices_are_reported_resumed_and_merged() {
    let home = folder();
    stdout(asking(home.path(), "run").args(["--out", "whole.feather"]));
    for part in ["1/2", "2/2"] {
        let name = format!("{}.feather", &part[..1]);
        stdout(asking(home.path(), "run").args(["--shard", part, "--out", &name]));
    }
    stdout(lamascope(home.path()).args([
        "merge",
        "1.feather",
        "2.feather",
        "--out",
        "merged.feather",
    ]));
    let bytes = |name: &str| super::support::read(&home.path().join(name));
    assert_eq!(bytes("merged.feather"), bytes("whole.feather"));
    let report = output(lamascope(home.path()).args(["report", "whole.feather", "--json"]));
    let calibration = report["runs"][0]["calibration"].clone();
    assert!(calibration["brier"].is_number(), "{report}");
    // A choice is judged again as it was judged.
    let right = column(&home.path().join("whole.feather"), "prediction");
    assert!(
        right
            .iter()
            .all(|label| ["A", "B", "C"].contains(&label.as_str()))
    );
    let scored = output(lamascope(home.path()).args(["score", "whole.feather", "--json"]));
    assert_eq!(
        scored["correct"], report["runs"][0]["correct"],
        "{scored} {report}"
    );
    // A sweep's rows are those of its runs.
    let sweep = format!(
        "data = {:?}\nmodel = {:?}\ndevice = \"cpu\"\nfew-shot = 1\nnum-manual = 3\nmethod = [\"avg\", \"flex\"]\n",
        table(home.path()),
        fixture("tiny-llama")
    );
    write(home.path(), "s.toml", &sweep);
    stdout(lamascope(home.path()).args(["sweep", "s.toml", "--out", "s.feather"]));
    let cells = records(&home.path().join("s.feather"));
    let flex = cells
        .iter()
        .filter(|record| record.text("method").expect("a text") == "flex");
    let flex: Vec<Vec<f64>> = flex
        .map(|record| numbers(record, "label_probabilities"))
        .collect();
    let alone: Vec<Vec<f64>> = answers(&home.path().join("whole.feather"))
        .into_iter()
        .map(|(_, _, ps)| ps)
        .collect();
    assert_eq!(flex, alone);
}

#[test]
fn shots_come_from_the_questions_own_subject() {
    let home = folder();
    let mut lines = String::new();
    for (subject, question, choices, answer) in [
        ("birds", "Which flies?", ["an owl", "a cup"], 0),
        ("birds", "Which swims?", ["a lark", "a duck"], 1),
        ("stones", "Which is hard?", ["wool", "flint"], 1),
        ("stones", "Which is red?", ["a ruby", "chalk"], 0),
    ] {
        let row =
            json!({"question": question, "subject": subject, "choices": choices, "answer": answer});
        lines.push_str(&format!("{row}\n"));
    }
    write(home.path(), "mmlu.jsonl", &lines);
    let asking = |command: &str| {
        let mut asking = lamascope(home.path());
        asking.args([
            command,
            "--data",
            "mmlu.jsonl",
            "--device",
            "cpu",
            "--model",
        ]);
        asking
            .arg(fixture("tiny-llama"))
            .args(["--few-shot", "1", "--shots-from", "relation"]);
        asking
    };
    stdout(asking("run").args(["--out", "r.feather"]));
    let out = home.path().join("r.feather");
    let near = configuration(&out)
        .shots
        .near
        .expect("shots of each subject");
    assert!(near.whole && near.facts.len() == 2, "{near:?}");
    for row in records(&out) {
        let (shot, answer) = &near.facts[row.text("relation").expect("a subject")][0];
        let uuid = row.text("uuid").expect("an id");
        let page =
            output(asking("mask").args(["--format", "json", "--templates", "m1", "--uuid", uuid]));
        let tokens = page["tokens"].as_array().expect("tokens");
        let prompt: String = tokens
            .iter()
            .filter_map(serde_json::Value::as_str)
            .collect();
        assert!(
            prompt.contains(&format!("\n\n{shot}\nAnswer: {answer}\n\n")),
            "{prompt}"
        );
    }
    let refused = asking("run")
        .args(["--shots-from", "template"])
        .assert()
        .code(1);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("choose --shots-from relation"), "{said}");
}

#[test]
fn a_chat_is_asked_for_the_bare_letter() {
    let home = folder();
    for chat in ["user", "turns"] {
        let mut command = asking(home.path(), "run");
        command.arg("--model").arg(super::chat::tuned(home.path()));
        let name = format!("{chat}.jsonl");
        stdout(command.args(["--method", "origin", "--chat", chat, "--trace", &name]));
        let trace = std::fs::read_to_string(home.path().join(&name)).expect("a trace");
        let first: serde_json::Value =
            serde_json::from_str(trace.lines().next().expect("a line")).expect("JSON");
        // Behind the assistant's mark no space stands in front of the letter.
        let generation = first["generation"].as_str().expect("a text");
        assert_eq!(
            generation,
            first["prediction"].as_str().expect("a text"),
            "{chat}"
        );
    }
}

#[test]
fn choices_that_are_none_are_refused() {
    let home = folder();
    let row = json!({"question": "What barks?", "choices": ["a dog", "a cup"], "answer": 2});
    write(home.path(), "bad.jsonl", &format!("{row}\n"));
    let refused = lamascope(home.path())
        .args(["data", "--data", "bad.jsonl"])
        .assert()
        .code(1);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(
        said.contains(
            "bad.jsonl, row 1: `answer` is `2`: expected a letter from A to B, an index from 0 to 1"
        ),
        "{said}"
    );
}
