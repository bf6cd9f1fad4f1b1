//! What is on screen, as command lines to copy.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;

use super::{Dialog, Outcome, Page, PageLine, WIDE, frame};
use crate::tui::keymap::Key;
use crate::tui::text::{visible, wrap};
use crate::tui::workspace::Workspace;

/// The command lines, and which of them is copied.
#[derive(Debug, Clone, Default)]
pub struct Commands {
    pub page: Page,
    pub cursor: usize,
}

/// Lines of its box at most.
const MOST: u16 = 24;

impl Commands {
    /// The lines stand from the beginning: the box is as high as they want it.
    pub fn new(work: &mut Workspace) -> Self {
        work.prepare_shots();
        let mut commands = Commands::default();
        let (_, inner) = super::overlay_box((WIDE, MOST), work.size);
        commands.fill(work, inner);
        commands
    }

    fn fill(&mut self, work: &Workspace, inner: Rect) {
        // One column is the cursor's.
        let columns = usize::from(inner.width).saturating_sub(1);
        (self.page.lines, self.page.blocks) = lines(work, columns);
        self.cursor = self.cursor.min(self.last());
    }

    fn last(&self) -> usize {
        self.page.blocks.len().saturating_sub(1)
    }
}

impl Dialog for Commands {
    fn size(&self, _: &Workspace) -> (u16, u16) {
        (WIDE, self.page.rows().min(MOST))
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![
            ("up/down", "choose"),
            ("y", "copy this one"),
            ("pgup/pgdn", "scroll"),
            ("esc", "close"),
        ]
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        self.cursor = match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => (self.cursor + 1).min(self.last()),
            KeyCode::Char('y') | KeyCode::Enter => {
                return (work.copy_command(self.cursor), false);
            }
            _ => return (Vec::new(), self.page.scroll(key)),
        };
        self.page.reveal(self.cursor);
        (Vec::new(), true)
    }

    fn prepare(&mut self, work: &Workspace, inner: Rect) {
        self.fill(work, inner);
        self.page.fit(inner);
    }

    fn press(&mut self, _: &Workspace, _: Rect, line: usize) {
        if let Some(block) = self.page.block_at(line) {
            self.cursor = block;
        }
    }

    fn wheel(&mut self, _: &Workspace, by: isize) -> bool {
        self.page.wheel(by);
        true
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        let title = "What is on screen, as a command line";
        let below = self.page.below();
        frame::open(work, buf, (area, inner), title, &self.keys(work), below);
        self.page.draw(&work.theme, self.cursor, inner, buf);
    }
}

fn lines(work: &Workspace, columns: usize) -> (Vec<PageLine>, Vec<Range<usize>>) {
    let (mut lines, mut blocks) = (Vec::new(), Vec::new());
    for (name, scope) in work.scopes() {
        let start = lines.len();
        lines.push(PageLine::Faint(format!("{name}:")));
        let (text, kind): (String, fn(String) -> PageLine) = match work.command(scope) {
            Ok(text) => (text, PageLine::Text),
            Err(message) => (message, PageLine::Warning),
        };
        for line in text.lines() {
            let line = visible(line, work.theme.symbols);
            lines.extend(wrap(&line, columns).into_iter().map(kind));
        }
        blocks.push(start..lines.len());
        lines.push(PageLine::Text(String::new()));
    }
    // The blank line parts lines from each other, not from nothing.
    lines.pop();
    (lines, blocks)
}
