//! Names of segments above the keys and beside the rows; the row that emits the first answer token has an arrow.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::tui::app::{App, Grid, MaskParts, Sequence};
use crate::tui::text::width;
use crate::tui::theme::Ink;
use crate::tui::view::put;

pub fn draw(app: &App, sequence: &Sequence, grid: &Grid, parts: &MaskParts, buf: &mut Buffer) {
    let theme = &app.theme;
    for (i, segment) in sequence.layout.segments().iter().enumerate() {
        if segment.is_empty() {
            continue;
        }
        let style = theme
            .written(Ink::Owner(i), 1.0)
            .add_modifier(Modifier::BOLD);
        let name = sequence.names.get(i).map_or("", String::as_str);
        name_keys(app, grid, segment, (name, style), parts.keys, buf);
        name_rows(app, grid, segment, (name, style), parts.rows, buf);
    }
    mark_emitting(app, sequence, grid, parts.rows, buf);
}

fn name_keys(
    app: &App,
    grid: &Grid,
    segment: &Range<usize>,
    (name, style): (&str, Style),
    area: Rect,
    buf: &mut Buffer,
) {
    let first = app.mask.left;
    let from = grid.blocks.keys.of(segment.start).max(first);
    let to = (grid.blocks.keys.of(segment.end - 1) + 1).min(first + usize::from(area.width));
    if from >= to || area.is_empty() {
        return;
    }
    let room = to - from;
    // A border shows as a tick where the name has no room.
    let name = if width(name) < room {
        name
    } else {
        app.theme.symbols.pick("╷", "'")
    };
    let at = Rect {
        x: area.x + (from - first) as u16,
        width: room as u16,
        ..area
    };
    put(buf, at, 0, &[(name, style)]);
}

fn name_rows(
    app: &App,
    grid: &Grid,
    segment: &Range<usize>,
    name: (&str, Style),
    area: Rect,
    buf: &mut Buffer,
) {
    let top = app.mask.top;
    let line = (grid.blocks.rows.of(segment.start) / grid.per_line).max(top);
    let last = grid.blocks.rows.of(segment.end - 1) / grid.per_line;
    if line <= last && line < top + usize::from(area.height) {
        put(buf, area, (line - top) as u16, &[name]);
    }
}

fn mark_emitting(app: &App, sequence: &Sequence, grid: &Grid, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let line = grid.blocks.rows.of(sequence.emitting()) / grid.per_line;
    let Some(line) = line
        .checked_sub(app.mask.top)
        .filter(|line| *line < usize::from(area.height))
    else {
        return;
    };
    let at = Rect {
        x: area.x + area.width.saturating_sub(1),
        width: area.width.min(1),
        ..area
    };
    put(
        buf,
        at,
        line as u16,
        &[(theme.symbols.emits(), theme.accent)],
    );
}
