//! The mask: who reads whom, and why.
//!
//! ```text
//! ┌ Mask  375 × 375, cells up to 12 keys × 65 rows ──────┐
//! │     m1         m2         a1                         │ rulers
//! │    ▓                                                 │ cells
//! │m1  ▓▒▒▒▒▒▒                                           │
//! │    ▓██████▒▒▒▒▒                                      │
//! │m2  ▓···········▒▒▒▒▒▒                                │
//! │    ▓···········██████▒▒▒▒▒                           │
//! │a1  ▓······················▒▒▒▒▒▒                     │
//! │    ▓······················██████▒▒▒▒▒                │
//! │   →━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━                │
//! │█ own question  ▓ shared  ━ reads all  ▒ partly  …    │ legend
//! │row 374 ":" of a1, key 12 "France" of m1              │ words
//! │row 374 fuses: reads all 3 questions                  │
//! │fused: first answer token reads 3 of 3 questions      │
//! └──────────────────────────────────────────────────────┘
//! ```

mod bar;
mod caption;
mod cells;
mod chart;
mod heat;
mod hint;
mod legend;
mod ruler_labels;
mod rulers;
mod title;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use cells::mask_shade;
pub use chart::last_top;
pub use heat::attention_shade;
pub use hint::hint;
pub use title::title;

use super::{MaskPane, MaskParts};
use crate::tui::keymap::Action;
use crate::tui::panes::Frame;
use crate::tui::text::visible;
use crate::tui::widgets::cells::put_wrapped;
use crate::tui::workspace::{Model, Workspace};

pub fn draw(pane: &MaskPane, work: &Workspace, frame: Frame, buf: &mut Buffer) {
    let area = frame.inner;
    let theme = &work.theme;
    let sequence = match work.sequence() {
        Some(Ok(sequence)) => sequence,
        Some(Err(message)) => {
            put_wrapped(buf, area, 0, &visible(message, theme.symbols), theme.warn);
            return;
        }
        None => {
            let words = waiting(work);
            put_wrapped(buf, area, 0, &visible(&words, theme.symbols), theme.dim);
            return;
        }
    };
    if work.charted().is_some() {
        return chart::draw(pane, work, area, buf);
    }
    let parts = MaskParts::new(area);
    let Some(grid) = pane.grid(work, frame, pane.zoom) else {
        return;
    };
    if parts.cells.is_empty() {
        return;
    }
    let arrow = rulers::draw(pane, work, sequence, &grid, &parts, buf);
    let fine = pane.heat_grid(work, &grid);
    let heat = work.heat(&fine).filter(|_| work.looking.on);
    let is_picture = work.pictured().is_some();
    let seen = match heat {
        Some(_) if is_picture => Vec::new(),
        Some(heat) => {
            heat::draw(pane, work, sequence, (&grid, heat), parts.cells, buf);
            Vec::new()
        }
        None if is_picture => cells::seen(pane, work.mask(sequence), &grid, parts.cells),
        None => cells::draw(pane, work, work.mask(sequence), &grid, parts.cells, buf),
    };
    if !is_picture {
        cells::draw_crosshair(pane, work, &grid, parts.cells, buf);
    }
    let left = Rect {
        height: caption::draw(work, sequence, &fine, parts.words, buf),
        ..parts.words
    };
    match heat {
        Some(_) => heat::legend(work, &grid, left, buf),
        None => legend::draw(work, &grid, &seen, arrow, left, buf),
    }
}

/// Why there is no mask yet.
fn waiting(work: &Workspace) -> String {
    if let Some(error) = work.browse.data_error() {
        return error.to_owned();
    }
    if let Model::Failed(message) = &work.model {
        let key = |action| work.keymap.key(action);
        return format!(
            "{message} — {} loads it again, {} loads the demo model",
            key(Action::Reload),
            key(Action::LoadDemo)
        );
    }
    match (work.data(), &work.model) {
        (None, _) => work.browse.reading.to_string(),
        (Some(_), _) if work.browse.fact.is_none() => "no fact to show".into(),
        (Some(_), Model::Loading(step)) => step.to_string(),
        // The tokenizer stood before the model did: the shots are what is missing.
        (Some(_), _) => work
            .shots()
            .and_then(Result::err)
            .unwrap_or("the shots are missing")
            .to_owned(),
    }
}
