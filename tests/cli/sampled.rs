//! Confidence by answers that are drawn: `--confidence sampled`.

use lamascope::results::{Record, read_rows};
use lamascope::score::lemmas;
use serde_json::Value;

use crate::support::{configuration, folder, json, lamascope, read, records, run, stdout};

const DRAWN: [&str; 6] = [
    "--method",
    "per-prompt",
    "--confidence",
    "sampled",
    "--samples",
    "20",
];

fn confidences(records: &[Record]) -> Vec<f64> {
    let one = |record: &Record| record.number("confidence").expect("a confidence");
    records.iter().map(one).collect()
}

/// The first line, trimmed: what `--extract line` takes for the prediction.
fn prediction(generation: &str) -> &str {
    generation.split('\n').next().unwrap_or_default().trim()
}

#[test]
fn a_confidence_is_the_share_of_drawn_answers_that_agree() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    let text = stdout(run(home.path()).args(DRAWN).args([
        "--max-new-tokens",
        "1",
        "--out",
        "r.feather",
        "--trace",
        "t.jsonl",
    ]));
    assert!(text.contains("\nsampled  "), "{text}");
    let rows = records(&path("r.feather"));
    let confidences = confidences(&rows);
    let trace = String::from_utf8(read(&path("t.jsonl"))).expect("text");
    let trace: Vec<Value> = (trace.lines())
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(trace.len(), rows.len());
    let mut several = 0;
    for (line, confidence) in trace.iter().zip(&confidences) {
        let drawn = line["drawn"].as_array().expect("what was drawn");
        let count = |of: &Value| of[1].as_u64().expect("how often");
        assert_eq!(drawn.iter().map(count).sum::<u64>(), 20);
        several += usize::from(drawn.len() > 1);
        let wanted = lemmas(line["prediction"].as_str().expect("a text"));
        let agrees = |of: &&Value| lemmas(prediction(of[0].as_str().expect("a text"))) == wanted;
        let agree: u64 = drawn.iter().filter(agrees).map(count).sum();
        assert!((confidence - agree as f64 / 20.0).abs() < 1e-6, "{line}");
        assert!((line["confidence"].as_f64().expect("a number") - confidence).abs() < 1e-6);
    }
    assert!(several > rows.len() / 2, "the tiny model is unsure");
    let of = configuration(&path("r.feather"));
    assert_eq!(of.confidence.as_deref(), Some("sampled"));
    let samples = of.sampled.expect("how they were drawn");
    assert_eq!((samples.samples, samples.seed), (20, 42));

    // What the report says of them, worked out here.
    let report = json(lamascope(home.path()).args(["report", "r.feather", "--json"]));
    let sampled = &report["runs"][0]["sampled"];
    let mean = confidences.iter().sum::<f64>() / confidences.len() as f64;
    assert!((sampled["probability"].as_f64().expect("a number") - mean).abs() < 1e-6);
    let right = |record: &Record| f64::from(u8::from(record.truth("correct").expect("a verdict")));
    let square = |(p, record): (&f64, &Record)| (p - right(record)).powi(2);
    let brier = confidences.iter().zip(&rows).map(square).sum::<f64>() / rows.len() as f64;
    assert!((sampled["brier"].as_f64().expect("a number") - brier).abs() < 1e-6);
    let text = stdout(lamascope(home.path()).args(["report", "r.feather", "--calibration"]));
    assert!(text.contains("r.feather, by drawn answers"), "{text}");
    lamascope(home.path())
        .args(["report", "r.feather", "--csv", "f.csv"])
        .assert()
        .success();
    let figures = String::from_utf8(read(&path("f.csv"))).expect("text");
    assert!(figures.contains(",sampled-brier,"), "{figures}");
}

#[test]
fn files_do_not_depend_on_batch_threads_or_shards() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    let drawn = |options: &[&str], threads: &str| {
        let mut run = run(home.path());
        let run = run.args(DRAWN).args(options);
        run.env("RAYON_NUM_THREADS", threads).assert().success();
    };
    drawn(&["--out", "a.feather", "--batch", "1"], "1");
    drawn(&["--out", "b.feather", "--batch", "7"], "3");
    let whole = read(&path("a.feather"));
    assert!(whole == read(&path("b.feather")));
    for shard in ["1/2", "2/2"] {
        let out = format!("{}.feather", &shard[..1]);
        drawn(&["--out", &out, "--shard", shard], "2");
    }
    lamascope(home.path())
        .args(["merge", "1.feather", "2.feather", "--out", "m.feather"])
        .assert()
        .success();
    assert!(whole == read(&path("m.feather")));

    // Another seed draws others; a run without drawing has no such column, and its rows are the same.
    drawn(&["--out", "c.feather", "--sample-seed", "7"], "2");
    let (a, c) = (records(&path("a.feather")), records(&path("c.feather")));
    assert_ne!(confidences(&a), confidences(&c));
    run(home.path())
        .args(["--method", "per-prompt", "--out", "plain.feather"])
        .assert()
        .success();
    let plain = records(&path("plain.feather"));
    assert!(plain.iter().all(|record| !record.has("confidence")));
    let (_, with) = read_rows(&path("a.feather")).expect("rows");
    let (_, without) = read_rows(&path("plain.feather")).expect("rows");
    for (with, without) in with.iter().zip(&without) {
        assert_eq!(with.prediction, without.prediction);
        assert_eq!(with.probability, without.probability);
    }
}

/// A run that is taken up again draws what it would have drawn.
#[cfg(unix)]
#[test]
fn an_interrupted_run_draws_the_same() {
    use std::process::Command;

    let home = folder();
    let path = |name: &str| home.path().join(name);
    let start = |name: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lamascope"));
        command
            .args(["run", "--relation", "P36,P17,P30", "--few-shot", "1"])
            .args(["--templates", "m1", "--batch", "1", "--device", "cpu"])
            .args(DRAWN)
            .arg("--model")
            .arg(crate::support::fixture("tiny-llama"))
            .current_dir(home.path())
            .arg("--out")
            .arg(path(name));
        command
    };
    let whole = start("whole.feather").output().expect("the program runs");
    assert!(whole.status.success());
    let journal = path("cut.feather.partial");
    let output = crate::interrupted::interrupt(start("cut.feather"), &journal);
    assert_eq!(output.status.code(), Some(1));
    let output = start("cut.feather").arg("--resume").output();
    assert!(output.expect("the program runs").status.success());
    assert!(read(&path("cut.feather")) == read(&path("whole.feather")));
}

/// The weights of weighted methods: drawn at once, or read from the file of a run that drew them.
#[test]
fn templates_are_weighted_by_what_is_drawn() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    run(home.path())
        .args(DRAWN)
        .args(["--out", "alone.feather"])
        .assert()
        .success();
    for method in [
        &["weighted-avg"][..],
        &["weighted-max"],
        &["flex", "--bias", "weighted", "--preset", "series"],
    ] {
        let weighted = |confidence: &[&str], out: &str| {
            let mut run = run(home.path());
            let run = run.arg("--method").args(method).args(confidence);
            run.args(["--out", out, "--overwrite"]).assert().success();
            records(&path(out))
        };
        let sampled = weighted(
            &["--confidence", "sampled", "--samples", "20"],
            "sampled.feather",
        );
        let file = weighted(&["--confidence", "alone.feather"], "file.feather");
        assert_eq!(cells(&sampled), cells(&file), "{method:?}");
        assert!(sampled.iter().all(|record| !record.has("confidence")));
        let measured = weighted(&[], "measured.feather");
        assert_ne!(cells(&sampled), cells(&measured), "{method:?}");
    }
}

/// What stands in the rows, whatever their file is called.
fn cells(records: &[Record]) -> Vec<&[(String, Value)]> {
    records.iter().map(Record::fields).collect()
}

#[test]
fn what_is_not_read_is_told() {
    let home = folder();
    let output = run(home.path())
        .args(["--method", "avg", "--confidence", "sampled"])
        .assert()
        .success();
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains("--confidence is not read"), "{said}");
    for (option, value) in [("--samples", "5"), ("--sample-seed", "5")] {
        let output = run(home.path()).args([option, value]).assert().code(2);
        let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(said.contains("goes with --confidence sampled"), "{said}");
    }
}
