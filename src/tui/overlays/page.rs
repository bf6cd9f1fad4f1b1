//! A page that is read from top to bottom, line by line, perhaps with a cursor over blocks of lines.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;

use crate::tui::keymap::Key;
use crate::tui::theme::Theme;
use crate::tui::widgets::cells::{paint, put};

/// One line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageLine {
    Text(String),
    /// The name of what follows.
    Title(String),
    Faint(String),
    Warning(String),
    /// Keys, and what they do.
    Keys(String, String),
}

/// A page: its lines, cut to the width of its box, and how far it is scrolled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub lines: Vec<PageLine>,
    /// Lines that a cursor goes over as one; without any there is no cursor.
    pub blocks: Vec<Range<usize>>,
    /// The first line on screen.
    pub top: usize,
    /// Lines that fit into its box.
    height: usize,
}

/// Lines per notch of the wheel.
const NOTCH: isize = 3;

impl Page {
    /// The block that a line on screen belongs to.
    pub fn block_at(&self, line: usize) -> Option<usize> {
        let line = self.top + line;
        self.blocks.iter().position(|block| block.contains(&line))
    }

    /// Rows of a box that shows all of it: its lines, its keys and a border.
    pub fn rows(&self) -> u16 {
        super::lines(self.lines.len() + 3)
    }

    /// Lines below those on screen.
    pub fn below(&self) -> usize {
        self.lines.len().saturating_sub(self.top + self.height)
    }

    /// Keeps the scroll offset inside: past the end, the way back would begin with keys that do nothing.
    pub fn fit(&mut self, inner: Rect) {
        self.height = inner.height.into();
        self.top = self.top.min(self.lines.len().saturating_sub(self.height));
    }

    /// Scrolls as little as shows a block, or the beginning of one that is longer than the box.
    pub fn reveal(&mut self, block: usize) {
        if let Some(block) = self.blocks.get(block) {
            let least = block.end.saturating_sub(self.height).min(block.start);
            self.top = self.top.clamp(least, block.start);
        }
    }

    /// Scrolls; `false` for keys that do not. The next frame takes the offset back to where the text ends.
    pub fn scroll(&mut self, key: Key) -> bool {
        // One line of the page before stays on screen.
        let page = self.height.saturating_sub(1).max(1);
        self.top = match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.top + 1,
            KeyCode::PageUp => self.top.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => self.top + page,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => usize::MAX / 2,
            _ => return false,
        };
        true
    }

    pub fn wheel(&mut self, by: isize) {
        self.top = self.top.saturating_add_signed(by * NOTCH);
    }

    /// Draws the lines on screen, with the cursor on a block.
    pub fn draw(&self, theme: &Theme, cursor: usize, mut inner: Rect, buf: &mut Buffer) {
        if let Some(chosen) = self.blocks.get(cursor) {
            let is_chosen = |line: &u16| chosen.contains(&(self.top + usize::from(*line)));
            for line in (0..inner.height).filter(is_chosen) {
                paint(buf, inner, line, theme.cursor);
                if self.top + usize::from(line) == chosen.start {
                    put(buf, inner, line, &[(theme.symbols.pointer(), theme.accent)]);
                }
            }
            inner.x += 1;
            inner.width = inner.width.saturating_sub(1);
        }
        for (line, text) in (0..inner.height).zip(self.lines.iter().skip(self.top)) {
            match text {
                PageLine::Text(text) => put(buf, inner, line, &[(text, theme.text)]),
                PageLine::Title(text) => put(buf, inner, line, &[(text, theme.title)]),
                PageLine::Faint(text) => put(buf, inner, line, &[(text, theme.dim)]),
                PageLine::Warning(text) => put(buf, inner, line, &[(text, theme.warn)]),
                PageLine::Keys(keys, words) => {
                    let keys = format!("  {keys:<14} ");
                    put(buf, inner, line, &[(&keys, theme.key), (words, theme.text)])
                }
            };
        }
    }
}
