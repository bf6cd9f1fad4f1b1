//! The reference answers through the program: a group of cases is one command line.

use serde_json::Value;

use crate::support::{fixture, folder, lamascope, read, write};

/// How far a logit may be from the reference.
const TOLERANCE: f64 = 1e-3;

#[test]
fn a_group_of_reference_answers_is_one_command_line() {
    let cases: Value = serde_json::from_slice(&read(&fixture("cases.json"))).expect("JSON");
    let groups = cases["groups"].as_array().expect("groups");
    // Every preset, method and option once; the engine's own tests run all models and paths.
    for group in groups.iter().filter(|group| group["model"] == "tiny-llama") {
        check(&cases["shots"], group);
    }
}

fn check(shots: &Value, group: &Value) {
    let home = folder();
    let results = group["results"].as_array().expect("results");
    let uuids: Vec<&str> = results
        .iter()
        .map(|result| result["uuid"].as_str().expect("a uuid"))
        .collect();
    write(home.path(), "uuids.txt", &uuids.join("\n"));
    write(home.path(), "shots.json", &shots.to_string());
    let word = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let mut command = lamascope(home.path());
    command.args([
        "run",
        "--device",
        "cpu",
        "--uuids",
        "uuids.txt",
        "--shots",
        "shots.json",
        "--trace",
        "t.jsonl",
    ]);
    command.arg("--model").arg(fixture(&word(&group["model"])));
    for (option, key) in [
        ("--num-manual", "num_manual"),
        ("--num-auto", "num_auto"),
        ("--few-shot", "few_shot"),
        ("--method", "method"),
        ("--max-new-tokens", "max_new"),
    ] {
        command.arg(option).arg(word(&group[key]));
    }
    if let Some(preset) = group["preset"].as_str() {
        command.args(["--preset", preset]);
    }
    for (name, value) in group["override"].as_object().expect("options") {
        command.arg(format!("--{name}")).arg(word(value));
    }
    if group["cross"] == true {
        command.arg("--manual-cross-attention");
    }
    command.assert().success();
    let text = String::from_utf8(read(&home.path().join("t.jsonl"))).expect("text");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), results.len());
    for result in results {
        let line = lines
            .iter()
            .find(|line| line["uuid"] == result["uuid"])
            .expect("a traced fact");
        for key in [
            "relation",
            "questions",
            "generated",
            "generation",
            "tokens",
            "owner",
            "role",
            "positions",
        ] {
            if let Some(wanted) = result.get(key) {
                assert_eq!(&line[key], wanted, "{key} of {group}");
            }
        }
        let steps = line["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .flat_map(|step| step.as_array());
        let wanted = result["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .flat_map(|step| step.as_array());
        for (found, wanted) in steps.flatten().zip(wanted.flatten()) {
            let (a, b) = (
                found[1].as_f64().expect("a logit"),
                wanted[1].as_f64().expect("a logit"),
            );
            assert!((a - b).abs() < TOLERANCE, "{a} is not {b}");
        }
    }
}
