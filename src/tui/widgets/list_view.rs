//! What the three lists share: the filter line, the cursor, an empty list's words.
//!
//! ```text
//! /cap_
//! ▸P36   capital     25
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells::{paint, put, put_wrapped};
use super::list::List;
use crate::tui::keymap::Action;
use crate::tui::panes::Frame;
use crate::tui::text::{clip_start, visible};
use crate::tui::workspace::Workspace;

/// Draws the filter line where there is one; returns the room below it.
pub fn draw_filter(work: &Workspace, list: &List, frame: Frame, buf: &mut Buffer) -> Rect {
    let area = frame.inner;
    let theme = &work.theme;
    if !list.shows_filter(frame) || area.height == 0 {
        return area;
    }
    let cursor = if frame.filtering { "_" } else { "" };
    let query = visible(&list.query, theme.symbols);
    // What is being typed stays on screen.
    let room = usize::from(area.width).saturating_sub(1 + cursor.len());
    let query = clip_start(&query, room, theme.symbols);
    let pieces = [("/", theme.key), (&*query, theme.text), (cursor, theme.key)];
    put(buf, area, 0, &pieces);
    Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    }
}

/// Draws the filter line and each item on screen through `item(buf, line's area, index)`.
pub fn draw(
    work: &Workspace,
    list: &List,
    frame: Frame,
    buf: &mut Buffer,
    mut item: impl FnMut(&mut Buffer, Rect, usize),
) {
    let theme = &work.theme;
    let rest = draw_filter(work, list, frame, buf);
    if list.items().is_empty() {
        let words = match (work.data(), work.browse.data_error()) {
            (_, Some(error)) => visible(error, theme.symbols).into_owned(),
            (None, None) => visible(&work.browse.reading.to_string(), theme.symbols).into_owned(),
            _ if !list.query.is_empty() => {
                let back = match frame.filtering {
                    true => "esc".to_owned(),
                    false => work.keymap.key(Action::Back),
                };
                format!("nothing matches: {back} clears the filter")
            }
            _ => "none".into(),
        };
        put_wrapped(buf, rest, 0, &words, theme.dim);
        return;
    }
    let shown = list
        .items()
        .iter()
        .enumerate()
        .skip(list.offset())
        .take(usize::from(rest.height));
    for (line, (position, &index)) in (0u16..).zip(shown) {
        let here = position == list.cursor();
        let line_area = Rect {
            y: rest.y + line,
            height: 1,
            ..rest
        };
        item(buf, line_area, index);
        if here {
            let style = if frame.focused {
                theme.cursor
            } else {
                theme.cursor_away
            };
            paint(buf, line_area, 0, style);
        }
    }
}
