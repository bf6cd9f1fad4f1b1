//! What `report` says of templates, probabilities and differences, with numbers worked out by hand.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{folder, json as output, lamascope, read, run, stdout, write};

/// Uuid, template, prediction, right or not, probability.
type Line<'a> = (&'a str, &'a str, &'a str, bool, f64);

/// A result file as JSON lines; the expected answer of every fact is `Paris`.
fn results(folder: &Path, name: &str, rows: &[Line<'_>]) {
    let line = |&(uuid, template, prediction, correct, probability): &Line<'_>| {
        let row = json!({
            "uuid": uuid, "relation": uuid.split('-').next(), "templates": [template], "answers": ["Paris"],
            "prediction": prediction, "generation": format!(" {prediction}\n"), "correct": correct,
            "correct_bidirectional": correct, "probability": probability, "subject": uuid.to_uppercase(),
        });
        format!("{row}\n")
    };
    write(folder, name, &rows.iter().map(line).collect::<String>());
}

#[track_caller]
fn near(value: &Value, wanted: f64) {
    let found = value.as_f64().expect("a number");
    assert!((found - wanted).abs() < 1e-6, "{found} is not {wanted}");
}

/// P1: m1 right of both facts, m2 of one. P2: m1 of none of two, m2 of both.
fn two_relations(folder: &Path) {
    let rows = [
        ("P1-a", "m1", "Paris", true, 0.9),
        ("P1-a", "m2", "Paris", true, 0.8),
        ("P1-b", "m1", "Paris", true, 0.7),
        ("P1-b", "m2", "the cities", false, 0.6),
        ("P2-a", "m1", "city", false, 0.6),
        ("P2-a", "m2", "Paris", true, 0.5),
        ("P2-b", "m1", "cities", false, 0.3),
        ("P2-b", "m2", "city", true, 0.2),
    ];
    results(folder, "all.jsonl", &rows);
}

#[test]
fn what_the_choice_of_templates_is_worth() {
    let home = folder();
    two_relations(home.path());
    let report = output(lamascope(home.path()).args(["report", "all.jsonl", "--json"]));
    let belief = &report["runs"][0]["belief"];
    // Of the four choices 2, 4, 1 and 3 of 4 facts are right.
    near(&belief["mean"], 0.625);
    near(&belief["sd"], (0.078_125_f64).sqrt());
    assert_eq!(
        (&belief["low"], &belief["high"]),
        (&json!(0.25), &json!(1.0))
    );
    assert_eq!(belief["distribution"], json!([0.0, 0.25, 0.25, 0.25, 0.25]));
    let maximum = &belief["maximum"];
    assert_eq!(
        (&maximum["accuracy"], &maximum["held_out_facts"]),
        (&json!(1.0), &json!(2))
    );

    let text = stdout(lamascope(home.path()).args(["report", "all.jsonl", "--distribution"]));
    for part in [
        "fluctuation    62.5 ± 28.0  25.0 to 100.0: one template per relation, drawn at random\n",
        "maximum        100.0 %  best templates of one half 100.0, on the other half",
        "95 % of the choices give 25.0 to 100.0",
        "25.0 to 31.2    25.0  █",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
    // Nothing to choose from.
    results(
        home.path(),
        "one.jsonl",
        &[("P1-a", "m1", "Paris", true, 0.9)],
    );
    let report = output(lamascope(home.path()).args(["report", "one.jsonl", "--json"]));
    assert_eq!(report["runs"][0]["belief"], Value::Null);
    let text = stdout(lamascope(home.path()).args(["report", "one.jsonl", "--distribution"]));
    assert!(
        !text.contains("fluctuation ") && text.contains("nothing fluctuates"),
        "{text}"
    );
}

/// `city` and `cities` are one lemma; the words of the answer decide for the letters.
#[test]
fn predictions_are_the_same_by_lemmas_or_letters() {
    let home = folder();
    two_relations(home.path());
    let several = output(lamascope(home.path()).args(["report", "all.jsonl", "--json"]))["runs"][0]
        ["several"]
        .clone();
    // P1-a agrees either way, P2-b by its lemmas alone.
    near(&several["consistency"], 0.5);
    near(&several["consistency_text"], 0.25);
    let said = |by: &[&str]| {
        let report = ["report", "all.jsonl"].iter().chain(by);
        stdout(lamascope(home.path()).args(report))
    };
    assert!(said(&[]).contains("consistency    50.0 %\n"));
    let text = said(&["--consistency", "text"]);
    assert!(
        text.contains("consistency    25.0 %  letter by letter\n"),
        "{text}"
    );
}

#[test]
fn probabilities_are_held_against_what_is_right() {
    let home = folder();
    two_relations(home.path());
    let report = output(lamascope(home.path()).args(["report", "all.jsonl", "--json"]));
    let found = &report["runs"][0]["calibration"];
    assert_eq!(found["n"], 8);
    near(&found["overconfidence"], 4.6 / 8.0 - 5.0 / 8.0);
    // Two answers of 0.6, both wrong; the others alone.
    let off = 0.1 + 0.2 + 0.3 + 0.6 + 0.6 + 0.5 + 0.3 + 0.8;
    near(&found["ece_equal_count"], off / 8.0);
    let squares = 0.01 + 0.04 + 0.09 + 0.36 + 0.36 + 0.25 + 0.09 + 0.64;
    near(&found["brier"], squares / 8.0);
    // Of 15 pairs 0.9, 0.8 and 0.7 win all 9, 0.5 one, 0.2 none.
    near(&found["auroc"], 10.0 / 15.0);
    near(&report["runs"][0]["one_word"], 7.0 / 8.0);

    let text = stdout(lamascope(home.path()).args(["report", "all.jsonl", "--calibration"]));
    for part in [
        "underconfident by 5.0; ECE 42.5 by count",
        "reliability of all.jsonl",
        "one word       87.5 % of the answers",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
    let right = text
        .lines()
        .find(|line| line.trim_start().starts_with("90.0"));
    let right = right.expect("the bin of 0.9");
    assert!(right.ends_with('●') && right.contains('│'), "{right}");

    // What has no probabilities is not taken for sure of nothing.
    write(
        home.path(),
        "bare.jsonl",
        "{\"uuid\": \"P1-a\", \"relation\": \"P1\", \"templates\": [\"m1\"], \"prediction\": \"x\", \"correct\": false, \
         \"correct_bidirectional\": false}\n",
    );
    let report = output(lamascope(home.path()).args(["report", "bare.jsonl", "--json"]));
    assert_eq!(report["runs"][0]["calibration"], Value::Null);
    let text = stdout(lamascope(home.path()).args(["report", "bare.jsonl", "--calibration"]));
    assert!(text.contains("bare.jsonl: has no probabilities"), "{text}");
}

fn single(folder: &Path) {
    let row = |uuid, prediction, right| (uuid, "m1", prediction, right, 0.5);
    let first = [
        row("P1-a", "Paris", true),
        row("P1-b", "Rome", false),
        row("P2-a", "Paris", true),
        row("P2-b", "Rome", false),
        row("P2-c", "Bonn", false),
    ];
    let second = [
        row("P1-a", "Lima", false),
        row("P1-b", "Paris", true),
        row("P2-a", "Paris", true),
        row("P2-b", "Paris", true),
        row("P2-c", "Rome", false),
    ];
    results(folder, "first.jsonl", &first);
    results(folder, "second.jsonl", &second);
}

#[test]
fn flips_are_told_with_both_answers() {
    let home = folder();
    single(home.path());
    let report = output(lamascope(home.path()).args([
        "report",
        "first.jsonl",
        "second.jsonl",
        "--json",
        "--flips-csv",
        "flips.csv",
    ]));
    let pair = &report["comparisons"][0];
    near(&pair["difference"], 0.2);
    let flips = pair["flips"].as_array().expect("flips");
    let told: Vec<_> = flips
        .iter()
        .map(|flip| {
            let word = |key: &str| flip[key].as_str().expect("a text").to_owned();
            (
                flip["gained"].as_bool(),
                word("uuid"),
                word("prediction_first"),
                word("prediction_second"),
            )
        })
        .collect();
    let flip = |gained, uuid: &str, first: &str, second: &str| {
        (
            Some(gained),
            uuid.to_owned(),
            first.to_owned(),
            second.to_owned(),
        )
    };
    assert_eq!(
        told,
        [
            flip(false, "P1-a", "Paris", "Lima"),
            flip(true, "P1-b", "Rome", "Paris"),
            flip(true, "P2-b", "Rome", "Paris"),
        ]
    );
    // (relation, facts, difference, only first, only second)
    let parts: Vec<_> = pair["relations"]
        .as_array()
        .expect("relations")
        .iter()
        .map(|part| {
            (
                &part["id"],
                &part["facts"],
                &part["only_first"],
                &part["only_second"],
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            (&json!("P1"), &json!(2), &json!(1), &json!(1)),
            (&json!("P2"), &json!(3), &json!(0), &json!(1)),
        ]
    );
    let table = String::from_utf8(read(&home.path().join("flips.csv"))).expect("text");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    assert_eq!(
        lines[1],
        "P1-a,P1,P1-A,Paris,m1,lost,first.jsonl,Paris,0.5,second.jsonl,Lima,0.5"
    );

    let text = stdout(lamascope(home.path()).args([
        "report",
        "first.jsonl",
        "second.jsonl",
        "--flips",
        "--by",
        "relation",
        "--wrong",
    ]));
    insta::assert_snapshot!("judged", text);
    for (args, said) in [
        (
            ["report", "first.jsonl", "--flips"].as_slice(),
            "a second file",
        ),
        (
            &[
                "report",
                "first.jsonl",
                "second.jsonl",
                "--csv",
                "x.csv",
                "--flips-csv",
                "x.csv",
            ],
            "the same file",
        ),
        (
            &["report", "first.jsonl", "second.jsonl", "--by", "fact"],
            "relation, template",
        ),
    ] {
        let failed = lamascope(home.path()).args(args).assert().code(2);
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert!(message.contains(said), "{message}");
    }
}

/// Two runs that asked every template alone flip under a template.
#[test]
fn flips_under_one_template() {
    let home = folder();
    two_relations(home.path());
    let rows = [
        ("P1-a", "m1", "Rome", false, 0.9),
        ("P1-a", "m2", "Paris", true, 0.8),
        ("P2-a", "m1", "Paris", true, 0.6),
        ("P2-a", "m2", "Paris", true, 0.5),
    ];
    results(home.path(), "other.jsonl", &rows);
    let report =
        output(lamascope(home.path()).args(["report", "all.jsonl", "other.jsonl", "--json"]));
    let pair = &report["comparisons"][0];
    let flips = pair["flips"].as_array().expect("flips");
    let places: Vec<_> = flips
        .iter()
        .map(|flip| (&flip["uuid"], &flip["template"]))
        .collect();
    assert_eq!(
        places,
        [
            (&json!("P1-a"), &json!("m1")),
            (&json!("P2-a"), &json!("m1"))
        ]
    );
    let templates = pair["templates"].as_array().expect("templates");
    assert_eq!(
        (&templates[0]["id"], &templates[0]["only_first"]),
        (&json!("m1"), &json!(1))
    );
    assert_eq!(
        (&templates[1]["id"], &templates[1]["only_second"]),
        (&json!("m2"), &json!(0))
    );
    // One run alone has rows per template: what would flip?
    single(home.path());
    let report =
        output(lamascope(home.path()).args(["report", "all.jsonl", "first.jsonl", "--json"]));
    assert_eq!(report["comparisons"][0]["flips"], json!([]));
    let text =
        stdout(lamascope(home.path()).args(["report", "all.jsonl", "first.jsonl", "--flips"]));
    assert!(
        text.contains("no flips: only one of them asked templates alone"),
        "{text}"
    );
}

#[test]
fn wrong_answers_are_grouped_by_what_they_say() {
    let home = folder();
    let rows = [
        ("P1-a", "m1", "Rome", false, 0.5),
        ("P1-a", "m2", "Rome", false, 0.5),
        ("P1-b", "m1", "Oslo", false, 0.5),
        ("P2-b", "m1", "Rome", false, 0.5),
        ("P2-c", "m1", "Paris", true, 0.5),
    ];
    results(home.path(), "r.jsonl", &rows);
    let report = output(lamascope(home.path()).args(["report", "r.jsonl", "--json"]));
    let wrong = report["runs"][0]["wrong"].as_array().expect("groups");
    assert_eq!(
        wrong[0],
        json!({
            "prediction": "Rome", "rows": 3, "facts": 2, "relations": 2, "uuid": "P1-a", "subject": "P1-A",
            "expected": "Paris",
        })
    );
    assert_eq!(
        (&wrong[1]["prediction"], &wrong[1]["rows"]),
        (&json!("Oslo"), &json!(1))
    );
    assert_eq!(wrong.len(), 2);
}

/// Every figure of the JSON stands in the table under a name of its own.
#[test]
fn figures_as_a_table() {
    let home = folder();
    two_relations(home.path());
    single(home.path());
    let args = ["report", "all.jsonl", "first.jsonl", "--csv", "figures.csv"];
    stdout(lamascope(home.path()).args(args));
    let failed = lamascope(home.path()).args(args).assert().code(1);
    let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(message.contains("--overwrite"), "{message}");
    let table = String::from_utf8(read(&home.path().join("figures.csv"))).expect("text");
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert!(lines.iter().all(|cells| cells.len() == 11), "{table}");
    let value = |figure: &str, relation: &str, template: &str| {
        let found = lines
            .iter()
            .find(|cells| cells[2..5] == [figure, relation, template]);
        let cells = found.unwrap_or_else(|| panic!("{table} lacks {figure}"));
        cells[6].parse::<f64>().expect("a number")
    };
    for (figure, relation, template, wanted) in [
        ("accuracy", "", "", 0.625),
        ("accuracy", "P1", "m2", 0.5),
        ("average", "", "", 0.625),
        ("maximum", "", "", 1.0),
        ("one-word", "", "", 0.875),
        ("auroc", "", "", 10.0 / 15.0),
        ("consistency-text", "", "", 0.25),
        ("difference", "P2", "", 0.0),
    ] {
        near(&json!(value(figure, relation, template)), wanted);
    }
}

/// The same ensemble from other templates: how far it depends on which ones.
#[test]
fn sets_of_templates_are_held_against_each_other() {
    let home = folder();
    let sets = ["m1", "m2", "a1", "m1,m2"];
    for set in sets {
        let name = format!("{}.feather", set.replace(',', "-"));
        run(home.path())
            .args(["--method", "avg", "--templates", set, "--out", &name])
            .assert()
            .success();
    }
    let report = output(lamascope(home.path()).args([
        "report",
        "--json",
        "m1.feather",
        "m1-m2.feather",
        "m2.feather",
        "a1.feather",
    ]));
    let robustness = report["robustness"].as_array().expect("one group");
    assert_eq!(robustness.len(), 1);
    let group = &robustness[0];
    assert_eq!(group["runs"], json!([0, 2, 3]), "as many templates each");
    assert_eq!(
        (&group["templates"], &group["disjoint"]),
        (&json!(1), &json!(true))
    );
    let text = stdout(lamascope(home.path()).args(["report", "m1.feather", "m2.feather"]));
    assert!(
        text.contains("avg: 2 disjoint sets of 1 template: "),
        "{text}"
    );
}
