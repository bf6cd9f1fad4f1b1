//! A list with a cursor, a scroll offset and a fuzzy filter.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Indices of what is shown, and where the cursor stands among them.
#[derive(Debug, Clone, Default)]
pub struct List {
    items: Vec<usize>,
    cursor: usize,
    offset: usize,
    pub query: String,
}

impl List {
    pub fn items(&self) -> &[usize] {
        &self.items
    }

    /// Position of the cursor among the items; 0 where there are none.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Index of the first item on screen.
    pub fn offset(&self) -> usize {
        self.offset
    }

    pub fn selected(&self) -> Option<usize> {
        self.items.get(self.cursor).copied()
    }

    /// Fills the list with what matches the query. `ranked` puts the best match first; otherwise the order is kept.
    /// The cursor stays on `keep` where that is still shown.
    pub fn fill(
        &mut self,
        all: impl Iterator<Item = (usize, String)>,
        ranked: bool,
        keep: Option<usize>,
    ) {
        if self.query.is_empty() {
            self.items = all.map(|(index, _)| index).collect();
        } else {
            let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
            let mut matcher = Matcher::new(Config::DEFAULT);
            let mut buffer = Vec::new();
            let mut found: Vec<(usize, u32)> = all
                .filter_map(|(index, text)| {
                    let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher)?;
                    Some((index, score))
                })
                .collect();
            if ranked {
                found.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
            }
            self.items = found.into_iter().map(|(index, _)| index).collect();
        }
        self.cursor = keep
            .and_then(|keep| self.items.iter().position(|&item| item == keep))
            .unwrap_or(0);
    }

    /// Moves the cursor by so many items, stopping at the ends.
    pub fn step(&mut self, by: isize) {
        let last = self.items.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    /// Puts the cursor on a position among the items; `false` where there is none.
    pub fn go(&mut self, position: usize) -> bool {
        let there = position < self.items.len();
        if there {
            self.cursor = position;
        }
        there
    }

    pub fn select(&mut self, item: usize) {
        if let Some(position) = self.items.iter().position(|&other| other == item) {
            self.cursor = position;
        }
    }

    /// Scrolls so that the cursor is among `height` items on screen.
    pub fn follow(&mut self, height: usize) {
        let height = height.max(1);
        self.offset = self
            .offset
            .clamp((self.cursor + 1).saturating_sub(height), self.cursor);
        self.offset = self.offset.min(self.items.len().saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(query: &str) -> List {
        let mut list = List {
            query: query.into(),
            ..List::default()
        };
        let words = [
            "P36 capital",
            "P1376 capital of",
            "P17 country",
            "P47 shares border with",
        ];
        list.fill(
            words.iter().map(|word| (*word).to_owned()).enumerate(),
            true,
            Some(1),
        );
        list
    }

    #[test]
    fn a_filter_finds_by_letters_in_order() {
        assert_eq!(filled("").items(), [0, 1, 2, 3]);
        assert_eq!(filled("").selected(), Some(1));
        assert_eq!(filled("p36").items(), [0, 1]);
        assert_eq!(filled("shrbor").items(), [3]);
        assert_eq!(filled("xyz").selected(), None);
    }

    #[test]
    fn the_cursor_stays_inside_and_on_screen() {
        let mut list = filled("");
        list.step(-9);
        assert_eq!(list.cursor(), 0);
        list.step(9);
        assert_eq!(list.cursor(), 3);
        list.follow(2);
        assert_eq!(list.offset(), 2);
        assert!(!list.go(4));
        list.follow(0);
    }
}
