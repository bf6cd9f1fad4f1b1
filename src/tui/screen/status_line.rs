//! What the program says: in the last line; where it is longer than that, in up to four lines above the keys, which stay.
//!
//! ```text
//! │                                             ││                                    │
//!  /data/results/P36-flex-fused.feather: the folder /data/results does not exist: make
//!  it first
//!  space mark  x cross  p preset  r run fact                           ? help  q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::tui::text::{clip, visible, wrap};
use crate::tui::widgets::cells::put;
use crate::tui::workspace::Workspace;

/// Lines that a long notice may take beside the last one.
const ABOVE: u16 = 3;

/// The notice in lines; a small screen keeps most of its own.
fn lines(work: &Workspace, footer: Rect) -> Vec<String> {
    let symbols = work.theme.symbols;
    let columns = usize::from(footer.width).saturating_sub(2).max(1);
    let Some(notice) = &work.status.notice else {
        return Vec::new();
    };
    let text = visible(&notice.text, symbols);
    let mut lines = wrap(&text, columns);
    let most = usize::from(1 + ABOVE.min(footer.y / 4));
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(clip(&rest, columns, symbols).into_owned());
    }
    lines
}

/// Whether the notice stands above the keys: it is longer than the line, and no key is waited for.
pub fn is_above(work: &Workspace, footer: Rect) -> bool {
    let asks = work
        .status
        .notice
        .as_ref()
        .is_some_and(|notice| notice.asks.is_some());
    !asks && footer.y >= LEAST && lines(work, footer).len() > 1
}

/// Rows of the smallest screen that has a line to give.
const LEAST: u16 = 15;

/// `footer` is the last line of the screen.
pub fn draw(work: &Workspace, footer: Rect, buf: &mut Buffer) {
    let Some(notice) = work.status.notice.as_ref().filter(|_| !footer.is_empty()) else {
        return;
    };
    let theme = &work.theme;
    let lines = lines(work, footer);
    let height = lines.len() as u16;
    let end = footer.bottom() - u16::from(is_above(work, footer));
    let area = Rect {
        y: end - height,
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
