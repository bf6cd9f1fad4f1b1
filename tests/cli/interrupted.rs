//! Interruptions, resuming and shards leave no trace in the files.

use crate::support::{folder, lamascope, read, records, run};

#[test]
fn shards_merge_into_the_whole() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    run(home.path())
        .args(["--method", "per-prompt", "--out", "whole.feather"])
        .assert()
        .success();
    for shard in 1..=4 {
        run(home.path())
            .args([
                "--method",
                "per-prompt",
                "--shard",
                &format!("{shard}/4"),
                "--out",
                &format!("{shard}.feather"),
            ])
            .assert()
            .success();
    }
    assert_eq!(records(&path("2.feather")).len(), 2 * 4);
    let merge = [
        "merge",
        "3.feather",
        "1.feather",
        "4.feather",
        "2.feather",
        "--out",
        "merged.feather",
    ];
    lamascope(home.path()).args(merge).assert().success();
    assert!(read(&path("merged.feather")) == read(&path("whole.feather")));

    let report = |files: &[&str]| {
        let output = crate::support::json(
            lamascope(home.path())
                .arg("report")
                .args(files)
                .arg("--json"),
        );
        let runs = output["runs"].as_array().expect("runs").clone();
        assert_eq!(runs.len(), 1, "{files:?}");
        (
            runs[0]["n"].clone(),
            runs[0]["relations"].clone(),
            runs[0]["shards"].clone(),
        )
    };
    let whole = report(&["whole.feather"]);
    assert_eq!(
        report(&["4.feather", "2.feather", "1.feather", "3.feather"]),
        whole
    );
    let some = report(&["4.feather", "2.feather"]).2;
    assert_eq!(some, serde_json::json!({"given": 2, "of": 4}));

    for (files, part) in [
        (["1.feather", "2.feather", "3.feather"].as_slice(), "4/4"),
        (&["1.feather", "1.feather"], "twice"),
        (&["whole.feather"], "--shard"),
    ] {
        let output = lamascope(home.path())
            .arg("merge")
            .args(files)
            .args(["--out", "x.feather"])
            .assert()
            .code(1);
        let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn resuming_a_finished_run_changes_nothing() {
    let home = folder();
    let first = crate::support::stdout(run(home.path()).args(["--out", "r.feather", "--resume"]));
    let bytes = read(&home.path().join("r.feather"));
    let again = crate::support::stdout(run(home.path()).args(["--out", "r.feather", "--resume"]));
    assert_eq!(first, again);
    assert!(bytes == read(&home.path().join("r.feather")));
    let other = run(home.path())
        .args(["--out", "r.feather", "--resume", "--preset", "series"])
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&other.get_output().stderr).into_owned();
    assert!(
        message.contains("`options") || message.contains("`preset`"),
        "{message}"
    );
    assert!(bytes == read(&home.path().join("r.feather")));
}

/// Ctrl-C keeps what is done; the resumed run writes the very files of an uninterrupted one.
#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    use std::process::Command;
    use std::time::{Duration, Instant};

    let home = folder();
    let path = |name: &str| home.path().join(name);
    // Long enough to be interrupted: the embedded sample, one fact at a time.
    let args = [
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
    let start = |name: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lamascope"));
        command
            .args(args)
            .arg("--model")
            .arg(crate::support::fixture("tiny-llama"))
            .current_dir(home.path());
        command
            .arg("--out")
            .arg(path(name))
            .arg("--trace")
            .arg(path(name).with_extension("jsonl"));
        command
    };
    assert!(
        start("whole.feather")
            .output()
            .expect("the program runs")
            .status
            .success()
    );

    let mut child = start("cut.feather")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    let journal = path("cut.feather.partial");
    let begun = Instant::now();
    let done =
        || std::fs::read(&journal).map_or(0, |text| text.iter().filter(|&&b| b == b'\n').count());
    while done() < 4 {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "the run does not get anywhere"
        );
        assert!(
            child.try_wait().expect("a child").is_none(),
            "the run ended too soon to be interrupted"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    let told = Command::new("kill")
        .arg("-INT")
        .arg(child.id().to_string())
        .status()
        .expect("kill runs");
    assert!(told.success());
    let output = child.wait_with_output().expect("the program ends");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("stopped after") && message.contains("--resume"),
        "{message}"
    );
    assert!(!path("cut.feather").exists());

    // Neither forgotten nor thrown away by chance.
    let output = start("cut.feather").output().expect("the program runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains("--resume") && message.contains("--overwrite"),
        "{message}"
    );

    let output = start("cut.feather")
        .arg("--resume")
        .output()
        .expect("the program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(read(&path("cut.feather")) == read(&path("whole.feather")));
    assert!(read(&path("cut.jsonl")) == read(&path("whole.jsonl")));
    assert!(!journal.exists());
}
