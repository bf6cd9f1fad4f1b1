//! A mask in characters.

use std::fmt::Write;
use std::ops::Range;

use super::blocks::Kind;
use super::grid::{Axis, Cell, Grid, Level};
use super::{EMITS, Labels};
use crate::layout::{Layout, Reason};

/// Marks the row that emits the first answer token.
const ARROW: char = '→';

/// How a cell is drawn. Without colours every kind needs a shape of its own.
fn sign(cell: Cell) -> char {
    match (cell.level, Kind::of(cell.reason)) {
        (Level::Empty, _) if cell.reason == Reason::Later => ' ',
        (Level::Empty, _) | (_, None) => UNREAD,
        (Level::Partly, _) => PARTLY,
        (Level::Full, Some(kind)) => full(kind),
    }
}

fn full(kind: Kind) -> char {
    match kind {
        Kind::Own => '█',
        Kind::Cross => '░',
        Kind::Shared => '▓',
        Kind::All => '━',
    }
}

const PARTLY: char = '▒';
const UNREAD: char = '·';

/// The mask, `columns` cells wide at most or as borders allow, with a legend and a list of its segments.
pub fn text(layout: &Layout, labels: &Labels, columns: usize) -> String {
    let grid = grid(layout, columns);
    let cells: Vec<String> = (0..grid.rows.len())
        .map(|row| {
            let cells = (0..grid.keys.len()).map(|key| grid.cell(layout, row, key));
            cells.map(sign).collect()
        })
        .collect();
    let mut out = String::new();
    let mut say = |line: &str| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    say(&labels.title);
    say(&labels.subtitle);
    let per_cell = match grid.width {
        1 => "1 cell = 1 token".to_owned(),
        width => format!("1 cell = {width} × {} tokens at most", grid.height),
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
        header(layout, labels, &grid.keys)
    ));
    for (row, cells) in cells.iter().enumerate() {
        let rows = grid.rows.block(row);
        let mark = if rows.end == layout.len() { ARROW } else { ' ' };
        say(&format!(
            "{:>margin$} {mark}{cells}",
            name(layout, labels, &rows)
        ));
    }
    say("");
    let shown = |sign: char| cells.iter().any(|line| line.contains(sign));
    let kinds = Kind::ALL.map(|kind| (full(kind), kind.describe()));
    for (sign, words) in kinds
        .into_iter()
        .chain([(PARTLY, "partly"), (UNREAD, "not read")])
    {
        if shown(sign) {
            say(&format!("{sign}  {words}"));
        }
    }
    say(&format!(
        "{ARROW}  {EMITS}: {}",
        labels.first_answer(layout)
    ));
    say("");
    segments(&mut out, layout, labels);
    out
}

/// A cell of several tokens is twice as high as wide, as characters are.
fn grid(layout: &Layout, columns: usize) -> Grid {
    let n = layout.len();
    let width = Grid::fit(layout, n, n, columns).width;
    let height = if width == 1 { 1 } else { 2 * width };
    Grid::new(layout, n, height, width)
}

/// Room for the longest name.
fn margin(labels: &Labels) -> usize {
    let names = labels.segments.iter().map(|(name, _)| name.chars().count());
    names.max().unwrap_or(0).max(1)
}

/// The segment that begins with these rows.
fn name<'a>(layout: &Layout, labels: &'a Labels, rows: &Range<usize>) -> &'a str {
    let begins = |segment: &Range<usize>| !segment.is_empty() && segment.start == rows.start;
    let segment = layout.segments().iter().position(begins);
    segment
        .and_then(|at| labels.segments.get(at))
        .map_or("", |(name, _)| name)
}

/// Names above the keys of each segment, a tick where there is no room.
fn header(layout: &Layout, labels: &Labels, keys: &Axis) -> String {
    let all = layout.segments().iter().zip(&labels.segments);
    let mut named = all.filter(|(segment, _)| !segment.is_empty()).peekable();
    let mut line = String::new();
    let mut at = 0;
    while let Some((segment, (name, _))) = named.next() {
        let column = keys.of(segment.start);
        let room = named
            .peek()
            .map_or(usize::MAX, |(next, _)| keys.of(next.start) - column);
        let wide = name.chars().count();
        let (name, wide) = if wide < room {
            (name.as_str(), wide)
        } else {
            ("╷", 1)
        };
        line.push_str(&" ".repeat(column - at));
        line.push_str(name);
        at = column + wide;
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
