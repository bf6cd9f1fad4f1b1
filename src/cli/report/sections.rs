//! Parts of a report that are asked for: differences by relation or template, flips, wrong answers.

use std::io::{self, Write};

use super::By;
use super::text::{DIFFERENCE, difference_cells, interval};
use crate::cli::plain::{Align, Table, count, percent, thousands};
use crate::evaluate::Count;
use crate::results::{Comparison, Flip, Paired, Report, Run};

/// Lines of a list before the rest is only counted.
const MOST: usize = 40;

/// Every template of every relation.
pub fn templates(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let relations = &run.summary.tally.relations;
    if relations.iter().all(|of| of.templates.is_empty()) {
        return writeln!(
            out,
            "\n{}: templates were asked together: nothing can be said of each",
            run.name()
        );
    }
    writeln!(out)?;
    let mut table = Table::new(&[
        ("relation", Align::Left),
        ("template", Align::Left),
        ("rows", Align::Right),
        ("right", Align::Right),
        ("accuracy", Align::Right),
        ("95 % interval", Align::Left),
    ]);
    for relation in relations {
        for (id, of) in &relation.templates {
            let Count { n, correct, .. } = *of;
            table.row([
                relation.id.clone(),
                id.to_string(),
                thousands(n),
                thousands(correct),
                percent(of.accuracy()),
                interval(of.interval()),
            ]);
        }
    }
    table.write(out)
}

/// A comparison cut into relations or templates.
pub fn by(
    out: &mut impl Write,
    report: &Report,
    comparison: &Comparison,
    by: By,
) -> io::Result<()> {
    let pairs = report.paired(comparison);
    let (what, parts) = match by {
        By::Relation => ("relation", comparison.by_relation(&pairs)),
        By::Template => ("template", comparison.by_template(&pairs)),
    };
    writeln!(out, "\n{} by {what}", against(report, comparison))?;
    if parts.is_empty() {
        return writeln!(out, "not both runs asked templates alone");
    }
    let mut header = vec![(what, Align::Left)];
    header.extend(DIFFERENCE);
    let mut table = Table::new(&header);
    for (name, part) in &parts {
        let mut cells = vec![name.clone()];
        cells.extend(difference_cells(part));
        table.row(cells);
    }
    table.write(out)?;
    writeln!(
        out,
        "each p by itself: of 20 such lines one is below 0.05 by chance"
    )
}

/// What one run has right and the other wrong.
pub fn flips(out: &mut impl Write, report: &Report, comparison: &Comparison) -> io::Result<()> {
    let pairs: Paired<'_> = report.paired(comparison);
    let Some(flips) = pairs.flips() else {
        let of = against(report, comparison);
        let words =
            "only one of them asked templates alone, so no two answers are to the same question";
        return writeln!(out, "\n{of}: no flips: {words}");
    };
    let gained = flips.iter().filter(|flip| flip.is_gain()).count();
    writeln!(
        out,
        "\n{}: {} gained, {} lost",
        against(report, comparison),
        thousands(gained),
        thousands(flips.len() - gained)
    )?;
    if flips.is_empty() {
        return Ok(());
    }
    let mut header = vec![
        ("", Align::Left),
        ("relation", Align::Left),
        ("subject", Align::Left),
        ("expected", Align::Left),
        ("first", Align::Left),
        ("second", Align::Left),
    ];
    // Of templates that were asked together nothing is told.
    let named = flips.iter().any(|flip| flip.first.template.is_some());
    if named {
        header.push(("template", Align::Left));
    }
    let mut table = Table::new(&header);
    for flip in flips.iter().take(MOST) {
        let cells = flip_cells(flip).into_iter();
        table.row(cells.take(header.len()));
    }
    table.write(out)?;
    rest(
        out,
        flips.len(),
        "more flip",
        "--flips-csv FILE has all of them",
    )
}

fn flip_cells(flip: &Flip<'_>) -> [String; 7] {
    let fact = flip.fact;
    let template = flip.first.template;
    [
        if flip.is_gain() { "gained" } else { "lost" }.to_owned(),
        fact.relation.to_string(),
        cut(fact.about()),
        cut(&fact.expected),
        cut(&flip.first.prediction),
        cut(&flip.second.prediction),
        template.map_or(String::new(), |id| id.to_string()),
    ]
}

/// Wrong answers by what they say.
pub fn wrong(out: &mut impl Write, run: &Run) -> io::Result<()> {
    let wrong = run.summary.wrong();
    let rows: usize = wrong.iter().map(|of| of.rows).sum();
    let (rows, different) = (count(rows, "wrong answer"), thousands(wrong.len()));
    writeln!(out, "\n{}: {rows}, {different} different", run.name())?;
    if wrong.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&[
        ("prediction", Align::Left),
        ("rows", Align::Right),
        ("facts", Align::Right),
        ("relations", Align::Right),
        ("such as", Align::Left),
        ("expected", Align::Left),
    ]);
    for of in wrong.iter().take(MOST) {
        let fact = of.example;
        table.row([
            cut(of.prediction),
            thousands(of.rows),
            thousands(of.facts),
            thousands(of.relations),
            cut(fact.about()),
            cut(&fact.expected),
        ]);
    }
    table.write(out)?;
    rest(
        out,
        wrong.len(),
        "more prediction",
        "--json has all of them",
    )
}

fn rest(out: &mut impl Write, all: usize, what: &str, advice: &str) -> io::Result<()> {
    match all.checked_sub(MOST) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "… {}: {advice}", count(more, what)),
    }
}

fn against(report: &Report, comparison: &Comparison) -> String {
    let name = |run: usize| report.runs[run].name();
    format!("{} → {}", name(comparison.first), name(comparison.second))
}

/// The first letters of a long text.
fn cut(text: &str) -> String {
    const LETTERS: usize = 28;
    match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}
