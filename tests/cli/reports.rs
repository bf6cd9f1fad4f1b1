//! `report` and `score` on hand-written files with numbers worked out by hand.

use std::path::Path;

use serde_json::{Value, json};

use lamascope::layout::{Bias, Options};
use lamascope::results::{Configuration, write_feather};

use crate::support::{
    configuration, folder, json as output, lamascope, read, records, run, stdout, write,
};

/// Rows of a result file as JSON lines: uuid, template, prediction, right or not.
fn results(folder: &Path, name: &str, rows: &[(&str, &str, &str, bool)]) {
    let line = |(uuid, template, prediction, correct): &(&str, &str, &str, bool)| {
        let row = json!({
            "uuid": uuid, "relation": uuid.split('-').next(), "templates": [template], "prediction": prediction,
            "correct": correct, "correct_bidirectional": true,
        });
        format!("{row}\n")
    };
    write(folder, name, &rows.iter().map(line).collect::<String>());
}

#[track_caller]
fn near(value: &Value, wanted: f64) {
    let found = value.as_f64().expect("a number");
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

#[test]
fn one_run_in_numbers() {
    let home = folder();
    // Templates agree in 1 of 3 pairs on the first fact, in all on the second.
    results(
        home.path(),
        "r.jsonl",
        &[
            ("P36-a", "m1", "x", true),
            ("P36-a", "m2", "x", true),
            ("P36-a", "a1", "y", false),
            ("P1376-b", "m1", "z", false),
            ("P1376-b", "m2", "z", false),
            ("P1376-b", "a1", "z", false),
        ],
    );
    let report = output(lamascope(home.path()).args(["report", "r.jsonl", "--json"]));
    let run = &report["runs"][0];
    assert_eq!(
        (&run["facts"], &run["n"], &run["correct"]),
        (&2.into(), &6.into(), &2.into())
    );
    near(&run["accuracy"], 1.0 / 3.0);
    // Two facts with 2 and 0 of 3: the variance of the share is 2 · (1 + 1) / 36, as of two independent answers;
    // statsmodels.stats.proportion.proportion_confint(2 / 3, 2, method="wilson")
    near(&run["interval"]["low"], 0.045_255_085_819_509_27);
    near(&run["interval"]["high"], 0.840_618_171_678_273);
    near(&run["accuracy_bidirectional"], 1.0);
    let relations = run["relations"].as_array().expect("relations");
    assert_eq!(
        relations
            .iter()
            .map(|r| r["id"].clone())
            .collect::<Vec<_>>(),
        ["P36", "P1376"]
    );
    let templates = relations[0]["templates"].as_array().expect("templates");
    let right: Vec<_> = templates
        .iter()
        .map(|t| (t["id"].clone(), t["correct"].clone()))
        .collect();
    assert_eq!(
        right,
        [
            ("m1".into(), 1.into()),
            ("m2".into(), 1.into()),
            ("a1".into(), 0.into())
        ]
    );
    let several = &run["several"];
    assert_eq!(several["facts"], 2);
    near(&several["consistency"], (1.0 / 3.0 + 1.0) / 2.0);
    near(&several["oracle_or"], 0.5);
    near(&several["oracle_and"], 0.0);
    near(&several["majority"], 0.5);
}

#[test]
fn pairs_of_runs_are_tested() {
    let home = folder();
    let run = |right: &[usize]| -> Vec<(String, bool)> {
        (0..12)
            .map(|i| (format!("P36-{i}"), right.contains(&i)))
            .collect()
    };
    let save = |name: &str, run: &[(String, bool)]| {
        let rows: Vec<_> = run
            .iter()
            .map(|(uuid, right)| (uuid.as_str(), "m1", "x", *right))
            .collect();
        results(home.path(), name, &rows);
    };
    // 8 facts right in the second run alone, 1 in the first alone: binomtest(1, 9).pvalue
    save("a.jsonl", &run(&[0, 1]));
    save("b.jsonl", &run(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
    let mut third: Vec<(String, bool)> = run(&[0, 1]);
    third.truncate(3);
    third.push(("P36-elsewhere".to_owned(), true));
    save("c.jsonl", &third);
    let report =
        output(lamascope(home.path()).args(["report", "a.jsonl", "b.jsonl", "c.jsonl", "--json"]));
    let pairs = report["comparisons"].as_array().expect("comparisons");
    assert_eq!(pairs.len(), 3);
    assert_eq!(
        (&pairs[0]["first"], &pairs[0]["second"]),
        (&0.into(), &1.into())
    );
    assert_eq!(pairs[0]["test"], "mcnemar-exact");
    assert_eq!(
        (&pairs[0]["only_first"], &pairs[0]["only_second"]),
        (&1.into(), &8.into())
    );
    near(&pairs[0]["p"], 0.039_062_5);
    // Only the facts of both count.
    assert_eq!(pairs[1]["facts"], 3);
    near(&pairs[1]["p"], 1.0);

    // A share per fact calls for the permutation test.
    results(
        home.path(),
        "d.jsonl",
        &[
            ("P36-0", "m1", "x", true),
            ("P36-0", "m2", "y", false),
            ("P36-2", "m1", "x", true),
            ("P36-2", "m2", "x", true),
        ],
    );
    let report = output(lamascope(home.path()).args(["report", "a.jsonl", "d.jsonl", "--json"]));
    let pair = &report["comparisons"][0];
    assert_eq!(pair["test"], "paired-permutation");
    near(&pair["accuracy_first"], 0.5);
    near(&pair["accuracy_second"], 0.75);
    let text = stdout(lamascope(home.path()).args(["report", "a.jsonl", "b.jsonl"]));
    insta::assert_snapshot!("report", text);
}

#[test]
fn the_order_of_facts_does_not_show_in_a_test() {
    let home = folder();
    let uuids: Vec<String> = (0..40).map(|i| format!("P36-{i}")).collect();
    // Differences of both sizes, so that it would matter which draw meets which.
    let of = |i: usize| {
        let fact = |template, right| (uuids[i].as_str(), template, "x", right);
        [fact("m1", i.is_multiple_of(3)), fact("m2", i < 25)]
    };
    let forwards: Vec<_> = (0..40).flat_map(of).collect();
    let backwards: Vec<_> = (0..40).rev().flat_map(of).collect();
    let single: Vec<_> = (0..40)
        .map(|i| (of(i)[0].0, "m3", "x", i.is_multiple_of(4)))
        .collect();
    for (name, rows) in [
        ("f.jsonl", &forwards),
        ("b.jsonl", &backwards),
        ("s.jsonl", &single),
    ] {
        results(home.path(), name, rows);
    }
    let p = |first: &str| {
        let report = output(lamascope(home.path()).args(["report", first, "s.jsonl", "--json"]));
        report["comparisons"][0]["p"].clone()
    };
    assert_eq!(p("f.jsonl"), p("b.jsonl"));
}

#[test]
fn bad_result_files_are_refused() {
    let home = folder();
    let rows = [
        ("P36-a", "m1", "x", true),
        ("P36-b", "m1", "x", true),
        ("P36-a", "m2", "x", true),
    ];
    results(home.path(), "scattered.jsonl", &rows);
    write(home.path(), "empty.jsonl", "");
    write(home.path(), "lacking.csv", "uuid,relation\na,P36\n");
    write(home.path(), "broken.jsonl", "{\"uuid\": \n");
    write(home.path(), "broken.csv", "uuid,relation\na\n");
    for (file, parts) in [
        ("scattered.jsonl", ["P36-a", "follow"]),
        ("empty.jsonl", ["no rows", "lamascope run"]),
        ("lacking.csv", ["templates", "list"]),
        ("nothing.feather", ["no such file", "check the name"]),
        ("broken.jsonl", ["line 1", "one JSON object per line"]),
        ("broken.csv", ["line: 2", "as many values in every row"]),
    ] {
        let failed = lamascope(home.path())
            .args(["report", file])
            .assert()
            .code(1);
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

/// Every command that reads results says of a file that is none what is wrong with it and what it should be.
#[test]
fn a_feather_file_that_is_none_says_what_it_is() {
    let home = folder();
    run(home.path())
        .args(["--out", "whole.feather"])
        .assert()
        .success();
    let whole = read(&home.path().join("whole.feather"));
    let mut damaged = whole.clone();
    // Before the length and the magic at the end: the list of batches.
    let end = damaged.len();
    damaged[end - 300..end - 10].fill(0xA5);
    for (name, bytes, what) in [
        ("empty", b"".as_slice(), "is empty"),
        ("text", b"hello world\n", "is no Arrow file"),
        ("short", b"AR", "is no Arrow file"),
        (
            "old",
            b"FEA1....FEA1",
            "is Feather 1, which is no longer read",
        ),
        ("cut", &whole[..whole.len() / 2], "is cut off"),
        ("end", &whole[..whole.len() - 3], "is cut off"),
        ("magic", b"ARROW1", "is damaged"),
        ("damaged", &damaged, "is damaged"),
    ] {
        let name = format!("{name}.feather");
        std::fs::write(home.path().join(&name), bytes).expect("a temporary file");
        for command in [
            ["report", &name].as_slice(),
            &["score", &name],
            &["merge", &name, "--out", "m.feather"],
            &["run", "--method", "weighted-avg", "--confidence", &name],
        ] {
            let failed = lamascope(home.path()).args(command).assert().code(1);
            let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
            assert_eq!(message.lines().count(), 1, "{message}");
            for part in [
                &name,
                what,
                "expected a whole Feather file",
                "lamascope run --out",
            ] {
                assert!(message.contains(part), "{command:?}: {message}");
            }
        }
    }
}

/// A size that cannot be must not be believed: the program would ask for that much memory and be ended.
#[test]
fn no_damage_ends_the_program() {
    let home = folder();
    run(home.path())
        .args(["--out", "r.feather"])
        .assert()
        .success();
    let path = home.path().join("r.feather");
    let whole = read(&path);
    let summary = |path: &Path| lamascope::results::Report::read(&[path.to_owned()]);
    let clean = summary(&path).expect("its own file").runs.remove(0).summary;
    for at in (0..whole.len()).step_by(11) {
        for value in [0x00, 0x7F, 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            std::fs::write(&path, &bytes).expect("a temporary file");
            // Refused, or read with the rows that it has; never more of them.
            if let Ok(report) = summary(&path) {
                assert!(report.runs[0].summary.tally.total.n <= clean.tally.total.n);
            }
        }
    }
}

/// What is saved of a run that was stopped does not pass for the whole.
#[test]
fn facts_that_are_missing_are_said() {
    let home = folder();
    let whole = home.path().join("whole.feather");
    let args = ["--templates", "m1", "--out"];
    let before = stdout(run(home.path()).args(args).arg("whole.feather"));
    assert!(!before.contains("missing"), "{before}");
    let cut = Configuration {
        finished: Some(5),
        ..configuration(&whole)
    };
    let rows = records(&whole).into_iter().take(5);
    write_feather(&home.path().join("cut.feather"), false, &cut, |put| {
        rows.map(lamascope::results::Record::into_row)
            .try_for_each(|row| put(&row?))
    })
    .expect("room");
    let text = stdout(lamascope(home.path()).args(["report", "cut.feather"]));
    let said = "missing        4 of 9 facts: the run was stopped before its end\n";
    assert!(text.contains(said), "{text}");
    let report = output(lamascope(home.path()).args(["report", "cut.feather", "--json"]));
    assert_eq!(report["runs"][0]["missing"], json!({"facts": 4, "of": 9}));
    // Nor does the run that is asked to go on with it take it for complete.
    let failed = run(home.path())
        .args(args)
        .args(["cut.feather", "--resume"])
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(message.contains("`finished`"), "{message}");
}

/// A layout that no preset has is told by the nearest one; words of another version are not taken for no words.
#[test]
fn a_file_says_its_layout_in_words() {
    let home = folder();
    let path = home.path().join("whole.feather");
    run(home.path())
        .args([
            "--templates",
            "m1",
            "--preset",
            "pcw",
            "--out",
            "whole.feather",
        ])
        .assert()
        .success();
    let written = configuration(&path);
    let options = written.options.map(|options| Options {
        bias: Bias::Number(0.5),
        manual_cross_attention: true,
        ..options
    });
    let unnamed = Configuration {
        preset: None,
        options,
        ..written
    };
    let rows = records(&path).into_iter();
    write_feather(
        &home.path().join("unnamed.feather"),
        false,
        &unnamed,
        |put| {
            rows.map(lamascope::results::Record::into_row)
                .try_for_each(|row| put(&row?))
        },
    )
    .expect("room");
    let text = stdout(lamascope(home.path()).args(["report", "unnamed.feather"]));
    let said = "method         flex, preset pcw --bias 0.5, manual cross-attention on\n";
    assert!(text.contains(said), "{text}");

    let mut bytes = read(&path);
    let word = br#""preset":"pcw""#;
    while let Some(at) = bytes.windows(word.len()).position(|part| part == word) {
        bytes[at..at + word.len()].copy_from_slice(br#""preset":"new""#);
    }
    std::fs::write(home.path().join("new.feather"), bytes).expect("room");
    for command in [
        ["report", "new.feather"].as_slice(),
        &["run", "--resume", "--out", "new.feather"],
    ] {
        let failed = lamascope(home.path()).args(command).assert().code(1);
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        for part in ["new.feather", "`new`", "another version of lamascope"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn a_file_without_predictions_is_not_scored() {
    let home = folder();
    write(home.path(), "empty.csv", "");
    for more in [[].as_slice(), &["--out", "s.jsonl"]] {
        let failed = lamascope(home.path())
            .args(["score", "empty.csv"])
            .args(more)
            .assert()
            .code(1);
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert!(message.contains("no rows"), "{message}");
        assert!(!home.path().join("s.jsonl").exists());
    }
}

/// Below the tables, and in the help.
#[test]
fn figures_are_explained() {
    let home = folder();
    let rows = [("P36-a", "m1", "x", true), ("P36-a", "m2", "y", false)];
    results(home.path(), "r.jsonl", &rows);
    results(home.path(), "s.jsonl", &rows[..1]);
    let several = stdout(lamascope(home.path()).args(["report", "r.jsonl", "s.jsonl"]));
    let help = stdout(lamascope(home.path()).args(["help", "report"]));
    for text in [several, help] {
        for part in [
            "95 % Wilson interval",
            "consistency",
            "template pairs with the same prediction",
            "the first template's on a tie",
            "10,000 draws",
        ] {
            assert!(text.contains(part), "{text} lacks {part}");
        }
    }
    let single = stdout(lamascope(home.path()).args(["report", "s.jsonl"]));
    assert!(!single.contains("oracle"), "{single}");
}

#[test]
fn predictions_are_scored_anew() {
    let home = folder();
    let rows = [
        json!({"note": "kept", "prediction": "The cities of France", "answers": ["city"], "correct": false}),
        json!({"note": "é", "prediction": "York", "answers": ["New York", "NYC"]}),
        json!({"note": 3, "prediction": "", "answers": ["x"]}),
    ];
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    write(home.path(), "p.jsonl", &lines);
    let wanted = json!({
        "n": 3, "correct": 1, "correct_bidirectional": 2, "accuracy": 1.0 / 3.0, "accuracy_bidirectional": 2.0 / 3.0
    });
    assert_eq!(
        output(lamascope(home.path()).args(["score", "p.jsonl", "--json", "--out", "s.jsonl"])),
        wanted
    );
    let text = String::from_utf8(read(&home.path().join("s.jsonl"))).expect("text");
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows[0]["note"], "kept");
    assert_eq!(
        rows[0]["predict_lemma"],
        json!(["the", "city", "of", "france"])
    );
    assert_eq!(rows[0]["answer_lemmas"], json!([["city"]]));
    assert_eq!(
        (&rows[0]["correct"], &rows[1]["correct"]),
        (&true.into(), &false.into())
    );
    assert_eq!(rows[1]["correct_bidirectional"], true);

    let csv = "prediction,answers\nThe cities of France,\"[\"\"city\"\"]\"\nYork,\"['New York', 'NYC']\"\n,['x']\n";
    write(home.path(), "p.csv", csv);
    assert_eq!(
        output(lamascope(home.path()).args(["score", "p.csv", "--json"])),
        wanted
    );
    let table = stdout(lamascope(home.path()).args(["score", "p.csv"]));
    insta::assert_snapshot!("score", table);
}

/// Mass and Shapley value of three questions each of five facts; left out is half of it.
const LOOKED_INTO: [(&str, [(f64, f64); 3]); 5] = [
    ("P36-a", [(0.10, 0.2), (0.25, 1.1), (0.65, 3.9)]),
    ("P36-b", [(0.30, 0.9), (0.30, 0.4), (0.40, 0.9)]),
    ("P36-c", [(0.55, 2.0), (0.05, -0.3), (0.40, 1.5)]),
    ("P1376-d", [(0.20, 0.4), (0.20, 1.2), (0.60, 2.2)]),
    ("P1376-e", [(0.45, 2.9), (0.35, 0.4), (0.20, 0.1)]),
];

/// Writes them as `run --attention` and `run --influence` would, with two layers that have the masses as their mean.
fn looked_into(folder: &Path, masses: &str, influences: &str) {
    let (mut mass, mut influence) = (
        "uuid,relation,step,token,layer,head,part,mass\n".to_owned(),
        "uuid,relation,template,left_out,shapley,shapley_error\n".to_owned(),
    );
    for (uuid, questions) in LOOKED_INTO {
        let relation = uuid.split('-').next().expect("a relation");
        for (layer, more) in [(0, 0.05), (1, -0.05)] {
            let parts = ["m1", "m2", "a1"].iter().zip(questions);
            for (part, (of, _)) in parts.chain([(&"front", (0.5, 0.0)), (&"rest", (0.5, 0.0))]) {
                let of = of + more;
                mass.push_str(&format!("{uuid},{relation},0, x,{layer},0,{part},{of}\n"));
            }
        }
        for (template, (_, of)) in ["m1", "m2", "a1"].iter().zip(questions) {
            let half = of / 2.0;
            influence.push_str(&format!("{uuid},{relation},{template},{half},{of},\n"));
        }
    }
    write(folder, masses, &mass);
    write(folder, influences, &influence);
}

#[test]
fn masses_and_influences_are_summed_up_per_relation_and_template() {
    let home = folder();
    looked_into(home.path(), "mass.csv", "influence.csv");
    let report = |files: &[&str]| {
        let mut report = lamascope(home.path());
        output(report.arg("report").args(files).arg("--json"))["influences"].clone()
    };
    let all = report(&["mass.csv", "influence.csv"]);
    assert_eq!(all["facts"], 5);
    let relation = &all["relations"][0];
    assert_eq!(
        (&relation["id"], &relation["facts"]),
        (&"P36".into(), &3.into())
    );
    near(&relation["mass"], 1.0);
    // (0.2 + 1.1 + 3.9 + 0.9 + 0.4 + 0.9 + 2.0 - 0.3 + 1.5) / 3
    near(&relation["shapley"], 10.6 / 3.0);
    let [m1, m2, a1] = [0, 1, 2].map(|at| &relation["templates"][at]);
    assert_eq!(
        (&m1["id"], &m2["id"], &a1["id"]),
        (&"m1".into(), &"m2".into(), &"a1".into())
    );
    near(&m1["mass"], 0.95 / 3.0);
    near(&m1["shapley"], 3.1 / 3.0);
    near(&m1["left_out"], 1.55 / 3.0);
    // Of b, m1 and a1 add the same: the first carries.
    near(&m1["carries"], 2.0 / 3.0);
    near(&m2["carries"], 0.0);
    near(&a1["carries"], 1.0 / 3.0);
    near(&all["relations"][1]["templates"][2]["mass"], 0.4);
    // statistics.correlation of Python 3.11 over the 15 pairs, as they are and less their fact's means; of mean ranks.
    let predicts = &all["mass_predicts"];
    assert_eq!(
        (&predicts["facts"], &predicts["pairs"]),
        (&5.into(), &15.into())
    );
    for of in ["shapley", "left_out"] {
        let of = &predicts[of];
        near(&of["pooled"]["pearson"]["value"], 0.8561980342146395);
        near(&of["pooled"]["spearman"]["value"], 0.840397095490241);
        near(&of["within"]["pearson"]["value"], 0.8954393952392615);
        near(&of["within"]["spearman"]["value"], 0.9154735487067834);
        let interval = &of["pooled"]["pearson"]["interval"];
        assert!(interval["low"].as_f64() > Some(0.6) && interval["high"].as_f64() < Some(1.0));
    }
    // Either alone says what it has.
    let masses = report(&["mass.csv"]);
    assert_eq!(masses["relations"][0]["shapley"], Value::Null);
    assert_eq!(masses["mass_predicts"], Value::Null);
    near(
        &report(&["influence.csv"])["relations"][0]["templates"][0]["shapley"],
        3.1 / 3.0,
    );
    let text = stdout(lamascope(home.path()).args(["report", "mass.csv", "influence.csv"]));
    insta::assert_snapshot!("influences", text);
}

#[test]
fn masses_of_one_fact_in_two_files_are_refused() {
    let home = folder();
    looked_into(home.path(), "mass.csv", "influence.csv");
    looked_into(home.path(), "again.csv", "again2.csv");
    write(home.path(), "old.csv", "uuid,part,mass\nP36-a,m1,0.5\n");
    write(
        home.path(),
        "odd.csv",
        "uuid,relation,part,mass\nP36-z,P36,question,0.5\n",
    );
    for (files, said) in [
        (
            ["mass.csv", "again.csv"],
            "again.csv: fact P36-a stands in another of these files too",
        ),
        (
            ["mass.csv", "odd.csv"],
            "odd.csv: row 1, column `part`: expected a template id",
        ),
        (
            ["old.csv", "influence.csv"],
            "old.csv: has no column `relation`",
        ),
    ] {
        let output = lamascope(home.path())
            .arg("report")
            .args(files)
            .output()
            .expect("it runs");
        let error = String::from_utf8(output.stderr).expect("a text");
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

/// What a run writes is what a report reads, beside the run's own file.
#[test]
fn a_runs_masses_and_influences_are_read_back() {
    let home = folder();
    let mut command = run(home.path());
    command.args(["--templates", "m1,a1", "--out", "r.feather"]);
    command.args(["--attention", "a.feather", "--influence", "i.feather"]);
    stdout(&mut command);
    let files = ["report", "r.feather", "i.feather", "a.feather", "--json"];
    let report = output(lamascope(home.path()).args(files));
    assert_eq!(report["runs"][0]["facts"], report["influences"]["facts"]);
    let relations = report["influences"]["relations"]
        .as_array()
        .expect("relations");
    for relation in relations {
        let templates = relation["templates"].as_array().expect("templates");
        let sum = |of: &str| {
            templates
                .iter()
                .map(|t| t[of].as_f64().expect(of))
                .sum::<f64>()
        };
        near(&relation["shapley"], sum("shapley"));
        near(&relation["mass"], sum("mass"));
        near(&json!(sum("carries")), 1.0);
        assert!(sum("mass") < 1.0 + 1e-5);
    }
}
