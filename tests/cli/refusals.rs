//! Wrong usage and failures: one line, the right exit status, what to do.

use std::process::Stdio;

use crate::support::{data, fixture, folder, lamascope, run, write};

/// Runs a command line and expects this exit status and one line that says all of `parts`.
#[track_caller]
fn refused(args: &[&str], status: i32, parts: &[&str]) {
    let home = folder();
    data(home.path());
    write(home.path(), "empty.txt", "\n");
    let output = lamascope(home.path())
        .args(args)
        .output()
        .expect("the program runs");
    let line = String::from_utf8(output.stderr).expect("the message is text");
    assert_eq!(output.status.code(), Some(status), "{args:?}: {line}");
    assert_eq!(line.lines().count(), 1, "{args:?}: {line}");
    assert!(line.starts_with("lamascope: "), "{args:?}: {line}");
    for part in parts {
        assert!(line.contains(part), "{args:?}: {line:?} lacks {part:?}");
    }
    assert!(output.stdout.is_empty(), "{args:?}");
}

#[test]
fn wrong_usage_is_status_2() {
    for (args, parts) in [
        (
            ["run", "--modle", "x"].as_slice(),
            ["--modle", "similar", "--model"].as_slice(),
        ),
        (&["run", "--method", "flx"], &["flx", "--method", "flex"]),
        (&["run", "--preset", "serie"], &["serie", "'series'"]),
        (&["run", "--device", "gpu"], &["gpu", "auto, cpu"]),
        (&["run", "--dtype", "f64"], &["f64", "f32"]),
        (
            &["run", "--model", "lama3.2_3b_it"],
            &["lama3.2_3b_it", "nearest: llama3.2_3b_it"],
        ),
        (&["run", "--extract", "wrod"], &["wrod", "`line` or `word`"]),
        (&["run", "--bias", "much"], &["much", "inverse-n"]),
        (
            &["run", "--num-manual", "-3"],
            &["-3", "whole number from 0"],
        ),
        (&["run", "--num-auto", "x"], &["'x'", "whole number from 0"]),
        (&["run", "--max-samples", "0"], &["whole number from 1"]),
        (&["run", "--batch", "0"], &["whole number from 1"]),
        (&["run", "--max-new-tokens", "0"], &["whole number from 1"]),
        (&["run", "--seed", "-1"], &["-1", "whole number from 0"]),
        (&["run", "--templates", "m0"], &["m0", "m1, m2"]),
        (&["run", "--indexs", "0,x"], &["0,x", "whole number"]),
        (&["run", "--shard", "3/2"], &["3/2", "i/n"]),
        (
            &["run", "--dataset", "lama"],
            &["lama", "myriadlama or webqa"],
        ),
        (&["run", "--resume"], &["--resume", "--out"]),
        (
            &["run", "--resume", "--overwrite", "--out", "x.feather"],
            &["--resume", "--overwrite"],
        ),
        (&["run", "--relation"], &["--relation", "value"]),
        (
            &["run", "--glue", "orphan", "--positions", "restart"],
            &["orphan", "restart"],
        ),
        (
            &["run", "--preset", "series", "--glue", "shifted"],
            &["shifted"],
        ),
        (
            &["compare", "--methods", "avg,flx"],
            &["flx", "--methods", "weighted-avg", "'flex'"],
        ),
        (
            &["compare", "--methods", "avg,max,avg"],
            &["--methods", "avg twice"],
        ),
        (&["compare", "--presets", "serie"], &["serie", "'series'"]),
        (
            &["compare", "--positions", "restart"],
            &["preset seed", "orphan", "--presets"],
        ),
        (&["compare", "--resume"], &["--out-dir"]),
        (
            &["compare", "--resume", "--overwrite", "--out-dir", "x"],
            &["--resume", "--overwrite"],
        ),
        (
            &["mask", "--preset", "pcw", "--glue", "orphan"],
            &["orphan"],
        ),
        (&["mask", "--format", "jpg"], &["jpg", "svg"]),
        (&["frobnicate"], &["frobnicate"]),
        (&["run", "--set=-dash"], &["--set", "set name `-dash`"]),
        (
            &["run", "--out", "z.csv"],
            &["z.csv", "results are written as Feather", "z.feather"],
        ),
        (&["run", "--out", "z"], &["Feather", "z.feather"]),
        (
            &["run", "--out", "z.2026-11"],
            &["name it z.2026-11.feather"],
        ),
        (
            &["run", "--out", "old.jsonl", "--overwrite"],
            &["old.jsonl", "old.feather"],
        ),
        (
            &["run", "--trace", "t.csv"],
            &["t.csv", "traces are written as JSON lines", "t.jsonl"],
        ),
        (
            &["merge", "a.feather", "--out", "z.txt"],
            &["z.txt", "z.feather"],
        ),
        (
            &["score", "data.jsonl", "--out", "s.csv"],
            &["scored rows are written as JSON lines", "s.jsonl"],
        ),
        (&["report"], &["R.feather"]),
        (&["score"], &["FILE"]),
        (&["completions", "tcsh"], &["tcsh", "bash"]),
    ] {
        refused(args, 2, parts);
    }
}

#[test]
fn failures_are_status_1() {
    for (args, parts) in [
        (
            ["run", "--data", "nothing.csv"].as_slice(),
            ["nothing.csv", "no such file"].as_slice(),
        ),
        (&["run", "--relation", "P63"], &["P63", "P"]),
        (
            &["run", "--data", "data.jsonl", "--few-shot", "10"],
            &["9 facts", "10 shots", "--few-shot"],
        ),
        (
            &[
                "run",
                "--data",
                "data.jsonl",
                "--few-shot",
                "0",
                "--relation",
                "P37",
            ],
            &["P37", "did you mean `P3"],
        ),
        (
            &["run", "--uuids", "nothing.txt"],
            &["nothing.txt", "one uuid per line"],
        ),
        (
            &["run", "--shots", "0"],
            &["0: cannot be read", "--few-shot"],
        ),
        (&["run", "--set", "nothing"], &["nothing"]),
        (
            &["run", "--uuids", "empty.txt"],
            &["empty.txt", "one uuid per line"],
        ),
        (
            &["run", "--out", "no/such/x.feather"],
            &["no/such", "does not exist"],
        ),
        (&["run", "--out", "."], &["folder"]),
        (&["run", "--out", "/dev/null"], &["is a folder or a device"]),
        (
            &["compare", "--out-dir", "no/such"],
            &["no/such", "--out-dir"],
        ),
        (
            &["compare", "--out-dir", "data.jsonl"],
            &["data.jsonl", "--out-dir"],
        ),
        (
            &[
                "run",
                "--confidence",
                "nothing.jsonl",
                "--method",
                "weighted-avg",
            ],
            &["nothing.jsonl"],
        ),
        (&["mask", "--uuid", "nothing"], &["nothing", "uuid"]),
        (&["report", "nothing.feather"], &["nothing.feather"]),
        (
            &["report", "nothing.txt"],
            &["nothing.txt", ".feather, .csv or .jsonl"],
        ),
        (&["score", "data.jsonl"], &["data.jsonl", "prediction"]),
        (
            &["merge", "nothing.feather", "--out", "x.feather"],
            &["nothing.feather"],
        ),
        (
            &["run", "--model", "llama3.2_3b_it"],
            &["meta-llama/Llama-3.2-3B-Instruct"],
        ),
    ] {
        refused(args, 1, parts);
    }
}

#[test]
fn without_a_terminal_the_explorer_says_what_to_run() {
    refused(
        &[],
        2,
        &["terminal", "lamascope run", "lamascope data", "--help"],
    );
    refused(&["--preset", "series"], 2, &["terminal"]);
}

#[test]
fn a_prompt_that_does_not_fit_names_both_numbers() {
    let home = folder();
    let output = run(home.path())
        .args(["--max-new-tokens", "100000", "--quiet"])
        .assert()
        .code(1);
    let line = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    let limit = serde_json::from_slice::<serde_json::Value>(&crate::support::read(
        &fixture("tiny-llama").join("config.json"),
    ))
    .expect("JSON")["max_position_embeddings"]
        .to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in ["P36-France", "100000", &limit, "max_position_embeddings"] {
        assert!(line.contains(part), "{line:?} lacks {part:?}");
    }
}

#[test]
fn existing_files_are_kept() {
    let home = folder();
    for (option, name) in [("--out", "old.feather"), ("--trace", "old.jsonl")] {
        let file = write(home.path(), name, "old");
        run(home.path()).args([option, name]).assert().code(1);
        assert_eq!(crate::support::read(&file), b"old");
    }
    lamascope(home.path())
        .args(["mask", "--out", "old.feather", "--format", "text"])
        .assert()
        .code(1);
    let predictions = write(
        home.path(),
        "p.jsonl",
        "{\"prediction\": \"a\", \"answers\": [\"a\"]}\n",
    );
    lamascope(home.path())
        .arg("score")
        .arg(predictions)
        .args(["--out", "old.jsonl"])
        .assert()
        .code(1);
    for name in ["old.feather", "old.jsonl"] {
        assert_eq!(crate::support::read(&home.path().join(name)), b"old");
    }
    run(home.path())
        .args(["--out", "old.feather", "--overwrite"])
        .assert()
        .success();
    assert_ne!(
        crate::support::read(&home.path().join("old.feather")),
        b"old"
    );
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let home = folder();
    let program = assert_cmd::cargo::cargo_bin!("lamascope");
    let mut child = std::process::Command::new(program)
        .arg("data")
        .current_dir(home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}
