//! Overlays that are read from top to bottom, line by line: the help, and what is on screen as command lines.

use std::ops::Range;

use ratatui::crossterm::event::KeyCode;

use super::Overlay;
use crate::tui::app::{App, Effect};
use crate::tui::keymap::Key;
use crate::tui::text::{visible, wrap};

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

/// A page: its lines, cut to the width of its box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub title: &'static str,
    /// Its keys, for the last line.
    pub keys: &'static [(&'static str, &'static str)],
    pub lines: Vec<PageLine>,
    /// Lines that a cursor goes over as one; without any there is no cursor.
    pub blocks: Vec<Range<usize>>,
    /// Lines that fit into its box.
    height: usize,
}

impl Page {
    /// The block that a line belongs to.
    pub fn block_of(&self, line: usize) -> Option<usize> {
        self.blocks.iter().position(|block| block.contains(&line))
    }

    /// Rows of a box that shows all of it: its lines, its keys and a border.
    pub(super) fn rows(&self) -> u16 {
        u16::try_from(self.lines.len() + 3).unwrap_or(u16::MAX)
    }

    /// The scroll offset closest to `top` that shows a block, or the beginning of one that is longer than the box.
    fn reveal(&self, block: usize, top: usize) -> usize {
        let Some(block) = self.blocks.get(block) else {
            return top;
        };
        let least = block.end.saturating_sub(self.height).min(block.start);
        top.clamp(least, block.start)
    }
}

impl App {
    /// The page that lies over the panes, if one does. Stands after [`App::prepare`].
    pub fn page(&self) -> Option<&Page> {
        self.page.as_ref()
    }

    pub(super) fn prepare_page(&mut self) {
        self.page = self.build_page();
        // The box is as high as its page wants it.
        let height = usize::from(self.overlay_rows());
        let Some(page) = &mut self.page else { return };
        page.height = height;
        let most = page.lines.len().saturating_sub(height);
        match &mut self.overlay {
            // Not scrolled past its end, or the way back would begin with keys that do nothing.
            Some(Overlay::Help { top }) => *top = (*top).min(most),
            Some(Overlay::Command { top, cursor }) => {
                *top = (*top).min(most);
                *cursor = (*cursor).min(page.blocks.len().saturating_sub(1));
            }
            _ => {}
        }
    }

    fn build_page(&self) -> Option<Page> {
        let (_, inner) = self.overlay_area()?;
        let columns = usize::from(inner.width);
        match self.overlay {
            Some(Overlay::Help { .. }) => Some(Page {
                title: "Help",
                keys: &[("up/down", "scroll"), ("any other key", "closes")],
                lines: self.help_lines(columns),
                blocks: Vec::new(),
                height: 0,
            }),
            Some(Overlay::Command { .. }) => {
                // One column is the cursor's.
                let (lines, blocks) = self.command_lines(columns.saturating_sub(1));
                Some(Page {
                    title: "What is on screen, as a command line",
                    keys: &[
                        ("up/down", "choose"),
                        ("y", "copy this one"),
                        ("pgup/pgdn", "scroll"),
                        ("esc", "close"),
                    ],
                    lines,
                    blocks,
                    height: 0,
                })
            }
            _ => None,
        }
    }

    fn command_lines(&self, columns: usize) -> (Vec<PageLine>, Vec<Range<usize>>) {
        let (mut lines, mut blocks) = (Vec::new(), Vec::new());
        let mut reads_file = false;
        for (name, scope) in self.scopes() {
            let start = lines.len();
            lines.push(PageLine::Faint(format!("{name}:")));
            let (text, kind): (String, fn(String) -> PageLine) = match self.command(scope) {
                Ok(command) => {
                    reads_file |= command.shots.is_some();
                    (command.text, PageLine::Text)
                }
                Err(message) => (message, PageLine::Warning),
            };
            let text = visible(&text, self.theme.symbols);
            lines.extend(wrap(&text, columns).into_iter().map(kind));
            blocks.push(start..lines.len());
            lines.push(PageLine::Text(String::new()));
        }
        if reads_file {
            let words = "The files of shots are written: every line can be run as it stands, in bash or zsh.";
            lines.extend(wrap(words, columns).into_iter().map(PageLine::Faint));
        } else {
            // The blank line parts lines from each other, not from nothing.
            lines.pop();
        }
        (lines, blocks)
    }

    /// Moves the cursor over the command lines, scrolls them, or copies one; what is to be done, and whether the overlay
    /// stays.
    pub(super) fn command_key(
        &mut self,
        key: Key,
        top: &mut usize,
        cursor: &mut usize,
    ) -> (Vec<Effect>, bool) {
        let blocks = self.page.as_ref().map_or(0, |page| page.blocks.len());
        *cursor = match key.code {
            KeyCode::Up | KeyCode::Char('k') => cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => (*cursor + 1).min(blocks.saturating_sub(1)),
            KeyCode::Char('y') | KeyCode::Enter => return (self.copy_command(*cursor), false),
            _ => return (Vec::new(), scroll(key, top)),
        };
        if let Some(page) = &self.page {
            *top = page.reveal(*cursor, *top);
        }
        (Vec::new(), true)
    }
}

/// Moves a scroll offset; `false` for keys that close the overlay.
pub(super) fn scroll(key: Key, top: &mut usize) -> bool {
    *top = match key.code {
        KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => *top + 1,
        KeyCode::PageUp => top.saturating_sub(10),
        KeyCode::PageDown | KeyCode::Char(' ') => *top + 10,
        KeyCode::Home | KeyCode::Char('g') => 0,
        // The next frame takes it back to where the text ends.
        KeyCode::End | KeyCode::Char('G') => usize::MAX / 2,
        _ => return false,
    };
    true
}
