//! What overlays share: a box in the middle; and those that need no file of their own: pages to read, and a question.
//!
//! ```text
//!        ┌ Save results as (.feather) ───────────┐
//!        │P36-flex-fused.feather_                │
//!        │enter do it   esc leave it             │
//!        └───────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::widgets::{Block, Clear, Widget};
use tui_input::Input;

use super::{borders, more_below, notice, paint, put};
use crate::tui::app::{App, Notice, PageLine, Question, Rows};
use crate::tui::text::{clip, visible, width, wrap};

/// Clears the overlay's box in the middle of the screen and returns its inside. The last line says `keys`; the border
/// below it, how many rows there are `below` what is shown.
pub fn open(app: &App, title: &str, keys: &[(&str, &str)], below: usize, buf: &mut Buffer) -> Rect {
    let theme = &app.theme;
    let Some((area, inner)) = app.overlay_area() else {
        return Rect::ZERO;
    };
    let has_border = inner.width < area.width;
    Clear.render(area, buf);
    // A wide character that reaches under the box would hide its border.
    for y in area.top()..area.bottom() {
        if let Some(cell) = area.x.checked_sub(1).and_then(|x| buf.cell_mut((x, y)))
            && width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
    if has_border {
        let room = usize::from(area.width.saturating_sub(4));
        let title = format!(" {} ", clip(title, room, theme.symbols));
        let mut block = Block::bordered()
            .border_set(borders(app))
            .border_style(theme.focused)
            .title(title);
        if below > 0 {
            block = block.title_bottom(more_below(app, below));
        }
        block.render(area, buf);
    }
    let below = inner.bottom() + u16::from(has_border);
    if below < area.bottom() {
        // The last one is the way out: of the others those that fit before it.
        let columns = |keys: &[(&str, &str)]| {
            let each = keys
                .iter()
                .map(|(key, words)| width(key) + width(words) + 3);
            each.sum::<usize>().saturating_sub(2)
        };
        let mut keys = keys.to_vec();
        while keys.len() > 1 && columns(&keys) > usize::from(inner.width) {
            keys.remove(keys.len() - 2);
        }
        let pieces: Vec<_> = keys
            .iter()
            .flat_map(|(key, words)| {
                [
                    (*key, theme.key),
                    (" ", theme.text),
                    (*words, theme.dim),
                    ("  ", theme.text),
                ]
            })
            .collect();
        let line = Rect {
            y: inner.bottom(),
            height: 1,
            ..inner
        };
        put(buf, line, 0, &pieces);
    }
    inner
}

/// A line being edited, scrolled so that its cursor shows.
pub fn edit_line(app: &App, input: &Input, area: Rect, line: u16, buf: &mut Buffer) {
    let theme = &app.theme;
    let room = usize::from(area.width.saturating_sub(1)).max(1);
    let before: String = input.value().chars().take(input.cursor()).collect();
    let after: String = input.value().chars().skip(input.cursor()).collect();
    let (before, after) = (
        visible(&before, theme.symbols).into_owned(),
        visible(&after, theme.symbols).into_owned(),
    );
    // Only the end of a long text in front of the cursor shows.
    let start = wrap(&before.chars().rev().collect::<String>(), room)
        .into_iter()
        .next()
        .unwrap_or_default();
    let before: String = start.chars().rev().collect();
    let mut rest = after.chars();
    let under: String = rest.next().map_or(" ".into(), String::from);
    let cursor = theme.text.add_modifier(Modifier::REVERSED);
    put(
        buf,
        area,
        line,
        &[
            (&before, theme.text),
            (&under, cursor),
            (rest.as_str(), theme.text),
        ],
    );
}

/// How many of `count` rows stand below the last one on screen.
pub fn below(app: &App, rows: &Rows, count: usize) -> usize {
    count.saturating_sub(rows.top + usize::from(app.overlay_rows()))
}

pub fn ask(app: &App, question: Question, input: &Input, says: Option<&Notice>, buf: &mut Buffer) {
    let keys = [("enter", "do it"), ("esc", "leave it")];
    let inner = open(app, &question.title(), &keys, 0, buf);
    edit_line(app, input, inner, 0, buf);
    let style = says.map_or(app.theme.text, |notice| notice::style(app, notice));
    for (line, text) in (1..).zip(app.says_lines()) {
        put(buf, inner, line, &[(&text, style)]);
    }
}

/// The help, or the command lines with a cursor on one of them, from line `top` on.
pub fn page(app: &App, top: usize, cursor: usize, buf: &mut Buffer) {
    let theme = &app.theme;
    let Some(page) = app.page() else { return };
    let rows = usize::from(app.overlay_rows());
    let below = page.lines.len().saturating_sub(top + rows);
    let mut inner = open(app, page.title, page.keys, below, buf);
    let chosen = page.blocks.get(cursor);
    if let Some(chosen) = chosen {
        for line in (0..inner.height).filter(|line| chosen.contains(&(top + usize::from(*line)))) {
            paint(buf, inner, line, theme.cursor);
            if top + usize::from(line) == chosen.start {
                put(buf, inner, line, &[(theme.symbols.pointer(), theme.accent)]);
            }
        }
        inner.x += 1;
        inner.width = inner.width.saturating_sub(1);
    }
    for (line, text) in (0..inner.height).zip(page.lines.iter().skip(top)) {
        match text {
            PageLine::Text(text) => put(buf, inner, line, &[(text, theme.text)]),
            PageLine::Title(text) => put(buf, inner, line, &[(text, theme.title)]),
            PageLine::Faint(text) => put(buf, inner, line, &[(text, theme.dim)]),
            PageLine::Warning(text) => put(buf, inner, line, &[(text, theme.warn)]),
            PageLine::Keys(keys, words) => {
                let keys = format!("  {keys:<14} ");
                put(buf, inner, line, &[(&keys, theme.key), (words, theme.text)])
            }
        };
    }
}
