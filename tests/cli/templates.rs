//! `lamascope templates`: choosing templates, and saying what the choice is worth.

use std::path::Path;

use serde_json::Value;

use crate::support::{asking, folder, json, lamascope, stdout};

/// The embedded sample and demo model, little of it.
fn sample(home: &Path, command: &str) -> assert_cmd::Command {
    let mut sample = lamascope(home);
    sample
        .arg(command)
        .args(["--relation", "P36", "--max-samples", "12"]);
    sample.args(["--templates", "m1,m2,m5,a1", "--few-shot", "2"]);
    sample.args(["--device", "cpu", "--dtype", "f32", "--quiet"]);
    sample
}

fn texts(value: &Value) -> Vec<&str> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|item| item.as_str().expect("a text"))
        .collect()
}

#[test]
fn a_set_is_chosen_and_judged_by_the_model() {
    let home = folder();
    let labs = json(sample(home.path(), "templates").args(["--best", "2", "--json"]));
    let lab = &labs[0];
    assert_eq!(lab["relation"], "P36");
    let alone = json(sample(home.path(), "run").args(["--method", "per-prompt", "--json"]));
    let right: u64 = (lab["templates"].as_array().expect("templates").iter())
        .map(|template| template["right"].as_u64().expect("a count"))
        .sum();
    assert_eq!(alone["correct"], right);

    // Both halves together are the run that the command makes.
    let chosen = texts(&lab["chosen"]);
    assert_eq!(chosen.len(), 2);
    let run = json(sample(home.path(), "run").args([
        "--templates",
        &chosen.join(","),
        "--method",
        "flex",
        "--json",
    ]));
    let half = |name: &str| {
        let share = &lab[name];
        share["accuracy"].as_f64().expect("a share") * share["facts"].as_f64().expect("a count")
    };
    let both = half("seen") + half("unseen");
    assert_eq!(
        both.round() as u64,
        run["correct"].as_u64().expect("a count")
    );
    assert_eq!(lab["random"]["sets"], 6);
    assert_eq!(lab["disjoint"].as_array().map(Vec::len), Some(2));
    let command = lab["command"].as_str().expect("a command");
    let ids = chosen.join(",");
    assert!(
        command.starts_with(&format!("lamascope run --relation P36 --templates {ids}"))
            && command.ends_with("--method flex --preset fused"),
        "{command}"
    );

    let text = stdout(sample(home.path(), "templates").args(["--best", "2"]));
    for part in [
        "P36: 12 facts in 4 templates; sets judged by flex --preset fused",
        "same prediction, % of facts",
        &format!("chosen      {ids}\n"),
        "of 6 random sets do as well)",
        command,
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
}

/// What is said to be used is asked as it was judged.
#[test]
fn the_command_repeats_how_was_asked() {
    let home = folder();
    let labs = json(sample(home.path(), "templates").args([
        "--best",
        "2",
        "--seed",
        "7",
        "--extract",
        "word",
        "--max-new-tokens",
        "4",
        "--json",
    ]));
    let command = labs[0]["command"].as_str().expect("a command");
    for words in [
        "--few-shot 2",
        "--seed 7",
        "--extract word",
        "--max-new-tokens 4",
        "--device cpu",
    ] {
        assert!(command.contains(words), "{words}: {command}");
    }
}

#[test]
fn saved_answers_choose_as_fresh_ones_do() {
    let home = folder();
    sample(home.path(), "run")
        .args(["--method", "per-prompt", "--out", "single.feather"])
        .assert()
        .success();
    for method in ["majority", "per-prompt", "origin"] {
        let how = ["--best", "2", "--method", method, "--json"];
        let fresh = json(sample(home.path(), "templates").args(how));
        let saved = json(
            lamascope(home.path())
                .args(["templates", "--answers", "single.feather"])
                .args(how),
        );
        for key in [
            "templates",
            "chosen",
            "seen",
            "unseen",
            "random",
            "agreement",
        ] {
            assert_eq!(fresh[0][key], saved[0][key], "{method}: {key}");
        }
    }
}

/// What answers read of each template and what it did stand beside its accuracy, as the report sums them up.
#[test]
fn what_was_measured_inside_stands_in_the_table() {
    let home = folder();
    let run = |more: &[&str]| sample(home.path(), "run").args(more).assert().success();
    run(&["--method", "per-prompt", "--out", "single.feather"]);
    let inside = [
        "--attention",
        "mass.feather",
        "--influence",
        "influence.feather",
    ];
    run(&[&["--out", "fused.feather"], &inside[..]].concat());
    let templates = |more: &[&str]| {
        let mut templates = lamascope(home.path());
        templates.args(["templates", "--answers", "single.feather", "--best", "2"]);
        templates.args(more);
        templates
    };
    let labs = json(&mut templates(&[
        "--json",
        "--inside",
        "mass.feather",
        "influence.feather",
    ]));
    let report = json(lamascope(home.path()).args([
        "report",
        "fused.feather",
        "mass.feather",
        "influence.feather",
        "--json",
    ]));
    let known = &report["influences"]["relations"][0]["templates"];
    let listed = labs[0]["templates"].as_array().expect("templates");
    assert_eq!(listed.len(), 4);
    for (template, known) in listed.iter().zip(known.as_array().expect("templates")) {
        assert_eq!(template["id"], known["id"]);
        for key in ["mass", "left_out", "shapley"] {
            assert!(template[key].is_f64(), "{template}");
            assert_eq!(template[key], known[key], "{template}");
        }
    }
    let text = stdout(&mut templates(&["--inside", "mass.feather"]));
    assert!(
        text.contains("mass, %") && !text.contains("Shapley"),
        "{text}"
    );
    let output = templates(&["--inside", "single.feather"])
        .output()
        .expect("it runs");
    let error = String::from_utf8(output.stderr).expect("a text");
    assert!(
        error.contains("single.feather: holds no masses or influences"),
        "{error}"
    );
}

#[test]
fn every_relation_is_looked_at_alone() {
    let home = folder();
    let labs = json(asking(home.path(), "templates").args(["--best", "2", "--quiet", "--json"]));
    let labs = labs.as_array().expect("relations");
    let names: Vec<&str> = labs
        .iter()
        .map(|lab| lab["relation"].as_str().expect("an id"))
        .collect();
    assert_eq!(names, ["P36", "P30", "P1303"]);
    for (lab, (facts, templates)) in labs.iter().zip([(4, 4), (3, 3), (2, 4)]) {
        assert_eq!(lab["facts"], facts);
        assert_eq!(lab["templates"].as_array().map(Vec::len), Some(templates));
    }
}

#[test]
fn a_sample_estimates_every_template() {
    let home = folder();
    let whole = json(sample(home.path(), "templates").args(["--sample", "1", "--json"]));
    assert_eq!(
        (&whole[0]["asked"], &whole[0]["facts"]),
        (&48.into(), &12.into())
    );
    for template in whole[0]["templates"].as_array().expect("templates") {
        let number = |key: &str| template[key].as_f64().expect("a number");
        assert!(
            (number("estimate") - number("right") / 12.0).abs() < 1e-9,
            "{template}"
        );
    }
    let part = stdout(sample(home.path(), "templates").args(["--sample", "0.25"]));
    assert!(
        part.starts_with("P36: 12 facts in 4 templates, 12 of 48 pairs asked\n"),
        "{part}"
    );
}

#[test]
fn what_leaves_no_choice_is_said() {
    let home = folder();
    for (args, code, part) in [
        (
            ["--best", "4"].as_slice(),
            1,
            "P36: 4 facts in 4 templates leave no choice of 4",
        ),
        (&["--best", "0"], 2, "--best"),
        (&["--method", "majorty"], 2, "majority"),
        (&["--sample", "1.5"], 2, "expected a share"),
        (
            &["--answers", "x.feather", "--method", "avg"],
            2,
            "--method majority, per-prompt or origin",
        ),
        (&["--answers", "x.feather"], 1, "no such file"),
    ] {
        let output = asking(home.path(), "templates")
            .args(args)
            .assert()
            .code(code);
        let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(message.contains(part), "{args:?}: {message}");
    }
}
