//! The last line: the keys that apply here, as many as fit; beside what the program says, as many as fit there.
//!
//! ```text
//!  space toggle  M all manual  a all auto  x cross  p preset  r run fact  …  ? help  q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::keymap::Action;
use crate::tui::text::{visible, width};
use crate::tui::widgets::cells::{put, put_right};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::State;

/// What an action is called now; `None` where it does nothing.
fn words_now(work: &Workspace, action: Action, words: &'static str) -> Option<&'static str> {
    let state = work.runs.current.as_ref().map(|run| &run.state);
    let goes_on = matches!(state, Some(State::Running | State::Paused));
    match action {
        Action::Pause if state == Some(&State::Paused) => Some("go on"),
        Action::Pause | Action::CancelRun => goes_on.then_some(words),
        Action::AllAuto if work.shown.filtered => Some("all auto shown"),
        Action::AllManual if work.shown.filtered => Some("all manual shown"),
        Action::Invert if work.shown.filtered => Some("invert shown"),
        _ => Some(words),
    }
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &app.work.theme;
    let mut area = area;
    if let Some(notice) = &app.work.status.notice {
        let taken = width(&visible(&notice.text, theme.symbols)) + 3;
        let taken = u16::try_from(taken).unwrap_or(u16::MAX).min(area.width);
        area.x += taken;
        area.width -= taken;
        // A question has keys of its own.
        if notice.asks.is_some() {
            return;
        }
    }
    if app.filtering.is_some() && app.work.status.notice.is_none() {
        let pieces = [
            (" type to filter  ", theme.dim),
            ("enter", theme.key),
            (" keep  ", theme.text),
            ("esc", theme.key),
            (" clear", theme.text),
        ];
        put(buf, area, 0, &pieces);
        return;
    }
    // An overlay says its own keys, and those of the panes do nothing under it.
    if app.overlay.is_some() || app.filtering.is_some() {
        return;
    }
    // Help and quit are always there; the rest in order of use while there is room.
    let rows: Vec<_> = app
        .work
        .keymap
        .footer(app.view.focus)
        .into_iter()
        .filter_map(|(action, key, words)| Some((key, words_now(&app.work, action, words)?)))
        .collect();
    let (mut rest, fixed): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|(_, words)| *words != "help" && *words != "quit");
    let columns = |rows: &[(String, &str)]| {
        rows.iter()
            .map(|(key, words)| width(key) + words.len() + 3)
            .sum::<usize>()
    };
    while !rest.is_empty() && columns(&rest) + columns(&fixed) > usize::from(area.width) {
        rest.pop();
    }
    let line = |rows: &[(String, &'static str)], lead: &'static str| {
        rows.iter()
            .flat_map(|(key, words)| {
                [
                    (lead.to_owned(), theme.text),
                    (key.clone(), theme.key),
                    (" ".into(), theme.text),
                    ((*words).to_owned(), theme.dim),
                    (" ".into(), theme.text),
                ]
            })
            .collect::<Vec<_>>()
    };
    let (rest, fixed) = (line(&rest, " "), line(&fixed, " "));
    fn borrowed(pieces: &[(String, ratatui::style::Style)]) -> Vec<(&str, ratatui::style::Style)> {
        pieces
            .iter()
            .map(|(text, style)| (text.as_str(), *style))
            .collect()
    }
    if rest.is_empty() && app.work.status.notice.is_none() {
        put(buf, area, 0, &borrowed(&fixed));
        return;
    }
    let used = put(buf, area, 0, &borrowed(&rest));
    put_right(buf, area, 0, used, &borrowed(&fixed));
}
