//! `lamascope inspect` in every form.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::support::{asking, column, fixture, folder, json, read, records, stdout, write};

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

/// At the last layer each question alone says the first token of its own answer; the fused row is the lens.
#[test]
fn depth_shows_the_fused_row_beside_each_question_alone() {
    let home = folder();
    let seen = json(inspect(home.path()).arg("--json"));
    let depth = &seen["depth"];
    assert_eq!(depth["tokens"][0], seen["generated"][0]);
    assert_eq!(depth["tokens"][1], seen["gold"]);
    for (layer, sight) in seen["lens"][0]
        .as_array()
        .expect("layers")
        .iter()
        .enumerate()
    {
        assert_eq!(depth["fused"]["tokens"][layer][0][0], sight[0]);
        assert_eq!(depth["fused"]["best"][layer], sight[1]);
        assert_eq!(depth["fused"]["tokens"][layer][1], seen["lens_gold"][layer]);
    }
    let alone = depth["alone"].as_array().expect("questions");
    assert_eq!(alone.len(), 3);
    for (lens, answer) in alone.iter().zip(seen["alone"].as_array().expect("answers")) {
        assert_eq!(lens["best"][1], answer["generated"][0]);
        // A token is settled from the layer after the last in which another one was better.
        for token in 0..2 {
            let ranks: Vec<&Value> = (0..2).map(|l| &lens["tokens"][l][token][1]).collect();
            let best: Vec<bool> = ranks.iter().map(|rank| **rank == 1).collect();
            let expected = match best[..] {
                [true, true] => Some(0),
                [false, true] => Some(1),
                _ => None,
            };
            assert_eq!(lens["settled"][token], serde_json::json!(expected));
        }
    }
}

#[test]
fn a_contrast_says_why_one_answer_and_not_another() {
    let home = folder();
    let contrast = |words: &[&str]| {
        let mut seen = inspect(home.path());
        json(seen.arg("--json").args(words))["contrast"].clone()
    };
    let one = contrast(&["--contrast", "Lyon", "--why", "Tokyo"]);
    let other = contrast(&["--contrast", "Tokyo", "--why", "Lyon"]);
    assert_eq!(one["answers"][0]["text"], " Tokyo");
    assert_eq!(one["answers"][0], other["answers"][1]);
    for of in ["first", "whole"] {
        let number = |of: &Value| of.as_f64().expect("a number");
        assert_eq!(number(&one[of]["all"]), -number(&other[of]["all"]));
        let negative: Vec<f64> = numbers(&other[of]["shapley"]).iter().map(|v| -v).collect();
        assert_eq!(numbers(&one[of]["shapley"]), negative);
        let sum: f64 = numbers(&one[of]["shapley"]).iter().sum();
        assert!((sum - number(&one[of]["all"]) + number(&one[of]["none"])).abs() < 1e-9);
    }
    let whole = |at: usize| numbers(&one["answers"][at]["ln_p"]).iter().sum::<f64>();
    let all = one["whole"]["all"].as_f64().expect("a number");
    assert!((whole(0) - whole(1) - all).abs() < 1e-9);
    assert_eq!(one["difference"].as_object().expect("subsets").len(), 8);
    assert_eq!(one["lens"].as_array().expect("layers").len(), 2);
    // By itself it is the generated answer that is held against the other, without what ended it.
    let seen = json(inspect(home.path()).args(["--json", "--contrast", "Lyon"]));
    let (said, all) = (
        &seen["contrast"]["answers"][0]["tokens"],
        &seen["generated"],
    );
    let said = said.as_array().expect("tokens");
    assert!(all.as_array().expect("tokens").starts_with(said));
    let text = stdout(inspect(home.path()).args(["--contrast", "Lyon", "--why", "Tokyo"]));
    let (_, text) = text.split_once("\nWhy ").expect("its part");
    insta::assert_snapshot!("contrast", text);
}

/// Without a mask every prompt says by itself which of two answers it prefers.
#[test]
fn a_contrast_of_prompts_apart_is_that_of_each_alone() {
    let home = folder();
    let contrast = |method: &str, templates: &str| {
        let mut seen = inspect(home.path());
        seen.args(["--method", method, "--templates", templates, "--json"]);
        json(seen.args(["--contrast", "Lyon", "--why", "Tokyo"]))["contrast"].clone()
    };
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
    };
    let number = |of: &Value| of.as_f64().expect("a number");
    // One question in a layout is one prompt.
    let alone: Vec<Value> = ["m1", "m2", "a2"].map(|one| contrast("flex", one)).into();
    let [first, whole] = ["first", "whole"]
        .map(|of| -> Vec<f64> { alone.iter().map(|one| number(&one[of]["all"])).collect() });
    for method in ["per-prompt", "avg", "mix", "max"] {
        let seen = contrast(method, "m1,m2,a2");
        for (of, expected) in [("first", &first), ("whole", &whole)] {
            for (found, expected) in numbers(&seen[of]).iter().zip(expected) {
                near(*found, *expected);
            }
        }
        assert_eq!(seen.get("together").is_none(), method == "per-prompt");
        if method == "avg" {
            near(number(&seen["together"]), first.iter().sum::<f64>() / 3.0);
        }
        if method != "per-prompt" {
            near(number(&contrast(method, "m2")["together"]), first[1]);
        }
    }
    let text = stdout(inspect(home.path()).args(["--method", "avg", "--contrast", "Lyon"]));
    let (_, text) = text.split_once("\nWhy ").expect("its part");
    assert!(
        text.contains("whole answer") && text.contains("together"),
        "{text}"
    );
}

/// Every method without a mask shows each prompt by itself.
#[test]
fn methods_without_a_mask_show_every_prompt() {
    let home = folder();
    let look = |method: &str, words: &[&str]| {
        let mut inspect = inspect(home.path());
        inspect.args(["--method", method]).args(words);
        inspect
    };
    for (method, prompts) in [
        ("origin", 1),
        ("per-prompt", 3),
        ("avg", 3),
        ("max", 3),
        ("mix", 3),
        ("weighted-avg", 3),
        ("weighted-max", 1),
    ] {
        let seen = json(look(method, &["--json", "--rows"]).arg("--quiet"));
        let all = seen["prompts"].as_array().expect("prompts");
        assert_eq!(all.len(), prompts, "{method}");
        for prompt in all {
            // Instruction in front, and the question; no shots were asked for.
            let tokens = prompt["tokens"].as_array().expect("tokens").len();
            let row = numbers(&prompt["rows"][1][0]);
            assert_eq!(row.len(), tokens);
            let owner = numbers(&prompt["owner"]);
            let own = row.iter().zip(&owner).filter(|(_, of)| **of == 0.0);
            let mass = prompt["mass"][0][1][0][0].as_f64().expect("a mass");
            assert!((own.map(|(weight, _)| weight).sum::<f64>() - mass).abs() < 1e-5);
            let answer = &seen["answers"][prompt["answer"].as_u64().expect("an index") as usize];
            let steps = answer["generated"].as_array().expect("tokens").len();
            assert_eq!(numbers(&prompt["gives"]).len(), steps);
        }
    }
    let text = stdout(look("mix", &[]).arg("--quiet"));
    insta::assert_snapshot!("mix", text);
    let text = stdout(look("per-prompt", &[]).arg("--quiet"));
    let (_, text) = text
        .split_once("What each prompt answers")
        .expect("its part");
    insta::assert_snapshot!("per-prompt", text);
    let out = home.path().join("avg.csv");
    stdout(look("avg", &["--out"]).arg(&out));
    let csv = String::from_utf8(read(&out)).expect("a text");
    assert!(csv.contains(",m2/front,"), "{csv}");
    let out = home.path().join("origin.svg");
    stdout(look("origin", &["--out"]).arg(&out));
    assert!(
        String::from_utf8(read(&out))
            .expect("a text")
            .contains("attention, mean")
    );
    for (method, words, status, said) in [
        (
            "avg",
            &["--contrast", "Rome", "--view", "contrast", "--out", "a.svg"][..],
            2,
            "--view contrast goes with method flex, not with avg",
        ),
        (
            "avg",
            &["--out", "a.html"],
            2,
            "a page (.html) goes with method flex",
        ),
        (
            "avg",
            &["--out", "a.png"],
            1,
            "method avg reads 3 prompts, a picture shows one",
        ),
    ] {
        let output = look(method, words).output().expect("it runs");
        let error = String::from_utf8(output.stderr).expect("a text");
        assert_eq!(output.status.code(), Some(status), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

/// The bias `weighted` takes confidences from a file, as a run does, and measures them where there is none.
#[test]
fn the_bias_weighted_reads_confidences() {
    let home = folder();
    let mut rows = String::new();
    for (template, confidence) in [("m1", 0.0), ("m2", 1.0), ("a2", 0.0)] {
        let row = serde_json::json!({
            "uuid": "P36-Japan", "template": template, "confidence": confidence,
        });
        rows.push_str(&format!("{row}\n"));
    }
    let file = write(home.path(), "sure.jsonl", &rows);
    let weighted = |more: &[&str]| {
        let mut seen = inspect(home.path());
        json(seen.args(["--json", "--bias", "weighted"]).args(more))["mass"][0][0][0].clone()
    };
    let file = file.display().to_string();
    let mass = numbers(&weighted(&["--confidence", &file]));
    // Of the questions, the only one of any confidence has all that is read.
    assert_eq!((mass[0], mass[2]), (0.0, 0.0), "{mass:?}");
    assert!(mass[1] > 0.5, "{mass:?}");
    assert_ne!(mass, numbers(&weighted(&[])));
    let mut unread = inspect(home.path());
    let output = unread
        .args(["--confidence", &file])
        .output()
        .expect("it runs");
    let error = String::from_utf8(output.stderr).expect("a text");
    assert!(error.contains("--confidence is not read"), "{error}");
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
    assert_eq!(lines[0], "uuid,relation,step,token,layer,head,part,mass");
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

/// Every view as a picture and as a table, without attention on the mask, which has a test of its own.
#[test]
fn every_view_is_drawn_and_written() {
    let home = folder();
    let write = |name: &str, view: &str| {
        let out = home.path().join(name);
        let mut inspect = inspect(home.path());
        inspect.arg("--out").arg(&out).args(["--view", view]);
        if view == "contrast" {
            inspect.args(["--contrast", "Lyon"]);
        }
        stdout(&mut inspect);
        out
    };
    for (view, drawn, columns) in [
        (
            "tokens",
            "what it read",
            "step,token,layer,head,part,mass,entropy",
        ),
        (
            "heads",
            "entropy",
            "step,token,layer,head,part,mass,entropy",
        ),
        ("layers", "rank", "step,layer,token,ln_p,rank,best,entropy"),
        (
            "questions",
            "left out",
            "part,question,left_out,shapley,shapley_error,alone,p_alone",
        ),
        ("between", "mean of layers", "layer,rows_of,keys_of,mass"),
        (
            "contrast",
            "after layer 1",
            "of,first,first_shapley,whole,whole_shapley",
        ),
        (
            "attention",
            "may not be read",
            "row,row_end,key,key_end,weight",
        ),
    ] {
        let svg = String::from_utf8(read(&write(&format!("{view}.svg"), view))).expect("a text");
        assert!(svg.contains(drawn), "{view}: {svg}");
        assert!(
            svg.contains("preset fused"),
            "{view} does not say what was asked"
        );
        let csv = String::from_utf8(read(&write(&format!("{view}.csv"), view))).expect("a text");
        assert_eq!(csv.lines().next(), Some(columns), "{view}");
        let feather = write(&format!("{view}.feather"), view);
        let rows = csv::Reader::from_reader(csv.as_bytes()).records().count();
        assert_eq!(records(&feather).len(), rows, "{view}");
        let png = read(&write(&format!("{view}.png"), view));
        assert_eq!(&png[1..4], b"PNG");
    }
    // A table says what --json says.
    let csv = String::from_utf8(read(&home.path().join("questions.csv"))).expect("a text");
    let seen = json(inspect(home.path()).arg("--json"));
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let shapley = rows.records().map(|row| {
        let row = row.expect("a row");
        row[3].parse::<f64>().expect("a number")
    });
    assert_eq!(shapley.collect::<Vec<_>>(), numbers(&seen["shapley"]));
}

#[test]
fn wrong_input_is_one_line() {
    let home = folder();
    for (words, status, said) in [
        (&["--layer", "0"][..], 2, "from 1, or mean"),
        (&["--rows"], 2, "--json"),
        (
            &["--view", "contrast", "--out", "a.svg"],
            2,
            "name the other one with --contrast",
        ),
        (
            &["--out", "x.gif"],
            2,
            ".svg, .png, .html, .csv or .feather",
        ),
        (&["--why", "Rome"], 2, "--contrast"),
        (&["--contrast", " "], 2, "expected an answer"),
        (
            &["--contrast", "Rome", "--why", "Rome"],
            1,
            "one of the two answers begins with the other",
        ),
        (
            &["--contrast", "Tokyo", "--why", "Tokyo Bay"],
            1,
            "one of the two answers begins with the other",
        ),
        (&["--view", "all"], 2, "attention, tokens, layers"),
        (
            &["--view", "heads", "--out", "x.html"],
            2,
            "leave --view out",
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

/// Attention of a layer with a sliding window is written under that layer's mask, and the page shows both masks.
#[test]
fn attention_of_a_layer_with_a_window_ends_at_the_window() {
    const WINDOW: usize = 12;
    let home = folder();
    let text = |path: &Path| String::from_utf8(read(path)).expect("text");
    let model = home.path().join("windowed");
    std::fs::create_dir(&model).expect("a folder");
    for file in [
        "tokenizer.json",
        "tokenizer_config.json",
        "model.safetensors",
    ] {
        std::fs::copy(fixture("tiny-llama").join(file), model.join(file)).expect("copied");
    }
    let mut config: Value =
        serde_json::from_slice(&read(&fixture("tiny-llama").join("config.json"))).expect("JSON");
    config["architectures"] = serde_json::json!(["MistralForCausalLM"]);
    config["model_type"] = "mistral".into();
    config["sliding_window"] = WINDOW.into();
    config["layer_types"] = serde_json::json!(["full_attention", "sliding_attention"]);
    std::fs::write(model.join("config.json"), config.to_string()).expect("written");

    let reach = |layer: &str| {
        let out = home.path().join(format!("{layer}.csv"));
        let mut inspect = inspect(home.path());
        inspect.arg("--model").arg(&model);
        inspect.args(["--view", "attention", "--layer", layer]);
        stdout(inspect.arg("--out").arg(&out));
        let table = text(&out);
        let lines = table.lines().skip(1);
        let farthest = lines.map(|line| {
            let numbers: Vec<usize> = (line.split(',').take(4))
                .map(|number| number.parse().expect("a token"))
                .collect();
            let [row, _, _, key_end] = numbers[..] else {
                panic!("{line}")
            };
            row + 1 - key_end.min(row + 1)
        });
        farthest.max().expect("a cell")
    };
    assert!(reach("2") < WINDOW, "no block lies behind the window");
    assert!(reach("1") > WINDOW && reach("mean") > WINDOW);

    let out = home.path().join("page.html");
    let mut inspect = inspect(home.path());
    stdout(inspect.arg("--model").arg(&model).arg("--out").arg(&out));
    assert!(text(&out).contains("out of the window's reach"));
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
