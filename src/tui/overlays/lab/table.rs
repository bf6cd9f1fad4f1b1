//! One line per template: how it does alone, how often others say the same, what it adds to the chosen set.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Lab;
use super::summary::{interval, percent, points};
use crate::tui::text::visible;
use crate::tui::theme::Theme;
use crate::tui::widgets::cells::{paint, put, put_owned};
use crate::tui::workspace::judging::Lab as Found;

/// Fewer columns have no room for intervals.
const WIDE: u16 = 60;

/// The names of the columns.
pub fn draw_head(theme: &Theme, head: Rect, buf: &mut Buffer) {
    let interval = if head.width < WIDE {
        ""
    } else {
        " 95 % interval"
    };
    let names = format!("        alone{interval:<15}  agrees   adds  template");
    put(buf, head, 0, &[(&names, theme.dim)]);
}

pub fn draw(lab: &Lab, found: &Found, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let symbols = theme.symbols;
    let shown = (0..found.matrix.templates.len()).skip(lab.rows.top);
    for (line, template) in (0..body.height).zip(shown) {
        let is_here = template == lab.rows.cursor;
        let is_chosen = found.choice.set.contains(&template);
        let lead = if is_here { symbols.pointer() } else { " " };
        let mark = if is_chosen { symbols.mark() } else { " " };
        let text: Style = if is_chosen { theme.title } else { theme.text };
        let range = match body.width < WIDE {
            true => String::new(),
            false => format!(" {:<14}", interval(found.interval(template))),
        };
        let id = found.matrix.templates[template].to_string();
        let adds = found.choice.adds[template];
        let adds_style = match adds {
            adds if adds > 0.0 => theme.good,
            adds if adds < 0.0 => theme.bad,
            _ => theme.dim,
        };
        let pieces = [
            (format!("{lead}{mark} "), theme.accent),
            (format!("{id:<5}"), text),
            (
                format!("{:>5}", percent(found.accuracy(template))),
                theme.title,
            ),
            (range, theme.dim),
            (
                format!("  {:>6}", percent(found.agrees(template))),
                theme.text,
            ),
            (format!("  {:>5}  ", points(adds)), adds_style),
            (visible(&found.texts[template], symbols).into_owned(), text),
        ];
        put_owned(symbols, buf, body, line, &pieces);
        if is_here {
            paint(buf, body, line, theme.cursor);
        }
    }
}
