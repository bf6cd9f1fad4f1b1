//! Wrong usage and failures: one line, the right exit status, what to do.

use std::path::Path;
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
            &["run", "--uuids", "/dev/zero"],
            &["/dev/zero", "larger than 64 MiB"],
        ),
        (
            &["run", "--uuids", "empty.txt"],
            &["empty.txt", "one uuid per line"],
        ),
        (
            &["run", "--out", "no/such/x.feather"],
            &["no/such", "does not exist"],
        ),
        (&["run", "--out", "."], &["folder"]),
        (&["run", "--out", "/dev/null"], &["is a device"]),
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

/// Names that a run uses beside its output are refused at once where anything but its own files has them, and left alone.
#[cfg(unix)]
#[test]
fn names_that_others_have_are_refused() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let fifo = |path: &Path| {
        let made = Command::new("mkfifo").arg(path).status();
        assert!(made.expect("mkfifo runs").success());
    };
    let own = "what somebody wrote";
    for (name, what, make) in [
        (
            "r.feather",
            "is a folder",
            (&|path: &Path| {
                std::fs::create_dir(path).expect("a folder");
            }) as &dyn Fn(&Path),
        ),
        ("r.feather", "is a FIFO", &fifo),
        ("r.feather", "is a link", &|path| {
            symlink(
                write(path.parent().expect("a folder"), "own.txt", own),
                path,
            )
            .expect("a link");
        }),
        ("r.feather.partial", "a folder has the name", &|path| {
            std::fs::create_dir(path).expect("a folder");
        }),
        ("r.feather.partial", "a FIFO has the name", &fifo),
        ("r.feather.partial", "a link has the name", &|path| {
            symlink(
                write(path.parent().expect("a folder"), "own.txt", own),
                path,
            )
            .expect("a link");
        }),
        ("r.feather.partial", "another file has the name", &|path| {
            std::fs::write(path, own).expect("room");
        }),
        (
            ".r.feather.lamascope-tmp",
            "a folder has the name",
            &|path| {
                std::fs::create_dir(path).expect("a folder");
            },
        ),
    ] {
        let home = folder();
        let path = home.path().join(name);
        make(&path);
        for option in ["--quiet", "--overwrite", "--resume"] {
            let output = run(home.path())
                .args(["--out", "r.feather", option])
                .assert()
                .code(1);
            let line = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
            assert!(line.contains(what) && line.contains(name), "{line}");
            assert!(output.get_output().stdout.is_empty(), "{line}");
        }
        assert!(std::fs::symlink_metadata(&path).is_ok(), "{name}");
        for kept in [path, home.path().join("own.txt")] {
            if kept.is_file() {
                assert_eq!(crate::support::read(&kept), own.as_bytes());
            }
        }
    }
}

/// A limit on the size of files is an error that names the file.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_is_named() {
    let home = folder();
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(assert_cmd::cargo::cargo_bin!("lamascope"))
        .args(["run", "--quiet", "--device", "cpu", "--few-shot", "0"])
        .args(["--data", "data.jsonl", "--out", "r.feather", "--model"])
        .arg(fixture("tiny-llama"))
        .current_dir(data(home.path()).parent().expect("a folder"))
        .output()
        .expect("the program runs");
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in ["r.feather.partial", "cannot be written"] {
        assert!(line.contains(part), "{line:?} lacks {part:?}");
    }
}

/// A panic, here of the crate that reads tokenizers, never leaves the program.
#[test]
fn a_panic_is_one_line_of_status_1() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/tokenizer-cut");
    if !case.is_dir() {
        return;
    }
    let home = folder();
    for file in ["config.json", "model.safetensors"] {
        let copied = std::fs::copy(fixture("tiny-llama").join(file), home.path().join(file));
        copied.expect("room");
    }
    let text = std::fs::read(case.join("tokenizer.json")).expect("the case");
    std::fs::write(home.path().join("tokenizer.json"), text).expect("room");
    let output = lamascope(home.path())
        .args(["run", "--quiet", "--model", "."])
        .env_remove("RUST_BACKTRACE")
        .assert()
        .code(1);
    let line = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.starts_with("lamascope: "), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("lamascope"))
        .arg("help")
        .stdout(full.expect("the device that is always full"))
        .output()
        .expect("the program runs");
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("stdout cannot be written"), "{line}");
}

/// Files may have any name; what takes text only says which argument is none.
#[cfg(target_os = "linux")]
#[test]
fn names_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let home = folder();
    let name = OsStr::from_bytes(b"r\xff.feather");
    let text = crate::support::json(run(home.path()).arg("--json").arg("--out").arg(name));
    assert_eq!(text["files"][0], "r\u{fffd}.feather");
    assert!(home.path().join(name).is_file());
    let path = home.path().join(OsStr::from_bytes(b"d\xff.jsonl"));
    std::fs::rename(data(home.path()), &path).expect("a temporary file");
    let counts = crate::support::stdout(lamascope(home.path()).args(["data", "--data"]).arg(path));
    assert!(counts.contains("9 facts"), "{counts}");
    let output = lamascope(home.path())
        .args(["data", "--relation"])
        .arg(name)
        .assert()
        .code(2);
    let line = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(line.contains("r\u{fffd}.feather"), "{line}");
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
