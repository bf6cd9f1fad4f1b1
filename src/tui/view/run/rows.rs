//! Answers so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put_owned;
use crate::tui::app::{App, Run, Scored};
use crate::tui::text::visible;
use crate::tui::view::verdict;

/// Finished answers, the last one first.
pub fn draw(app: &App, run: &Run, area: Rect, buf: &mut Buffer) {
    let Some(column) = run.columns.first() else {
        return;
    };
    let shown = column
        .rows
        .iter()
        .rev()
        .skip(app.run_top)
        .take(usize::from(area.height));
    for (line, row) in (0..).zip(shown) {
        draw_row(app, run, row, area, line, buf);
    }
}

fn draw_row(app: &App, run: &Run, scored: &Scored, area: Rect, line: u16, buf: &mut Buffer) {
    let theme = &app.theme;
    let symbols = theme.symbols;
    let row = &scored.row;
    let subject = run.job.plans[0]
        .1
        .data
        .facts
        .get(scored.fact)
        .map_or("", |fact| fact.subject.as_str());
    let id = match row.templates[..] {
        [id] => format!(" {id}"),
        _ => String::new(),
    };
    let (verdict, style) = verdict(theme, row.verdict.correct, row.probability);
    let mut pieces = vec![
        (format!("{verdict} "), style),
        (format!("{}{id}", visible(subject, symbols)), theme.text),
        (format!(" {} ", symbols.arrow()), theme.dim),
        (visible(&row.prediction, symbols).into_owned(), theme.text),
    ];
    if !row.verdict.correct {
        let answer = row.answers.first().map_or("", String::as_str);
        pieces.push((
            format!("  expected {}", visible(answer, symbols)),
            theme.dim,
        ));
    }
    put_owned(app, buf, area, line, &pieces);
}
