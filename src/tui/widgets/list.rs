//! A list with a cursor, a scroll offset and a fuzzy filter.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::tui::panes::Frame;

/// Indices of what is shown, and where the cursor stands among them.
#[derive(Debug, Clone, Default)]
pub struct List {
    items: Vec<usize>,
    cursor: usize,
    offset: usize,
    pub query: String,
    /// What it is filled from: which data, which relation.
    source: Option<(u64, usize)>,
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

    /// Begins anew, without a filter, where the items come from another source; whether they do.
    pub fn is_filled_anew(&mut self, source: (u64, usize)) -> bool {
        let anew = self.source != Some(source);
        if anew {
            *self = List {
                source: Some(source),
                ..List::default()
            };
        }
        anew
    }

    /// Fills the list with what matches the query. `ranked` puts the best match first; otherwise the order is kept.
    /// The cursor stays on `keep` where that is still shown.
    pub fn fill(
        &mut self,
        all: impl Iterator<Item = (usize, String)>,
        ranked: bool,
        keep: Option<usize>,
    ) {
        let query = self.query.clone();
        self.fill_by(&query, all, ranked, keep);
    }

    /// As [`List::fill`], where only a part of the query is looked for in the texts.
    pub fn fill_by(
        &mut self,
        query: &str,
        all: impl Iterator<Item = (usize, String)>,
        ranked: bool,
        keep: Option<usize>,
    ) {
        if query.is_empty() {
            self.items = all.map(|(index, _)| index).collect();
        } else {
            let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
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

    /// Where a filter has been typed: to the best match, which the eye is on.
    pub fn go_to_match(&mut self) {
        if !self.query.is_empty() {
            self.go(0);
        }
    }

    /// Whether the filter has a line of its own.
    pub fn shows_filter(&self, frame: Frame) -> bool {
        frame.filtering || !self.query.is_empty()
    }

    /// Lines of the pane that hold items.
    pub fn rows(&self, frame: Frame) -> usize {
        let filter = u16::from(self.shows_filter(frame));
        frame.inner.height.saturating_sub(filter).into()
    }

    /// Puts the cursor on the item that stands on a row of the screen; `false` where there is none.
    pub fn point(&mut self, frame: Frame, row: u16) -> bool {
        let inner = frame.inner;
        let top = inner.bottom() - self.rows(frame) as u16;
        (top..inner.bottom()).contains(&row) && self.go(self.offset + usize::from(row - top))
    }

    /// The first broken promise.
    pub fn check(&self) -> Result<(), String> {
        if self.cursor >= self.items.len().max(1) {
            return Err("a cursor is outside its list".into());
        }
        if self.offset > self.items.len() {
            return Err("a list is scrolled past its end".into());
        }
        Ok(())
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
