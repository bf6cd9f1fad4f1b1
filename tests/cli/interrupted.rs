//! Interruptions, resuming and shards leave no trace in the files.

#[cfg(unix)]
use std::path::Path;

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
    let text =
        |files: &[&str]| crate::support::stdout(lamascope(home.path()).arg("report").args(files));
    assert!(text(&["3.feather"]).contains("shard          3 of 4\n"));
    assert!(text(&["4.feather", "2.feather"]).contains("shards         2, 4 of 4\n"));
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

    let child = start("cut.feather");
    let journal = path("cut.feather.partial");
    let output = interrupt(child, &journal);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("stopped after") && message.contains("--resume"),
        "{message}"
    );
    assert!(!path("cut.feather").exists());

    // A report says in the same words what there is instead of a result.
    for name in ["cut.feather", "cut.feather.partial"] {
        let output = crate::support::lamascope(home.path())
            .args(["report", name])
            .assert()
            .code(1);
        let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        for part in ["facts of an interrupted run", "--resume"] {
            assert!(message.contains(part), "{message}");
        }
    }

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

/// The runs before the one that is interrupted are whole, and shown.
#[cfg(unix)]
#[test]
fn an_interrupted_comparison_keeps_the_runs_that_are_done() {
    use std::process::Command;

    let home = folder();
    let path = |folder: &str, name: &str| home.path().join(folder).join(name);
    let start = |folder: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lamascope"));
        command
            .args(["compare", "--methods", "origin,per-prompt"])
            .args(["--relation", "P36,P17,P30", "--few-shot", "1"])
            .args(["--templates", "m1,a1", "--batch", "1", "--device", "cpu"])
            .arg("--model")
            .arg(crate::support::fixture("tiny-llama"))
            .current_dir(home.path())
            .arg("--out-dir")
            .arg(folder);
        command
    };
    let whole = start("whole").output().expect("the program runs");
    assert!(whole.status.success());

    let output = interrupt(start("cut"), &path("cut", "per-prompt.feather.partial"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (shown, message) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in ["in run 2 of 2 (per-prompt) after", "--resume"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(
        shown.contains("--method origin") && !shown.contains("--method per-prompt"),
        "{shown}"
    );
    let output = start("cut").arg("--resume").output().expect("it runs");
    let message = text(&output.stderr);
    assert!(
        message.contains("run 1 of 2 (origin): the files are complete already"),
        "{message}"
    );
    assert_eq!(text(&output.stdout), text(&whole.stdout));
    for name in ["origin.feather", "per-prompt.feather"] {
        assert!(read(&path("cut", name)) == read(&path("whole", name)));
    }
}

/// Starts a program and sends it Ctrl-C when its journal holds a few facts.
#[cfg(unix)]
fn interrupt(mut command: std::process::Command, journal: &Path) -> std::process::Output {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let begun = Instant::now();
    let done =
        || std::fs::read(journal).map_or(0, |text| text.iter().filter(|&&b| b == b'\n').count());
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
    child.wait_with_output().expect("the program ends")
}
