//! What lies over the panes: help, options, shots, sets, the command line, and questions to the user. Every overlay
//! says its keys in its last line.

mod line;
mod options;
mod page;
mod question;
mod sets;
mod shots;

use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use tui_input::Input;

pub(super) use line::insert;
pub use options::OptionRow;
pub use page::{Page, PageLine};
pub use question::Question;
pub use shots::ShotsEditor;

use super::{App, Effect};
use crate::tui::keymap::Key;

/// What lies over the panes; at most one at a time.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// Scrolled by so many lines.
    Help {
        top: usize,
    },
    Options {
        cursor: usize,
    },
    Shots(ShotsEditor),
    Sets {
        cursor: usize,
    },
    Command {
        top: usize,
    },
    Ask {
        question: Question,
        input: Input,
    },
}

/// Closes every overlay, whatever is being typed.
const INTERRUPT: Key = Key {
    code: KeyCode::Char('c'),
    modifiers: KeyModifiers::CONTROL,
};

impl App {
    pub(super) fn overlay_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(mut overlay) = self.overlay.take() else {
            return Vec::new();
        };
        if key == INTERRUPT {
            return Vec::new();
        }
        let (effects, stays) = match &mut overlay {
            Overlay::Help { top } => (Vec::new(), page::scroll(key, top)),
            Overlay::Command { .. } if key == Key::char('y') => (self.copy_command(), false),
            Overlay::Command { top } => (Vec::new(), page::scroll(key, top)),
            Overlay::Options { cursor } => self.options_key(key, cursor),
            Overlay::Shots(editor) => (Vec::new(), self.shots_key(key, editor)),
            Overlay::Sets { cursor } => self.sets_key(key, cursor),
            Overlay::Ask { question, input } => self.question_key(key, *question, input),
        };
        // A key may have opened another overlay.
        if stays && self.overlay.is_none() {
            self.overlay = Some(overlay);
        }
        effects
    }
}

/// Moves the cursor of a list of so many rows; `false` for keys that move nothing.
fn step(key: Key, cursor: &mut usize, rows: usize) -> bool {
    *cursor = match key.code {
        KeyCode::Up | KeyCode::Char('k') => cursor.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => (*cursor + 1).min(rows.saturating_sub(1)),
        _ => return false,
    };
    true
}
