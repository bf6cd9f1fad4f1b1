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

mod belief;
mod comparison;
mod figures;
mod log;
mod progress;
mod rows;
mod stream;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::numbers::count;
use crate::tui::keymap::Action;
use crate::tui::panes::Frame;
use crate::tui::panes::run::{Order, RunPane, RunParts, Show, Table};
use crate::tui::text::{longest, visible};
use crate::tui::widgets::cells::{put, put_wrapped};
use crate::tui::widgets::list_view;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::State;

pub fn title(pane: &RunPane, work: &Workspace, room: usize) -> String {
    let Some(run) = &work.runs.current else {
        return format!("Run{}", if pane.show_log { " (log)" } else { "" });
    };
    let title = format!("Run  {}", visible(run.title(), work.theme.symbols));
    let dot = work.theme.symbols.dot();
    let mut listed = Vec::new();
    if pane.show_log {
        listed.push("log".to_owned());
    } else {
        let is_other = pane.table != Table::Answers;
        listed.extend(is_other.then(|| pane.table.to_string()));
        // They hold for single answers alone.
        let is_filtered = pane.show != Show::All && !is_other && !run.compares();
        listed.extend(is_filtered.then(|| pane.show.words().to_owned()));
        let is_ordered = pane.order != Order::Newest || pane.reversed;
        let is_ordered = is_ordered && !is_other && !run.compares();
        listed.extend(is_ordered.then(|| pane.order_in_words()));
    }
    let of = match listed.is_empty() {
        true => String::new(),
        false => format!(" ({})", listed.join(&format!(" {dot} "))),
    };
    let mut forms = vec![format!("{title}{of}"), title];
    if let Some(covered) = work.runs.covered().filter(|_| !run.is_evaluation()) {
        // The way back to the evaluation that this look has covered.
        let key = work.keymap.key(Action::OtherRun);
        let covered = visible(covered.title(), work.theme.symbols);
        forms.insert(0, format!("{}  ({key} {covered})", forms[0]));
    }
    longest(&forms, room)
}

pub fn draw(pane: &RunPane, work: &Workspace, frame: Frame, buf: &mut Buffer) {
    let area = frame.inner;
    if pane.show_log {
        return log::draw(pane, work, frame, buf);
    }
    let (Some(run), Some(parts)) = (&work.runs.current, RunParts::of(work, area)) else {
        return draw_invitation(work, area, buf);
    };
    progress::draw(work, run, parts.progress, buf);
    if let State::Failed(message) = &run.state {
        let text = visible(message, work.theme.symbols).into_owned();
        put_wrapped(buf, parts.failure, 0, &text, work.theme.bad);
    }
    progress::draw_accuracy(work, run, parts.accuracy, buf);
    stream::draw(work, run, parts.stream, buf);
    let rows = Frame {
        inner: parts.rows,
        ..frame
    };
    let in_columns = !parts.head.is_empty();
    match pane.table {
        Table::Answers => rows::draw_head(pane, work, parts.head, buf),
        other => {
            put(buf, parts.head, 0, &[(other.name(), work.theme.dim)]);
        }
    }
    if !parts.beside.is_empty() && pane.table != Table::Figures {
        figures::draw_beside(work, &pane.figures, parts.beside, buf);
    }
    let list = &pane.list;
    if list.items().is_empty() && !list.shows_filter(rows) {
        if run.row_lines() > 0 {
            let words = match pane.table {
                Table::Belief if run.is_active() => "counted when the run is over",
                Table::Belief => "being counted",
                _ => "none of this kind",
            };
            put(buf, rows.inner, 0, &[(words, work.theme.dim)]);
        }
        return;
    }
    list_view::draw(work, list, rows, buf, |buf, line, index| {
        if run.compares() {
            return comparison::draw(work, run, index, line, buf);
        }
        match pane.table {
            Table::Answers => {
                let columns = in_columns.then(|| pane.columns(line));
                rows::draw(work, run, index, line, columns, buf)
            }
            Table::Figures => {
                if let Some(figure) = pane.figures.get(index) {
                    figures::draw(work, figure, line, buf);
                }
            }
            Table::Belief => {
                if let Some(figure) = pane.belief.get(index) {
                    belief::draw(work, figure, line, buf);
                }
            }
            Table::Groups => {
                if let Some(group) = pane.groups.get(index) {
                    figures::draw_group(work, group, line, buf);
                }
            }
        }
    });
}

fn draw_invitation(work: &Workspace, area: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let runs = work.kept.listing.runs.len();
    let opens = format!("opens a run of before: {} kept", count(runs, "run"));
    let kept = match runs {
        0 => (Action::SaveResults, "saves what came out"),
        _ => (Action::Runs, &*opens),
    };
    let rows = [
        (Action::RunFact, "runs this fact and shows its answer grow"),
        (Action::Compare, "compares methods and presets on it"),
        (Action::RunRelation, "evaluates the relation"),
        kept,
    ];
    for (line, (action, words)) in (0u16..).zip(rows) {
        put(
            buf,
            area,
            line,
            &[
                (&work.keymap.key(action), theme.key),
                (" ", theme.text),
                (words, theme.dim),
            ],
        );
    }
    log::draw_last(work, area, 5, buf);
}
