//! What a sweep asks, as a table and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::Asking;
use crate::cli::plain::{Align, Table, count, thousands};
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

/// Templates that a cell asks about a fact; the most, where relations differ.
fn k(asking: &Asking) -> usize {
    let plan = &asking.plan;
    let mut relations: Vec<usize> = Vec::new();
    let mut most = 0;
    for &fact in &plan.facts {
        let relation = plan.data.facts[fact].relation;
        if !relations.contains(&relation) {
            relations.push(relation);
            most = most.max(plan.asked(fact).len());
        }
    }
    most
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
