//! Attention in place of the mask: each cell in the colour of the question that is read, the stronger the more of it is
//! read; and in words and bars.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::bar::bar;
use crate::inspect::{Heat, Mass};
use crate::layout::picture::{self, Cell, Glyph};
use crate::layout::{Layout, Role};
use crate::tui::keymap::Action;
use crate::tui::panes::mask::{Grid, MaskPane};
use crate::tui::text::{clip, visible, width};
use crate::tui::theme::{Ink, Theme};
use crate::tui::widgets::cells::{put, put_owned};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::sequence::Sequence;

/// How strong a readable cell is drawn that nothing is read of: apart from what may not be read, which is blank.
const FAINT: f32 = 0.12;

/// What stands for shares without half-blocks, as their square root grows.
const LEVELS: [(&str, &str); 9] = [
    ("▁", "0"),
    ("▁", "1"),
    ("▂", "2"),
    ("▃", "3"),
    ("▄", "4"),
    ("▅", "5"),
    ("▆", "6"),
    ("▇", "7"),
    ("█", "8"),
];

/// A cell's ink and share; `None` where nothing may be read.
fn shade(
    (sequence, mask): (&Sequence, &Layout),
    blocks: &picture::Grid,
    heat: &Heat,
    row: usize,
    key: usize,
) -> Result<(Ink, f32), Glyph> {
    let cell: Cell = blocks.cell(mask, row, key);
    if !cell.reason.reads() {
        return Err(cell.reason.glyph());
    }
    let token = blocks.keys.block(key).start;
    Ok((ink_of(sequence, token), heat.at(row, key).unwrap_or(0.0)))
}

fn ink_of(sequence: &Sequence, token: usize) -> Ink {
    let layout = &sequence.layout;
    match (
        layout.owner.get(token).copied().flatten(),
        layout.role.get(token),
    ) {
        (Some(owner), _) => Ink::Owner(sequence.place(owner as usize)),
        (None, Some(Role::Shared | Role::Context)) => Ink::Shared,
        _ => Ink::Fuse,
    }
}

/// Ink and strength of a pair of tokens; `None` where the row may not read the key. In steps, so that a picture has few
/// colours.
pub fn attention_shade(
    (sequence, mask): (&Sequence, &Layout),
    (row, key): (usize, usize),
    share: Option<f32>,
) -> Option<(Ink, f32)> {
    const STEPS: f32 = 20.0;
    if !mask.reason(row, key).reads() {
        return None;
    }
    let strength = strength(share.unwrap_or(0.0));
    Some((ink_of(sequence, key), (strength * STEPS).round() / STEPS))
}

fn strength(share: f32) -> f32 {
    FAINT + (1.0 - FAINT) * share.clamp(0.0, 1.0).sqrt()
}

/// Draws what is on screen of a picture.
pub fn draw(
    pane: &MaskPane,
    work: &Workspace,
    sequence: &Sequence,
    (grid, heat): (&Grid, &Heat),
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = &work.theme;
    let per_line = grid.per_line;
    let (rows, keys) = pane.window(grid, area);
    let masked = (sequence, work.mask(sequence));
    for (line, row) in (0u16..).zip(rows.clone().step_by(per_line)) {
        for (column, key) in (0u16..).zip(keys.clone()) {
            let of = |row: usize| shade(masked, &grid.blocks, heat, row, key);
            let (symbol, style) = if per_line == 2 {
                let lower = (row + 1 < rows.end).then(|| of(row + 1));
                halves(theme, of(row).ok(), lower.and_then(Result::ok))
            } else {
                level(theme, of(row))
            };
            buf[(area.x + column, area.y + line)]
                .set_symbol(symbol)
                .set_style(style);
        }
    }
}

/// Two cells in one.
pub fn halves(
    theme: &Theme,
    upper: Option<(Ink, f32)>,
    lower: Option<(Ink, f32)>,
) -> (&'static str, Style) {
    let colour = |(ink, share): (Ink, f32)| theme.ink(ink, strength(share));
    let colours: (Option<Color>, Option<Color>) = (upper.and_then(colour), lower.and_then(colour));
    match colours {
        (None, None) => (" ", Style::new()),
        (Some(upper), None) => ("▀", Style::new().fg(upper)),
        (None, Some(lower)) => ("▄", Style::new().fg(lower)),
        (Some(upper), Some(lower)) => ("▀", Style::new().fg(upper).bg(lower)),
    }
}

/// One cell, told by its shape too.
pub fn level(theme: &Theme, shade: Result<(Ink, f32), Glyph>) -> (&'static str, Style) {
    match shade {
        Err(glyph) => {
            let (unicode, ascii) = glyph.symbols();
            (theme.symbols.pick(unicode, ascii), theme.dim)
        }
        Ok((ink, share)) => {
            let most = LEVELS.len() - 1;
            let at = (share.clamp(0.0, 1.0).sqrt() * most as f32).ceil() as usize;
            let (unicode, ascii) = LEVELS[at.min(most)];
            (
                theme.symbols.pick(unicode, ascii),
                theme.written(ink, strength(share)),
            )
        }
    }
}

/// Whose attention it is and what the colours mean, in place of the mask's legend.
pub fn legend(work: &Workspace, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let room = usize::from(area.width);
    let key = |action| work.keymap.key(action);
    let keys = [Action::NextLayer, Action::NextHead].map(key).join(" ");
    let whose = format!("{} ({keys})", work.whose_attention());
    let scale = match (grid.per_line, theme.symbols.unicode) {
        (2, _) => "bright: more of the row is read; blank: may not be read",
        (_, true) => "▁ none of the row … █ all of it; others may not be read",
        (_, false) => "0 none of the row ... 8 all of it; others may not be read",
    };
    let lines = [whose.as_str(), scale];
    for (line, text) in (0..area.height).zip(lines) {
        let text = clip(text, room, theme.symbols);
        put(buf, area, line, &[(&text, theme.dim)]);
    }
}

/// `attention on this cell 3.4 %`, in short forms where there is no room.
pub fn weight(work: &Workspace, grid: &picture::Grid) -> Option<String> {
    let (rows, keys) = (&grid.rows, &grid.keys);
    let (row, key) = (rows.of(work.crosshair.row), keys.of(work.crosshair.key));
    let share = 100.0 * work.heat(grid)?.at(row, key)?;
    let digits = if share < 0.1 { 3 } else { 1 };
    let (row, key) = (rows.block(row).len(), keys.block(key).len());
    let whose = match (row, key) {
        (1, 1) => "of the row".to_owned(),
        (1, keys) => format!("of the row on {keys} keys"),
        (rows, keys) => format!("of {rows} rows on {keys} keys"),
    };
    Some(format!("{share:.digits$} % {whose}"))
}

/// What the row under the crosshair read where it makes a token of the answer, else what the first token read: a bar of
/// the questions in their colours.
pub fn mass(work: &Workspace, sequence: &Sequence, area: Rect, line: u16, buf: &mut Buffer) {
    let theme = &work.theme;
    let Some(seen) = work.seen() else { return };
    let step = work.step_on_screen();
    let Some(mass) = seen.mass.get(step) else {
        return;
    };
    let mass = Mass::mean(mass, work.looking.heads);
    let token = sequence.texts.get(sequence.layout.len() + step);
    let token = token.map_or(String::new(), |text| {
        visible(text, theme.symbols).into_owned()
    });
    let said = format!("\"{token}\" read ");
    let room = usize::from(area.width).saturating_sub(width(&said));
    let mut pieces = vec![(said, theme.text)];
    pieces.extend(bar(work, sequence, &mass.parts, room));
    put_owned(theme.symbols, buf, area, line, &pieces);
}
