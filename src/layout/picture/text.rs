//! A mask in characters.

use std::collections::HashSet;
use std::fmt::Write;
use std::ops::Range;

use super::grid::{Axis, Grid};
use super::{Glyph, Labels, label_step};
use crate::layout::Layout;

/// The mask, `columns` cells wide at most or as borders allow, with a legend and a list of its segments.
pub fn text(layout: &Layout, labels: &Labels, columns: usize) -> String {
    let grid = grid(layout, columns);
    let mut seen = HashSet::new();
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
        "{0} × {0} tokens, {per_cell}; a row reads the keys to its left{1}",
        layout.len(),
        labels.kind(layout)
    ));
    say("");
    let margin = margin(labels);
    say(&format!(
        "{:margin$}  {}",
        "",
        header(layout, labels, &grid.keys)
    ));
    for row in 0..grid.rows.len() {
        let rows = grid.rows.block(row);
        let glyphs = (0..grid.keys.len()).map(|key| Glyph::of(grid.cell(layout, row, key)));
        let seeing = glyphs.inspect(|&glyph| _ = seen.insert(glyph));
        let cells: String = seeing.map(symbol).collect();
        let name = name(layout, labels, &rows);
        let mark = match rows.end == layout.len() {
            true => symbol(Glyph::Emits),
            false => " ",
        };
        say(&format!("{name:>margin$} {mark}{cells}"));
    }
    say("");
    seen.remove(&Glyph::Later);
    for glyph in Glyph::ALL.into_iter().filter(|glyph| seen.contains(glyph)) {
        say(&format!("{}  {}", symbol(glyph), glyph.describe()));
    }
    say(&format!(
        "{}  {}",
        symbol(Glyph::Emits),
        labels.first_answer(layout)
    ));
    say("");
    segments(&mut out, layout, labels);
    out
}

fn symbol(glyph: Glyph) -> &'static str {
    glyph.symbols().0
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

/// Names above the keys of every segment, or of every n-th where there is no room; a tick above the others.
fn header(layout: &Layout, labels: &Labels, keys: &Axis) -> String {
    let all = layout.segments().iter().zip(&labels.segments);
    let named: Vec<(usize, &str)> = all
        .filter(|(segment, _)| !segment.is_empty())
        .map(|(segment, (name, _))| (keys.of(segment.start), name.as_str()))
        .collect();
    let end = |(column, name): (usize, &str)| column + name.chars().count();
    let n = label_step(named.len(), |i, next| end(named[i]) < named[next].0);
    let mut line = String::new();
    let mut wide = 0;
    for (i, &(column, name)) in named.iter().enumerate() {
        let name = if i % n == 0 { name } else { "╷" };
        if let Some(gap) = column.checked_sub(wide) {
            line.push_str(&" ".repeat(gap));
            line.push_str(name);
            wide = end((column, name));
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
