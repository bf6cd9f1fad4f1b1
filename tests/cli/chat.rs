//! `--chat`: the model's own template around prompts.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{asking, configuration, folder, json as output, run, stdout, with_template};

/// tiny-llama with a chat template in ChatML's form.
pub fn tuned(home: &Path) -> PathBuf {
    const TEMPLATE: &str = "{{ bos_token }}{% for message in messages %}[{{ message.role }}]{{ message.content }}\n{% endfor %}[assistant]";
    with_template(&home.join("tuned"), TEMPLATE)
}

/// The prompt of a fact's first template, as text.
fn prompt(home: &Path, args: &[&str]) -> String {
    let mut command = asking(home, "mask");
    command.arg("--model").arg(tuned(home));
    let mask = output(
        command
            .args(["--few-shot", "1", "--templates", "m1", "--format", "json"])
            .args(args),
    );
    let tokens: Vec<String> = serde_json::from_value(mask["tokens"].clone()).expect("tokens");
    tokens.concat()
}

#[test]
fn shots_are_text_or_turns() {
    let home = folder();
    let raw = prompt(home.path(), &[]);
    let (instruction, rest) = raw.split_once("\n\n").expect("shots");
    let (shot, question) = rest.split_once("\n\n").expect("a question");
    let instruction = instruction.strip_prefix("<|begin|>").expect("BOS");
    // BOS is the template's, and stands there once.
    assert_eq!(
        prompt(home.path(), &["--chat", "user"]),
        format!("<|begin|>[user]{instruction}\n\n{shot}\n\n{question}\n[assistant]")
    );
    let (asked, answer) = shot.split_once("\nA: ").expect("an answer");
    let asked = asked.strip_prefix("Q: ").expect("a question");
    let question = question
        .strip_prefix("Q: ")
        .and_then(|q| q.strip_suffix("\nA:"))
        .expect("a question");
    let turns = format!("[user]{asked}\n[assistant]{answer}\n[user]{question}\n[assistant]");
    let whole = format!("<|begin|>[system]{instruction}\n{turns}");
    assert_eq!(prompt(home.path(), &["--chat", "turns"]), whole);
    // Shared or repeated, one question makes the same text.
    assert_eq!(
        prompt(home.path(), &["--chat", "turns", "--preset", "series"]),
        whole
    );
}

#[test]
fn a_run_keeps_how_it_asked() {
    let home = folder();
    let model = tuned(home.path());
    let asked = |chat: &str, file: &str| {
        let mut command = run(home.path());
        command
            .arg("--model")
            .arg(&model)
            .args(["--chat", chat, "--out", file]);
        command
    };
    let said = stdout(&mut asked("turns", "r.feather"));
    assert!(said.contains("chat           turns\n"), "{said}");
    let kept = serde_json::to_value(configuration(&home.path().join("r.feather"))).expect("JSON");
    assert_eq!(kept["chat"], "turns");
    stdout(&mut asked("off", "off.feather"));
    let kept = serde_json::to_value(configuration(&home.path().join("off.feather"))).expect("JSON");
    assert_eq!(kept.get("chat"), None::<&Value>);
    let other = asked("user", "r.feather")
        .arg("--resume")
        .assert()
        .code(1)
        .get_output()
        .clone();
    let message = String::from_utf8(other.stderr).expect("a message");
    assert!(
        message.contains("chat") && message.contains("turns"),
        "{message}"
    );
}

#[test]
fn every_method_asks_in_a_chat() {
    let home = folder();
    let model = tuned(home.path());
    let mut command = asking(home.path(), "compare");
    command
        .arg("--model")
        .arg(&model)
        .args(["--chat", "user", "--max-samples", "1", "--json"]);
    let compared = output(&mut command);
    assert!(
        compared["runs"]
            .as_array()
            .is_some_and(|runs| runs.len() > 5),
        "{compared}"
    );
    let mut command = asking(home.path(), "inspect");
    command.arg("--model").arg(&model).args([
        "--chat",
        "turns",
        "--few-shot",
        "1",
        "--templates",
        "m1,m2",
        "--json",
    ]);
    assert_eq!(
        output(&mut command)["shapley"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_model_without_a_template_is_refused_in_a_line() {
    let home = folder();
    for command in ["run", "mask", "inspect", "compare"] {
        let refused = asking(home.path(), command)
            .args(["--chat", "user"])
            .assert()
            .code(1)
            .get_output()
            .clone();
        let message = String::from_utf8(refused.stderr).expect("a message");
        let last = message.lines().last().unwrap_or_default();
        assert!(
            last.contains("no chat template") && last.contains("--chat off"),
            "{command}: {message}"
        );
    }
}
