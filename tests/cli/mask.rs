//! `lamascope mask` in every format.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::support::{data, fixture, folder, json, lamascope, read, stdout};

fn mask(home: &Path) -> Command {
    let mut command = lamascope(home);
    command
        .arg("mask")
        .arg("--data")
        .arg(data(home))
        .arg("--model")
        .arg(fixture("tiny-llama"));
    command.args([
        "--uuid",
        "P36-Japan",
        "--templates",
        "m1,a2",
        "--few-shot",
        "0",
    ]);
    command
}

#[test]
fn json_spells_out_every_cell() {
    let home = folder();
    let mask = json(mask(home.path()).args(["--format", "json", "--preset", "series"]));
    let list = |name: &str| {
        mask[name]
            .as_array()
            .unwrap_or_else(|| panic!("no {name}"))
            .clone()
    };
    let tokens = list("tokens");
    let text: String = tokens
        .iter()
        .map(|token| token.as_str().expect("a text"))
        .collect();
    assert!(
        text.contains("Q: The capital of Japan is [MASK].Q: Japan, governed from [MASK].\nA:"),
        "{text}"
    );
    let (owner, role, positions, rows) =
        (list("owner"), list("role"), list("positions"), list("rows"));
    for other in [&owner, &role, &positions, &rows] {
        assert_eq!(other.len(), tokens.len());
    }
    assert_eq!(
        (&role[0], role.last()),
        (&"shared".into(), Some(&"tail".into()))
    );
    for (i, row) in rows.iter().enumerate() {
        let row = row.as_str().expect("a row");
        assert_eq!(row.len(), tokens.len());
        for (k, cell) in row.chars().enumerate() {
            let reads = k <= i
                && (role[i] == "tail"
                    || role[k] == "shared"
                    || owner[i] == owner[k] && owner[i] != -1);
            assert_eq!(cell == '1', reads, "row {i}, key {k}");
        }
    }
}

#[test]
fn text_draws_and_explains() {
    let home = folder();
    let text = stdout(mask(home.path()).args(["--preset", "series"]));
    insta::assert_snapshot!("mask", text);
    let seed = stdout(mask(home.path()).args(["--preset", "seed"]));
    assert!(seed.contains("reads 1 of 2 questions: NOT fused"), "{seed}");
}

/// The sample's prompts are longer than a terminal is wide, so a character stands for several tokens.
#[test]
fn no_question_seems_to_read_another() {
    let home = folder();
    let mut mask = lamascope(home.path());
    mask.args(["mask", "--relation", "P36", "--num-manual", "2"]);
    let text = stdout(mask.args(["--num-auto", "1"]));
    let lines: Vec<&str> = text.lines().collect();
    let of = |name: &str| {
        let named = lines
            .iter()
            .position(|line| line.trim_start().starts_with(name));
        named.unwrap_or_else(|| panic!("no row of {name}: {text}"))
    };
    // Names of segments stand above the keys, in the first line of the picture.
    let header: Vec<char> = lines[of("m1")].chars().collect();
    let column = |name: &str| {
        let name: Vec<char> = name.chars().collect();
        header.windows(2).position(|two| two == name)
    };
    let (m1, m2) = (column("m1").expect("m1"), column("m2").expect("m2"));
    let rows = &lines[of("m1") + 1..];
    let first = |name: &str| rows.iter().position(|line| line.starts_with(name));
    let (first, last) = (first("m2").expect("m2"), first("a1").expect("a1"));
    for line in &rows[first..last] {
        let cells: Vec<char> = line.chars().collect();
        assert!(cells[m1..m2].iter().all(|&c| c == '·'), "{line}\n{text}");
        // BOS is read, and shown as what it is.
        assert_eq!(cells[m1 - 1], '▓', "{line}");
        assert!(
            cells[m2..].iter().all(|c| "█▒".contains(*c)),
            "{line}\n{text}"
        );
    }
    for words in [
        "█  own question",
        "▒  partly",
        "▓  shared",
        "━  reads all",
        "→  emits 1st answer token: row",
    ] {
        assert!(text.contains(words), "{text} lacks {words}");
    }
}

#[test]
fn what_is_set_on_top_of_the_preset_is_said() {
    let home = folder();
    let options = ["--bias", "-1", "--manual-cross-attention"];
    let text = stdout(mask(home.path()).args(["--preset", "seed"]).args(options));
    let said = "preset seed --bias -1, manual cross-attention on, 0 shots\n";
    assert!(text.contains(said), "{text}");
}

/// However options are reached, they have one name.
#[test]
fn options_that_equal_a_preset_are_that_preset() {
    let home = folder();
    let options = ["--glue", "attached", "--fusion", "last-token"];
    let text = stdout(mask(home.path()).args(["--preset", "seed"]).args(options));
    let said = "preset fused, manual cross-attention off, 0 shots\n";
    assert!(text.contains(said), "{text}");
}

/// The cells of a mask grow with the square of its tokens: beyond some thousand they are written when asked for.
#[test]
fn a_long_mask_is_written_in_ranges() {
    let home = folder();
    let many = ["--few-shot", "2", "--templates", "m1,m2,a1"];
    let shots = home.path().join("long.json");
    let pair = ["word ".repeat(1_000), "one".to_owned()];
    let text = serde_json::json!({"instruction": "Say.", "shots": [pair, pair]});
    std::fs::write(&shots, text.to_string()).expect("a file");
    let json = |more: &[&str]| {
        let mut command = mask(home.path());
        command.args(many).args(["--format", "json", "--shots"]);
        let output = command.arg(&shots).args(more).output().expect("it runs");
        let note = String::from_utf8_lossy(&output.stderr).into_owned();
        let mask: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (mask, note)
    };
    let (short, note) = json(&[]);
    let tokens = short["tokens"].as_array().expect("tokens").len();
    assert!(tokens > 4_096, "{tokens}");
    assert!(short.get("rows").is_none());
    assert!(note.contains("--cells"), "{note}");
    assert_eq!(short["reads"].as_array().map(Vec::len), Some(tokens));
    let (whole, note) = json(&["--cells"]);
    assert_eq!(note, "");
    let row = whole["rows"][tokens - 1].as_str().expect("a row");
    assert_eq!(row, "1".repeat(tokens));
    assert_eq!(whole["reads"], short["reads"]);
}

#[test]
fn the_ending_of_a_files_name_says_the_format() {
    let home = folder();
    for (name, start) in [
        ("m.png", b"\x89PNG".as_slice()),
        ("m.SVG", b"<svg"),
        ("m.json", b"{\"tokens\""),
        ("m.txt", b"P36"),
        ("m", b"P36"),
    ] {
        mask(home.path()).args(["--out", name]).assert().success();
        let found = read(&home.path().join(name));
        assert!(found.starts_with(start), "{name}");
    }
    mask(home.path())
        .args(["--format", "text", "--out", "m.log"])
        .assert()
        .success();
    for (args, parts) in [
        (
            ["--out", "x.svg", "--format", "png"].as_slice(),
            ["x.svg", "--format png", "x.png"].as_slice(),
        ),
        (&["--out", "x.jpg"], &["x.jpg", ".svg or .png", "--format"]),
    ] {
        let failed = mask(home.path()).args(args).assert().code(2);
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        for part in parts {
            assert!(message.contains(part), "{message}");
        }
        assert!(!home.path().join(args[1]).exists());
    }
}

#[test]
fn drawings_are_whole_files() {
    let home = folder();
    let svg = stdout(mask(home.path()).args(["--format", "svg"]));
    for part in [
        "<svg",
        "P36 capital",
        "Japan",
        "own question",
        "reads all",
        "emits 1st answer token",
        "</svg>",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    mask(home.path())
        .args(["--format", "png", "--out", "m.png"])
        .assert()
        .success();
    assert!(read(&home.path().join("m.png")).starts_with(b"\x89PNG\r\n\x1a\n"));
    mask(home.path())
        .args(["--format", "svg", "--out", "m.svg"])
        .assert()
        .success();
    assert_eq!(
        String::from_utf8(read(&home.path().join("m.svg"))).expect("text"),
        svg
    );
}

#[test]
fn a_tokenizer_is_all_that_a_mask_needs_of_a_model() {
    let home = folder();
    let whole = stdout(&mut mask(home.path()));
    let model = home.path().join("words-only");
    std::fs::create_dir(&model).expect("a folder");
    std::fs::copy(
        fixture("tiny-llama").join("tokenizer.json"),
        model.join("tokenizer.json"),
    )
    .expect("a copy");
    assert_eq!(stdout(mask(home.path()).arg("--model").arg(&model)), whole);
}

/// tiny-llama as a Mistral with a window, or without one.
fn windowed(home: &Path, window: Option<usize>, layers: Value) -> Command {
    let model = home.join("windowed");
    std::fs::create_dir_all(&model).expect("a folder");
    for file in ["tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(fixture("tiny-llama").join(file), model.join(file)).expect("copied");
    }
    let config = serde_json::json!({"architectures": ["MistralForCausalLM"], "model_type": "mistral", "hidden_size": 32,
        "intermediate_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-5, "max_position_embeddings": 2048, "vocab_size": 400, "eos_token_id": 1, "rope_theta": 1e4,
        "sliding_window": window, "layer_types": layers});
    std::fs::write(model.join("config.json"), config.to_string()).expect("written");
    let mut command = mask(home);
    command.arg("--model").arg(model);
    command
}

#[test]
fn layers_with_a_window_have_a_mask_of_their_own() {
    let home = folder();
    let kinds = |full: usize| -> Value {
        let kind = |at| {
            if at < full {
                "full_attention"
            } else {
                "sliding_attention"
            }
        };
        (0..4).map(kind).collect::<Vec<_>>().into()
    };
    let of = |layers: &[&str], full| {
        let mut command = windowed(home.path(), Some(12), kinds(full));
        json(command.args(["--format", "json"]).args(layers))
    };
    let (full, near) = (of(&[], 1), of(&["--layers", "window"], 1));
    assert_eq!(
        full["window"],
        serde_json::json!({"tokens": 12, "layers": 3, "all_layers": 4})
    );
    assert_eq!(
        (&full["layers"], &near["layers"]),
        (&"full".into(), &"window".into())
    );
    let rows = |mask: &Value| -> Vec<String> {
        serde_json::from_value(mask["rows"].clone()).expect("rows")
    };
    for (row, (full, near)) in rows(&full).iter().zip(rows(&near)).enumerate() {
        let cut = |(key, cell)| {
            if row.saturating_sub(key) < 12 {
                cell
            } else {
                '0'
            }
        };
        assert_eq!(
            near,
            full.chars().enumerate().map(cut).collect::<String>(),
            "row {row}"
        );
    }
    // Where no layer reaches everything, there is nothing else to show.
    assert_eq!(of(&[], 0)["layers"], "window");

    let text = stdout(windowed(home.path(), Some(12), kinds(1)).args(["--layers", "window"]));
    assert!(
        text.contains("in the 3 layers with a window of 12 tokens"),
        "{text}"
    );
    assert!(
        text.contains(
            "reads 2 of 2 questions: fused in 1 of 4 layers; 1 in the 3 layers with a window"
        ),
        "{text}"
    );

    let said = |mut command: Command, layers: &str| {
        let output = command
            .args(["--layers", layers])
            .assert()
            .code(1)
            .get_output()
            .clone();
        String::from_utf8(output.stderr).expect("a message")
    };
    let without = || windowed(home.path(), None, Value::Null);
    assert!(
        said(without(), "window")
            .contains("--layers window: no layer of this model has a sliding window")
    );
    let all = windowed(home.path(), Some(12), kinds(0));
    assert!(
        said(all, "full").contains("--layers full: no layer of this model reaches every token")
    );
    // A model without windows says nothing of them.
    let plain = json(without().args(["--format", "json"]));
    assert!(plain.get("layers").is_none() && plain.get("window").is_none());
}
