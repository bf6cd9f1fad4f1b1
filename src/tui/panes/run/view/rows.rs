//! Answers so far: in columns where there is room, else in a line each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::evaluate::Row;
use crate::tui::archive::Change;
use crate::tui::panes::run::{Column, Columns, Order, RunPane};
use crate::tui::text::visible;
use crate::tui::widgets::cells::{put, put_owned, verdict};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::Run;

/// Whom an answer is about: the uuid of the fact where nothing else is known.
fn subject(row: &Row) -> &str {
    match row.subject.is_empty() {
        true => &row.uuid,
        false => &row.subject,
    }
}

/// The names of the columns; an arrow at the one that orders them.
pub fn draw_head(pane: &RunPane, work: &Workspace, head: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    for (column, area) in pane.columns(head).0 {
        let orders = column.order() == pane.order && pane.order != Order::Newest;
        let arrow = match (orders, pane.reversed) {
            (false, _) => "",
            (true, false) => theme.symbols.lost(),
            (true, true) => theme.symbols.gained(),
        };
        let style = if orders { theme.accent } else { theme.dim };
        put(buf, area, 0, &[(column.title(), style), (arrow, style)]);
    }
}

/// The line of one answer, in these columns where there is room for any.
pub fn draw(
    work: &Workspace,
    run: &Run,
    index: usize,
    line: Rect,
    columns: Option<Columns>,
    buf: &mut Buffer,
) {
    let column = run.columns.first();
    let Some(scored) = column.and_then(|column| column.rows.get(index)) else {
        return;
    };
    match columns {
        Some(columns) => draw_columns(work, &scored.row, columns, buf),
        None => draw_line(work, &scored.row, line, buf),
    }
}

/// What has become of the answer since the pinned run.
fn change(work: &Workspace, row: &Row) -> (&'static str, Style) {
    let theme = &work.theme;
    match work.change_of(row) {
        Some(Change::Gained) => (theme.symbols.gained(), theme.good),
        Some(Change::Lost) => (theme.symbols.lost(), theme.bad),
        None => ("", theme.text),
    }
}

fn own_template(row: &Row) -> String {
    match row.templates[..] {
        [id] => id.to_string(),
        _ => String::new(),
    }
}

fn draw_columns(work: &Workspace, row: &Row, columns: Columns, buf: &mut Buffer) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let text = |text: &str| visible(text, symbols).into_owned();
    for (column, mut area) in columns.0 {
        // A blank parts a column from the next.
        area.width = area.width.saturating_sub(1);
        let piece = match column {
            Column::Verdict => verdict(theme, row.verdict.correct, row.probability),
            Column::Change => {
                let (mark, style) = change(work, row);
                (mark.to_owned(), style)
            }
            Column::Relation => (text(&row.relation), theme.dim),
            Column::Template => (own_template(row), theme.dim),
            Column::Subject => (text(subject(row)), theme.text),
            Column::Prediction => (text(&row.prediction), theme.text),
            Column::Expected => {
                let answer = row.answers.first().map_or("", String::as_str);
                (text(answer), theme.dim)
            }
        };
        put_owned(symbols, buf, area, 0, &[piece]);
    }
}

fn draw_line(work: &Workspace, row: &Row, line: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let id = match own_template(row) {
        id if id.is_empty() => id,
        id => format!(" {id}"),
    };
    let (verdict, style) = verdict(theme, row.verdict.correct, row.probability);
    let (mark, mark_style) = change(work, row);
    let mut pieces = vec![
        (format!("{verdict} "), style),
        (mark.to_owned(), mark_style),
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
