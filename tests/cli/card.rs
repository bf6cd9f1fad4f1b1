//! The tables on the demo model's card and in the README are what the program prints.

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
    let shown = blocks("assets/demo/README.md");
    assert_eq!(shown.len(), 5, "1, 3, 5, 10 and 20 templates");
    for (options, table) in &shown {
        check(options, table, &SOME);
    }
}

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let shown = blocks("README.md");
    let [(options, table)] = shown.as_slice() else {
        panic!("README.md shows one comparison");
    };
    assert_eq!(options, "--max-samples 200");
    check(
        options,
        table,
        &["--methods", "origin,flex", "--presets", "fused"],
    );
}

/// Asks again and compares.
fn check(options: &str, table: &str, some: &[&str]) {
    let shown = rows(table);
    let all = Method::ALL.len() - 1 + Preset::ALL.len();
    assert_eq!(
        shown.len(),
        all,
        "{options}: methods or presets are lacking"
    );
    let home = folder();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = lamascope(home.path());
    let asked = command.current_dir(root).arg("compare");
    let printed = stdout(asked.args(options.split_whitespace()).args(some));
    for (run, (right, of)) in rows(&printed) {
        let (shown_right, shown_of) = shown[run];
        assert!(
            of == shown_of && right.abs_diff(shown_right) <= FACTS,
            "{options}: {run}: {right} of {of}, shown as {shown_right} of {shown_of}"
        );
    }
    let facts = |text: &str| {
        text.lines()
            .find(|l| l.starts_with("facts "))
            .map(str::to_owned)
    };
    assert_eq!(facts(&printed), facts(table));
}

/// Options and output of every fenced block that shows a comparison.
fn blocks(page: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let page = std::fs::read_to_string(path).expect("the page");
    let shown = page.split("```\n$ lamascope compare ").skip(1);
    shown
        .map(|block| {
            let (options, rest) = block.split_once('\n').expect("the output");
            let (output, _) = rest.split_once("```").expect("the end of the block");
            (options.to_owned(), output.to_owned())
        })
        .collect()
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
