//! The title of the mask: how large it is, what a cell stands for, and which part is on screen where not all of it is.
//!
//! ```text
//! Mask  349 × 349, cells up to 4 keys × 8 rows
//! Mask zoomed (0 shows all): cells of 1 token, rows 330–348, keys 0–50 of 349
//! ```

use std::ops::Range;

use crate::inspect::view::View;
use crate::layout::picture::Axis;
use crate::named::Named;
use crate::numbers::count;
use crate::tui::keymap::Action;
use crate::tui::panes::Frame;
use crate::tui::panes::mask::{MaskPane, MaskParts, Zoom};
use crate::tui::text::longest;
use crate::tui::workspace::Workspace;

/// The longest form that fits into so many columns: what is on screen goes last.
pub fn title(pane: &MaskPane, work: &Workspace, frame: Frame, room: usize) -> String {
    let (Some(Ok(sequence)), Some(grid)) = (work.sequence(), pane.grid(work, frame, pane.zoom))
    else {
        return "Mask".into();
    };
    if let Some(view) = work.charted() {
        return longest(&charted(work, view), room);
    }
    let len = sequence.len();
    let times = work.theme.symbols.times();
    let size = (grid.blocks.width, grid.blocks.height * grid.per_line);
    let cell = format!("{} {times} {}", size.0, size.1);
    let scale = match size {
        (1, 1) => "cells of 1 token".to_owned(),
        (width, height) => format!(
            "cells up to {} {times} {}",
            count(width, "key"),
            count(height, "row")
        ),
    };
    let cells = MaskParts::new(frame.inner).cells;
    let (width, height) = (usize::from(cells.width), usize::from(cells.height));
    let rows = part(
        &grid.blocks.rows,
        pane.top * grid.per_line,
        height * grid.per_line,
    );
    let keys = part(&grid.blocks.keys, pane.left, width);
    let whole = match (sequence.alone, sequence.names.first()) {
        (Some(_), Some(name)) => format!("{name} alone, {len} {times} {len}"),
        _ => format!("{len} {times} {len}"),
    };
    let attention = work.looking.on && work.seen().is_some();
    let mask = match work.window_shown() {
        _ if attention => "Attention".to_owned(),
        Some(window) => format!("Mask in {} of {} layers", window.layers, window.all_layers),
        None => "Mask".to_owned(),
    };
    let views = match attention {
        true => format!("; {}: next view", work.keymap.key(Action::NextView)),
        false => String::new(),
    };
    let whole_key = work.keymap.key(Action::Fit);
    let forms = match shown(work, rows, keys) {
        None => vec![
            format!("{mask}  {whole}, {scale}{views}"),
            format!("{mask}  {whole}, {scale}"),
            format!("{mask}  {scale}"),
            format!("{mask} {cell} of {len}"),
        ],
        Some((words, brief)) if pane.zoom != Zoom::Fit => vec![
            format!("{mask} zoomed ({whole_key} shows all): {scale}, {words} of {len}"),
            format!("{mask} zoomed, {whole_key} all: {cell}, {brief} of {len}"),
            format!("{mask} zoomed: {brief} of {len}"),
            format!("{mask} {brief} of {len}"),
        ],
        Some((words, brief)) => vec![
            format!("{mask}  {whole}, {scale}, {words}{views}"),
            format!("{mask}  {whole}, {scale}, {words}"),
            format!("{mask} {scale}, {words} of {len}"),
            format!("{mask} {cell}, {words} of {len}"),
            format!("{mask} {words} of {len}"),
            format!("{mask} {brief} of {len}"),
        ],
    };
    longest(&forms, room)
}

/// Which of the views it is and how to reach the next one.
fn charted(work: &Workspace, view: View) -> [String; 4] {
    let views = work.views();
    let at = views.iter().position(|other| *other == view);
    let (at, all) = (at.unwrap_or_default() + 1, views.len());
    let next = views[at % all];
    let key = work.keymap.key(Action::NextView);
    let meaning = View::WORDS[at - 1].meaning;
    [
        format!("{meaning}  view {at} of {all}, {key}: {next}"),
        format!("{view}: view {at} of {all}, {key}: {next}"),
        format!("{view} {at}/{all}, {key}: {next}"),
        view.to_string(),
    ]
}

/// Tokens of the blocks on screen; `None` where all are.
fn part(axis: &Axis, first: usize, room: usize) -> Option<Range<usize>> {
    let end = (first + room).min(axis.len());
    (first < end && end - first < axis.len()).then(|| axis.blocks(first..end))
}

/// What of rows and keys is on screen, with their names and without; `None` where both are as a whole.
fn shown(
    work: &Workspace,
    rows: Option<Range<usize>>,
    keys: Option<Range<usize>>,
) -> Option<(String, String)> {
    let symbols = work.theme.symbols;
    let dash = symbols.pick("–", "-");
    let span = |tokens: Range<usize>| format!("{}{dash}{}", tokens.start, tokens.end - 1);
    Some(match (rows.map(span), keys.map(span)) {
        (None, None) => return None,
        (Some(rows), None) => (format!("rows {rows}"), format!("rows {rows}")),
        (None, Some(keys)) => (format!("keys {keys}"), format!("keys {keys}")),
        (Some(rows), Some(keys)) => (
            format!("rows {rows}, keys {keys}"),
            format!("{rows} {} {keys}", symbols.times()),
        ),
    })
}
