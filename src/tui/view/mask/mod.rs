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

mod cells;
mod legend;
mod names;
mod rulers;
mod title;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use title::title;

use super::put_wrapped;
use crate::tui::app::{App, MaskParts, Model};
use crate::tui::keymap::Action;
use crate::tui::text::visible;

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let sequence = match app.sequence() {
        Some(Ok(sequence)) => sequence,
        Some(Err(message)) => {
            put_wrapped(buf, area, 0, &visible(message, theme.symbols), theme.warn);
            return;
        }
        None => {
            let words = waiting(app);
            put_wrapped(buf, area, 0, &visible(&words, theme.symbols), theme.dim);
            return;
        }
    };
    let parts = MaskParts::new(area);
    let Some(grid) = app.grid(app.mask.zoom) else {
        return;
    };
    if parts.cells.is_empty() {
        return;
    }
    let arrow = rulers::draw(app, sequence, &grid, &parts, buf);
    let seen = cells::draw(app, sequence, &grid, parts.cells, buf);
    let left = Rect {
        height: words::draw(app, sequence, parts.words, buf),
        ..parts.words
    };
    legend::draw(app, &grid, &seen, arrow, left, buf);
}

/// Why there is no mask yet.
fn waiting(app: &App) -> String {
    if let Some(error) = app.data_error() {
        return error.to_owned();
    }
    if let Model::Failed(message) = &app.model {
        let key = |action| app.keymap.key(action);
        return format!(
            "{message} — {} loads it again, {} loads the demo model",
            key(Action::Reload),
            key(Action::LoadDemo)
        );
    }
    match (app.data(), &app.model) {
        (None, _) => app.reading.to_string(),
        (Some(_), _) if app.fact.is_none() => "no fact to show".into(),
        (Some(_), Model::Loading(step)) => step.to_string(),
        // The tokenizer stood before the model did: the shots are what is missing.
        (Some(_), _) => app
            .shots()
            .and_then(Result::err)
            .unwrap_or("the shots are missing")
            .to_owned(),
    }
}
