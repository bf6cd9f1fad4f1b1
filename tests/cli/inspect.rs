//! `lamascope inspect` in every form.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::support::{asking, column, folder, json, read, stdout};

fn inspect(home: &Path) -> Command {
    let mut inspect = asking(home, "inspect");
    inspect.args(["--uuid", "P36-Japan", "--templates", "m1,m2,a2"]);
    inspect
}

fn numbers(of: &Value) -> Vec<f64> {
    let list = of.as_array().unwrap_or_else(|| panic!("no list: {of}"));
    list.iter().map(|n| n.as_f64().expect("a number")).collect()
}

#[test]
fn json_holds_what_was_read_and_what_each_question_did() {
    let home = folder();
    for path in ["cached", "dense"] {
        let seen = json(inspect(home.path()).args(["--json", "--rows", "--path", path]));
        let tokens = seen["tokens"].as_array().expect("tokens").len();
        let steps = seen["generated"].as_array().expect("generated").len();
        assert_eq!(seen["owner"].as_array().expect("owner").len(), tokens);
        assert_eq!(seen["mass"].as_array().expect("steps").len(), steps);
        for layers in seen["mass"].as_array().expect("steps") {
            for head in layers
                .as_array()
                .expect("layers")
                .iter()
                .flat_map(|l| l.as_array().expect("heads"))
            {
                let parts = numbers(head);
                assert_eq!(parts.len(), 5, "three questions, front, rest");
                assert!((parts.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{parts:?}");
            }
        }
        // The row of the first answer token, summed over a question, is its mass.
        let row = numbers(&seen["rows"][1][2]);
        assert_eq!(row.len(), tokens);
        let owner = numbers(&seen["owner"]);
        for question in 0..3 {
            let own = row
                .iter()
                .zip(&owner)
                .filter(|(_, of)| **of == f64::from(question));
            let sum: f64 = own.map(|(weight, _)| weight).sum();
            let mass = &seen["mass"][0][1][2][question as usize];
            assert!((sum - mass.as_f64().expect("a mass")).abs() < 1e-5);
        }
        let total = |name: &str| numbers(&seen["value"][name]).iter().sum::<f64>();
        let shapley: f64 = numbers(&seen["shapley"]).iter().sum();
        assert!((shapley - (total("0,1,2") - total(""))).abs() < 1e-6);
        let left_out: f64 = numbers(&seen["left_out"][1]).iter().sum();
        assert!((left_out - (total("0,1,2") - total("0,2"))).abs() < 1e-6);
        assert_eq!(seen["value"].as_object().expect("values").len(), 8);
        let layers = seen["lens"][0].as_array().expect("layers");
        assert_eq!(layers[layers.len() - 1][1], seen["generated"][0]);
        assert_eq!(seen["templates"], serde_json::json!(["m1", "m2", "a2"]));
    }
}

#[test]
fn text_names_every_question_and_layer() {
    let home = folder();
    let text = stdout(&mut inspect(home.path()));
    insta::assert_snapshot!("inspect", text);
}

#[test]
fn files_hold_masses_and_pictures_hold_attention() {
    let home = folder();
    let write = |name: &str, more: &[&str]| {
        let out = home.path().join(name);
        stdout(inspect(home.path()).arg("--out").arg(&out).args(more));
        out
    };
    let csv = String::from_utf8(read(&write("mass.csv", &[]))).expect("a text");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "uuid,step,token,layer,head,part,mass");
    let feather = write("mass.feather", &[]);
    assert_eq!(column(&feather, "part").len(), lines.len() - 1);
    let whole = read(&write("mean.svg", &[]));
    let one = read(&write("one.svg", &["--layer", "2", "--head", "1"]));
    assert_ne!(whole, one);
    let one = String::from_utf8(one).expect("a text");
    assert!(one.contains("attention, layer 2, head 1"), "{one}");
    assert!(one.contains("may not be read"), "{one}");
    let png = read(&write("mean.png", &[]));
    assert_eq!(&png[1..4], b"PNG");
    let page = String::from_utf8(read(&write("page.html", &[]))).expect("a text");
    let (_, data) = page.split_once("id=\"data\">").expect("the data");
    let (data, _) = data.split_once("</script>").expect("its end");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let layers = data["views"].as_array().expect("views").len() - 1;
    assert_eq!(layers, 2);
    assert!(!page.contains("http"), "nothing is fetched");
}

#[test]
fn wrong_input_is_one_line() {
    let home = folder();
    for (words, status, said) in [
        (&["--layer", "0"][..], 2, "from 1, or mean"),
        (&["--rows"], 2, "--json"),
        (
            &["--out", "x.gif"],
            2,
            ".svg, .png, .html, .csv or .feather",
        ),
        (&["--layer", "9"], 1, "--layer 9: the model has 2 layers"),
        (&["--uuid", "nobody"], 1, "no fact with uuid `nobody`"),
    ] {
        let output = inspect(home.path()).args(words).output().expect("it runs");
        let error = String::from_utf8(output.stderr).expect("a text");
        assert_eq!(output.status.code(), Some(status), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

/// What many answers read and what their questions did, beside a run that is as it was.
#[test]
fn a_run_writes_masses_and_influences_of_every_fact() {
    let home = folder();
    let [plain, looked, attention, influence] = ["plain", "looked", "attention", "influence"]
        .map(|name| home.path().join(format!("{name}.feather")));
    let asked = ["--relation", "P36", "--templates", "m1,m2"];
    stdout(
        asking(home.path(), "run")
            .args(asked)
            .arg("--out")
            .arg(&plain),
    );
    let mut run = asking(home.path(), "run");
    run.args(asked).arg("--out").arg(&looked);
    stdout(
        run.arg("--attention")
            .arg(&attention)
            .arg("--influence")
            .arg(&influence),
    );
    assert_eq!(read(&plain), read(&looked));
    let uuids = column(&influence, "uuid");
    assert_eq!(uuids.len(), 8, "four facts, two questions each");
    assert_eq!(column(&influence, "template")[..2], ["m1", "m2"]);
    let mut of_masses = column(&attention, "uuid");
    of_masses.dedup();
    let mut facts = uuids.clone();
    facts.dedup();
    assert_eq!(of_masses, facts);
    // As inspect says it.
    let mut inspect = asking(home.path(), "inspect");
    inspect.args(asked).args(["--uuid", "P36-Japan", "--json"]);
    let steps = json(&mut inspect)["mass"].as_array().expect("steps").len();
    let rows = column(&attention, "uuid")
        .iter()
        .filter(|uuid| *uuid == "P36-Japan")
        .count();
    assert_eq!(rows, steps * 2 * 4 * 4, "layers, heads, parts");
    let mut twice = asking(home.path(), "run");
    let file = home.path().join("a.feather");
    twice.arg("--out").arg(&file).arg("--attention").arg(&file);
    let output = twice.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("two files of this name"));
    let mut wrong = asking(home.path(), "run");
    wrong
        .args(["--method", "avg", "--attention"])
        .arg(home.path().join("a.feather"));
    let output = wrong.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("method flex"));
}
