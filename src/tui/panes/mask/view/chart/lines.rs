//! Lines of cells in columns. Bars take the room that texts and numbers leave; columns without room fall away from the
//! right.

use ratatui::style::{Modifier, Style};

use super::Line;
use crate::inspect::view::Cell;
use crate::tui::panes::mask::view::bar::{bar, ink_of_part};
use crate::tui::text::{clip, visible, width};
use crate::tui::theme::{Ink, Symbols, Theme};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::sequence::Sequence;

/// Columns of a text at most; the last one of a line takes what is left.
const SHORT: usize = 20;
const LAST: usize = 10;
/// Columns of bars: at least, and of simple ones at most.
const STACK: usize = 12;
const BAR: usize = 6;
const LONGEST_BAR: usize = 18;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Stack,
    /// With negative values on the left of its middle.
    Bar {
        signed: bool,
    },
}

struct Column {
    kind: Kind,
    width: usize,
}

pub fn lines(
    work: &Workspace,
    sequence: &Sequence,
    (header, lines, chosen): (&[String], &[Vec<Cell>], Option<usize>),
    room: usize,
) -> Vec<Line> {
    let theme = &work.theme;
    let columns = columns(theme.symbols, header, lines, room);
    let head = columns.iter().zip(header).map(|(column, name)| {
        let name = visible(name, theme.symbols);
        padded(&name, column, theme.symbols)
    });
    let mut all = vec![vec![(head.collect::<Vec<_>>().join(" "), theme.dim)]];
    for (at, cells) in lines.iter().enumerate() {
        let is_chosen = chosen == Some(at);
        let text = match is_chosen {
            true => theme.accent,
            false => theme.text,
        };
        let mut line: Line = Vec::new();
        for (column, cell) in columns.iter().zip(cells) {
            match cell {
                Cell::Text(words) | Cell::Number(words) => {
                    let words = visible(words, theme.symbols);
                    line.push((padded(&words, column, theme.symbols), text));
                }
                Cell::Stack(shares) => line.extend(bar(work, sequence, shares, column.width)),
                Cell::Bar { value, part } => {
                    let ink = part.map_or(Ink::Fuse, |part| ink_of_part(sequence, part));
                    line.push(simple(theme, *value, ink, column));
                }
            }
            line.push((" ".to_owned(), theme.text));
        }
        all.push(line);
    }
    all
}

/// As many columns as have room, each with its width.
fn columns(symbols: Symbols, header: &[String], lines: &[Vec<Cell>], room: usize) -> Vec<Column> {
    let column = |at: usize| {
        let cells = || lines.iter().filter_map(|line| line.get(at));
        let kind = match cells().next() {
            Some(Cell::Number(_)) => Kind::Number,
            Some(Cell::Stack(_)) => Kind::Stack,
            Some(Cell::Bar { .. }) => Kind::Bar {
                signed: cells().any(|cell| matches!(cell, Cell::Bar { value, .. } if *value < 0.0)),
            },
            _ => Kind::Text,
        };
        let wide = |cell: &Cell| match cell {
            Cell::Text(words) | Cell::Number(words) => width(&visible(words, symbols)),
            _ => 0,
        };
        let most = cells().map(wide).max().unwrap_or(0).max(width(&header[at]));
        let width = match kind {
            Kind::Text if at > 0 && at + 1 == header.len() => most.min(LAST),
            Kind::Text => most.min(SHORT),
            Kind::Number => most,
            Kind::Stack => STACK,
            Kind::Bar { .. } => BAR,
        };
        Column { kind, width }
    };
    let mut columns: Vec<Column> = (0..header.len()).map(column).collect();
    let needs = |columns: &[Column]| columns.iter().map(|column| column.width + 1).sum::<usize>();
    while columns.len() > 1 && needs(&columns) > room {
        columns.pop();
    }
    let mut spare = room.saturating_sub(needs(&columns));
    let mut grow = |column: &mut Column, most: usize| {
        let more = most.saturating_sub(column.width).min(spare);
        column.width += more;
        spare -= more;
    };
    let stack = columns.iter().position(|column| column.kind == Kind::Stack);
    for column in &mut columns {
        if matches!(column.kind, Kind::Bar { .. }) {
            grow(column, LONGEST_BAR);
        }
    }
    if let Some(column) = stack.or(columns.len().checked_sub(1)) {
        let column = &mut columns[column];
        if matches!(column.kind, Kind::Stack | Kind::Text) {
            grow(column, usize::MAX);
        }
    }
    columns
}

/// A text in its column, numbers at its right end.
fn padded(text: &str, column: &Column, symbols: Symbols) -> String {
    let text = clip(text, column.width, symbols);
    let blank = " ".repeat(column.width.saturating_sub(width(&text)));
    match column.kind {
        Kind::Number => blank + &text,
        _ => text.into_owned() + &blank,
    }
}

/// A bar of one colour.
fn simple(theme: &Theme, value: f64, ink: Ink, column: &Column) -> (String, Style) {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let symbols = theme.symbols;
    let full = symbols.pick("█", "#");
    let Kind::Bar { signed } = column.kind else {
        return (String::new(), theme.text);
    };
    let zero = symbols.pick("│", "|");
    let text = if signed {
        let half = column.width.saturating_sub(1) / 2;
        let cells = (value.abs() * half as f64).round() as usize;
        let cells = cells.min(half);
        match value < 0.0 {
            true => " ".repeat(half - cells) + &full.repeat(cells) + zero,
            false => " ".repeat(half) + zero + &full.repeat(cells),
        }
    } else {
        let eighths = (value.clamp(0.0, 1.0) * 8.0 * column.width as f64).round() as usize;
        let part = match symbols.unicode {
            true => EIGHTHS[eighths % 8],
            false => "",
        };
        full.repeat(eighths / 8) + part
    };
    let blank = " ".repeat(column.width.saturating_sub(width(&text)));
    let style = theme.written(ink, 1.0).remove_modifier(Modifier::REVERSED);
    (text + &blank, style)
}
