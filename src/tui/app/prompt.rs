//! The prompt's tokens in lines: a new line at every border, broken where the pane ends.

use ratatui::layout::Rect;

use super::{App, Sequence};
use crate::tui::text::{visible, width};
use crate::tui::theme::Symbols;

/// Tokens of one line of the prompt pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptLine {
    pub start: usize,
    pub end: usize,
}

/// Columns for the position and the owner in front of every line.
pub const PROMPT_GUTTER: u16 = 10;

impl App {
    /// Breaks the prompt into lines for this area and keeps the scroll offset inside.
    pub(super) fn prepare_prompt(&mut self, area: Rect) {
        let columns = area.width.saturating_sub(PROMPT_GUTTER).max(1);
        let known = self
            .lines
            .as_ref()
            .is_some_and(|(width, _)| *width == columns);
        if !known {
            let built = self
                .sequence
                .as_ref()
                .and_then(|(_, built)| built.as_ref().ok());
            self.lines = built.map(|sequence| {
                (
                    columns,
                    lines(sequence, usize::from(columns), self.theme.symbols),
                )
            });
        }
        let count = self.prompt_lines().len();
        self.prompt_top = self
            .prompt_top
            .min(count.saturating_sub(usize::from(area.height).max(1)));
    }
}

fn lines(sequence: &Sequence, columns: usize, symbols: Symbols) -> Vec<PromptLine> {
    let layout = &sequence.layout;
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    for token in 0..sequence.len() {
        let needs = width(&visible(sequence.written(token), symbols));
        let border = token > 0
            && (token == layout.len() || owner(sequence, token) != owner(sequence, token - 1));
        if token > start && (border || used + needs > columns) {
            lines.push(PromptLine { start, end: token });
            (start, used) = (token, 0);
        }
        used += needs;
    }
    if start < sequence.len() {
        lines.push(PromptLine {
            start,
            end: sequence.len(),
        });
    }
    lines
}

fn owner(sequence: &Sequence, token: usize) -> Option<Option<u32>> {
    sequence.layout.owner.get(token).copied()
}
