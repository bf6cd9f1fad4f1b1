//! A mask in characters.

use std::fmt::Write;

use super::Labels;
use super::blocks::Kind;
use super::grid::{Cell, Grid};
use crate::layout::Layout;

impl Cell {
    fn sign(self) -> char {
        match self {
            Cell::Later => ' ',
            Cell::Unread => '·',
            Cell::Read(Kind::Shared) => '░',
            Cell::Read(Kind::Own | Kind::Plain) => '█',
            Cell::Read(Kind::Cross) => '▓',
            Cell::Read(Kind::Fused) => '▒',
        }
    }
}

/// The mask, `columns` cells wide at most, with a legend and a list of its segments.
pub fn text(layout: &Layout, labels: &Labels, columns: usize) -> String {
    let grid = Grid::new(layout, columns);
    let mut out = String::new();
    let mut say = |line: &str| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    say(&labels.title);
    say(&labels.subtitle);
    let per_cell = match grid.width {
        1 => "1 cell = 1 token".to_owned(),
        width => format!("1 cell = {width} keys across, {} rows down", 2 * width),
    };
    say(&format!(
        "{0} × {0} tokens, {per_cell}; a row reads the keys to its left",
        layout.len()
    ));
    say("");
    let margin = margin(labels);
    say(&format!(
        "{:margin$}  {}",
        "",
        header(layout, labels, grid.width)
    ));
    for (i, (rows, cells)) in grid.lines.iter().zip(&grid.cells).enumerate() {
        let starts = |segment: &std::ops::Range<usize>| rows.contains(&segment.start);
        let name = if i + 1 == grid.lines.len() {
            "→"
        } else {
            let segment = layout
                .segments()
                .iter()
                .position(|s| !s.is_empty() && starts(s));
            segment
                .and_then(|at| labels.segments.get(at))
                .map_or("", |(name, _)| name)
        };
        let cells: String = cells.iter().map(|cell| cell.sign()).collect();
        say(&format!("{name:>margin$}  {cells}"));
    }
    say("");
    for kind in Kind::ALL {
        let cell = Cell::Read(kind);
        if grid.cells.iter().flatten().any(|other| *other == cell) {
            say(&format!("{}  {}", cell.sign(), kind.describe()));
        }
    }
    say("·  not read");
    say(&format!("→  {}", labels.first_answer(layout)));
    say("");
    segments(&mut out, layout, labels);
    out
}

/// Room for the longest name.
fn margin(labels: &Labels) -> usize {
    let names = labels.segments.iter().map(|(name, _)| name.chars().count());
    names.max().unwrap_or(0).max(1)
}

/// Names above the first key of each segment, as far as there is room.
fn header(layout: &Layout, labels: &Labels, width: usize) -> String {
    let mut line = String::new();
    let mut at = 0;
    for (segment, (name, _)) in layout.segments().iter().zip(&labels.segments) {
        let column = segment.start / width;
        if column >= at {
            line.push_str(&" ".repeat(column - at));
            line.push_str(name);
            line.push(' ');
            at = column + name.chars().count() + 1;
        }
    }
    line
}

fn segments(out: &mut String, layout: &Layout, labels: &Labels) {
    let margin = margin(labels);
    for (segment, (name, question)) in layout.segments().iter().zip(&labels.segments) {
        let tokens = match segment.is_empty() {
            true => "no tokens".to_owned(),
            false => format!("tokens {}–{}", segment.start, segment.end - 1),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:>margin$}  {tokens:<16}  {question}");
    }
}
