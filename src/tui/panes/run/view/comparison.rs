//! Methods and presets side by side.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::progress::accuracy;
use crate::numbers::{count, thousands};
use crate::tui::text::{clip, visible, width};
use crate::tui::widgets::cells::{put_owned, verdict};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::{Run, Scope, Scored};

/// Columns of a label at least.
const LABEL: usize = 23;

/// The line of one method or preset, or of a sweep's cell.
pub fn draw(work: &Workspace, run: &Run, plan: usize, line: Rect, buf: &mut Buffer) {
    let Some(column) = run.columns.get(plan) else {
        return;
    };
    let labels = run.columns.iter().map(|column| width(&column.label));
    let room = labels
        .max()
        .unwrap_or(0)
        .clamp(LABEL, usize::from(line.width / 2).max(LABEL));
    let label = clip(&column.label, room, work.theme.symbols);
    let mut pieces = vec![(format!("{label:<room$} "), work.theme.text)];
    let many = matches!(run.scope(), Some(scope) if !matches!(scope, Scope::Compare(_)));
    match &column.rows[..] {
        _ if many && column.tally.facts > 0 => pieces.extend(figures(work, run, plan)),
        [] => pieces.push(underway(work, run, plan)),
        [scored] => pieces.extend(one(work, scored)),
        rows => pieces.extend(several(work, rows)),
    }
    put_owned(work.theme.symbols, buf, line, 0, &pieces);
}

/// How far the prompts of a method are read, if it is the one in work.
fn underway(work: &Workspace, run: &Run, plan: usize) -> (String, Style) {
    let theme = &work.theme;
    let reading = run.reading.filter(|_| run.is_active());
    match reading.filter(|(read, _)| *read == plan) {
        Some((_, reading)) => (reading.to_string(), theme.accent),
        None => (theme.symbols.ellipsis().to_owned(), theme.dim),
    }
}

/// Accuracy with its interval over many facts, and how many they are.
fn figures(work: &Workspace, run: &Run, plan: usize) -> [(String, Style); 2] {
    let theme = &work.theme;
    let tally = &run.columns[plan].tally;
    let of = run.job().map_or(0, |job| job.plans[plan].1.facts.len());
    let facts = match tally.facts == of {
        true => String::new(),
        false => format!("  {} of {}", thousands(tally.facts), count(of, "fact")),
    };
    [(accuracy(&tally.total), theme.title), (facts, theme.dim)]
}

/// The one answer that all templates made together.
fn one(work: &Workspace, Scored { row, .. }: &Scored) -> [(String, Style); 2] {
    let theme = &work.theme;
    let (verdict, style) = verdict(theme, row.verdict.correct, row.probability);
    let answer = visible(&row.prediction, theme.symbols).into_owned();
    [(format!("{verdict} "), style), (answer, theme.text)]
}

/// Each template's own answer.
fn several(work: &Workspace, rows: &[Scored]) -> Vec<(String, Style)> {
    let theme = &work.theme;
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
