//! What lies over the panes: help, options, shots, sets, the command line, and questions to the user. Every overlay
//! says its keys in its last line.
//!
//! | file | idea |
//! |---|---|
//! | `area`, `rows`, `mouse` | where an overlay stands; its cursor; clicks and the wheel |
//! | `page`, `help` | what is read from top to bottom: the help, and command lines |
//! | `options`, `sets`, `shots` | rows to choose among and to edit |
//! | `question`, `answer`, `line` | what one line answers, what the answer does, and how it is typed |

mod answer;
mod area;
mod help;
mod line;
mod mouse;
mod options;
mod page;
mod question;
mod rows;
mod sets;
mod shots;

use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use tui_input::Input;

pub(super) use line::{insert, one_line};
pub use options::OptionRow;
pub use page::{Page, PageLine};
pub use question::{Question, Refusal};
pub use rows::Rows;
pub use shots::ShotsEditor;

use super::{App, Effect, Notice};
use crate::tui::keymap::Key;

/// What lies over the panes; at most one at a time.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// Scrolled by so many lines.
    Help {
        top: usize,
    },
    Options(Rows),
    Shots(ShotsEditor),
    Sets(Rows),
    Command {
        /// Scrolled by so many lines.
        top: usize,
        /// Which of the command lines is copied.
        cursor: usize,
    },
    Ask {
        question: Question,
        input: Input,
        /// What is wrong with the answer, or in doubt: until the next key.
        says: Option<Notice>,
        /// The overlay that asked.
        under: Option<Box<Overlay>>,
    },
}

/// Closes every overlay, whatever is being typed.
const INTERRUPT: Key = Key {
    code: KeyCode::Char('c'),
    modifiers: KeyModifiers::CONTROL,
};

impl Overlay {
    /// Whether it holds what the user has typed: a click beside it must not throw that away.
    fn holds_text(&self) -> bool {
        match self {
            Overlay::Ask { .. } => true,
            Overlay::Shots(editor) => editor.input.is_some() || editor.is_edited(),
            _ => false,
        }
    }
}

impl App {
    pub(super) fn overlay_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(mut overlay) = self.overlay.take() else {
            return Vec::new();
        };
        let (effects, stays) = match &mut overlay {
            Overlay::Shots(editor) if key == INTERRUPT => {
                (Vec::new(), !self.may_leave(key, editor))
            }
            _ if key == INTERRUPT => (Vec::new(), false),
            Overlay::Help { top } => (Vec::new(), page::scroll(key, top)),
            Overlay::Command { top, cursor } => self.command_key(key, top, cursor),
            Overlay::Options(rows) => self.options_key(key, rows),
            Overlay::Shots(editor) => (Vec::new(), self.shots_key(key, editor)),
            Overlay::Sets(rows) => self.sets_key(key, rows),
            Overlay::Ask {
                question,
                input,
                says,
                under,
            } => {
                let (effects, stays) = self.question_key(key, *question, input, says);
                if !stays {
                    self.overlay = under.take().map(|overlay| *overlay);
                }
                (effects, stays)
            }
        };
        match &mut self.overlay {
            _ if !stays => {}
            None => self.overlay = Some(overlay),
            // What a key asked lies over what it was pressed in.
            Some(Overlay::Ask { under, .. }) => *under = Some(Box::new(overlay)),
            Some(_) => {}
        }
        effects
    }
}
