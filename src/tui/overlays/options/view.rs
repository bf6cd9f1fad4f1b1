//! All options of layout and run in one place.
//!
//! ```text
//! ┌ Options ─────────────────────────────────────────────┐
//! │ preset           fused                               │
//! │▸fusion           last-token                          │
//! │                                                      │
//! │last-token: the first answer token reads all questions│
//! └──────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{OptionRow, OptionsList};
use crate::tui::overlays::{Dialog, frame};
use crate::tui::widgets::cells::{paint, put, put_wrapped};
use crate::tui::workspace::Workspace;

pub fn draw(list: &OptionsList, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let at = &list.rows;
    let theme = &work.theme;
    let rows = OptionRow::ALL;
    let room = OptionsList::height(inner);
    let below = at.below(room.into(), rows.len());
    let keys = list.keys(work);
    frame::open(work, buf, (area, inner), "Options", &keys, below);
    let words = inner.height - room;
    for (line, (index, row)) in (0..room).zip(rows.into_iter().enumerate().skip(at.top)) {
        let lead = if index == at.cursor {
            theme.symbols.pointer()
        } else {
            " "
        };
        let (name, value) = (format!("{:<23} ", row.name()), row.value(work));
        let idle = row.idle(work).map(|_| "  changes nothing now");
        put(
            buf,
            inner,
            line,
            &[
                (lead, theme.accent),
                (&name, theme.dim),
                (&value, theme.text),
                (idle.unwrap_or_default(), theme.dim),
            ],
        );
        if index == at.cursor {
            paint(buf, inner, line, theme.cursor);
        }
    }
    if words > 0 {
        let below = Rect {
            y: inner.y + inner.height - words + 1,
            height: words - 1,
            ..inner
        };
        let mut what = rows[at.cursor].what(&work.choice);
        if let Some(why) = rows[at.cursor].idle(work) {
            what = format!("changes nothing now: {why}; {what}");
        }
        let refused = work.choice.options.check().err();
        let (text, style) = match &refused {
            Some(message) => (message.as_str(), theme.warn),
            None => (what.as_str(), theme.dim),
        };
        put_wrapped(buf, below, 0, text, style);
    }
}
