//! Named sets of templates.
//!
//! ```text
//! ┌ Template sets ───────────────────────────────────────┐
//! │▸best        41 relations, 205 templates              │
//! │enter use  s save the present choice  d delete        │
//! └──────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::SetsList;
use crate::numbers::count;
use crate::tui::overlays::{Dialog, frame};
use crate::tui::text::visible;
use crate::tui::widgets::cells::{paint, put, put_wrapped};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::confirm::Confirm;

pub fn draw(list: &SetsList, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let rows = &list.rows;
    let theme = &work.theme;
    let below = rows.below(inner.height.into(), work.sets.len());
    let title = "Template sets (run --set NAME)";
    frame::open(work, buf, (area, inner), title, &list.keys(work), below);
    if work.sets.is_empty() {
        put_wrapped(
            buf,
            inner,
            0,
            "none yet: s saves the templates chosen in every relation under a name",
            theme.dim,
        );
    }
    for (line, (row, set)) in (0..inner.height).zip(work.sets.iter().enumerate().skip(rows.top)) {
        let lead = if row == rows.cursor {
            theme.symbols.pointer()
        } else {
            " "
        };
        let templates: usize = set.templates.values().map(Vec::len).sum();
        let asked = Some(Confirm::DeleteSet(set.name.clone()));
        let is_asked = work
            .status
            .notice
            .as_ref()
            .is_some_and(|notice| notice.asks == asked);
        let (words, style) = if is_asked {
            ("  d again deletes it".to_owned(), theme.warn)
        } else {
            let relations = count(set.templates.len(), "relation");
            let words = format!("  {relations}, {}", count(templates, "template"));
            (words, theme.dim)
        };
        let name = visible(&set.name, theme.symbols);
        put(
            buf,
            inner,
            line,
            &[(lead, theme.accent), (&name, theme.text), (&words, style)],
        );
        if row == rows.cursor {
            paint(buf, inner, line, theme.cursor);
        }
    }
}
