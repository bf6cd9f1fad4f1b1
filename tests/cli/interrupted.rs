//! Interruptions, resuming and shards leave no trace in the files.

use std::path::Path;

use crate::support::{LONG, folder, lamascope, read, records, run};

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

/// What a run leaves that failed or was killed before its first fact is in nobody's way.
#[test]
fn a_run_without_a_finished_fact_leaves_nothing() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    run(home.path())
        .args(["--out", "r.feather", "--max-new-tokens", "100000"])
        .assert()
        .code(1);
    assert!(!path("r.feather.partial").exists());
    // Killed at once, and while the result was written.
    for begun in [
        "",
        "lamasc",
        "lamascope journal 2\n0123456789abcdef {\"conf",
    ] {
        std::fs::write(path("r.feather.partial"), begun).expect("room");
        std::fs::write(path(".r.feather.lamascope-tmp"), "half").expect("room");
        run(home.path())
            .args(["--out", "r.feather"])
            .assert()
            .success();
        std::fs::remove_file(path("r.feather")).expect("the result");
    }
    let left = std::fs::read_dir(home.path()).expect("a folder");
    let names = left.map(|entry| entry.expect("an entry").file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["data.jsonl"]);
}

/// A damaged line of a journal is asked again; a journal of another version is not taken up.
#[test]
fn a_damaged_journal_never_becomes_a_result() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    let shared = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/cases/journal-bit-flip/j.feather.partial");
    if !shared.is_file() {
        return;
    }
    std::fs::copy(shared, path("j.feather.partial")).expect("room");
    for option in ["--resume", "--quiet"] {
        let output = lamascope(home.path())
            .args(["run", "--max-samples", "12", "--device", "cpu"])
            .args(["--out", "j.feather", option])
            .assert()
            .code(1);
        let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(message.contains("--overwrite"), "{message}");
    }
    assert!(!path("j.feather").exists());
}

/// Answers of two models, or under two files of confidences, never stand in one file; a copy of the same model goes on.
#[cfg(unix)]
#[test]
fn resuming_with_other_content_is_refused() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    std::fs::create_dir(path("model")).expect("a folder");
    for entry in std::fs::read_dir(crate::support::fixture("tiny-llama")).expect("a model") {
        let file = entry.expect("a file").path();
        let name = file.file_name().expect("a name");
        std::fs::copy(&file, path("model").join(name)).expect("room");
    }
    let asked = [
        "run",
        "--relation",
        "P36,P17,P30",
        "--few-shot",
        "1",
        "--templates",
        "m1,m2",
        "--device",
        "cpu",
        "--model",
        "model",
        "--quiet",
    ];
    lamascope(home.path())
        .args(asked)
        .args(["--method", "per-prompt", "--trace", "c.jsonl"])
        .assert()
        .success();
    let weighted = [
        "--method",
        "weighted-avg",
        "--confidence",
        "c.jsonl",
        "--out",
        "r.feather",
    ];
    // A limit on the size of files ends a run after a few facts.
    let cut = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 10; exec \"$0\" \"$@\""])
        .arg(assert_cmd::cargo::cargo_bin!("lamascope"))
        .args(asked)
        .args(weighted)
        .current_dir(home.path())
        .output()
        .expect("the program runs");
    assert_eq!(cut.status.code(), Some(1));
    let journal = read(&path("r.feather.partial"));
    let facts = journal.iter().filter(|&&byte| byte == b'\n').count() - 2;
    assert!((1..70).contains(&facts), "{facts} facts");

    let resume = || {
        let mut command = lamascope(home.path());
        command.args(asked).args(weighted).arg("--resume");
        command
    };
    for (file, at) in [
        ("model/model.safetensors", -9),
        ("model/config.json", -1),
        ("model/tokenizer.json", -1),
        ("c.jsonl", 0),
    ] {
        let was = read(&path(file));
        let mut other = was.clone();
        match (file, at) {
            ("model/model.safetensors", from_end) => {
                let at = other.len().wrapping_add_signed(from_end);
                other[at] ^= 1;
            }
            ("c.jsonl", _) => {
                let text = String::from_utf8(other).expect("text");
                other = text
                    .replacen("\"confidence\":0.", "\"confidence\":0.1", 1)
                    .into();
                assert_ne!(other, was);
            }
            _ => other.push(b' '),
        }
        std::fs::write(path(file), other).expect("room");
        let output = resume().assert().code(1);
        let line = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        let name = match file {
            "c.jsonl" => "--confidence",
            file => file.trim_start_matches("model/"),
        };
        for part in [
            "r.feather.partial",
            name,
            "held something else",
            "--overwrite",
        ] {
            assert!(line.contains(part), "{line:?} lacks {part:?}");
        }
        assert!(read(&path("r.feather.partial")) == journal);
        // The same content, written anew.
        std::fs::write(path(file), was).expect("room");
    }
    resume().assert().success();
    let resumed = read(&path("r.feather"));
    lamascope(home.path())
        .args(asked)
        .args(weighted)
        .arg("--overwrite")
        .assert()
        .success();
    assert!(read(&path("r.feather")) == resumed);
}

/// Ctrl-C keeps what is done; the resumed run writes the very files of an uninterrupted one.
#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    use std::process::Command;

    let home = folder();
    let path = |name: &str| home.path().join(name);
    let start = |name: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lamascope"));
        command
            .args(LONG)
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
pub fn interrupt(mut command: std::process::Command, journal: &Path) -> std::process::Output {
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
