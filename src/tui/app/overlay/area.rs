//! Where an overlay stands and how many rows it shows, computed from the state alone so that drawing and mouse agree.

use ratatui::layout::Rect;

use super::{OptionRow, Overlay, Page};
use crate::tui::app::{App, overlay_box};
use crate::tui::text::{visible, wrap};

/// Columns of a box that holds a line or short rows.
const NARROW: u16 = 64;

/// Columns of a box that holds command lines, and its lines at most.
const WIDE: u16 = 100;
const MOST: u16 = 24;

impl App {
    /// The box of what lies over the panes, and the room for its text.
    pub fn overlay_area(&self) -> Option<(Rect, Rect)> {
        let lines = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let (columns, rows) = match self.overlay.as_ref()? {
            Overlay::Help { .. } => (92, u16::MAX),
            Overlay::Command { .. } => (WIDE, self.page().map_or(MOST, Page::rows).min(MOST)),
            Overlay::Options(_) => (NARROW, lines(OptionRow::ALL.len() + 7)),
            Overlay::Shots(editor) => (96, lines(editor.count() + 4).max(8)),
            Overlay::Sets(_) => (NARROW, lines(self.sets.len() + 4).clamp(6, 24)),
            Overlay::Ask { .. } => (NARROW, lines(4 + self.says_lines().len().max(1))),
        };
        // Where there is room, the last line stays free for what the program says.
        let most = match self.size.1 {
            height @ 0..12 => height,
            height => height - 2,
        };
        Some(overlay_box((columns, rows.min(most)), self.size))
    }

    /// Lines of the overlay that hold rows; the options keep the last ones for words.
    pub fn overlay_rows(&self) -> u16 {
        let Some((_, inner)) = self.overlay_area() else {
            return 0;
        };
        match self.overlay {
            // A blank line, and room for the longest refusal.
            Some(Overlay::Options(_)) if inner.height > 8 => inner.height - 4,
            _ => inner.height,
        }
    }

    /// What a question says about its answer, in lines of its box.
    pub fn says_lines(&self) -> Vec<String> {
        let Some(Overlay::Ask {
            says: Some(notice), ..
        }) = &self.overlay
        else {
            return Vec::new();
        };
        let columns = overlay_box((NARROW, 5), self.size).1.width;
        wrap(
            &visible(&notice.text, self.theme.symbols),
            usize::from(columns),
        )
    }

    /// Builds the page where there is one, and keeps cursors and scroll offsets inside.
    pub(in crate::tui::app) fn prepare_overlay(&mut self) {
        self.prepare_page();
        let (height, sets) = (usize::from(self.overlay_rows()), self.sets.len());
        match &mut self.overlay {
            Some(Overlay::Options(rows)) => rows.follow(height, OptionRow::ALL.len()),
            Some(Overlay::Sets(rows)) => rows.follow(height, sets),
            Some(Overlay::Shots(editor)) => editor.rows.follow(height, editor.count()),
            _ => {}
        }
    }
}
