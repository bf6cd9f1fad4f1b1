//! The log: what the program has said so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::panes::Frame;
use crate::tui::panes::run::{RunPane, log_lines};
use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::put;
use crate::tui::widgets::list_view;
use crate::tui::workspace::Workspace;

/// What the filter leaves of the log from its end, or from where it is scrolled to.
pub fn draw(pane: &RunPane, work: &Workspace, frame: Frame, buf: &mut Buffer) {
    let area = list_view::draw_filter(work, &pane.log, frame, buf);
    let all = log_lines(pane, work, area.width);
    let skip = all
        .len()
        .saturating_sub(usize::from(area.height))
        .saturating_sub(pane.log_back);
    for (line, text) in (0..area.height).zip(all.iter().skip(skip)) {
        put(buf, area, line, &[(text, work.theme.text)]);
    }
    if all.is_empty() {
        let words = match pane.log.query.is_empty() {
            true => "nothing has happened yet",
            false => "no line of the log has this",
        };
        put(buf, area, 0, &[(words, work.theme.dim)]);
    }
}

/// The last lines of the log, from line `from` of the pane on.
pub fn draw_last(work: &Workspace, area: Rect, from: u16, buf: &mut Buffer) {
    let room = usize::from(area.height.saturating_sub(from));
    let skip = work.status.log.len().saturating_sub(room);
    for (line, text) in (from..).zip(work.status.log.iter().skip(skip)) {
        let text = visible(text, work.theme.symbols);
        let text = clip(&text, usize::from(area.width), work.theme.symbols);
        put(buf, area, line, &[(&text, work.theme.dim)]);
    }
}
