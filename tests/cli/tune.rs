//! `lamascope tune`: options chosen without right answers, and what they are worth.

use std::path::Path;

use crate::support::{folder, json, lamascope, stdout};

/// The embedded sample and demo model, little of it.
fn sample(home: &Path, command: &str) -> assert_cmd::Command {
    let mut sample = lamascope(home);
    sample
        .arg(command)
        .args(["--relation", "P36,P30", "--max-samples", "20"]);
    sample.args(["--templates", "m1,m2,m5", "--few-shot", "1"]);
    sample.args(["--device", "cpu", "--dtype", "f32", "--quiet"]);
    sample
}

#[test]
fn options_are_chosen_on_half_of_the_facts_and_judged_on_the_others() {
    let home = folder();
    let asked = ["--preset", "pcw", "--facts", "12", "--half-seed", "3"];
    for teacher in ["avg", "causal"] {
        let ask = || {
            let mut tune = sample(home.path(), "tune");
            tune.args(asked).args(["--teacher", teacher]);
            tune
        };
        let tuned = json(ask().arg("--json"));
        assert_eq!((&tuned["seen"], &tuned["unseen"]), (&6.into(), &6.into()));
        assert_eq!(tuned["teacher"], teacher);
        let options = tuned["options"].as_array().expect("a list");
        let seen = |at: usize| options[at]["divergence_seen"].as_f64().expect("a number");
        assert!((1..options.len()).all(|at| seen(at - 1) <= seen(at)));
        assert_eq!(options[0]["chosen"], true);
        let default = options.iter().find(|line| line["default"] == true);
        let default = default.expect("what was there before is shown");
        assert_eq!(default["bias"], "0");
        assert!(seen(0) < default["divergence_seen"].as_f64().expect("a number"));
        for name in ["default", "chosen"] {
            let correct = tuned[name]["correct"].as_u64().expect("a count");
            assert!(correct <= 6, "{name}");
            assert!(tuned[name]["divergence"].as_f64().is_some_and(|d| d >= 0.0));
        }

        // The command line is one that runs, with the options that were chosen.
        let command = tuned["command"].as_str().expect("a command");
        let words: Vec<&str> = command.split_whitespace().skip(2).collect();
        assert!(command.starts_with("lamascope run "));
        assert!(
            command.contains("--device cpu --dtype f32 --preset"),
            "{command}"
        );
        let run = json(sample(home.path(), "run").args(words).arg("--json"));
        let made = &run["configuration"]["options"];
        for name in ["bias", "temperature", "scale"] {
            assert_eq!(made[name], options[0][name], "{command}");
        }

        let text = stdout(&mut ask());
        for part in ["KL unseen", "default", "chosen", "points", command] {
            assert!(text.contains(part), "{text} lacks {part}");
        }
    }
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let home = folder();
    for (args, status, part) in [
        (["--bias", "weighted"], 2, "leave --bias weighted out"),
        (["--max-samples", "1"], 1, "one fact is not enough"),
        (["--teacher", "human"], 2, "avg, causal"),
    ] {
        let output = sample(home.path(), "tune").args(args).output();
        let output = output.expect("the program runs");
        let line = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(status), "{line}");
        assert!(line.contains(part) && line.lines().count() == 1, "{line}");
    }
}
