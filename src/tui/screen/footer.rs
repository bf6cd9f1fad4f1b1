//! The last line: the keys that apply here, as many as fit; beside what the program says, as many as fit there. A click
//! on one presses it.
//!
//! ```text
//!  space toggle  M all manual  a all auto  x cross  p preset  r run fact  …  ? help  q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::status_line;
use crate::tui::app::App;
use crate::tui::keymap::{Action, Key};
use crate::tui::panes::Pane;
use crate::tui::text::{visible, width};
use crate::tui::widgets::cells::put;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::State;

/// A key and what it does.
struct Item {
    key: String,
    words: &'static str,
}

impl Item {
    fn new(key: impl Into<String>, words: &'static str) -> Self {
        let key = key.into();
        Item { key, words }
    }

    /// Columns, with the blanks around it.
    fn columns(&self) -> u16 {
        let columns = width(&self.key) + usize::from(!self.key.is_empty()) + width(self.words) + 2;
        u16::try_from(columns).unwrap_or(u16::MAX)
    }
}

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

/// The keys that apply now, the most useful first, and those that always have room, at the right.
fn items(app: &App) -> (Vec<Item>, Vec<Item>) {
    let of = |keys: Vec<(&'static str, &'static str)>| {
        let item = |(key, words): (&'static str, _)| Item::new(key, words);
        keys.into_iter().map(item).collect()
    };
    if let Some(overlay) = &app.overlay {
        return (of(overlay.dialog().keys(&app.work)), Vec::new());
    }
    if let Some(pane) = app.filtering {
        let what = match pane {
            Pane::Prompt => "type to find",
            _ => "type to filter",
        };
        let keys = vec![("", what), ("enter", "keep"), ("esc", "clear")];
        return (of(keys), Vec::new());
    }
    let rows = app.work.keymap.footer(app.view.focus).into_iter();
    let rows = rows.filter_map(|(action, key, words)| {
        let words = words_now(&app.work, action, words)?;
        let stays = matches!(action, Action::Help | Action::Quit);
        Some((stays, Item::new(key, words)))
    });
    let (fixed, rest): (Vec<_>, Vec<_>) = rows.partition(|(stays, _)| *stays);
    let items = |rows: Vec<(bool, Item)>| rows.into_iter().map(|(_, item)| item).collect();
    (items(rest), items(fixed))
}

/// Where each key stands on the line.
fn placed(app: &App, area: Rect) -> Vec<(u16, Item)> {
    let mut area = area;
    let above = status_line::is_above(&app.work, area);
    let notice = app.work.status.notice.as_ref().filter(|_| !above);
    if let Some(notice) = notice {
        let taken = width(&visible(&notice.text, app.work.theme.symbols)) + 3;
        let taken = u16::try_from(taken).unwrap_or(u16::MAX).min(area.width);
        area.x += taken;
        area.width -= taken;
        // A question has keys of its own.
        if notice.asks.is_some() {
            return Vec::new();
        }
    }
    let (mut rest, fixed) = items(app);
    let columns = |items: &[Item]| {
        let columns = items.iter().map(|item| u32::from(item.columns()));
        columns.sum::<u32>()
    };
    // Of a dialog's keys the last is the way out.
    let keeps = usize::from(fixed.is_empty() && app.overlay.is_some());
    while rest.len() > keeps && columns(&rest) + columns(&fixed) > u32::from(area.width) {
        rest.remove(rest.len() - 1 - keeps);
    }
    let at_right = u32::from(area.width).saturating_sub(columns(&fixed)) as u16;
    let stands_alone = rest.is_empty() && notice.is_none();
    let start = if stands_alone { 0 } else { at_right };
    let along = |items: Vec<Item>, start: u16| {
        items.into_iter().scan(start, |at, item| {
            let here = *at;
            *at = at.saturating_add(item.columns());
            Some((here, item))
        })
    };
    along(rest, area.x)
        .chain(along(fixed, area.x + start))
        .filter(|(at, _)| *at < area.right())
        .collect()
}

/// The key that stands on a column of the line.
pub fn key_at(app: &App, area: Rect, column: u16) -> Option<Key> {
    let under = |(at, item): &(u16, Item)| (*at..at + item.columns()).contains(&column);
    let (_, item) = placed(app, area).into_iter().find(under)?;
    item.key.parse().ok()
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &app.work.theme;
    for (at, item) in placed(app, area) {
        let place = Rect {
            x: at,
            width: area.right() - at,
            ..area
        };
        let gap = if item.key.is_empty() { "" } else { " " };
        let pieces = [
            (" ", theme.text),
            (&*item.key, theme.key),
            (gap, theme.text),
            (item.words, theme.dim),
        ];
        put(buf, place, 0, &pieces);
    }
}
