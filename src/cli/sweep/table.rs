//! What a sweep asks, as a table and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::Asking;
use crate::cli::plain::{Align, Table, count, thousands};
use super::{Asking, plot};
use crate::cli::plain::{Align, Table, count, percent, thousands};
use crate::cli::report::interval;
use crate::evaluate::Count;
use crate::score::Interval;
use crate::text::shell_line;

/// `20 cells, 760 facts, 2,280 questions`.
pub fn size(cells: &[Asking]) -> String {
    let facts = cells.iter().map(|asking| asking.plan.facts.len()).sum();
    let questions = |asking: &Asking| -> usize {
        let plan = &asking.plan;
        plan.facts.iter().map(|&fact| plan.asked(fact).len()).sum()
    };
    let mut models: Vec<String> = Vec::new();
    for asking in cells {
        let model = asking.settings.model.to_string();
        if !models.contains(&model) {
            models.push(model);
        }
    }
    format!(
        "{}, {}, {} of {}",
        count(cells.len(), "cell"),
        count(facts, "fact"),
        count(cells.iter().map(questions).sum(), "question"),
        models.join(", ")
    )
}

/// Templates that a cell asks about a fact; the most, where facts differ.
fn k(asking: &Asking) -> usize {
    let asked = |&fact: &usize| asking.plan.asked(fact).len();
    asking.plan.facts.iter().map(asked).max().unwrap_or(0)
}

/// Every cell in a line.
pub fn write_plan(out: &mut impl Write, cells: &[Asking], size: &str) -> io::Result<()> {
    let mut table = Table::new(&[
        ("cell", Align::Right),
        ("k", Align::Right),
        ("facts", Align::Right),
        ("lamascope run", Align::Left),
    ]);
    for (at, asking) in cells.iter().enumerate() {
        table.row([
            (at + 1).to_string(),
            k(asking).to_string(),
            thousands(asking.plan.facts.len()),
            shell_line(&asking.cell.words),
        ]);
    }
    table.write(out)?;
    writeln!(out, "\n{size}")
}

/// Accuracy of a way of asking with k templates, over all cells that ask so.
#[derive(Serialize)]
pub struct Group<'a> {
    #[serde(rename = "options")]
    pub way: &'a str,
    pub k: usize,
    pub cells: usize,
    n: usize,
    correct: usize,
    #[serde(skip)]
    count: Count,
    pub accuracy: f64,
    interval: Option<Interval>,
    /// The worst and the best cell's accuracy.
    lowest: f64,
    highest: f64,
}

/// Ways in the order of the cells, each by k.
fn groups<'a>(cells: &'a [Asking], counts: &[Count]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group> = Vec::new();
    for (asking, count) in cells.iter().zip(counts).filter(|(_, count)| count.n > 0) {
        let (way, k) = (asking.cell.way.as_str(), k(asking));
        let accuracy = count.accuracy();
        match groups
            .iter_mut()
            .find(|group| (group.way, group.k) == (way, k))
        {
            Some(group) => {
                group.cells += 1;
                group.count.merge(count);
                group.lowest = group.lowest.min(accuracy);
                group.highest = group.highest.max(accuracy);
            }
            None => groups.push(Group {
                way,
                k,
                cells: 1,
                n: 0,
                correct: 0,
                count: *count,
                accuracy,
                interval: None,
                lowest: accuracy,
                highest: accuracy,
            }),
        }
    }
    for group in &mut groups {
        let count = group.count;
        (group.n, group.correct) = (count.n, count.correct);
        (group.accuracy, group.interval) = (count.accuracy(), count.interval());
    }
    let ways: Vec<&str> = groups.iter().map(|group| group.way).collect();
    groups.sort_by_key(|group| (ways.iter().position(|way| *way == group.way), group.k));
    groups
}

/// Accuracy by way and k, and its plot where k varies.
pub fn write(out: &mut impl Write, cells: &[Asking], counts: &[Count]) -> io::Result<()> {
    let groups = groups(cells, counts);
    let mut ways: Vec<&str> = groups.iter().map(|group| group.way).collect();
    ways.dedup();
    let plot = plot::of(&groups, &ways);
    let mut table = Table::new(&[
        ("", Align::Left),
        ("way", Align::Left),
        ("k", Align::Right),
        ("cells", Align::Right),
        ("right", Align::Right),
        ("accuracy", Align::Right),
        ("95 % interval", Align::Left),
        ("worst to best cell", Align::Left),
    ]);
    for group in &groups {
        let way = ways.iter().position(|way| *way == group.way);
        let letter = way.filter(|_| plot.is_some()).map(plot::letter);
        table.row([
            letter.map_or(String::new(), String::from),
            group.way.to_owned(),
            group.k.to_string(),
            group.cells.to_string(),
            format!("{} of {}", thousands(group.correct), thousands(group.n)),
            percent(group.accuracy),
            interval(group.interval),
            match group.cells {
                1 => String::new(),
                _ => format!("{} to {}", percent(group.lowest), percent(group.highest)),
            },
        ]);
    }
    table.write(out)?;
    if groups.iter().any(|group| group.cells > 1) {
        writeln!(
            out,
            "\nseveral cells: the interval takes the rows of a fact in them as independent"
        )?;
    }
    if let Some(plot) = plot {
        write!(out, "\n{plot}")?;
    }
    Ok(())
}

#[derive(Serialize)]
pub struct View<'a> {
    cells: Vec<CellView>,
    accuracy: Vec<Group<'a>>,
}

#[derive(Serialize)]
pub struct CellView {
    cell: usize,
    options: String,
    k: usize,
    facts: usize,
}

/// Every cell.
pub fn cells(cells: &[Asking]) -> Vec<CellView> {
    let cell = |(at, asking): (usize, &Asking)| CellView {
        cell: at + 1,
        options: shell_line(&asking.cell.words),
        k: k(asking),
        facts: asking.plan.facts.len(),
    };
    cells.iter().enumerate().map(cell).collect()
}
