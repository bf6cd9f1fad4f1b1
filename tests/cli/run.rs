//! `lamascope run` from data to files.

use std::fs;
use std::path::Path;

use lamascope::layout::{Bias, Prefix, Preset};
use serde_json::Value;

#[path = "../fixtures/poison.rs"]
mod poison;

use crate::support::{
    asking, column, configuration, data, fixture, folder, json, lamascope, read, records, run,
    stdout, write,
};

#[test]
fn a_run_writes_one_row_per_fact_in_data_order() {
    let home = folder();
    let out = home.path().join("r.feather");
    let text = stdout(run(home.path()).args(["--out", "r.feather"]));
    assert!(text.contains("9 of 3 relations"), "{text}");
    let facts = [
        "P36-France",
        "P36-Japan",
        "P36-Kenya",
        "P36-Peru",
        "P30-France",
        "P30-Japan",
        "P30-Kenya",
    ];
    assert_eq!(column(&out, "uuid")[..7], facts);
    assert_eq!(records(&out).len(), 9);
    let names: Vec<String> = records(&out)[0]
        .fields()
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    let wanted = "uuid relation templates answers prediction generation predict_lemma answer_lemmas correct \
                  correct_bidirectional probability subject questions template_texts";
    assert_eq!(names.join(" "), wanted);
    let first = &records(&out)[0];
    assert_eq!(first.text("subject").expect("a text"), "France");
    let texts = |name| first.texts(name).expect("a list");
    assert_eq!(texts("questions")[1], "[MASK] is the capital of France.");
    assert_eq!(texts("template_texts")[1], "[Y] is the capital of [X].");
    let lists = ["templates", "questions", "template_texts"].map(|name| texts(name).len());
    assert_eq!(lists, [4; 3]);
}

#[test]
fn the_configuration_says_what_was_run() {
    let home = folder();
    let shots = write(
        home.path(),
        "shots.json",
        r#"{"instruction": "Say.", "shots": [["1?", "one"], ["2?", "two"]]}"#,
    );
    run(home.path())
        .args([
            "--preset",
            "series",
            "--bias",
            "-0.5",
            "--manual-cross-attention",
            "--relation",
            "P36",
        ])
        .args([
            "--templates",
            "m2,a1",
            "--few-shot",
            "1",
            "--seed",
            "7",
            "--extract",
            "word",
            "--out",
            "r.feather",
        ])
        .arg("--shots")
        .arg(&shots)
        .assert()
        .success();
    let configuration = configuration(&home.path().join("r.feather"));
    assert_eq!(configuration.version, env!("CARGO_PKG_VERSION"));
    assert!(
        configuration.model.ends_with("tiny-llama"),
        "{}",
        configuration.model
    );
    assert_eq!(
        (configuration.device.as_str(), configuration.dtype.as_str()),
        ("cpu", "f32")
    );
    assert_eq!(
        (configuration.method.as_str(), configuration.preset),
        ("flex", Some(Preset::Series))
    );
    let options = configuration.options.expect("flex has options");
    assert_eq!(
        (options.bias, options.prefix),
        (Bias::Number(-0.5), Prefix::Shared)
    );
    assert!(options.manual_cross_attention);
    // As the file holds it, for whoever reads it without this program.
    let written = serde_json::to_value(options).expect("plain words");
    assert_eq!(
        (&written["bias"], &written["prefix"]),
        (&"-0.5".into(), &"shared".into())
    );
    assert_eq!(written["manual_cross_attention"], true);
    let report = stdout(lamascope(home.path()).args(["report", "r.feather"]));
    for said in [
        "method         flex, preset series --bias -0.5, manual cross-attention on\n",
        "answers        the first word of at most 3 new tokens\n",
    ] {
        assert!(report.contains(said), "{report}");
    }
    assert_eq!(
        (configuration.max_new_tokens, configuration.extract.as_str()),
        (3, "word")
    );
    assert!(configuration.data.ends_with("data.jsonl"));
    assert_eq!(configuration.selection.relations, ["P36"]);
    assert_eq!(configuration.selection.templates, "m2,a1");
    assert_eq!(configuration.selection.facts, 4);
    assert_eq!(configuration.seed, 7);
    assert_eq!(configuration.shots.instruction, "Say.");
    assert_eq!(
        configuration.shots.shots,
        [("1?".to_owned(), "one".to_owned())]
    );
}

/// Options that are a preset's have that preset's name, however they were typed.
#[test]
fn one_setting_has_one_name() {
    let home = folder();
    let typed = ["--preset", "seed", "--glue", "attached"];
    let typed = typed.iter().chain(&["--fusion", "last-token"]);
    run(home.path())
        .args(typed)
        .args(["--out", "r.feather"])
        .assert()
        .success();
    let preset = configuration(&home.path().join("r.feather")).preset;
    assert_eq!(preset, Some(Preset::Fused));
    // Nothing is left to do for the same run in other words.
    let again = run(home.path())
        .args(["--out", "r.feather", "--resume"])
        .assert()
        .success();
    let note = String::from_utf8_lossy(&again.get_output().stderr).into_owned();
    assert!(note.contains("complete already"), "{note}");
}

#[test]
fn files_do_not_depend_on_batch_or_threads() {
    let home = folder();
    for method in ["flex", "per-prompt", "max", "weighted-avg"] {
        let files = |name: &str, batch: &str, threads: &str| {
            let (out, trace) = (
                format!("{method}-{name}.feather"),
                format!("{method}-{name}.jsonl"),
            );
            run(home.path())
                .env("RAYON_NUM_THREADS", threads)
                .args([
                    "--method", method, "--batch", batch, "--out", &out, "--trace", &trace,
                    "--quiet",
                ])
                .assert()
                .success();
            (read(&home.path().join(out)), read(&home.path().join(trace)))
        };
        let first = files("first", "1", "1");
        assert!(first == files("second", "7", "2"), "{method}");
    }
}

#[test]
fn shots_are_drawn_from_facts_that_are_not_selected() {
    let home = folder();
    run(home.path())
        .args([
            "--few-shot",
            "5",
            "--relation",
            "P36",
            "--out",
            "some.feather",
        ])
        .assert()
        .success();
    let some = configuration(&home.path().join("some.feather"));
    assert_eq!(
        (some.left_out, some.shots.shots.len(), some.selection.facts),
        (0, 5, 4)
    );
    assert!(!some.shots.shots.iter().any(|(_, answer)| answer == "Paris"));
    // Where every fact is selected, the drawn ones are left out and counted.
    let text = stdout(run(home.path()).args(["--few-shot", "2", "--out", "all.feather"]));
    assert!(
        text.contains("2 selected facts drawn as shots and left out"),
        "{text}"
    );
    let all = configuration(&home.path().join("all.feather"));
    assert_eq!((all.left_out, all.selection.facts), (2, 7));
    assert_eq!(records(&home.path().join("all.feather")).len(), 7);
    for (question, answer) in &all.shots.shots {
        assert!(
            !column(&home.path().join("all.feather"), "uuid")
                .iter()
                .any(|uuid| {
                    question.contains(uuid.split('-').nth(1).expect("a subject"))
                        && question.contains(answer)
                })
        );
    }
}

#[test]
fn a_selection_of_uuids_keeps_data_order() {
    let home = folder();
    let uuids = write(home.path(), "uuids.txt", "P1303-Bob\n\n P36-Japan \n");
    let out = home.path().join("r.feather");
    run(home.path())
        .arg("--uuids")
        .arg(uuids)
        .args(["--out", "r.feather"])
        .assert()
        .success();
    assert_eq!(column(&out, "uuid"), ["P36-Japan", "P1303-Bob"]);
}

#[test]
fn uuids_may_come_from_a_pipe() {
    let home = folder();
    run(home.path())
        .args(["--uuids", "-", "--out", "r.feather"])
        .write_stdin("P1303-Bob\nP36-Japan\n")
        .assert()
        .success();
    let out = home.path().join("r.feather");
    assert_eq!(column(&out, "uuid"), ["P36-Japan", "P1303-Bob"]);
}

/// One fact of a run is asked under the very prompt that the run gives it.
#[test]
fn a_fact_is_asked_as_in_the_whole_run() {
    let home = folder();
    let path = |name: &str| home.path().join(name);
    run(home.path())
        .args(["--few-shot", "2", "--trace", "all.jsonl"])
        .assert()
        .success();
    for line in objects(&path("all.jsonl")).iter().take(3) {
        let uuid = line["uuid"].as_str().expect("a uuid");
        run(home.path())
            .args(["--few-shot", "2", "--fact", uuid, "--overwrite"])
            .args(["--trace", "one.jsonl"])
            .assert()
            .success();
        assert_eq!(objects(&path("one.jsonl")), std::slice::from_ref(line));
    }
    // A fact that the whole run leaves out, since it is a shot.
    let all = read(&path("all.jsonl"));
    let all = String::from_utf8(all).expect("text");
    let facts = [
        "P36-France",
        "P36-Japan",
        "P36-Kenya",
        "P36-Peru",
        "P30-France",
    ];
    let shot = facts
        .into_iter()
        .chain(["P30-Japan", "P30-Kenya", "P1303-Ann", "P1303-Bob"]);
    let shot = shot
        .into_iter()
        .find(|uuid| !all.contains(uuid))
        .expect("a shot");
    let output = run(home.path())
        .args(["--few-shot", "2", "--fact", shot])
        .assert()
        .success();
    let note = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(note.contains("is one of the shots"), "{note}");
    let output = run(home.path())
        .args(["--relation", "P30", "--fact", "P36-Peru"])
        .assert()
        .code(1);
    let line = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(line.contains("`P36-Peru` is selected"), "{line}");
}

#[test]
fn every_method_traces_what_it_read() {
    let home = folder();
    for method in [
        "origin",
        "per-prompt",
        "avg",
        "max",
        "weighted-avg",
        "weighted-max",
        "flex",
    ] {
        let name = format!("{method}.jsonl");
        run(home.path())
            .args(["--method", method, "--relation", "P1303", "--trace", &name])
            .assert()
            .success();
        let lines = objects(&home.path().join(&name));
        let per_fact = if method == "per-prompt" { 4 } else { 1 };
        assert_eq!(lines.len(), 2 * per_fact, "{method}");
        for line in &lines {
            assert_eq!(line["method"], method);
            let generated = line["generated"].as_array().expect("token ids").len();
            let steps = line["steps"].as_array().expect("steps");
            assert_eq!(steps.len(), generated, "{method}");
            assert!(
                steps
                    .iter()
                    .all(|step| step.as_array().is_some_and(|best| best.len() == 5))
            );
            let questions = line["questions"].as_array().expect("questions").len();
            if method == "flex" {
                let tokens = line["tokens"].as_array().expect("tokens").len();
                for name in ["owner", "role", "positions"] {
                    assert_eq!(
                        line[name].as_array().expect("a list").len(),
                        tokens,
                        "{name}"
                    );
                }
                assert!(line.get("prompts").is_none());
            } else {
                assert_eq!(
                    line["prompts"].as_array().expect("prompts").len(),
                    questions,
                    "{method}"
                );
                assert!(line.get("tokens").is_none());
            }
            assert_eq!(line.get("template").is_some(), method == "per-prompt");
        }
    }
}

#[test]
fn confidences_of_a_per_prompt_trace_are_the_measured_ones() {
    let home = folder();
    run(home.path())
        .args(["--method", "per-prompt", "--trace", "c.jsonl"])
        .assert()
        .success();
    for method in ["weighted-avg", "weighted-max"] {
        let traced = |name: &str, args: &[&str]| {
            run(home.path())
                .args(["--method", method, "--trace", name])
                .args(args)
                .assert()
                .success();
            objects(&home.path().join(name))
        };
        let measured = traced(&format!("{method}-measured.jsonl"), &[]);
        let read = traced(
            &format!("{method}-read.jsonl"),
            &["--confidence", "c.jsonl"],
        );
        for (a, b) in measured.iter().zip(&read) {
            assert_eq!(a["generated"], b["generated"], "{method}");
        }
    }
    let some = write(
        home.path(),
        "some.csv",
        "uuid,template,confidence\nP36-France,m1,0.5\n",
    );
    let output = run(home.path())
        .args(["--method", "weighted-avg", "--confidence"])
        .arg(some)
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(
        message.contains("P36-France") && message.contains("m2"),
        "{message}"
    );
}

#[test]
fn report_and_score_agree_with_the_run() {
    let home = folder();
    for method in ["flex", "per-prompt"] {
        let out = format!("{method}.feather");
        let run = json(run(home.path()).args(["--method", method, "--json", "--out", &out]));
        let report = json(lamascope(home.path()).args(["report", &out, "--json"]));
        assert_eq!(run, report["runs"][0], "{method}");
        let score = json(lamascope(home.path()).args(["score", &out, "--json"]));
        for key in [
            "n",
            "correct",
            "correct_bidirectional",
            "accuracy",
            "accuracy_bidirectional",
        ] {
            assert_eq!(run[key], score[key], "{method}: {key}");
        }
    }
}

/// A relation that lacks a chosen template is asked through what it has, and the result says so.
#[test]
fn a_result_says_which_templates_were_asked() {
    let home = folder();
    let text = stdout(run(home.path()).args(["--templates", "m1,a2", "--out", "r.feather"]));
    let said = "templates      m1,a2\nexcept         P30: m1\n";
    assert!(text.contains(said), "{text}");
    let report = stdout(lamascope(home.path()).args(["report", "r.feather"]));
    assert!(report.contains(said), "{report}");
    let out = home.path().join("r.feather");
    let asked = configuration(&out).selection.asked;
    let pairs = [("P1303", "m1,a2"), ("P30", "m1"), ("P36", "m1,a2")];
    assert!(
        asked
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .eq(pairs)
    );
    for record in records(&out) {
        let relation = record.text("relation").expect("a text").to_owned();
        let templates = record.texts("templates").expect("a list").join(",");
        assert_eq!(templates, asked[&relation]);
    }
    let text = stdout(run(home.path()).args(["--templates", "m1"]));
    assert!(!text.contains("except "), "{text}");
}

#[test]
fn data_is_counted() {
    let home = folder();
    let data = data(home.path());
    let counted = json(
        lamascope(home.path())
            .arg("data")
            .arg("--data")
            .arg(&data)
            .arg("--json"),
    );
    assert_eq!(
        (&counted["templates"], &counted["facts"]),
        (&Value::from(11), &Value::from(9))
    );
    let relation = &counted["relations"][0];
    assert_eq!(relation["id"], "P36");
    assert_eq!(relation["label"], "capital");
    assert_eq!(
        (&relation["manual"], &relation["auto"], &relation["facts"]),
        (&2.into(), &2.into(), &4.into())
    );
    let some = [
        "data",
        "--data",
        "data.jsonl",
        "--relation",
        "P30",
        "--num-auto",
        "0",
        "--max-samples",
        "2",
        "--json",
    ];
    let counted = json(lamascope(home.path()).args(some));
    assert_eq!(
        (&counted["templates"], &counted["facts"]),
        (&Value::from(2), &Value::from(2))
    );
}

fn objects(path: &Path) -> Vec<Value> {
    let text = String::from_utf8(read(path)).expect("text");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect()
}

#[test]
fn a_fact_without_finite_logits_is_named_and_the_others_are_kept() {
    let home = folder();
    let model = home.path().join("model");
    std::fs::create_dir(&model).expect("a folder for the model");
    let tokenizer = fixture("tiny-qwen2").join("tokenizer.json");
    let tokenizer: Value = serde_json::from_slice(&read(&tokenizer)).expect("JSON");
    // No other subject has a K.
    let tokens = ["K", "ĠK"].map(|token| {
        let id = tokenizer["model"]["vocab"][token].as_u64();
        id.and_then(|id| id.try_into().ok()).expect("a token id")
    });
    poison::poison(&fixture("tiny-qwen2"), &model, &tokens);
    let poisoned = |args: &[&str]| {
        let output = lamascope(home.path())
            .args(["run", "--few-shot", "0", "--max-new-tokens", "3"])
            .args(["--device", "cpu", "--data"])
            .arg(data(home.path()))
            .arg("--model")
            .arg(&model)
            .args(args)
            .assert()
            .code(1)
            .get_output()
            .clone();
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(output.stdout), text(output.stderr))
    };
    let out = home.path().join("r.feather");
    // The second time what has an answer is not asked again.
    for args in [
        ["--out", "r.feather"].as_slice(),
        &["--out", "r.feather", "--resume"],
    ] {
        let (table, said) = poisoned(args);
        for part in [
            "2 of 9 facts",
            "P30-Kenya, P36-Kenya",
            "not finite",
            "--dtype bf16 or f32",
        ] {
            assert!(said.contains(part), "{said}");
        }
        let row = "no answer      2 of 9 facts: the logits are not finite (P30-Kenya, P36-Kenya)\n";
        assert!(table.contains(row), "{table}");
        let report = stdout(lamascope(home.path()).args(["report", "r.feather"]));
        assert!(report.contains(row), "{report}");
        let kept = column(&out, "uuid");
        assert_eq!(kept.len(), 7);
        assert!(kept.iter().all(|uuid| !uuid.contains("Kenya")), "{kept:?}");
        assert_eq!(
            configuration(&out).no_answer,
            ["P30-Kenya", "P36-Kenya"],
            "{args:?}"
        );
        assert!(home.path().join("r.feather.partial").is_file());
    }
    // Shards name what each lacks.
    for shard in ["1/2", "2/2"] {
        let name = format!("{}.feather", &shard[..1]);
        poisoned(&["--shard", shard, "--out", &name]);
    }
    lamascope(home.path())
        .args(["merge", "2.feather", "1.feather", "--out", "m.feather"])
        .assert()
        .success();
    assert!(read(&home.path().join("m.feather")) == read(&out));
    let (table, said) = poisoned(&["--relation", "P30", "--max-samples", "3", "--json"]);
    assert!(table.contains("\"no_answer\":[\"P30-Kenya\"]"), "{table}");
    assert!(said.contains("1 of 3 facts"), "{said}");

    // In a sweep each cell lacks them, in every part of it too.
    let grid = format!(
        "data = '{}'\nmodel = '{}'\ndevice = \"cpu\"\nfew-shot = 0\nmax-new-tokens = 3\nmethod = [\"flex\", \"avg\"]\n",
        data(home.path()).display(),
        model.display()
    );
    write(home.path(), "grid.toml", &grid);
    let swept = |args: &[&str]| {
        let sweep = ["sweep", "grid.toml", "--out"];
        let mut command = lamascope(home.path());
        let output = command.args(sweep).args(args).assert().code(1);
        String::from_utf8_lossy(&output.get_output().stderr).into_owned()
    };
    for args in [["s.feather"].as_slice(), &["s.feather", "--resume"]] {
        let said = swept(args);
        assert!(said.contains("no answer to 4 of 18 facts"), "{said}");
        assert!(home.path().join("s.feather.partial").is_file());
        let kept = column(&home.path().join("s.feather"), "uuid");
        assert_eq!(kept[..7], column(&out, "uuid"));
        assert_eq!(kept.len(), 14);
    }
    for shard in ["1/3", "2/3", "3/3"] {
        swept(&[&format!("s{}.feather", &shard[..1]), "--shard", shard]);
    }
    lamascope(home.path())
        .args([
            "merge",
            "s2.feather",
            "s1.feather",
            "s3.feather",
            "--out",
            "sm.feather",
        ])
        .assert()
        .success();
    assert!(read(&home.path().join("sm.feather")) == read(&home.path().join("s.feather")));
}

/// A set carries the texts of its own wordings, so it asks them where nobody typed them.
#[test]
fn own_wordings_of_a_set_are_asked() {
    let home = folder();
    fs::create_dir_all(home.path().join("lamascope/sets")).expect("room");
    let set = |text: &str| write(home.path(), "lamascope/sets/mine.toml", text);
    set(
        "[templates]\nP36 = [\"m1\", \"o4\"]\n[wordings.P36]\no4 = \"[X] is ruled from [MASK].\"\n",
    );
    for (method, rows) in [("flex", 4), ("per-prompt", 8)] {
        let out = home.path().join(format!("{method}.feather"));
        let mut run = run(home.path());
        run.args(["--set", "mine", "--method", method, "--out"]);
        let text = stdout(run.arg(&out));
        assert!(text.contains("set mine"), "{text}");
        let all = records(&out);
        assert_eq!(all.len(), rows);
        let last = &all[rows - 1];
        let texts = |name: &str| last.texts(name).expect("a list");
        assert_eq!(texts("templates").last().unwrap(), "o4");
        assert_eq!(
            texts("template_texts").last().unwrap(),
            "[X] is ruled from [Y]."
        );
        assert_eq!(
            texts("questions").last().unwrap(),
            "Peru is ruled from [MASK]."
        );
    }
    let mask = stdout(asking(home.path(), "mask").args(["--set", "mine", "--uuid", "P36-Peru"]));
    assert!(mask.contains("Peru is ruled from [MASK]."), "{mask}");
    // A set without texts is what it was; one that lacks a text is refused.
    set("[templates]\nP36 = [\"m1\"]\n");
    stdout(run(home.path()).args(["--set", "mine"]));
    set("[templates]\nP36 = [\"o1\"]\n");
    let refused = run(home.path()).args(["--set", "mine"]).assert().code(1);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(
        said.contains("P36: o1 has no text under `[wordings.P36]`"),
        "{said}"
    );
}
