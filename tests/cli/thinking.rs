//! `--thinking`: each question thinks alone, and its thoughts stand behind it.

use std::path::{Path, PathBuf};

use lamascope::model::Tokenizer;
use serde_json::Value;

use crate::support::{configuration, fixture, folder, read, run, stdout, with_template};

/// tiny-llama with a chat template in whose turns thoughts have a place, or one that begins them itself.
fn thinker(home: &Path, name: &str, opening: &str) -> PathBuf {
    let turns = "{{ bos_token }}{% for message in messages %}[{{ message.role }}]{{ message.content }}\n{% endfor %}";
    let template = format!("{turns}[assistant]{opening}");
    with_template(&home.join(name), &template)
}

const CHOOSES: &str = "{% if not enable_thinking %}<think></think>{% endif %}";

/// The lines of the trace of a run on a model.
fn traced(home: &Path, model: &Path, args: &[&str]) -> Vec<Value> {
    let mut command = run(home);
    command.arg("--model").arg(model).args(["--chat", "user"]);
    let files = ["--out", "r.feather", "--trace", "t.jsonl", "--overwrite"];
    command.args(args).args(files).assert().success();
    let trace = String::from_utf8(read(&home.join("t.jsonl"))).expect("text");
    let lines = trace.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn text(ids: &Value) -> String {
    let json = read(&fixture("tiny-llama").join("tokenizer.json"));
    let tokenizer = Tokenizer::from_json("tokenizer.json", &json).expect("a tokenizer");
    let ids: Vec<u32> = serde_json::from_value(ids.clone()).expect("token ids");
    tokenizer.visible(&ids)
}

/// What stands between the marks, one entry per place.
fn thoughts(prompt: &str) -> Vec<String> {
    let opened = prompt.split("[assistant]<think>\n").skip(1);
    let thought = |rest: &str| rest.split("</think>").next().unwrap_or_default().to_owned();
    opened.map(thought).collect()
}

#[test]
fn thoughts_stand_between_question_and_answer() {
    let home = folder();
    let chooses = thinker(home.path(), "chooses", CHOOSES);
    let alone = traced(
        home.path(),
        &chooses,
        &["--method", "per-prompt", "--thinking", "4"],
    );
    assert_eq!(
        configuration(&home.path().join("r.feather")).thinking,
        Some(4)
    );
    // What the model says where its template begins the thoughts, up to the end of a line.
    let begins = thinker(home.path(), "begins", "{{ '<think>\n' }}");
    let said = traced(
        home.path(),
        &begins,
        &["--method", "per-prompt", "--max-new-tokens", "4"],
    );
    let mut of_all = Vec::new();
    for (line, said) in alone.iter().zip(&said) {
        let prompt = text(&line["prompts"][0]);
        let question = line["questions"][0].as_str().expect("a question");
        assert!(prompt.ends_with("</think>\n\n"), "{prompt}");
        assert!(
            prompt.contains(&format!("{question}\nA:\n[assistant]<think>\n")),
            "{prompt}"
        );
        let [thought] = &thoughts(&prompt)[..] else {
            panic!("one place for thoughts in {prompt}");
        };
        let mut ids = said["generated"].as_array().expect("a list").clone();
        if ids.len() < 4 {
            ids.pop();
        }
        let said = text(&Value::Array(ids));
        // A character whose bytes are not all there is none.
        let said = said.trim_end_matches(char::REPLACEMENT_CHARACTER);
        assert!(thought.starts_with(said), "{thought:?} after {said:?}");
        of_all.push(thought.clone());
    }
    assert!(of_all.iter().any(|thought| !thought.is_empty()));

    // In one sequence, each behind its question; the end of thoughts once, where the cue does.
    for preset in ["fused", "series"] {
        let args = ["--preset", preset, "--thinking", "4", "--batch", "2"];
        let lines = traced(home.path(), &chooses, &args);
        assert_eq!(lines.len(), 9);
        let mut at = 0;
        for line in lines {
            let prompt = text(&line["tokens"]);
            let questions = line["questions"].as_array().expect("a list").len();
            let ends = if preset == "fused" { questions } else { 1 };
            assert_eq!(prompt.matches("</think>").count(), ends, "{prompt}");
            for thought in &of_all[at..at + questions] {
                let place = format!("[assistant]<think>\n{thought}");
                assert!(prompt.contains(&place), "{prompt} lacks {place}");
            }
            at += questions;
        }
    }
}

#[test]
fn files_do_not_depend_on_batch() {
    let home = folder();
    let chooses = thinker(home.path(), "chooses", CHOOSES);
    let bytes = |batch: &str| {
        let args = ["--preset", "series", "--thinking", "3", "--batch", batch];
        traced(home.path(), &chooses, &args);
        read(&home.path().join("r.feather"))
    };
    assert!(bytes("1") == bytes("7"));
    let said = stdout(crate::support::lamascope(home.path()).args(["report", "r.feather"]));
    assert!(said.contains("\nthinking       "), "{said}");
}

#[test]
fn what_cannot_think_is_refused() {
    let home = folder();
    let chooses = thinker(home.path(), "chooses", CHOOSES);
    let plain = thinker(home.path(), "plain", "");
    for (model, chat, status, part) in [
        (&chooses, "off", 2, "--thinking goes with --chat"),
        (&plain, "user", 1, "no place for thoughts"),
    ] {
        let mut command = run(home.path());
        command.arg("--model").arg(model);
        let output = command
            .args(["--thinking", "4", "--chat", chat])
            .assert()
            .code(status);
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.contains(part), "{said}");
    }
}
