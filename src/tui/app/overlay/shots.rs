//! The shots, to look at and to rewrite line by line.

use std::sync::Arc;

use ratatui::crossterm::event::KeyCode;
use tui_input::Input;

use super::{Rows, line};
use crate::numbers::count;
use crate::prompt::Shots;
use crate::tui::app::{App, Doubt, ShotsFrom};
use crate::tui::keymap::Key;

/// The shots with one line under the cursor, perhaps being rewritten.
#[derive(Debug, Clone)]
pub struct ShotsEditor {
    pub shots: Arc<Shots>,
    /// As they were found.
    before: Arc<Shots>,
    /// Row 0 is the instruction, then question and answer of each shot.
    pub rows: Rows,
    pub input: Option<Input>,
    /// Whether a new shot is being typed: its answer follows its question.
    adding: bool,
}

impl ShotsEditor {
    pub fn new(shots: Arc<Shots>) -> Self {
        ShotsEditor {
            before: shots.clone(),
            shots,
            rows: Rows::default(),
            input: None,
            adding: false,
        }
    }

    /// Whether something would be lost with the editor.
    pub fn is_edited(&self) -> bool {
        let line = self.lines().nth(self.rows.cursor);
        let input = self.input.as_ref().map(Input::value);
        self.shots != self.before || input.is_some_and(|typed| Some(typed) != line)
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

    /// Opens the line under the cursor for typing.
    pub fn edit(&mut self) {
        let text = self.lines().nth(self.rows.cursor).unwrap_or_default();
        self.input = Some(Input::new(text.to_owned()));
    }

    /// What a line that is typed lacks.
    fn lacks(&self, text: &str) -> Option<&'static str> {
        let reason = match self.rows.cursor {
            0 => return None,
            _ if self.is_question() => "a shot needs a question",
            _ => "a shot needs an answer",
        };
        text.trim().is_empty().then_some(reason)
    }

    /// Keeps the line that was typed. The question of a new shot is followed by its answer.
    fn keep(&mut self, text: String) {
        self.replace(text);
        if self.adding && self.is_question() {
            self.rows.cursor += 1;
            self.edit();
        } else {
            self.adding = false;
        }
    }

    /// Leaves the line as it was. From the answer of a new shot this is the way back to its question, and from there
    /// out of the shot.
    fn leave(&mut self, text: String) {
        if self.is_answering() {
            self.replace(text);
            self.rows.cursor -= 1;
            self.edit();
        } else if std::mem::take(&mut self.adding) {
            self.remove();
        }
    }

    /// Whether leaving the line takes more away than what is typed on it: a new shot with some text.
    fn drops_shot(&self, text: &str) -> bool {
        let answer = self.lines().nth(self.rows.cursor + 1);
        let is_empty = text.is_empty() && answer.is_none_or(str::is_empty);
        self.adding && self.is_question() && !is_empty
    }

    /// Whether the answer of a new shot is being typed.
    pub fn is_answering(&self) -> bool {
        self.adding && !self.is_question()
    }

    fn is_question(&self) -> bool {
        self.rows.cursor % 2 == 1
    }

    /// Puts a text on the line under the cursor.
    fn replace(&mut self, text: String) {
        let shots = Arc::make_mut(&mut self.shots);
        match self.rows.cursor.checked_sub(1) {
            None => shots.instruction = text,
            Some(line) => {
                if let Some((question, answer)) = shots.shots.get_mut(line / 2) {
                    *(if line % 2 == 0 { question } else { answer }) = text;
                }
            }
        }
    }

    /// Removes the shot under the cursor.
    pub fn remove(&mut self) {
        let Some(line) = self.rows.cursor.checked_sub(1) else {
            return;
        };
        if line / 2 < self.shots.shots.len() {
            Arc::make_mut(&mut self.shots).shots.remove(line / 2);
        }
        self.rows.shift(0, self.count());
    }

    /// Adds an empty shot and opens its question for typing.
    pub fn add(&mut self) {
        Arc::make_mut(&mut self.shots)
            .shots
            .push((String::new(), String::new()));
        self.rows.cursor = self.count() - 2;
        self.adding = true;
        self.edit();
    }
}

impl App {
    /// Whether the overlay stays.
    pub(super) fn shots_key(&mut self, key: Key, editor: &mut ShotsEditor) -> bool {
        if let Some(input) = editor.input.take() {
            self.shot_line_key(key, editor, input);
            return true;
        }
        let rows = editor.count();
        if editor.rows.step(key, rows) {
            return true;
        }
        match key.code {
            KeyCode::Char('e' | ' ') => editor.edit(),
            KeyCode::Char('d') => editor.remove(),
            KeyCode::Char('a') => editor.add(),
            KeyCode::Char('D') if self.may_leave(key, editor) => {
                let (drawn, seed) = self.start.shots.drawn();
                self.change(|choice| choice.shots = ShotsFrom::Drawn { count: drawn, seed });
                let shots = count(drawn, "shot");
                self.say(format!("{shots} drawn with seed {seed}"));
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
                    self.say("these shots are used from now on".into());
                }
                return false;
            }
            KeyCode::Esc | KeyCode::Char('q') => return !self.may_leave(key, editor),
            _ => {}
        }
        true
    }

    /// Types on a line, keeps it or leaves it.
    fn shot_line_key(&mut self, key: Key, editor: &mut ShotsEditor, mut input: Input) {
        let text = input.value();
        match key.code {
            KeyCode::Enter => match editor.lacks(text) {
                None => return editor.keep(text.to_owned()),
                Some(reason) => self.complain(reason.into()),
            },
            KeyCode::Esc
                if !editor.drops_shot(text)
                    || self.is_sure(Doubt::DropShot, "esc again drops the new shot".into()) =>
            {
                return editor.leave(text.to_owned());
            }
            KeyCode::Esc => {}
            _ => line::edit(&mut input, key),
        }
        editor.input = Some(input);
    }

    /// Whether a key may throw the edits away: there are none, or the user has said so.
    pub(super) fn may_leave(&mut self, key: Key, editor: &ShotsEditor) -> bool {
        !editor.is_edited()
            || self.is_sure(
                Doubt::DropEdits(key),
                format!("{key} again drops the edits"),
            )
    }
}
