//! A wording of one's own, being typed over the lists: mask and prompt beside it follow every letter.

mod view;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use tui_input::Input;

use super::{Dialog, Outcome, frame};
use crate::tui::keymap::Key;
use crate::tui::widgets::line_input;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::wording::Draft;

/// The line that is typed.
#[derive(Debug, Clone)]
pub struct WordingEditor {
    input: Input,
    /// The own wording that is being changed.
    replaces: Option<usize>,
    /// Why the last enter did not take it, until the next key.
    refused: Option<String>,
}

/// Columns and rows of its box at most.
const SIZE: (u16, u16) = (100, 6);

impl WordingEditor {
    /// `text` is where the typing begins.
    pub fn new(text: &str, replaces: Option<usize>) -> Self {
        WordingEditor {
            input: Input::new(text.to_owned()),
            replaces,
            refused: None,
        }
    }
}

impl Dialog for WordingEditor {
    fn size(&self, _: &Workspace) -> (u16, u16) {
        SIZE
    }

    /// In the upper left corner, where it hides neither mask nor prompt.
    fn place(&self, work: &Workspace) -> (Rect, Rect) {
        let (columns, rows) = work.size;
        let wide = match columns {
            0..110 => columns,
            columns => columns * 58 / 100,
        };
        let y = u16::from(rows > SIZE.1);
        let area = Rect::new(0, y, wide.min(SIZE.0), SIZE.1.min(rows));
        (area, frame::inside(area))
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![
            ("enter", "ask it"),
            ("ctrl-u", "empty"),
            ("esc", "leave it"),
        ]
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        self.refused = None;
        match (key.code, self.draft()) {
            (KeyCode::Esc, _) => return (Vec::new(), false),
            (KeyCode::Enter, draft) => {
                let empty = Draft {
                    text: String::new(),
                    replaces: self.replaces,
                };
                match work.add_wording(&draft.unwrap_or(empty)) {
                    Ok(()) => return (Vec::new(), false),
                    Err(reason) => self.refused = Some(reason),
                }
            }
            _ => line_input::edit(&mut self.input, key),
        }
        (Vec::new(), true)
    }

    fn holds_text(&self) -> bool {
        true
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.refused = None;
        Some(&mut self.input)
    }

    /// Nothing where nothing is typed.
    fn draft(&self) -> Option<Draft> {
        let text = self.input.value().trim();
        (!text.is_empty()).then(|| Draft {
            text: text.to_owned(),
            replaces: self.replaces,
        })
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}
