//! The picture's cells: half-blocks of two colours or characters of several shapes, and the crosshair over them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::layout::picture::{Cell, Glyph, Level};
use crate::layout::{Layout, Reason};
use crate::tui::panes::mask::{Grid, MaskPane};
use crate::tui::theme::{Ink, Symbols, Theme};
use crate::tui::workspace::Workspace;

/// How strong partly readable blocks are drawn.
const PARTLY: f32 = 0.5;

/// A cell of the folded mask: what it shows, and in what ink.
#[derive(Clone, Copy)]
pub struct Block {
    pub glyph: Glyph,
    pub ink: Ink,
}

impl Block {
    fn of(cell: Cell) -> Block {
        let ink = match cell.reason {
            Reason::Fuses | Reason::Plain => Ink::Fuse,
            Reason::SameSegment(segment) => Ink::Owner(segment as usize),
            Reason::SameGroup { key, .. } => Ink::Owner(key as usize),
            Reason::ManualCross => Ink::Cross,
            Reason::Shared | Reason::Context => Ink::Shared,
            Reason::Later
            | Reason::OtherSegment { .. }
            | Reason::KeyInContext
            | Reason::KeyInNoSegment
            | Reason::RowInNoSegment
            | Reason::Hidden(_)
            | Reason::OutOfReach { .. } => Ink::Nobody,
        };
        Block {
            glyph: Glyph::of(cell),
            ink,
        }
    }

    /// How strong it is drawn, from 0 (background) to 1.
    fn strength(self) -> f32 {
        match self.glyph {
            Glyph::Partly => PARTLY,
            _ => 1.0,
        }
    }

    fn is_empty(self) -> bool {
        matches!(self.glyph, Glyph::Unread | Glyph::Later)
    }
}

/// The character of a glyph.
pub fn symbol(glyph: Glyph, symbols: Symbols) -> &'static str {
    let (unicode, ascii) = glyph.symbols();
    symbols.pick(unicode, ascii)
}

/// Ink and strength of a pair of tokens; `None` where the row may not read the key.
pub fn mask_shade(mask: &Layout, row: usize, key: usize) -> Option<(Ink, f32)> {
    let reason = mask.reason(row, key);
    let level = Level::Full;
    reason
        .reads()
        .then(|| (Block::of(Cell { level, reason }).ink, 1.0))
}

/// A block for each glyph that a picture shows of what is on screen.
pub fn seen(pane: &MaskPane, mask: &Layout, grid: &Grid, area: Rect) -> Vec<Block> {
    let (rows, keys) = pane.window(grid, area);
    let mut seen: Vec<Block> = Vec::new();
    for row in rows {
        for key in keys.clone() {
            let cell = grid.blocks.cell(mask, row, key);
            let level = Level::Full;
            let block = Block::of(Cell { level, ..cell });
            if seen.iter().all(|other| other.glyph != block.glyph) {
                seen.push(block);
            }
        }
    }
    seen
}

/// Draws what of the mask is on screen; gives a block for each glyph that a legend must explain.
pub fn draw(
    pane: &MaskPane,
    work: &Workspace,
    mask: &Layout,
    grid: &Grid,
    area: Rect,
    buf: &mut Buffer,
) -> Vec<Block> {
    let theme = &work.theme;
    let mut seen: Vec<Block> = Vec::new();
    let per_line = grid.per_line;
    let (rows, keys) = pane.window(grid, area);
    if rows.is_empty() || keys.is_empty() {
        return seen;
    }
    let mut note = |block: Block| {
        if seen.iter().all(|other| other.glyph != block.glyph) {
            seen.push(block);
        }
    };
    let mut block = |row: usize, key: usize| {
        let cell = grid.blocks.cell(mask, row, key);
        let block = Block::of(cell);
        note(block);
        // Half-blocks are dim where they are partly read, in the colour of what is read.
        if per_line == 2 && block.glyph == Glyph::Partly {
            let level = Level::Full;
            note(Block::of(Cell { level, ..cell }));
        }
        block
    };
    for (line, row) in (0u16..).zip(rows.clone().step_by(per_line)) {
        for (column, key) in (0u16..).zip(keys.clone()) {
            let upper = block(row, key);
            let (symbol, style) = if per_line == 2 {
                let lower = (row + 1 < rows.end).then(|| block(row + 1, key));
                halves(theme, upper, lower)
            } else {
                shape(theme, upper)
            };
            buf[(area.x + column, area.y + line)]
                .set_symbol(symbol)
                .set_style(style);
        }
    }
    seen
}

/// Two blocks in one cell, told apart by their colours.
fn halves(theme: &Theme, upper: Block, lower: Option<Block>) -> (&'static str, Style) {
    let colour = |block: Block| {
        theme
            .ink(block.ink, block.strength())
            .filter(|_| !block.is_empty())
    };
    match (colour(upper), lower.and_then(colour)) {
        (None, None) => (" ", Style::new()),
        (Some(upper), None) => ("▀", Style::new().fg(upper)),
        (None, Some(lower)) => ("▄", Style::new().fg(lower)),
        (Some(upper), Some(lower)) => ("▀", Style::new().fg(upper).bg(lower)),
    }
}

/// One block in one cell, told by its shape too.
pub fn shape(theme: &Theme, block: Block) -> (&'static str, Style) {
    let style = theme.written(block.ink, block.strength());
    (symbol(block.glyph, theme.symbols), style)
}

/// The crosshair's cell is reversed; its row and column show as lines through the empty cells.
pub fn draw_crosshair(
    pane: &MaskPane,
    work: &Workspace,
    grid: &Grid,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let on_screen = |at: usize, first: usize, room: u16| {
        let at = u16::try_from(at.checked_sub(first)?).ok()?;
        (at < room).then_some(at)
    };
    let line = on_screen(grid.line(work.crosshair.row), pane.top, area.height);
    let column = on_screen(
        grid.blocks.keys.of(work.crosshair.key),
        pane.left,
        area.width,
    );
    let empty = [Glyph::Unread, Glyph::Later].map(|glyph| symbol(glyph, symbols));
    let width = (grid.blocks.keys.len() - pane.left).min(usize::from(area.width)) as u16;
    let height = (grid.lines() - pane.top).min(usize::from(area.height)) as u16;
    if let Some(line) = line {
        for x in 0..width {
            let cell = &mut buf[(area.x + x, area.y + line)];
            if empty.contains(&cell.symbol()) {
                cell.set_symbol(symbols.pick("┄", "-")).set_style(theme.dim);
            }
        }
    }
    if let Some(column) = column {
        for y in 0..height {
            let cell = &mut buf[(area.x + column, area.y + y)];
            if empty.contains(&cell.symbol()) {
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
