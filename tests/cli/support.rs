//! Running the program, and the files that it is run on.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use lamascope::results::{Configuration, Record, Table};
use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own for every test.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The program, cut off from the user's home and the network.
pub fn lamascope(home: &Path) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("lamascope");
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("HF_HOME", home)
        .env("HF_HUB_OFFLINE", "1")
        .env_remove("HF_HUB_CACHE")
        .current_dir(home);
    command
}

/// The program's output on success.
pub fn stdout(command: &mut Command) -> String {
    let output = command.assert().success().get_output().clone();
    String::from_utf8(output.stdout).expect("the output is text")
}

/// The program's output on success, as JSON.
pub fn json(command: &mut Command) -> Value {
    serde_json::from_str(&stdout(command)).expect("the output is JSON")
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Three relations with manual and auto templates and 4, 3 and 2 facts, as JSON lines in the hub's schema.
pub fn data(folder: &Path) -> PathBuf {
    let relations = [
        (
            "P36",
            ["The capital of [X] is [Y].", "[Y] is the capital of [X]."].as_slice(),
            [
                "If you rule [X], you sit in [Y].",
                "[X], governed from [Y].",
            ]
            .as_slice(),
            [
                ("France", "Paris"),
                ("Japan", "Tokyo"),
                ("Kenya", "Nairobi"),
                ("Peru", "Lima"),
            ]
            .as_slice(),
        ),
        (
            "P30",
            &["[X] lies in [Y].", "The continent of [X] is [Y]."],
            &["You find [X] on the continent [Y]."],
            &[("France", "Europe"), ("Japan", "Asia"), ("Kenya", "Africa")],
        ),
        (
            "P1303",
            &["[X] plays the [Y].", "The [Y] is played by [X]."],
            &["[X] is known for the [Y].", "Give [X] a [Y]!"],
            &[("Ann", "piano"), ("Bob", "violin")],
        ),
    ];
    let mut lines = String::new();
    for (relation, manual, auto, facts) in relations {
        for (subject, answer) in facts {
            let templates = manual
                .iter()
                .map(|t| (t, true))
                .chain(auto.iter().map(|t| (t, false)));
            for (template, is_manual) in templates {
                let row = serde_json::json!({
                    "uuid": format!("{relation}-{subject}"), "rel_uri": relation, "sub_ent": subject,
                    "obj_aliases": [answer], "template": template, "is_manual": is_manual,
                });
                lines.push_str(&format!("{row}\n"));
            }
        }
    }
    write(folder, "data.jsonl", &lines)
}

pub fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a temporary file");
    path
}

/// A run that is long enough for something to happen to it: 108 facts of the embedded sample, one at a time.
pub const LONG: [&str; 11] = [
    "run",
    "--relation",
    "P36,P17,P30",
    "--few-shot",
    "1",
    "--templates",
    "m1",
    "--batch",
    "1",
    "--device",
    "cpu",
];

/// tiny-llama in this folder, with a chat template.
pub fn with_template(model: &Path, template: &str) -> PathBuf {
    std::fs::create_dir_all(model).expect("a folder");
    for file in [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
    ] {
        std::fs::copy(fixture("tiny-llama").join(file), model.join(file)).expect("copied");
    }
    let config = serde_json::json!({"bos_token": "<|begin|>", "chat_template": template});
    write(model, "tokenizer_config.json", &config.to_string());
    model.to_owned()
}

pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// `lamascope run` on the hand-written data and a tiny model: short prompts, three tokens per answer.
pub fn run(home: &Path) -> Command {
    asking(home, "run")
}

/// As [`run`], for another command that asks a model.
pub fn asking(home: &Path, command: &str) -> Command {
    let mut asking = lamascope(home);
    asking
        .arg(command)
        .arg("--data")
        .arg(data(home))
        .arg("--model")
        .arg(fixture("tiny-llama"));
    asking.args([
        "--device",
        "cpu",
        "--few-shot",
        "0",
        "--max-new-tokens",
        "3",
    ]);
    asking
}

pub fn records(path: &Path) -> Vec<Record> {
    let table = Table::open(path).expect("a result file");
    table.map(|record| record.expect("a row")).collect()
}

pub fn configuration(path: &Path) -> Configuration {
    Table::open(path)
        .and_then(|table| table.configuration())
        .expect("a configuration")
}

/// One column of a file as texts.
pub fn column(path: &Path, name: &str) -> Vec<String> {
    records(path)
        .iter()
        .map(|record| record.text(name).expect("a text").to_owned())
        .collect()
}

/// The template ids of a file's first row, `m1,m2,a1`.
pub fn templates(path: &Path) -> String {
    records(path)[0]
        .texts("templates")
        .expect("a list")
        .join(",")
}
