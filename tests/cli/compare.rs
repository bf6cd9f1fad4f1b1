//! `lamascope compare` is many `lamascope run` and one `lamascope report`.

use std::path::Path;

use assert_cmd::Command;
use lamascope::data::{Dataset, Fact, Source, Style, Watch};

use crate::support::{asking, fixture, folder, json, lamascope, read, stdout, write};

/// A few facts of the embedded sample, for `run` and `compare` alike.
fn sample(home: &Path, command: &str) -> Command {
    let mut sample = lamascope(home);
    sample.arg(command).args([
        "--max-samples",
        "12",
        "--templates",
        "m1,m2,a1",
        "--few-shot",
        "2",
        "--device",
        "cpu",
        "--dtype",
        "f32",
    ]);
    sample
}

#[test]
fn each_row_is_what_a_run_of_its_own_gives() {
    let home = folder();
    let files = |folder: &str| {
        ["per-prompt", "weighted-avg", "flex-fused", "flex-series"]
            .map(|name| format!("{folder}/{name}.feather"))
    };
    let ways = [
        "--method per-prompt",
        "--method weighted-avg",
        "--method flex --preset fused",
        "--method flex --preset series",
    ];
    let asked = [
        "--methods",
        "per-prompt,weighted_avg,flex",
        "--presets",
        "fused,series",
        "--manual-cross-attention",
        "--extract",
        "word",
    ];
    let compared =
        json(
            sample(home.path(), "compare")
                .args(asked)
                .args(["--out-dir", "compared", "--json"]),
        );
    let report = json(
        lamascope(home.path())
            .args(["report", "--json"])
            .args(files("compared")),
    );
    assert_eq!(compared, report);

    std::fs::create_dir(home.path().join("single")).expect("a folder");
    let table = stdout(sample(home.path(), "compare").args(asked));
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("--method "))
        .collect();
    assert_eq!(rows.len(), ways.len(), "{table}");
    for (i, way) in ways.iter().enumerate() {
        let single = &files("single")[i];
        let run = json(
            sample(home.path(), "run")
                .args(way.split(' '))
                .args(["--extract", "word", "--json", "--out", single])
                .args(asked.iter().filter(|word| word.contains("cross"))),
        );
        let numbers = format!("{} of {}", run["correct"], run["n"]);
        assert!(
            rows[i].starts_with(&format!("{way}  ")) && rows[i].contains(&numbers),
            "{table} lacks {way} {numbers}"
        );
        if i > 0 {
            let comparisons = compared["comparisons"].as_array().expect("comparisons");
            let against = |c: &&serde_json::Value| c["first"] == 0 && c["second"] == i;
            let comparison = comparisons
                .iter()
                .find(against)
                .expect("each with the first");
            let number = |key: &str| comparison[key].as_f64().expect("a number");
            let points = 100.0 * (number("accuracy_second") - number("accuracy_first"));
            let said = [format!("{points:+.1}"), format!("{:.3}", number("p"))];
            let cells: Vec<&str> = rows[i].split_whitespace().collect();
            assert!(
                cells.ends_with(&said.each_ref().map(String::as_str)),
                "{} lacks {said:?}",
                rows[i]
            );
        }
        let same =
            read(&home.path().join(single)) == read(&home.path().join(&files("compared")[i]));
        assert!(same, "{way}");
    }
}

#[test]
fn all_methods_and_presets_stand_in_one_table() {
    let home = folder();
    let text = stdout(&mut asking(home.path(), "compare"));
    let (head, table) = text.split_once("\n\n").expect("a head and a table");
    for part in ["templates  all manual, 5 auto", "cpu f32", "9 of 3 rel"] {
        assert!(head.contains(part), "{head}");
    }
    assert!(!head.contains("layout"), "{head}");
    insta::assert_snapshot!("compare-table", table);
}

#[test]
fn what_is_set_on_every_preset_is_said() {
    let home = folder();
    let options = ["--cue", "tail", "--manual-cross-attention"];
    let text = stdout(
        asking(home.path(), "compare")
            .args(options)
            .args(["--methods", "flex"]),
    );
    let said = "layout     --cue tail --manual-cross-attention\n";
    assert!(text.contains(said), "{text}");
    let output = asking(home.path(), "compare")
        .args(options)
        .args(["--methods", "avg"])
        .assert()
        .success();
    let note = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(note.contains("not read"), "{note}");
}

#[test]
fn files_are_kept_replaced_or_gone_on_with() {
    let home = folder();
    let path = |name: &str| home.path().join("d").join(name);
    let compare = |more: &[&str]| {
        let mut compare = asking(home.path(), "compare");
        compare
            .args([
                "--methods",
                "avg,flex",
                "--presets",
                "pcw",
                "--out-dir",
                "d",
            ])
            .args(more);
        compare
    };
    let first = stdout(&mut compare(&[]));
    let files = ["avg.feather", "flex-pcw.feather"];
    let bytes = files.map(|name| read(&path(name)));

    // Found before anything is run: the first file is not made.
    std::fs::remove_file(path("avg.feather")).expect("a file");
    let output = compare(&[]).assert().code(1);
    let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(
        message.contains("flex-pcw.feather") && message.contains("--overwrite"),
        "{message}"
    );
    assert!(!path("avg.feather").exists());

    assert_eq!(stdout(&mut compare(&["--resume"])), first);
    assert!(files.map(|name| read(&path(name))) == bytes);
    write(home.path(), "d/avg.feather", "old");
    assert_eq!(stdout(&mut compare(&["--overwrite"])), first);
    assert!(files.map(|name| read(&path(name))) == bytes);
}

#[test]
fn a_prompt_that_does_not_fit_is_found_before_the_first_run() {
    let home = folder();
    let output = asking(home.path(), "compare")
        .args(["--max-new-tokens", "3980", "--methods", "avg,flex"])
        .args(["--out-dir", "d"])
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(message.contains("max_position_embeddings"), "{message}");
    assert!(message.contains("flex fused"), "{message}");
    assert!(!home.path().join("d/avg.feather").exists());
}

#[test]
fn figures_that_the_demo_model_has_by_heart_say_so() {
    let home = folder();
    let words = "5 of 1 relation, 3 in trained wordings";
    let last = [
        "--uuids",
        "last.txt",
        "--templates",
        "m1,m2",
        "--few-shot",
        "1",
    ];
    let data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none()).expect("sample");
    let of = |fact: &&Fact| data.relation_of(fact).id == "P36";
    let uuids: Vec<&str> = data
        .facts
        .iter()
        .filter(of)
        .map(|f| f.uuid.as_str())
        .collect();
    let last_five = uuids[uuids.len() - 5..].join("\n");
    std::fs::write(home.path().join("last.txt"), last_five).expect("a file");

    let compared = ["--methods", "per-prompt,avg"];
    let table = stdout(
        lamascope(home.path())
            .arg("compare")
            .args(last)
            .args(compared),
    );
    assert!(table.contains(words), "{table}");
    let run = stdout(
        lamascope(home.path())
            .arg("run")
            .args(last)
            .args(["--out", "r.feather"]),
    );
    assert!(run.contains(words), "{run}");
    let report = stdout(lamascope(home.path()).args(["report", "r.feather"]));
    assert!(report.contains(words), "{report}");
    let report = json(lamascope(home.path()).args(["report", "r.feather", "--json"]));
    assert_eq!(report["runs"][0]["trained"], 3);
    // Of another model nothing is known.
    let tiny = fixture("tiny-llama");
    let other = stdout(
        lamascope(home.path())
            .arg("run")
            .args(last)
            .arg("--model")
            .arg(tiny),
    );
    assert!(!other.contains("trained"), "{other}");
}

/// Asked for, each run's probabilities stand beside each other, as `report` has them.
#[test]
fn probabilities_are_compared_where_they_are_asked_for() {
    let home = folder();
    let asked = ["--methods", "avg,flex", "--presets", "series"];
    let files = ["c/avg.feather", "c/flex-series.feather"];
    let out = ["--calibration", "--out-dir", "c"];
    let table = stdout(sample(home.path(), "compare").args(asked).args(out));
    let report = json(
        lamascope(home.path())
            .args(["report", "--json"])
            .args(files),
    );
    let (_, below) = table.split_once("\nrun ").expect("the table of runs");
    let (_, below) = below
        .split_once("\nrun ")
        .expect("the table of probabilities");
    for (line, run) in below
        .lines()
        .skip(1)
        .zip(report["runs"].as_array().expect("runs"))
    {
        let found = &run["calibration"];
        let number = |key: &str| found[key].as_f64().expect("a number");
        let said = [
            format!("{:.1}", number("probability") * 100.0),
            format!("{:+.1}", number("overconfidence") * 100.0),
            format!("{:.3}", number("brier")),
        ];
        assert!(
            said.iter().all(|said| line.contains(said)),
            "{line} lacks {said:?}"
        );
    }
    let plain = stdout(sample(home.path(), "compare").args(asked));
    assert!(!plain.contains("Brier"), "{plain}");
}
