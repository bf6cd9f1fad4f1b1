//! BELIEF's figures, a line each; the bins of the reliability diagram are bars with a mark where they should end.
//!
//! ```text
//! average        63.2 %  one template per relation, drawn at random
//! fluctuation     ± 4.1  ▁▂▅█▆▃▁  47.4 to 73.7 %, in 95 % of draws 52.6 to 71.1
//! 0.8 to 0.9         31  ██████████████▌  ┃   right 75 %, said 84 %
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::panes::run::{BeliefLine, Draws};
use crate::tui::text::{visible, width};
use crate::tui::widgets::cells::put_owned;
use crate::tui::workspace::Workspace;

/// Columns of a bin's bar at most, and where there is little room.
const BAR: usize = 40;
const LEAST: usize = 8;

pub fn draw(work: &Workspace, figure: &BeliefLine, line: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let name = format!("{:<12} ", figure.name);
    let more = visible(&figure.more, theme.symbols);
    let value = visible(&figure.value, theme.symbols);
    let value = format!("{value:>8}  ");
    let taken = width(&name) + width(&value) + width(&more) + 2;
    let mut pieces = vec![(name, theme.text), (value, theme.title)];
    match &figure.draws {
        Draws::Nothing => {}
        Draws::Histogram(shares) => {
            let bars = theme.symbols.bars();
            let bar = |share: &f64| bars[((share * 7.0).round() as usize).min(7)];
            let bars: String = shares.iter().map(bar).collect();
            if taken + width(&bars) <= usize::from(line.width) {
                pieces.push((format!("{bars}  "), theme.accent));
            }
        }
        Draws::Bin { right, said } => {
            let room = usize::from(line.width).saturating_sub(taken);
            pieces.extend(bar(work, *right, *said, room.clamp(LEAST, BAR)));
            pieces.push(("  ".to_owned(), theme.text));
        }
    }
    pieces.push((more.into_owned(), theme.dim));
    put_owned(theme.symbols, buf, line, 0, &pieces);
}

/// A bar as long as what is right, and a mark where the probabilities say that it ends.
fn bar(work: &Workspace, right: f64, said: f64, columns: usize) -> Vec<(String, Style)> {
    let theme = &work.theme;
    let at = |share: f64| ((share * columns as f64).round() as usize).min(columns);
    let (full, mark) = (at(right), at(said).clamp(1, columns) - 1);
    let style = match right >= said {
        true => theme.good,
        false => theme.warn,
    };
    (0..columns)
        .map(|column| match (column == mark, column < full) {
            (true, _) => (theme.symbols.pick("┃", "|").to_owned(), theme.title),
            (false, true) => (theme.symbols.pick("█", "#").to_owned(), style),
            (false, false) => (" ".to_owned(), style),
        })
        .collect()
}
