//! Small maps side by side: with numbers where there is room for all of them so, else in colours or shapes alone.

use ratatui::style::{Modifier, Style};

use super::Line;
use crate::inspect::view::{Map, Unit};
use crate::tui::panes::mask::view::bar::ink_of_part;
use crate::tui::panes::mask::view::heat::{halves, level};
use crate::tui::text::{clip, visible, width};
use crate::tui::theme::Ink;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::sequence::Sequence;

/// Columns between maps.
const GAP: usize = 3;
/// Columns for the name of a row at most.
const LABEL: usize = 8;
/// Columns of a cell from which it has a number.
const NUMBERS: usize = 3;
/// Shares from which a number stands on its colour rather than in it.
const STRONG: f32 = 0.1;

/// How large a map is drawn.
#[derive(Debug, Clone, Copy)]
struct Scale {
    /// Columns of a cell.
    cell: usize,
    /// Rows of the map that share a line.
    per_line: usize,
    label: usize,
    /// Maps side by side.
    across: usize,
}

pub fn lines(
    work: &Workspace,
    sequence: &Sequence,
    maps: &[Map],
    (rows, columns): (&[String], &[String]),
    chosen: (Option<usize>, Option<usize>),
    room: (usize, usize),
) -> Vec<Line> {
    let scale = scale(work, maps, (rows, columns), room);
    let theme = &work.theme;
    let blank = |cells: usize| (" ".repeat(cells), theme.text);
    let whole = scale.cell * columns.len();
    let mut all: Vec<Line> = Vec::new();
    for maps in maps.chunks(scale.across) {
        let mut names = Line::new();
        let mut heads = Line::new();
        for map in maps {
            let style = match map.part {
                Some(part) => theme.written(ink_of_part(sequence, part), 1.0),
                None => theme.text,
            };
            let name = clip(&map.name, scale.label + whole, theme.symbols).into_owned();
            let rest = scale.label + whole + GAP - width(&name);
            names.extend([(name, style.add_modifier(Modifier::BOLD)), blank(rest)]);
            heads.push(blank(scale.label));
            heads.extend(across(work, columns, chosen.1, scale.cell));
            heads.push(blank(GAP));
        }
        all.extend([names, heads]);
        for row in (0..rows.len()).step_by(scale.per_line) {
            let mut line = Line::new();
            for map in maps {
                let here = chosen
                    .0
                    .is_some_and(|at| (row..row + scale.per_line).contains(&at));
                let style = if here { theme.accent } else { theme.dim };
                let label = clip(&rows[row], scale.label - 1, theme.symbols);
                line.push((format!("{label:>width$} ", width = scale.label - 1), style));
                for column in 0..columns.len() {
                    line.push(cell(work, sequence, map, (row, column), scale));
                }
                line.push(blank(GAP));
            }
            all.push(line);
        }
        all.push(Line::new());
    }
    all.pop();
    all
}

/// The largest cells with which all maps are on screen; where none are small enough, the smallest that have a number,
/// or those without.
fn scale(
    work: &Workspace,
    maps: &[Map],
    (rows, columns): (&[String], &[String]),
    (room, height): (usize, usize),
) -> Scale {
    let label = rows.iter().map(|name| width(name)).max().unwrap_or(0);
    let label = label.min(LABEL) + 1;
    let half = work.theme.half_blocks();
    let numbers = maps.iter().flat_map(|map| {
        let values = map.values.iter().flatten();
        values.map(|value| map.written(*value).len())
    });
    let longest = numbers.max().unwrap_or(0);
    let maps = maps.len();
    let of = |cell: usize| {
        let whole = label + cell * columns.len() + GAP;
        Scale {
            cell,
            per_line: if cell < NUMBERS && half { 2 } else { 1 },
            label,
            across: ((room + GAP) / whole).clamp(1, maps.max(1)),
        }
    };
    let fits = |scale: &Scale| {
        let lines = rows.len().div_ceil(scale.per_line) + 3;
        let wide = label + scale.cell * columns.len() <= room;
        wide && lines * maps.div_ceil(scale.across) <= height + 1
    };
    // A number and a blank, or no number.
    let tells = |cell: &usize| *cell < NUMBERS || *cell > longest;
    let sizes: Vec<Scale> = [6, 5, 4, 3, 2, 1]
        .into_iter()
        .filter(tells)
        .map(of)
        .collect();
    let wide = |scale: &&Scale| label + scale.cell * columns.len() <= room;
    let with_numbers = rows.len() + 3 <= height.max(12);
    let second = sizes
        .iter()
        .rfind(|scale| scale.cell >= NUMBERS && with_numbers && wide(scale));
    *sizes
        .iter()
        .find(|scale| fits(scale))
        .or(second)
        .unwrap_or(&of(1))
}

/// Names of the columns: every n-th where they would run into each other.
fn across(
    work: &Workspace,
    columns: &[String],
    chosen: Option<usize>,
    cell: usize,
) -> Vec<(String, Style)> {
    let theme = &work.theme;
    let longest = columns.iter().map(|name| width(name)).max().unwrap_or(0) + 1;
    let every = longest.div_ceil(cell.max(1)).max(1);
    let groups = columns.chunks(every).enumerate();
    let named = groups.map(|(at, group)| {
        let cells = cell * group.len();
        let first = at * every;
        let here = chosen.is_some_and(|at| (first..first + every).contains(&at));
        let style = if here { theme.accent } else { theme.dim };
        let name = clip(&group[0], cells, theme.symbols);
        // Above the number, which stands at the right end of its cell.
        match every {
            1 => (format!("{name:>cells$}"), style),
            _ => (format!("{name:<cells$}"), style),
        }
    });
    named.collect()
}

/// One cell, or where two share a line the upper and the lower one.
fn cell(
    work: &Workspace,
    sequence: &Sequence,
    map: &Map,
    (row, column): (usize, usize),
    scale: Scale,
) -> (String, Style) {
    let theme = &work.theme;
    let ink = match (map.part, map.unit) {
        (Some(part), _) => ink_of_part(sequence, part),
        (None, Unit::Share) => ink_of_part(sequence, column),
        (None, Unit::Nats) => Ink::Fuse,
    };
    let of = |row: usize| Some((ink, map.values.get(row)?.get(column)? / map.most()));
    if scale.per_line == 2 {
        let (symbol, style) = halves(theme, of(row), of(row + 1));
        return (symbol.repeat(scale.cell), style);
    }
    let Some((ink, share)) = of(row) else {
        return (" ".repeat(scale.cell), theme.text);
    };
    if scale.cell < NUMBERS {
        let (symbol, style) = level(theme, Ok((ink, share)));
        return (symbol.repeat(scale.cell), style);
    }
    let text = map.written(map.values[row][column]);
    let text = visible(&text, theme.symbols);
    let style = match share >= STRONG {
        true => {
            let strength = 0.4 + 0.6 * share.clamp(0.0, 1.0);
            theme
                .written(ink, strength)
                .add_modifier(Modifier::REVERSED)
        }
        false => theme.written(ink, 0.6),
    };
    (format!("{text:>width$}", width = scale.cell), style)
}
