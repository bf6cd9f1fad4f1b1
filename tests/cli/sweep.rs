//! `lamascope sweep` is many `lamascope run` in one file.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::support::{data, fixture, folder, json, lamascope, read, records, stdout, write};

/// Twenty cells on the embedded sample and a tiny model.
fn twenty(home: &Path) -> std::path::PathBuf {
    let model = fixture("tiny-llama");
    let text = format!(
        r#"
model = "{}"
device = "cpu"
batch = 1
relation = ["P36", "P30"]
max-samples = 12
few-shot = 1
max-new-tokens = 3
templates = ["m1,m2", {{ draws = 2, k = [1, 3], seed = 7 }}]
method = ["per-prompt", "flex"]
"#,
        model.display()
    );
    write(home, "twenty.toml", &text)
}

fn sweep(home: &Path, more: &[&str]) -> Command {
    let mut command = lamascope(home);
    command.arg("sweep").args(more);
    command
}

fn error(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    message
}

#[test]
fn the_rows_of_each_cell_are_those_of_its_own_run() {
    let home = folder();
    twenty(home.path());
    let planned = json(&mut sweep(
        home.path(),
        &["twenty.toml", "--dry-run", "--json"],
    ));
    let cells = planned.as_array().expect("cells");
    assert_eq!(cells.len(), 2 * 5 * 2, "{planned}");
    assert!(!home.path().join("s.feather").exists());

    let swept = json(&mut sweep(
        home.path(),
        &["twenty.toml", "--out", "s.feather", "--json", "--quiet"],
    ));
    let rows = records(&home.path().join("s.feather"));
    let mut at = 0;
    for cell in cells {
        let options = cell["options"].as_str().expect("options");
        let run = json(
            lamascope(home.path())
                .arg("run")
                .args(options.split(' '))
                .args(["--json", "--quiet", "--overwrite", "--out", "r.feather"]),
        );
        let alone = records(&home.path().join("r.feather"));
        for row in &alone {
            let fields = rows[at].fields();
            let (same, added) = fields.split_at(row.fields().len());
            assert_eq!(same, row.fields(), "row {at}");
            assert_eq!(added[0].1, cell["cell"]);
            assert_eq!(added[1].1, cell["options"]);
            at += 1;
        }
        let mine = &swept["cells"][cell["cell"].as_u64().expect("a number") as usize - 1];
        assert_eq!((&mine["n"], &mine["correct"]), (&run["n"], &run["correct"]));
    }
    assert_eq!(at, rows.len());
    let column = |name: &str| -> Vec<Value> {
        let of = |row: &lamascope::results::Record| {
            let (_, value) = row.fields().iter().find(|(key, _)| key == name)?;
            Some(value.clone())
        };
        let mut values: Vec<Value> = rows.iter().filter_map(of).collect();
        values.dedup();
        values
    };
    assert_eq!(column("shots"), [1]);
    assert!(column("k").contains(&3.into()) && column("k").contains(&1.into()));
    let is = |value: &str| Value::from(value);
    assert!(column("preset").contains(&is("fused")) && column("preset").contains(&Value::Null));

    // What was written is shown again, and read as a sweep alone.
    let again = json(&mut sweep(
        home.path(),
        &["twenty.toml", "--out", "s.feather", "--json", "--resume"],
    ));
    assert_eq!(again, swept);
    let report = |more: &[&str]| {
        let mut report = lamascope(home.path());
        report.args(["report", "s.feather"]).args(more);
        report
    };
    assert_eq!(json(&mut report(&["--json"])), swept);
    let message = error(&mut report(&["r.feather"]), 1);
    assert!(message.contains("holds a sweep"), "{message}");
    let message = error(&mut report(&["--flips"]), 2);
    assert!(message.contains("flips are between two runs"), "{message}");
    let message = error(&mut report(&["--wrong"]), 2);
    assert!(
        message.contains("--wrong is about single runs"),
        "{message}"
    );
}

/// Each way of asking with k templates is counted over its cells, and held against the first with as many.
#[test]
fn a_report_of_a_sweep_compares_ways_of_asking() {
    let home = folder();
    twenty(home.path());
    sweep(
        home.path(),
        &["twenty.toml", "--out", "s.feather", "--quiet"],
    )
    .assert()
    .success();
    let path = home.path().join("s.feather");
    let rows = records(&path);
    let ways = json(lamascope(home.path()).args(["report", "s.feather", "--json"]));
    let ways = ways["accuracy"].as_array().expect("ways");
    // Right rows and rows of each fact, as the rows of the file say.
    let facts = |way: &Value| {
        let options = way["options"].as_str().expect("options");
        let mut facts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for row in &rows {
            let method = row.text("method").expect("a method");
            let k = row.number("k").expect("a number");
            if options.contains(method) && way["k"].as_f64() == Some(k) {
                let uuid = row.text("uuid").expect("a uuid");
                let (right, n) = facts.entry(uuid).or_default();
                *right += f64::from(u8::from(row.truth("correct").expect("a verdict")));
                *n += 1.0;
            }
        }
        facts
    };
    let mut first: BTreeMap<u64, BTreeMap<&str, (f64, f64)>> = BTreeMap::new();
    for way in ways {
        let mine = facts(way);
        let (right, n) = mine
            .values()
            .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert_eq!(
            (way["correct"].as_f64(), way["n"].as_f64()),
            (Some(right), Some(n)),
            "{way}"
        );
        match first.get(&way["k"].as_u64().expect("k")) {
            None => {
                assert!(way.get("against_first").is_none(), "{way}");
                first.insert(way["k"].as_u64().expect("k"), mine);
            }
            Some(other) => {
                let share = |(right, n): &(f64, f64)| right / n;
                let gains: Vec<f64> = (mine.iter())
                    .filter_map(|(uuid, one)| Some(share(one) - share(other.get(uuid)?)))
                    .collect();
                let mean = gains.iter().sum::<f64>() / gains.len() as f64;
                let said = way["against_first"]["difference"]
                    .as_f64()
                    .expect("a number");
                assert!((said - mean).abs() < 1e-9, "{way}: {mean}");
            }
        }
    }
    assert!(first.len() >= 2 && ways.len() > first.len());
    let text = stdout(lamascope(home.path()).args(["report", "s.feather"]));
    assert!(
        text.contains("against the first") && text.contains("accuracy in %"),
        "{text}"
    );
}

/// SIGKILL at seeded moments, over and over, leaves no trace in the file.
#[cfg(unix)]
#[test]
fn a_sweep_that_is_killed_again_and_again_is_the_undisturbed_one() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let home = folder();
    twenty(home.path());
    let path = |name: &str| home.path().join(name);
    let table = stdout(&mut sweep(
        home.path(),
        &["twenty.toml", "--out", "whole.feather", "--quiet"],
    ));
    let lines = || {
        let journal = std::fs::read(path("cut.feather.partial")).unwrap_or_default();
        journal.iter().filter(|&&byte| byte == b'\n').count()
    };
    let mut rng = ChaCha8Rng::seed_from_u64(15);
    let mut kills = 0;
    loop {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("lamascope"))
            .args([
                "sweep",
                "twenty.toml",
                "--out",
                "cut.feather",
                "--quiet",
                "--resume",
            ])
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let goal = lines() + rng.random_range(1..60);
        let begun = Instant::now();
        let ended = loop {
            if lines() >= goal {
                break false;
            }
            if child.try_wait().expect("a child").is_some() {
                break true;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "no progress");
            std::thread::yield_now();
        };
        if ended {
            let output = child.wait_with_output().expect("an end");
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{message}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), table);
            break;
        }
        // A kill in the middle of a line, or after the last one, are as good.
        let _ = child.kill();
        child.wait().expect("an end");
        kills += 1;
    }
    assert!(kills >= 4, "only {kills} kills");
    assert!(read(&path("cut.feather")) == read(&path("whole.feather")));
    assert!(!path("cut.feather.partial").exists());
}

#[test]
fn shards_of_a_sweep_merge_into_the_whole() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    twenty(home.path());
    let run = |more: &[&str]| {
        sweep(home.path(), &["twenty.toml", "--quiet"])
            .args(more)
            .assert()
            .success();
    };
    run(&["--out", "whole.feather"]);
    for shard in ["1", "2", "3"] {
        let out = format!("{shard}.feather");
        run(&["--shard", &format!("{shard}/3"), "--out", &out]);
    }
    let merge = |files: &[&str], out: &str| {
        let mut command = lamascope(home.path());
        command.arg("merge").args(files).args(["--out", out]);
        command
    };
    merge(&["3.feather", "1.feather", "2.feather"], "merged.feather")
        .assert()
        .success();
    assert!(read(&path("merged.feather")) == read(&path("whole.feather")));
    for (files, part) in [
        (["1.feather", "3.feather"].as_slice(), "shard 2/3"),
        (&["1.feather", "2.feather", "2.feather"], "twice"),
        (&["whole.feather"], "--shard"),
    ] {
        let message = error(&mut merge(files, "x.feather"), 1);
        assert!(message.contains(part), "{message}");
    }
    let other = sweep(home.path(), &["twenty.toml", "--quiet", "--resume"])
        .args(["--shard", "1/2", "--out", "1.feather"])
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&other.get_output().stderr).into_owned();
    assert!(message.contains("`shard` (1/3, now 1/2)"), "{message}");
}

#[test]
fn what_is_wrong_in_the_file_is_named() {
    let home = folder();
    let data = data(home.path());
    for (text, said) in [
        ("", "x.toml:1: spans no grid"),
        (
            "presett = \"fused\"",
            "x.toml:1: `presett` is not known: did you mean `preset`?",
        ),
        (
            "method = \"avg\"\npreset = []",
            "x.toml:2: `preset` is empty",
        ),
        (
            "preset = [\"fused\", \"fusd\"]",
            "x.toml:1: `preset`: invalid value 'fusd'",
        ),
        ("few-shot = -1", "x.toml:1: `few-shot`"),
        ("few-shot = true", "x.toml:1: `few-shot`: found boolean"),
        ("manual-cross-attention = \"on\"", "expected true or false"),
        (
            "device = [\"cpu\", \"auto\"]",
            "`device` is the same for all cells",
        ),
        ("templates = \"m1\"\nset = \"s\"", "both choose templates"),
        (
            "templates = { subsets = 9 }",
            "sets of 9 out of 3 templates cannot be",
        ),
        (
            "templates = { draws = 2 }",
            "x.toml:1: `templates`: draws needs k",
        ),
        (
            "templates = { subsets = 2, each = 1 }",
            "`templates`: each is not known",
        ),
        (
            "templates = { subsets = 2, of = \"m1,m9\" }",
            "there is no template m9",
        ),
        (
            "templates = { disjoint = 0 }",
            "disjoint: expected a whole number from 1",
        ),
        ("relation = [\"P36\", \"P999\"]", "P999"),
        ("relation = ", "x.toml:1: "),
        (
            "glue = \"orphan\"\npositions = \"restart\"",
            "no cell is left",
        ),
    ] {
        let source = format!("\ndata = '{}'\n", data.display());
        let text = match text {
            "" => String::new(),
            text => format!("{text}{source}"),
        };
        write(home.path(), "x.toml", &text);
        let message = error(
            &mut sweep(home.path(), &["x.toml", "--dry-run", "--quiet"]),
            1,
        );
        assert!(message.contains(said), "{text}: {message:?} lacks {said:?}");
    }
    let message = error(&mut sweep(home.path(), &["none.toml", "--dry-run"]), 1);
    assert!(message.contains("none.toml: cannot be read"), "{message}");
    let message = error(&mut sweep(home.path(), &["x.toml"]), 2);
    assert!(message.contains("--out"), "{message}");
}

/// Of a grid that crosses layout options, cells without meaning are left out and said; methods without a layout stand once.
#[test]
fn a_grid_holds_what_can_be_asked_and_nothing_twice() {
    let home = folder();
    let data = data(home.path());
    let text = format!(
        "data = '{}'\nrelation = \"each\"\nmethod = [\"avg\", \"flex\"]\nglue = [\"attached\", \"orphan\"]\n\
         positions = [\"continuous\", \"restart\"]\ntemplates = [{{ subsets = 2, of = \"m1,m2,a1\" }}, \"m2,a1\"]\n",
        data.display()
    );
    write(home.path(), "x.toml", &text);
    let output = sweep(home.path(), &["x.toml", "--dry-run"])
        .assert()
        .success();
    let table = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    // 3 relations, 3 sets, avg and three layouts of flex.
    assert!(table.contains("\n36 cells, 108 facts"), "{table}");
    assert_eq!(said.matches("left out: ").count(), 9, "{said}");
    assert!(said.contains("glue orphan goes with"), "{said}");
}

/// The worked example of the README.
#[test]
fn the_example_of_the_readme_runs() {
    let home = folder();
    let readme = include_str!("../../README.md");
    let (_, rest) = readme
        .split_once("```toml\n# sweep.toml\n")
        .expect("the file");
    let (text, rest) = rest.split_once("```").expect("its end");
    let device = "device = \"cpu\"\ndtype = \"f32\"\n";
    write(home.path(), "sweep.toml", &format!("{text}{device}"));
    let (_, rest) = rest.split_once("$ lamascope sweep ").expect("the command");
    let (line, rest) = rest.split_once('\n').expect("its output");
    let (shown, _) = rest.split_once("```").expect("its end");
    let printed = stdout(sweep(home.path(), &[]).args(line.split(' ')).arg("--quiet"));
    assert_eq!(printed, shown);
}

/// Answers of several templates about one fact are not so many independent ones, wherever the interval is shown.
#[test]
fn one_cell_has_the_interval_of_its_run() {
    let home = folder();
    let asked = [
        "--relation",
        "P36",
        "--max-samples",
        "10",
        "--num-manual",
        "3",
        "--num-auto",
        "2",
    ];
    let engine = ["--method", "per-prompt", "--device", "cpu"];
    let run = stdout(
        lamascope(home.path())
            .arg("run")
            .args(asked)
            .args(engine)
            .args(["--out", "r.feather"]),
    );
    let scored = stdout(lamascope(home.path()).args(["score", "r.feather"]));
    write(
        home.path(),
        "s.toml",
        "relation = \"P36\"\nmax-samples = 10\nnum-manual = 3\nnum-auto = 2\nmethod = \"per-prompt\"\ndevice = \"cpu\"\n",
    );
    let swept = stdout(lamascope(home.path()).args(["sweep", "s.toml", "--out", "s.feather"]));
    let interval = |text: &str| -> String {
        let (_, behind) = text.split_once('[').expect("an interval");
        behind.split_once(']').expect("its end").0.to_owned()
    };
    let of_run = interval(&run);
    assert_eq!(interval(&scored), of_run, "{scored}");
    assert_eq!(interval(&swept), of_run, "{swept}");
    // As if all were independent it would be narrower.
    let json: serde_json::Value = {
        let shown = stdout(lamascope(home.path()).args(["report", "r.feather", "--json"]));
        serde_json::from_str(&shown).expect("JSON")
    };
    let (n, correct) = (&json["runs"][0]["n"], &json["runs"][0]["correct"]);
    let count = |value: &serde_json::Value| value.as_u64().expect("a count");
    let narrow = lamascope::score::wilson_interval(count(correct), count(n)).expect("rows");
    let narrow = format!("{:.1}, {:.1}", 100.0 * narrow.low, 100.0 * narrow.high);
    assert_ne!(narrow, of_run);
}
