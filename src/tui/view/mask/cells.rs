//! The picture's cells: half-blocks of two colours or characters of several shapes, and the crosshair over them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::tui::app::{App, Block, Grid, Level, Sequence};
use crate::tui::theme::{Ink, Theme};

/// How strong partly readable blocks are drawn.
const PARTIAL: f32 = 0.5;

pub fn draw(app: &App, sequence: &Sequence, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let per_line = grid.per_line;
    let rows = app.mask.top * per_line;
    let rows = rows..(rows + usize::from(area.height) * per_line).min(grid.rows.len());
    let keys = app.mask.left..(app.mask.left + usize::from(area.width)).min(grid.keys.len());
    if rows.is_empty() || keys.is_empty() {
        return;
    }
    let picture = grid.picture(sequence, rows.clone(), keys.clone());
    for (line, blocks) in (0u16..).zip(picture.chunks(per_line)) {
        for (column, i) in (0u16..).zip(0..keys.len()) {
            let lower = blocks.get(1).map(|row| row[i]);
            let (symbol, style) = cell(theme, blocks[0][i], lower, per_line == 2);
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
    if level == Level::Partial {
        PARTIAL
    } else {
        1.0
    }
}

/// Full, partly readable and empty blocks differ in shape, and so do the reasons why a block is read.
fn shape(theme: &Theme, block: Block) -> &'static str {
    let (unicode, ascii) = match (block.level, block.ink) {
        (Level::Empty, _) => ("·", "."),
        (Level::Full, Ink::Cross) => ("░", "x"),
        (Level::Full, Ink::Shared) => ("▓", "s"),
        (Level::Full, Ink::Fuse) => ("◆", "@"),
        (Level::Full, _) => ("█", "#"),
        (Level::Partial, Ink::Cross) => ("╎", ":"),
        (Level::Partial, _) => ("▒", "+"),
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
    let line = grid.rows.of(app.mask.row) / grid.per_line;
    let line = on_screen(line, app.mask.top, area.height);
    let column = on_screen(grid.keys.of(app.mask.key), app.mask.left, area.width);
    let empty = |symbol: &str| matches!(symbol, " " | "·" | ".");
    let width = (grid.keys.len() - app.mask.left).min(usize::from(area.width)) as u16;
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
