//! Accuracies per relation and per template, and wrong answers by what they say.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::progress::accuracy;
use crate::numbers::thousands;
use crate::tui::panes::run::{Figure, Group};
use crate::tui::text::visible;
use crate::tui::widgets::cells::{put, put_owned};
use crate::tui::workspace::Workspace;

/// The line of a relation or a template.
pub fn draw(work: &Workspace, figure: &Figure, line: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let label = visible(&figure.label, theme.symbols);
    let style = if figure.is_template {
        theme.dim
    } else {
        theme.text
    };
    let pieces = [
        (format!("{label:<8} "), style),
        (format!("{:<21}", accuracy(&figure.count)), theme.title),
        (format!("{:>5}", thousands(figure.count.n)), theme.dim),
    ];
    put_owned(theme.symbols, buf, line, 0, &pieces);
}

/// All that have room, beside the answers.
pub fn draw_beside(work: &Workspace, figures: &[Figure], area: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    // A column apart from the answers.
    let area = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(1),
        ..area
    };
    put(
        buf,
        area,
        0,
        &[("accuracy per relation, template", theme.dim)],
    );
    let room = area.height.saturating_sub(1);
    let fits = figures.len() <= usize::from(room);
    let shown = if fits { room } else { room.saturating_sub(1) };
    for (at, figure) in (1..=shown).zip(figures) {
        let line = Rect {
            y: area.y + at,
            height: 1,
            ..area
        };
        draw(work, figure, line, buf);
    }
    if !fits && room > 0 {
        let more = format!("{} more", thousands(figures.len() - usize::from(shown)));
        put(buf, area, room, &[(&more, theme.dim)]);
    }
}

/// The line of answers that say the same wrong thing.
pub fn draw_group(work: &Workspace, group: &Group, line: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let text = |text: &str| visible(text, theme.symbols).into_owned();
    let (subject, expected) = &group.example;
    let said = match group.prediction.is_empty() {
        true => "(nothing)".to_owned(),
        false => text(&group.prediction),
    };
    let times = format!("{:>5} {} ", thousands(group.count), theme.symbols.times());
    let pieces = [
        (times, theme.bad),
        (said, theme.text),
        (
            format!("  such as {}, expected {}", text(subject), text(expected)),
            theme.dim,
        ),
    ];
    put_owned(theme.symbols, buf, line, 0, &pieces);
}
