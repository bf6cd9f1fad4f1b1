//! The run: progress and accuracy, the answer in the making with its runners-up, answers so far, the log.
//!
//! ```text
//! ┌ Run ─ P36 · flex fused ─────────────────────────────────┐
//! │━━━━━━━━━━━━━──── 18/25 facts · 212 facts/s               │
//! │accuracy 72.2 % [49.1, 87.5]  ▁▃▅▅▆▆▇  per-prompt 58.1 %  │
//! │France → Paris⏎   .91  Lyon .04  Nice .01                 │
//! │ ✓ .91 France → Paris                                     │
//! └──────────────────────────────────────────────────────────┘
//! ```

mod comparison;
mod log;
mod progress;
mod rows;
mod stream;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{put, put_wrapped};
use crate::tui::app::{App, State};
use crate::tui::keymap::Action;
use crate::tui::text::{visible, width};

pub fn title(app: &App) -> String {
    let log = if app.show_log { " (log)" } else { "" };
    match &app.runs.current {
        None => format!("Run{log}"),
        Some(run) => format!("Run  {}{log}", visible(&run.job.title, app.theme.symbols)),
    }
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    if app.show_log {
        return log::draw(app, area, buf);
    }
    let (Some(run), Some(parts)) = (&app.runs.current, app.run_parts()) else {
        return draw_invitation(app, area, buf);
    };
    progress::draw(app, run, parts.progress, buf);
    if let State::Failed(message) = &run.state {
        let text = visible(message, app.theme.symbols).into_owned();
        put_wrapped(buf, parts.failure, 0, &text, app.theme.bad);
    }
    progress::draw_accuracy(app, run, parts.accuracy, buf);
    stream::draw(app, run, parts.stream, buf);
    if run.job.plans.len() > 1 {
        comparison::draw(app, run, parts.rows, buf);
    } else {
        rows::draw(app, run, parts.rows, buf);
    }
}

fn draw_invitation(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let rows = [
        (Action::RunFact, "runs this fact and shows its answer grow"),
        (Action::Compare, "compares methods and presets on it"),
        (Action::RunRelation, "evaluates the relation"),
        (Action::SaveResults, "saves what came out"),
    ];
    for (line, (action, words)) in (0u16..).zip(rows) {
        put(
            buf,
            area,
            line,
            &[
                (&app.keymap.key(action), theme.key),
                (" ", theme.text),
                (words, theme.dim),
            ],
        );
    }
    log::draw_last(app, area, 5, buf);
}

/// As [`put`]; where the line is too short for all of it, an ellipsis says so.
fn put_owned(app: &App, buf: &mut Buffer, area: Rect, line: u16, pieces: &[(String, Style)]) {
    let borrowed: Vec<(&str, Style)> = pieces
        .iter()
        .map(|(text, style)| (text.as_str(), *style))
        .collect();
    put(buf, area, line, &borrowed);
    let needs: usize = pieces.iter().map(|(text, _)| width(text)).sum();
    if needs <= usize::from(area.width) || area.width == 0 || line >= area.height {
        return;
    }
    let (x, y) = (area.right() - 1, area.y + line);
    // Half of a wide character is none.
    if x > area.x && width(buf[(x - 1, y)].symbol()) > 1 {
        buf[(x - 1, y)].set_symbol(" ");
    }
    buf[(x, y)].set_symbol(app.theme.symbols.ellipsis());
}
