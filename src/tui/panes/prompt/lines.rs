//! The prompt's tokens in lines: a new line at every border, broken where the pane ends.

use crate::tui::text::{visible, width};
use crate::tui::theme::Symbols;
use crate::tui::workspace::sequence::Sequence;

/// Tokens of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub start: usize,
    pub end: usize,
}

/// Breaks a sequence into lines of at most so many columns.
pub fn lines(sequence: &Sequence, columns: usize, symbols: Symbols) -> Vec<Line> {
    let layout = &sequence.layout;
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    for token in 0..sequence.len() {
        let needs = width(&visible(sequence.written(token), symbols));
        let border = token > 0
            && (token == layout.len() || owner(sequence, token) != owner(sequence, token - 1));
        if token > start && (border || used + needs > columns) {
            lines.push(Line { start, end: token });
            (start, used) = (token, 0);
        }
        used += needs;
    }
    if start < sequence.len() {
        lines.push(Line {
            start,
            end: sequence.len(),
        });
    }
    lines
}

fn owner(sequence: &Sequence, token: usize) -> Option<Option<u32>> {
    sequence.layout.owner.get(token).copied()
}
