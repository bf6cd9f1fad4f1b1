//! The table on the demo model's card is what the program prints.

use std::collections::BTreeMap;
use std::path::Path;

use lamascope::engine::Method;
use lamascope::layout::Preset;

use crate::support::{folder, lamascope, stdout};

/// Another processor may add in another order and so decide a fact that hangs by a hair.
const FACTS: usize = 2;

/// Enough to notice another model, short enough for every day.
const SOME: [&str; 4] = ["--methods", "origin,flex", "--presets", "series"];

#[test]
fn the_demo_models_card_is_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let card = std::fs::read_to_string(root.join("assets/demo/README.md")).expect("the card");
    let (options, table) = block(&card).expect(
        "assets/demo/README.md has no fenced block that begins with `$ lamascope compare …` and goes on with what that \
         prints: paste it",
    );
    let card = rows(table);
    let all = Method::ALL.len() - 1 + Preset::ALL.len();
    assert_eq!(card.len(), all, "the card lacks methods or presets");

    let home = folder();
    let printed = stdout(
        lamascope(home.path())
            .current_dir(root)
            .arg("compare")
            .args(options.split_whitespace())
            .args(SOME),
    );
    let printed = rows(&printed);
    assert_eq!(printed.len(), 2);
    for (run, (right, of)) in printed {
        let (card_right, card_of) = card[run];
        assert!(
            of == card_of && right.abs_diff(card_right) <= FACTS,
            "{run}: {right} of {of}, on the card {card_right} of {card_of}"
        );
    }
}

/// The options and the output in the fenced block that shows a comparison.
fn block(card: &str) -> Option<(&str, &str)> {
    let (_, rest) = card.split_once("```\n$ lamascope compare ")?;
    let (options, rest) = rest.split_once('\n')?;
    let (output, _) = rest.split_once("```")?;
    Some((options, output))
}

/// Right rows and all rows of each run of a table.
fn rows(table: &str) -> BTreeMap<&str, (usize, usize)> {
    let number = |text: &str| text.replace(',', "").parse().expect("a number");
    let row = |line| {
        let mut cells = str::split(line, "  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty());
        let (run, right) = (cells.next()?, cells.next()?);
        let (right, of) = right.split_once(" of ").expect("so many of so many");
        Some((run, (number(right), number(of))))
    };
    table
        .lines()
        .filter(|line| line.starts_with("--method "))
        .filter_map(row)
        .collect()
}
