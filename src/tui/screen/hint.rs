//! The line above the keys: a step of the walk, or what is under the cursor in the words of the glossary.
//!
//! ```text
//!  fuse: to read every question: a row that fuses mixes what all of them say
//!  space toggle  n own wording  x cross  p preset  r run fact  …
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::text::{clip, visible};
use crate::tui::widgets::cells::put;

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let (work, theme) = (&app.work, &app.work.theme);
    let (text, style) = match (work.walk_line(), &app.overlay) {
        (Some(step), _) => (Some(step), theme.accent),
        (None, Some(overlay)) => (overlay.dialog().hint(work), theme.dim),
        (None, None) => {
            let pane = app.view.focus;
            let frame = app.frame(&app.screen(), pane);
            (app.panes.get(pane).hint(work, frame), theme.dim)
        }
    };
    let text = text.unwrap_or_default();
    let room = usize::from(area.width).saturating_sub(2);
    let text = visible(&text, theme.symbols);
    let text = clip(&text, room, theme.symbols);
    put(buf, area, 0, &[(" ", theme.text), (&text, style)]);
}
