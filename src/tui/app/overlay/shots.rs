//! The few-shot examples, to look at and to rewrite line by line.

use std::sync::Arc;

use ratatui::crossterm::event::KeyCode;
use tui_input::Input;

use super::{line, step};
use crate::prompt::Shots;
use crate::tui::app::{App, ShotsFrom};
use crate::tui::keymap::Key;
use crate::tui::text::plural;

/// The few-shot examples with one line under the cursor, perhaps being rewritten.
#[derive(Debug, Clone)]
pub struct ShotsEditor {
    pub shots: Arc<Shots>,
    /// Line 0 is the instruction, then question and answer of each shot.
    pub cursor: usize,
    pub input: Option<Input>,
}

impl ShotsEditor {
    pub fn new(shots: Arc<Shots>) -> Self {
        ShotsEditor {
            shots,
            cursor: 0,
            input: None,
        }
    }

    /// Instruction, question, answer, question, answer, …
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let pairs = self
            .shots
            .shots
            .iter()
            .flat_map(|(question, answer)| [question.as_str(), answer.as_str()]);
        std::iter::once(self.shots.instruction.as_str()).chain(pairs)
    }

    pub fn count(&self) -> usize {
        1 + 2 * self.shots.shots.len()
    }

    pub fn current(&self) -> &str {
        self.lines().nth(self.cursor).unwrap_or_default()
    }

    /// Puts a text on the line under the cursor.
    pub fn replace(&mut self, text: String) {
        let shots = Arc::make_mut(&mut self.shots);
        match self.cursor.checked_sub(1) {
            None => shots.instruction = text,
            Some(line) => {
                if let Some((question, answer)) = shots.shots.get_mut(line / 2) {
                    *(if line % 2 == 0 { question } else { answer }) = text;
                }
            }
        }
    }

    /// Removes the shot under the cursor.
    pub fn remove(&mut self) -> bool {
        let Some(line) = self.cursor.checked_sub(1) else {
            return false;
        };
        if line / 2 < self.shots.shots.len() {
            Arc::make_mut(&mut self.shots).shots.remove(line / 2);
        }
        self.cursor = self.cursor.min(self.count() - 1);
        true
    }

    /// Adds an empty shot and goes there.
    pub fn add(&mut self) {
        Arc::make_mut(&mut self.shots)
            .shots
            .push((String::new(), String::new()));
        self.cursor = self.count() - 2;
    }
}

impl App {
    /// Whether the overlay stays.
    pub(super) fn shots_key(&mut self, key: Key, editor: &mut ShotsEditor) -> bool {
        if let Some(mut input) = editor.input.take() {
            match key.code {
                KeyCode::Esc => {}
                KeyCode::Enter => editor.replace(input.value().to_owned()),
                _ => {
                    line::edit(&mut input, key);
                    editor.input = Some(input);
                }
            }
            return true;
        }
        let rows = editor.count();
        if step(key, &mut editor.cursor, rows) {
            return true;
        }
        match key.code {
            KeyCode::Char('e' | ' ') => {
                editor.input = Some(Input::new(editor.current().to_owned()))
            }
            KeyCode::Char('d') => {
                editor.remove();
            }
            KeyCode::Char('a') => editor.add(),
            KeyCode::Char('D') => {
                let (count, seed) = self.start.shots.drawn();
                self.change(|choice| choice.shots = ShotsFrom::Drawn { count, seed });
                let examples = plural(count, "example");
                self.say(format!("{examples} drawn with seed {seed}"));
                return false;
            }
            KeyCode::Enter => {
                let same = self
                    .shots()
                    .and_then(Result::ok)
                    .is_some_and(|shots| **shots == *editor.shots);
                if !same {
                    let shots = editor.shots.clone();
                    self.change(|choice| choice.shots = ShotsFrom::Given(shots));
                    self.say("the examples are used from now on".into());
                }
                return false;
            }
            KeyCode::Esc | KeyCode::Char('q') => return false,
            _ => {}
        }
        true
    }
}
