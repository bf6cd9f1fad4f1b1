//! Text in cells of the screen: one line of pieces, wrapped text, and small words that several places write.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::text::{width, wrap};
use crate::tui::theme::{Symbols, Theme};

/// Writes pieces of text on one line of an area, cut at its right edge; returns the columns used.
///
/// The pieces have passed [`visible`](crate::tui::text::visible).
pub fn put(buf: &mut Buffer, area: Rect, line: u16, pieces: &[(&str, Style)]) -> u16 {
    let y = area.y + line;
    if line >= area.height {
        return 0;
    }
    let mut x = area.x;
    for (text, style) in pieces {
        let room = area.right().saturating_sub(x);
        if room == 0 {
            break;
        }
        x = buf.set_stringn(x, y, text, usize::from(room), *style).0;
    }
    x - area.x
}

/// As [`put`], right-aligned; nothing where `taken` columns at the left leave no room.
pub fn put_right(buf: &mut Buffer, area: Rect, line: u16, taken: u16, pieces: &[(&str, Style)]) {
    let needs = pieces.iter().map(|(text, _)| width(text)).sum::<usize>();
    let room = usize::from(area.width.saturating_sub(taken));
    if needs <= room && needs > 0 {
        let x = area.right() - needs as u16;
        put(
            buf,
            Rect {
                x,
                width: needs as u16,
                ..area
            },
            line,
            pieces,
        );
    }
}

/// Paints the background of one line.
pub fn paint(buf: &mut Buffer, area: Rect, line: u16, style: Style) {
    if line < area.height {
        buf.set_style(
            Rect {
                y: area.y + line,
                height: 1,
                ..area
            },
            style,
        );
    }
}

/// Text in lines of the area's width from line `from` on; returns the line after it.
pub fn put_wrapped(buf: &mut Buffer, area: Rect, from: u16, text: &str, style: Style) -> u16 {
    let mut line = from;
    for part in wrap(text, usize::from(area.width)) {
        put(buf, area, line, &[(&part, style)]);
        line += 1;
    }
    line
}

/// `.91`, `1.0`: always three columns.
pub fn share(value: f32) -> String {
    if value >= 0.995 {
        "1.0".into()
    } else {
        format!("{value:.2}").trim_start_matches('0').to_owned()
    }
}

/// `✓ .91`, in the style of what is right or wrong.
pub fn verdict(theme: &Theme, right: bool, probability: f32) -> (String, Style) {
    let words = format!("{} {}", theme.symbols.verdict(right), share(probability));
    (words, theme.verdict(right))
}

/// As [`put`]; where the line is too short for all of it, an ellipsis says so.
pub fn put_owned(
    symbols: Symbols,
    buf: &mut Buffer,
    area: Rect,
    line: u16,
    pieces: &[(String, Style)],
) {
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
    buf[(x, y)].set_symbol(symbols.ellipsis());
}
