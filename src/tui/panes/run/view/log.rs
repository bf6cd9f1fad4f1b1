//! The log: what the program has said so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::panes::run::{RunPane, log_lines};
use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::put;
use crate::tui::workspace::Workspace;

/// The log from its end, or from where it is scrolled to.
pub fn draw(pane: &RunPane, work: &Workspace, area: Rect, buf: &mut Buffer) {
    let all = log_lines(work, area.width);
    let skip = all
        .len()
        .saturating_sub(usize::from(area.height))
        .saturating_sub(pane.log_back);
    for (line, text) in (0..area.height).zip(all.iter().skip(skip)) {
        put(buf, area, line, &[(text, work.theme.text)]);
    }
    if all.is_empty() {
        put(
            buf,
            area,
            0,
            &[("nothing has happened yet", work.theme.dim)],
        );
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
