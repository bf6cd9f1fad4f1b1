//! The cursor of an overlay's rows, and how far they are scrolled.

use ratatui::crossterm::event::KeyCode;

use crate::tui::keymap::Key;

/// Where the cursor of an overlay's rows stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows {
    pub cursor: usize,
    /// The first row on screen.
    pub top: usize,
}

/// Rows per page.
const PAGE: isize = 10;

impl Rows {
    /// Moves the cursor among `count` rows; `false` for keys that move nothing.
    pub fn step(&mut self, key: Key, count: usize) -> bool {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.shift(-1, count),
            KeyCode::Down | KeyCode::Char('j') => self.shift(1, count),
            KeyCode::PageUp => self.shift(-PAGE, count),
            KeyCode::PageDown => self.shift(PAGE, count),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = count.saturating_sub(1),
            _ => return false,
        }
        true
    }

    /// Moves the cursor by so many of `count` rows, stopping at the ends.
    pub fn shift(&mut self, by: isize, count: usize) {
        let last = count.saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// Puts the cursor on the row that stands on a line of the box, if there is one.
    pub fn point(&mut self, line: usize, count: usize) {
        if self.top + line < count {
            self.cursor = self.top + line;
        }
    }

    /// How many of `count` rows stand below the `height` on screen.
    pub fn below(&self, height: usize, count: usize) -> usize {
        count.saturating_sub(self.top + height)
    }

    /// Keeps the cursor among `count` rows and scrolls so that it is among the `height` on screen.
    pub fn follow(&mut self, height: usize, count: usize) {
        let height = height.max(1);
        self.shift(0, count);
        self.top = self
            .top
            .clamp((self.cursor + 1).saturating_sub(height), self.cursor)
            .min(count.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_that_is_clicked_is_the_one_on_screen() {
        let mut rows = Rows::default();
        rows.shift(9, 12);
        rows.follow(5, 12);
        assert_eq!((rows.cursor, rows.top), (9, 5));
        rows.point(0, 12);
        rows.follow(5, 12);
        assert_eq!((rows.cursor, rows.top), (5, 5));
        rows.point(9, 12);
        assert_eq!(rows.cursor, 5);
        // Rows went away meanwhile.
        rows.follow(5, 3);
        assert_eq!((rows.cursor, rows.top), (2, 0));
        rows.follow(0, 0);
        assert_eq!((rows.cursor, rows.top), (0, 0));
    }
}
