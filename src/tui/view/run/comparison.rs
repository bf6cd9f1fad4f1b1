//! Methods and presets side by side.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::put_owned;
use crate::tui::app::{App, Run, Scored};
use crate::tui::text::visible;
use crate::tui::view::verdict;

pub fn draw(app: &App, run: &Run, area: Rect, buf: &mut Buffer) {
    let shown = run
        .columns
        .iter()
        .enumerate()
        .skip(app.run_top)
        .take(usize::from(area.height));
    for (line, (plan, column)) in (0..).zip(shown) {
        let mut pieces = vec![(format!("{:<17}", column.label), app.theme.text)];
        match &column.rows[..] {
            [] => pieces.push(underway(app, run, plan)),
            [scored] => pieces.extend(one(app, scored)),
            rows => pieces.extend(several(app, rows)),
        }
        put_owned(app, buf, area, line, &pieces);
    }
}

/// How far the prompts of a method are read, if it is the one in work.
fn underway(app: &App, run: &Run, plan: usize) -> (String, Style) {
    let theme = &app.theme;
    let reading = run.reading.filter(|_| run.is_active());
    match reading.filter(|(read, _)| *read == plan) {
        Some((_, reading)) => (reading.to_string(), theme.accent),
        None => (theme.symbols.ellipsis().to_owned(), theme.dim),
    }
}

/// The one answer that all templates made together.
fn one(app: &App, Scored { row, .. }: &Scored) -> [(String, Style); 2] {
    let theme = &app.theme;
    let (verdict, style) = verdict(theme, row.verdict.correct, row.probability);
    let answer = visible(&row.prediction, theme.symbols).into_owned();
    [(format!("{verdict} "), style), (answer, theme.text)]
}

/// Each template's own answer.
fn several(app: &App, rows: &[Scored]) -> Vec<(String, Style)> {
    let theme = &app.theme;
    let right = rows.iter().filter(|scored| scored.row.verdict.correct);
    let count = format!("{}/{} right ", right.count(), rows.len());
    let mut pieces = vec![(count, theme.text)];
    for Scored { row, .. } in rows {
        let id = row.templates.first().map(ToString::to_string);
        let answer = visible(&row.prediction, theme.symbols);
        pieces.push((
            format!(" {} {answer}", id.unwrap_or_default()),
            theme.verdict(row.verdict.correct),
        ));
    }
    pieces
}
