//! The log: what the program has said so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::text::{clip, visible};
use crate::tui::view::put;

/// The log from its end, or from where it is scrolled to.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let all = app.log_lines(area.width);
    let skip = all
        .len()
        .saturating_sub(usize::from(area.height))
        .saturating_sub(app.log_back);
    for (line, text) in (0..area.height).zip(all.iter().skip(skip)) {
        put(buf, area, line, &[(text, app.theme.text)]);
    }
    if all.is_empty() {
        put(buf, area, 0, &[("nothing has happened yet", app.theme.dim)]);
    }
}

/// The last lines of the log, from line `from` of the pane on.
pub fn draw_last(app: &App, area: Rect, from: u16, buf: &mut Buffer) {
    let room = usize::from(area.height.saturating_sub(from));
    let skip = app.log.len().saturating_sub(room);
    for (line, text) in (from..).zip(app.log.iter().skip(skip)) {
        let text = visible(text, app.theme.symbols);
        let text = clip(&text, usize::from(area.width), app.theme.symbols);
        put(buf, area, line, &[(&text, app.theme.dim)]);
    }
}
