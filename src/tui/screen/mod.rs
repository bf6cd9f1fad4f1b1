//! The screen, drawn from the state alone. Every pane draws itself; here are the borders, the header and the footer.
//!
//! ```text
//!  lamascope  P36 capital · France      preset fused · cross off · method flex      demo 3M · cpu f32
//! ┌ Relations 41 ──────┐┌ Templates ─ manual 2/5  auto 1/18 ────┐┌ Mask ─ 349 × 349, 1 cell = 4 × 8 ──┐
//! │▸P36   capital    25││ ▣ m1 The capital of France is [MASK]. ││    m1        m2        a1          │
//! ├ Facts ─────────────┤│ □ m3 France's capital is [MASK].      ││ m1 ██▖                             │
//! │▸France → Paris     ││                                       ││ first answer token reads 3 of 3    │
//! ├ Prompt ────────────┴┴───────────────────────────────────────┤├ Run ─ P36 · flex fused ────────────┤
//! │   0 m1  ⟨bos⟩Based on the context, predict …                 ││ accuracy 72.2 % [49.1, 87.5]       │
//! └─────────────────────────────────────────────────────────────┘└────────────────────────────────────┘
//!  manual: a template that a person wrote: m1, m2, …
//!  space toggle  x cross  p preset  r run fact  R run relation  ? help  q quit
//! ```

mod footer;
mod header;
mod hint;
mod labels;
mod layout;
mod sizes;
mod status_line;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

pub use labels::Label;
pub use layout::{Screen, Slot, View};
pub use sizes::{Border, PaneSizes};

use super::app::App;
use super::keymap::{Action, Key};
use super::panes::Pane;
use super::text::{clip, width};
use super::widgets::borders::{borders, more_below};
use super::widgets::cells::put;

/// Draws the whole screen. [`App::prepare`] has been called.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let work = &app.work;
    if area.width < work.size.0 || area.height < work.size.1 {
        // The terminal is smaller than the state knows yet; its resize event is on the way.
        return;
    }
    let screen = app.screen();
    header::draw(work, screen.header, buf);
    for &pane in Pane::ALL {
        if !screen.pane(pane).is_empty() {
            draw_border(app, &screen, pane, buf);
            let frame = app.frame(&screen, pane);
            app.panes.get(pane).draw(work, frame, buf);
        }
    }
    hint::draw(app, screen.hint, buf);
    footer::draw(app, screen.footer, buf);
    if let Some(overlay) = &app.overlay {
        overlay.draw(work, buf);
    }
    // On top of everything: it may take some lines above the last one.
    status_line::draw(work, screen.footer, buf);
}

/// What a click on the header or the footer means.
pub enum Click {
    Act(Action),
    Press(Key),
}

/// What stands on a cell of the header or the footer, where a click on it means something.
pub fn click_at(app: &App, column: u16, row: u16) -> Option<Click> {
    let screen = app.screen();
    let at = (column, row).into();
    if screen.header.contains(at) {
        return header::action_at(&app.work, screen.header, column).map(Click::Act);
    }
    if screen.footer.contains(at) {
        return footer::key_at(app, screen.footer, column).map(Click::Press);
    }
    None
}

/// A pane's border and title.
fn draw_border(app: &App, screen: &Screen, pane: Pane, buf: &mut Buffer) {
    let (work, frame) = (&app.work, app.frame(screen, pane));
    let (area, theme) = (screen.pane(pane), &work.theme);
    let component = app.panes.get(pane);
    let focused = frame.focused && app.overlay.is_none();
    let style = if focused { theme.focused } else { theme.border };
    let title_style = if focused { theme.focused } else { theme.title };
    if !screen.borders {
        let title = component.title(work, frame, usize::from(area.width));
        put(buf, area, 0, &[(&title, title_style)]);
        return;
    }
    let labels = screen.labels(pane, &work.keymap).into_iter();
    let behind = labels.map(|label| label.text).collect::<String>();
    let room = usize::from(area.width.saturating_sub(4)).saturating_sub(width(&behind));
    let title = component.title(work, frame, room);
    let title = format!(" {} ", clip(&title, room, theme.symbols));
    let mut block = Block::bordered()
        .border_set(borders(theme.symbols))
        .border_style(style)
        .title(Line::from(Span::styled(title, title_style)))
        .title(Line::styled(behind, theme.dim).right_aligned());
    if let Some(below) = component.below(work, frame).filter(|below| *below > 0) {
        block = block.title_bottom(more_below(theme, below));
    }
    block.render(area, buf);
}
