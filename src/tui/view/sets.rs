//! Named sets of templates.
//!
//! ```text
//! ┌ Template sets ───────────────────────────────────────┐
//! │▸best        41 relations, 205 templates              │
//! │enter use  s save the present choice  d delete        │
//! └──────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;

use super::overlay::{below, open};
use super::{paint, put, put_wrapped};
use crate::numbers::count;
use crate::tui::app::{App, Doubt, Rows};
use crate::tui::text::visible;

pub fn draw(app: &App, rows: &Rows, buf: &mut Buffer) {
    let theme = &app.theme;
    let keys = [
        ("enter", "use"),
        ("s", "save the present choice"),
        ("d", "delete"),
        ("esc", "close"),
    ];
    let inner = open(
        app,
        "Template sets (run --set NAME)",
        &keys,
        below(app, rows, app.sets.len()),
        buf,
    );
    if app.sets.is_empty() {
        put_wrapped(
            buf,
            inner,
            0,
            "none yet: s saves the templates chosen in every relation under a name",
            theme.dim,
        );
    }
    for (line, (row, set)) in (0..inner.height).zip(app.sets.iter().enumerate().skip(rows.top)) {
        let lead = if row == rows.cursor {
            theme.symbols.pointer()
        } else {
            " "
        };
        let templates: usize = set.templates.values().map(Vec::len).sum();
        let doubt = Some(Doubt::DeleteSet(set.name.clone()));
        let is_asked = app
            .notice
            .as_ref()
            .is_some_and(|notice| notice.asks == doubt);
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
