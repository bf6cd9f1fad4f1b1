//! What the program says: in the last line, and in up to three lines above it where it is longer than that.
//!
//! ```text
//! │                                             ││                                    │
//!  /data/results/P36-flex-fused.feather: the folder /data/results does not exist: make
//!  it first
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::tui::text::{clip, visible, wrap};
use crate::tui::widgets::cells::put;
use crate::tui::workspace::Workspace;

/// Lines above the last one that a long notice may take.
const ABOVE: u16 = 3;

/// `footer` is the last line of the screen.
pub fn draw(work: &Workspace, footer: Rect, buf: &mut Buffer) {
    let Some(notice) = work.status.notice.as_ref().filter(|_| !footer.is_empty()) else {
        return;
    };
    let theme = &work.theme;
    let columns = usize::from(footer.width).saturating_sub(2).max(1);
    let text = visible(&notice.text, theme.symbols);
    let mut lines = wrap(&text, columns);
    // A small screen keeps most of its lines.
    let most = usize::from(1 + ABOVE.min(footer.y / 4));
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(clip(&rest, columns, theme.symbols).into_owned());
    }
    let height = lines.len() as u16;
    let area = Rect {
        y: footer.y + 1 - height,
        height,
        ..footer
    };
    if height > 1 {
        Clear.render(area, buf);
    }
    for (line, text) in (0..).zip(&lines) {
        put(
            buf,
            area,
            line,
            &[(" ", theme.text), (text, notice.style(theme))],
        );
    }
}
