//! Methods that mix prompts inside the model, on the command line.

use crate::support::{folder, json, lamascope, stdout};

const ASKED: [&str; 10] = [
    "--relation",
    "P36",
    "--max-samples",
    "4",
    "--templates",
    "m1,m2,m5",
    "--few-shot",
    "1",
    "--device",
    "cpu",
];

#[test]
fn files_say_where_and_how_much_is_mixed() {
    let home = folder();
    let run = |method: &str, more: &[&str]| {
        let mut run = lamascope(home.path());
        run.args(["run", "--method", method]).args(ASKED).args(more);
        run
    };
    for method in ["layer-avg", "ffn-avg", "ffn-max"] {
        let made = json(run(method, &["--json"]).args(["--trace", "t.jsonl", "--overwrite"]));
        assert_eq!(made["configuration"]["method"], method);
        // Of six layers.
        let usual = serde_json::json!({"from_layer": 4, "alpha": 1.0});
        assert_eq!(made["configuration"]["blend"], usual);
        let trace = std::fs::read_to_string(home.path().join("t.jsonl")).expect("a trace");
        assert_eq!(trace.lines().count(), 4);
        assert!(trace.contains(&format!("\"method\":\"{method}\"")));
    }
    let given = ["--from-layer", "2", "--alpha", "0.5"];
    let text = stdout(run("layer-avg", &given).args(["--out", "r.feather"]));
    assert!(
        text.contains("layer-avg, from layer 2 on, alpha 0.5"),
        "{text}"
    );
    let report = stdout(lamascope(home.path()).args(["report", "r.feather"]));
    assert!(
        report.contains("layer-avg, from layer 2 on, alpha 0.5"),
        "{report}"
    );

    // Nothing mixed is the mean of the logits.
    let none = json(run("ffn-max", &["--alpha", "0", "--json"]).args(["--out", "none.feather"]));
    let avg = json(run("avg", &["--json"]).args(["--out", "avg.feather"]));
    assert_eq!(none["correct"], avg["correct"]);
    assert!(avg["configuration"].get("blend").is_none());

    let unread = run("avg", &["--alpha", "0.5"]).output().expect("it runs");
    let said = String::from_utf8(unread.stderr).expect("text");
    assert!(
        said.contains("--from-layer and --alpha are not read"),
        "{said}"
    );
}

#[test]
fn what_has_no_meaning_is_refused() {
    let home = folder();
    for (command, args, status, part) in [
        ("run", ["--from-layer", "7"], 1, "the model has 6 layers"),
        ("run", ["--from-layer", "0"], 2, "whole number from 1"),
        ("run", ["--alpha", "1.5"], 2, "a number from 0 to 1"),
        ("inspect", ["--few-shot", "0"], 2, "take --method avg"),
    ] {
        let mut asked = lamascope(home.path());
        asked.args([command, "--method", "layer-avg"]).args(ASKED);
        let output = asked.args(args).output().expect("the program runs");
        let line = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(status), "{line}");
        assert!(line.contains(part) && line.lines().count() == 1, "{line}");
    }
}

#[test]
fn a_sweep_spans_layers_of_the_methods_that_mix() {
    let home = folder();
    let grid = "relation = \"P36\"\nmax-samples = 2\ntemplates = \"m1,m2\"\nfew-shot = 0\ndevice = \"cpu\"\n\
                method = [\"avg\", \"layer-avg\"]\nfrom-layer = [2, 5]\nalpha = [0.5, 1]\n";
    std::fs::write(home.path().join("s.toml"), grid).expect("the grid is written");
    let text = stdout(lamascope(home.path()).args(["sweep", "s.toml", "--dry-run"]));
    let cells = |method: &str| text.lines().filter(|line| line.contains(method)).count();
    assert_eq!(cells("--method layer-avg --from-layer"), 4, "{text}");
    assert_eq!(cells("--method avg"), 1, "{text}");
}
