//! The palette: every action, relation, template set, kept run, model and data by a few letters of its words.

mod entries;
mod view;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use tui_input::Input;

use super::{Dialog, Outcome};
use crate::tui::keymap::Key;
use crate::tui::widgets::line_input;
use crate::tui::widgets::list::List;
use crate::tui::workspace::Workspace;
use entries::Entry;

/// What can be found, what is typed, and what of it matches, the best match first.
#[derive(Debug, Clone)]
pub struct Palette {
    entries: Vec<Entry>,
    pub input: Input,
    pub list: List,
}

/// Columns and rows of its box at most.
const SIZE: (u16, u16) = (96, 24);

/// Lines in front of the entries: what is typed.
const ABOVE: u16 = 1;

/// Entries per page.
const PAGE: isize = 10;

impl Palette {
    pub fn new(work: &Workspace) -> Self {
        let mut palette = Palette {
            entries: entries::all(work),
            input: Input::default(),
            list: List::default(),
        };
        palette.fill();
        palette
    }

    /// Finds what matches the typed letters.
    fn fill(&mut self) {
        let typed = self.input.value();
        if self.list.items().is_empty() || self.list.query != typed {
            typed.clone_into(&mut self.list.query);
            let all = self.entries.iter().map(Entry::text).enumerate();
            self.list.fill(all, true, None);
        }
    }

    fn chosen(&self) -> Option<&Entry> {
        self.entries.get(self.list.selected()?)
    }

    /// The part of the box that holds entries.
    fn rows(inner: Rect) -> Rect {
        let above = ABOVE.min(inner.height);
        Rect {
            y: inner.y + above,
            height: inner.height - above,
            ..inner
        }
    }
}

impl Dialog for Palette {
    fn size(&self, _: &Workspace) -> (u16, u16) {
        SIZE
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![
            ("type", "to find"),
            ("up/down", "choose"),
            ("enter", "do it"),
            ("esc", "close"),
        ]
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        match key.code {
            KeyCode::Esc => return (Vec::new(), false),
            KeyCode::Enter => {
                let effects = self.chosen().map(|entry| entry.choose(work));
                return (effects.unwrap_or_default(), self.chosen().is_none());
            }
            KeyCode::Up => self.list.step(-1),
            KeyCode::Down => self.list.step(1),
            KeyCode::PageUp => self.list.step(-PAGE),
            KeyCode::PageDown => self.list.step(PAGE),
            _ => {
                line_input::edit(&mut self.input, key);
                self.fill();
            }
        }
        (Vec::new(), true)
    }

    fn prepare(&mut self, _: &Workspace, inner: Rect) {
        // What was pasted has not come as keys.
        self.fill();
        self.list.follow(Palette::rows(inner).height.into());
    }

    fn press(&mut self, _: &Workspace, _: Rect, line: usize) {
        if let Some(row) = line.checked_sub(ABOVE.into()) {
            self.list.go(self.list.offset() + row);
        }
    }

    fn wheel(&mut self, _: &Workspace, by: isize) -> bool {
        self.list.step(by);
        true
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}
