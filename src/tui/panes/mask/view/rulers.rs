//! Names of segments above the keys and beside the rows; the row that emits the first answer token has an arrow.
//!
//! ```text
//!     m1 ╷ ╷ a2 ╷ ╷ a5
//! m1  ▒····················
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::cells::symbol;
use super::ruler_labels::{Label, Name, placed};
use crate::layout::picture::Glyph;
use crate::tui::panes::mask::{Grid, MaskPane, MaskParts};
use crate::tui::text::width;
use crate::tui::theme::Ink;
use crate::tui::widgets::cells::put;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::sequence::Sequence;

/// Whether the arrow is on screen.
pub fn draw(
    pane: &MaskPane,
    work: &Workspace,
    sequence: &Sequence,
    grid: &Grid,
    parts: &MaskParts,
    buf: &mut Buffer,
) -> bool {
    let (keys, rows) = (parts.keys, parts.rows);
    let segment_of = |token: usize| {
        let owner = sequence.layout.owner.get(token).copied().flatten();
        owner.map(|owner| owner as usize)
    };
    let style = |segment| {
        let style = work.theme.written(Ink::Owner(sequence.place(segment)), 1.0);
        style.add_modifier(Modifier::BOLD)
    };
    let view = pane.left..pane.left + usize::from(keys.width);
    let above = names(sequence, |key| grid.blocks.keys.of(key), width);
    for Label { at, segment, text } in placed(&above, 1, segment_of(work.crosshair.key), view) {
        let text = text.unwrap_or(work.theme.symbols.pick("╷", "'"));
        let place = Rect {
            x: keys.x + at as u16,
            width: keys.width - at as u16,
            ..keys
        };
        put(buf, place, 0, &[(text, style(segment))]);
    }
    let view = pane.top..pane.top + usize::from(rows.height);
    let mut beside = names(sequence, |row| grid.line(row), |_| 1);
    for name in &mut beside {
        // Where most of a line is of the segment before, the name stands beside the next one.
        let tokens = &sequence.layout.segments()[name.segment];
        let line = grid.rows_of(name.cells.start);
        let (before, own) = (
            tokens.start - line.start,
            line.end.min(tokens.end) - tokens.start,
        );
        name.cells.start += usize::from(before >= own && name.cells.len() > 1);
    }
    for Label { at, segment, text } in placed(&beside, 0, segment_of(work.crosshair.row), view) {
        put(
            buf,
            rows,
            at as u16,
            &[(text.unwrap_or(""), style(segment))],
        );
    }
    mark_emitting(pane, work, sequence, grid, rows, buf)
}

/// The segments along an axis: `cell` says which of its cells holds a token, `size` how many cells a name takes.
fn names(
    sequence: &Sequence,
    cell: impl Fn(usize) -> usize,
    size: impl Fn(&str) -> usize,
) -> Vec<Name<'_>> {
    let segments = sequence.layout.segments().iter().zip(&sequence.names);
    segments
        .enumerate()
        .filter(|(_, (tokens, _))| !tokens.is_empty())
        .map(|(segment, (tokens, text))| Name {
            segment,
            text,
            cells: cell(tokens.start)..cell(tokens.end - 1) + 1,
            size: size(text),
        })
        .collect()
}

fn mark_emitting(
    pane: &MaskPane,
    work: &Workspace,
    sequence: &Sequence,
    grid: &Grid,
    area: Rect,
    buf: &mut Buffer,
) -> bool {
    let line = grid.line(sequence.emitting()).checked_sub(pane.top);
    let here = |line: &usize| *line < usize::from(area.height) && area.width > 0;
    let Some(line) = line.filter(here) else {
        return false;
    };
    let at = Rect {
        x: area.x + area.width.saturating_sub(1),
        width: area.width.min(1),
        ..area
    };
    let arrow = symbol(Glyph::Emits, work.theme.symbols);
    put(buf, at, line as u16, &[(arrow, work.theme.accent)]);
    true
}
