//! The picture's cells: half-blocks of two colours or characters of several shapes, and the crosshair over them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::layout::Reason;
use crate::layout::picture::{Cell, Level};
use crate::tui::app::{App, Grid, Sequence};
use crate::tui::theme::{Ink, Theme};

/// How strong partly readable blocks are drawn.
const PARTLY: f32 = 0.5;

/// A cell of the folded mask: how much of it is readable, and in what ink.
#[derive(Clone, Copy)]
pub struct Block {
    pub level: Level,
    pub ink: Ink,
}

impl Block {
    fn of(cell: Cell) -> Block {
        let ink = match cell.reason {
            _ if cell.level == Level::Empty => Ink::Nobody,
            Reason::Fuses | Reason::Plain => Ink::Fuse,
            Reason::SameSegment(segment) => Ink::Owner(segment as usize),
            Reason::ManualCross => Ink::Cross,
            _ => Ink::Shared,
        };
        Block {
            level: cell.level,
            ink,
        }
    }
}

pub fn draw(app: &App, sequence: &Sequence, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let per_line = grid.per_line;
    let rows = app.mask.top * per_line;
    let rows = rows..(rows + usize::from(area.height) * per_line).min(grid.blocks.rows.len());
    let keys = app.mask.left..(app.mask.left + usize::from(area.width)).min(grid.blocks.keys.len());
    if rows.is_empty() || keys.is_empty() {
        return;
    }
    let block = |row: usize, key: usize| Block::of(grid.blocks.cell(&sequence.layout, row, key));
    for (line, row) in (0u16..).zip(rows.clone().step_by(per_line)) {
        for (column, key) in (0u16..).zip(keys.clone()) {
            let lower = (per_line == 2 && row + 1 < rows.end).then(|| block(row + 1, key));
            let (symbol, style) = cell(theme, block(row, key), lower, per_line == 2);
            buf[(area.x + column, area.y + line)]
                .set_symbol(symbol)
                .set_style(style);
        }
    }
    draw_crosshair(app, grid, area, buf);
}

/// One cell of the picture: half-blocks of two colours, or a character whose shape says how much is readable.
pub fn cell(
    theme: &Theme,
    upper: Block,
    lower: Option<Block>,
    half: bool,
) -> (&'static str, Style) {
    if !half {
        return (
            shape(theme, upper),
            theme.written(upper.ink, strength(upper.level)),
        );
    }
    let colour = |block: Block| {
        theme
            .ink(block.ink, strength(block.level))
            .filter(|_| block.level != Level::Empty)
    };
    match (colour(upper), lower.and_then(colour)) {
        (None, None) => (" ", Style::new()),
        (Some(upper), None) => ("▀", Style::new().fg(upper)),
        (None, Some(lower)) => ("▄", Style::new().fg(lower)),
        (Some(upper), Some(lower)) => ("▀", Style::new().fg(upper).bg(lower)),
    }
}

fn strength(level: Level) -> f32 {
    if level == Level::Partly { PARTLY } else { 1.0 }
}

/// Full, partly readable and empty blocks differ in shape, and so do the reasons why a block is read.
fn shape(theme: &Theme, block: Block) -> &'static str {
    let (unicode, ascii) = match (block.level, block.ink) {
        (Level::Empty, _) => ("·", "."),
        (Level::Full, Ink::Cross) => ("░", "x"),
        (Level::Full, Ink::Shared) => ("▓", "s"),
        (Level::Full, Ink::Fuse) => ("◆", "@"),
        (Level::Full, _) => ("█", "#"),
        (Level::Partly, Ink::Cross) => ("╎", ":"),
        (Level::Partly, _) => ("▒", "+"),
    };
    theme.symbols.pick(unicode, ascii)
}

/// The crosshair's cell is reversed; its row and column show as lines through the empty cells.
fn draw_crosshair(app: &App, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let symbols = theme.symbols;
    let on_screen = |at: usize, first: usize, room: u16| {
        let at = u16::try_from(at.checked_sub(first)?).ok()?;
        (at < room).then_some(at)
    };
    let line = grid.blocks.rows.of(app.mask.row) / grid.per_line;
    let line = on_screen(line, app.mask.top, area.height);
    let column = on_screen(grid.blocks.keys.of(app.mask.key), app.mask.left, area.width);
    let empty = |symbol: &str| matches!(symbol, " " | "·" | ".");
    let width = (grid.blocks.keys.len() - app.mask.left).min(usize::from(area.width)) as u16;
    let height = (grid.lines() - app.mask.top).min(usize::from(area.height)) as u16;
    if let Some(line) = line {
        for x in 0..width {
            let cell = &mut buf[(area.x + x, area.y + line)];
            if empty(cell.symbol()) {
                cell.set_symbol(symbols.pick("┄", "-")).set_style(theme.dim);
            }
        }
    }
    if let Some(column) = column {
        for y in 0..height {
            let cell = &mut buf[(area.x + column, area.y + y)];
            if empty(cell.symbol()) {
                cell.set_symbol(symbols.pick("┆", "|")).set_style(theme.dim);
            }
        }
    }
    if let (Some(line), Some(column)) = (line, column) {
        let cell = &mut buf[(area.x + column, area.y + line)];
        cell.set_symbol(symbols.pick("┼", "+"))
            .set_style(theme.accent.add_modifier(Modifier::REVERSED));
    }
}
