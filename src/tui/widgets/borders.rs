//! Borders, in Unicode or ASCII.

use ratatui::symbols::border;
use ratatui::text::Line;

use crate::numbers::thousands;
use crate::tui::theme::{Symbols, Theme};

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

pub fn borders(symbols: Symbols) -> border::Set<'static> {
    if symbols.unicode {
        border::PLAIN
    } else {
        ASCII
    }
}

/// ` 3 more below `, for the border under what can be scrolled.
pub fn more_below(theme: &Theme, below: usize) -> Line<'static> {
    Line::styled(format!(" {} more below ", thousands(below)), theme.dim).right_aligned()
}
