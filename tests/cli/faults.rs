//! What happens to a run when the machine under it fails: `tests/README.md` has the table.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::{LONG, fixture, folder, read};

/// What is asked of a long run beside.
const SHORT: [&str; 3] = ["--quiet", "--max-new-tokens", "3"];

/// That run in a folder, writing `out/r.feather`; `shell` comes first, such as a limit.
fn command(home: &Path, shell: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\"")])
        .arg(assert_cmd::cargo::cargo_bin!("lamascope"))
        .args(LONG)
        .args(SHORT)
        .arg("--model")
        .arg(fixture("tiny-llama"))
        .args(["--out", "out/r.feather"])
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .current_dir(home);
    command
}

/// A folder with an empty `out`.
fn home() -> tempfile::TempDir {
    let home = folder();
    std::fs::create_dir(home.path().join("out")).expect("a folder");
    home
}

fn resumed(home: &Path) -> Vec<u8> {
    let output = command(home, "").arg("--resume").output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{}", message(&output));
    let out = home.join("out");
    let left = std::fs::read_dir(&out).expect("a folder");
    let names: Vec<_> = left
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["r.feather"]);
    read(&out.join("r.feather"))
}

fn whole() -> Vec<u8> {
    resumed(home().path())
}

fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// One line of status 1 that holds all of these.
#[track_caller]
fn refused(output: &Output, parts: &[&str]) {
    let line = message(output);
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in parts {
        assert!(line.contains(part), "{line:?} lacks {part:?}");
    }
}

fn send(signal: &str, child: &Child) {
    let told = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(told.expect("kill runs").success());
}

/// Starts a run and waits until its journal has so many lines.
fn begun(home: &Path, lines: usize) -> Child {
    let mut command = command(home, "");
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let journal = home.join("out/r.feather.partial");
    let since = Instant::now();
    let written = || {
        let text = std::fs::read(&journal).unwrap_or_default();
        text.iter().filter(|&&byte| byte == b'\n').count()
    };
    while written() < lines {
        assert!(
            child.try_wait().expect("a child").is_none(),
            "it ended too soon"
        );
        assert!(
            since.elapsed() < Duration::from_secs(120),
            "it does not get on"
        );
        std::thread::yield_now();
    }
    child
}

/// No signal takes more than the facts that were being asked.
#[test]
fn a_killed_run_goes_on() {
    let whole = whole();
    for (signal, lines) in [
        ("-KILL", 2),
        ("-KILL", 3),
        ("-KILL", 11),
        ("-TERM", 5),
        ("-HUP", 7),
    ] {
        let home = home();
        let child = begun(home.path(), lines);
        send(signal, &child);
        let ended = child.wait_with_output().expect("it ends");
        assert!(!ended.status.success(), "{signal}");
        assert!(!home.path().join("out/r.feather").exists());
        assert!(
            resumed(home.path()) == whole,
            "{signal} after {lines} lines"
        );
    }
}

/// Wherever the room ends, in the journal or in the result, the run says so in a line and goes on when there is room again.
#[test]
fn a_full_disk_loses_nothing() {
    let whole = whole();
    // In units of 512 bytes: the journal of this run takes about 60.
    for room in [0, 1, 3, 10, 30, 45] {
        let home = home();
        let limit = format!("ulimit -f {room};");
        let output = command(home.path(), &limit).output().expect("it runs");
        refused(&output, &["r.feather", "cannot be written"]);
        assert!(resumed(home.path()) == whole, "room for {room} blocks");
    }
}

/// The same on a disk of its own, where a file system can be mounted. What stands in the journal stays there.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_of_its_own_runs_full() {
    let whole = whole();
    for size in ["4k", "16k", "32k"] {
        let home = home();
        // The folder is a small disk for the first run; what that leaves is copied to where there is room.
        let script = format!(
            "mount -t tmpfs -o size={size} none out || exit 9; \"$0\" \"$@\"; code=$?; mkdir kept; \
             cp -a out/. kept; umount out; cp -a kept/. out; exit $code"
        );
        let inner = command(home.path(), "");
        let output = Command::new("unshare")
            .args(["-rm", "sh", "-c", &script])
            .arg(assert_cmd::cargo::cargo_bin!("lamascope"))
            .args(inner.get_args().skip(3))
            .current_dir(home.path())
            .output();
        let Ok(output) = output else { return };
        if !home.path().join("kept").exists() {
            println!("skipped: {}", message(&output));
            return;
        }
        refused(&output, &["r.feather", "No space left"]);
        assert!(resumed(home.path()) == whole, "a disk of {size}");
    }
}

/// A power cut may leave the length of a file without its content, which reads as zeros.
#[test]
fn zeros_where_a_journal_was_not_written_are_asked_again() {
    let whole = whole();
    let home = home();
    let mut child = begun(home.path(), 12);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let path = home.path().join("out/r.feather.partial");
    let journal = read(&path);
    let ends: Vec<usize> = (0..journal.len())
        .filter(|&at| journal[at] == b'\n')
        .collect();
    // Behind the last line, over a line in the middle, over the end of one and the start of the next.
    let tail = [journal.as_slice(), &[0; 5000]].concat();
    let over = |from: usize, to: usize| {
        let mut damaged = journal.clone();
        damaged[from..to].fill(0);
        damaged
    };
    for damaged in [
        tail,
        over(ends[4] + 1, ends[5]),
        over(ends[6] - 40, ends[7] + 40),
    ] {
        std::fs::write(&path, damaged).expect("room");
        assert!(resumed(home.path()) == whole);
        std::fs::remove_file(home.path().join("out/r.feather")).expect("the result");
    }
    // Where it is the head, it cannot be told whose journal it was.
    std::fs::write(&path, over(30, 60)).expect("room");
    let output = command(home.path(), "").arg("--resume").output();
    refused(
        &output.expect("it runs"),
        &["r.feather.partial", "--overwrite"],
    );
}

/// Better soon than after the last fact.
#[test]
fn a_folder_that_vanishes_ends_the_run() {
    let gone = home();
    let child = begun(gone.path(), 4);
    std::fs::remove_dir_all(gone.path().join("out")).expect("the folder");
    let output = child.wait_with_output().expect("it ends");
    refused(&output, &["out/r.feather.partial", "moved or removed"]);

    let moved = home();
    let child = begun(moved.path(), 4);
    let [out, away] = ["out", "away"].map(|name| moved.path().join(name));
    std::fs::rename(&out, &away).expect("the folder can be moved");
    let output = child.wait_with_output().expect("it ends");
    refused(&output, &["moved or removed", "bring it back", "--resume"]);
    std::fs::rename(&away, &out).expect("it can be brought back");
    assert!(resumed(moved.path()) == whole());
}

/// Refused before a model is loaded.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let home = home();
    // Whoever is root may write everywhere but here.
    for out in ["/proc/r.feather", "/sys/r.feather"] {
        let output = command(home.path(), "").args(["--out", out]).output();
        refused(&output.expect("it runs"), &[out, "cannot be written"]);
    }
    let output = command(home.path(), "")
        .args(["--out", "none/r.feather"])
        .output();
    refused(
        &output.expect("it runs"),
        &["none/r.feather", "does not exist"],
    );
}

/// The second one leaves the first one's files alone.
#[test]
fn two_runs_with_one_output_do_not_mix() {
    let home = home();
    let first = begun(home.path(), 3);
    send("-STOP", &first);
    for option in ["--resume", "--overwrite"] {
        let second = command(home.path(), "").arg(option).output();
        refused(
            &second.expect("it runs"),
            &["r.feather.partial", "another run is writing it"],
        );
    }
    send("-CONT", &first);
    let output = first.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", message(&output));
    assert!(read(&home.path().join("out/r.feather")) == whole());
}
