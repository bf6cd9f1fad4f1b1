//! Answers so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::evaluate::Row;
use crate::tui::text::visible;
use crate::tui::widgets::cells::{put_owned, verdict};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::Run;

/// Whom an answer is about: the uuid of the fact where nothing else is known.
pub fn subject(row: &Row) -> &str {
    match row.subject.is_empty() {
        true => &row.uuid,
        false => &row.subject,
    }
}

/// The line of one answer.
pub fn draw(work: &Workspace, run: &Run, index: usize, line: Rect, buf: &mut Buffer) {
    let column = run.columns.first();
    let Some(scored) = column.and_then(|column| column.rows.get(index)) else {
        return;
    };
    let theme = &work.theme;
    let symbols = theme.symbols;
    let row = &scored.row;
    let id = match row.templates[..] {
        [id] => format!(" {id}"),
        _ => String::new(),
    };
    let (verdict, style) = verdict(theme, row.verdict.correct, row.probability);
    let mut pieces = vec![
        (format!("{verdict} "), style),
        (
            format!("{}{id}", visible(subject(row), symbols)),
            theme.text,
        ),
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
    put_owned(symbols, buf, line, 0, &pieces);
}
