//! `lamascope mask` in every format.

use std::path::Path;

use assert_cmd::Command;

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
    assert!(seed.contains("reads 1 of 2 questions: not fused"), "{seed}");
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
        "fusing row",
        "emits the first answer token",
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
