//! The shots, to look at and to rewrite line by line.

mod view;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use tui_input::Input;

use super::{Dialog, Outcome};
use crate::numbers;
use crate::prompt::Shots;
use crate::tui::keymap::Key;
use crate::tui::widgets::line_input;
use crate::tui::widgets::rows::Rows;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::ShotsFrom;
use crate::tui::workspace::confirm::Confirm;

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

impl Dialog for ShotsEditor {
    fn size(&self, _: &Workspace) -> (u16, u16) {
        (96, super::lines(self.count() + 4).max(8))
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        match self.input {
            Some(_) if self.is_answering() => {
                vec![("enter", "keep this shot"), ("esc", "back to the question")]
            }
            Some(_) => vec![("enter", "keep this line"), ("esc", "leave it")],
            None => vec![
                ("e", "edit"),
                ("a", "add"),
                ("d", "delete"),
                ("D", "draw anew"),
                ("enter", "use"),
                ("esc", "leave"),
            ],
        }
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        (Vec::new(), self.stays(work, key))
    }

    fn interrupt(&mut self, work: &mut Workspace, key: Key) -> bool {
        !self.may_leave(work, key)
    }

    fn prepare(&mut self, _: &Workspace, inner: Rect) {
        let count = self.count();
        self.rows.follow(inner.height.into(), count);
    }

    fn press(&mut self, _: &Workspace, _: Rect, line: usize) {
        if self.input.is_none() {
            let count = self.count();
            self.rows.point(line, count);
        }
    }

    fn wheel(&mut self, _: &Workspace, by: isize) -> bool {
        let moves = self.input.is_none();
        if moves {
            let count = self.count();
            self.rows.shift(by, count);
        }
        moves
    }

    fn holds_text(&self) -> bool {
        self.input.is_some() || self.is_edited()
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.input.as_mut()
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}

impl ShotsEditor {
    /// Carries a key out; whether the editor stays open.
    fn stays(&mut self, work: &mut Workspace, key: Key) -> bool {
        if let Some(input) = self.input.take() {
            self.line_key(work, key, input);
            return true;
        }
        let count = self.count();
        if self.rows.step(key, count) {
            return true;
        }
        match key.code {
            KeyCode::Char('e' | ' ') => self.edit(),
            KeyCode::Char('d') => self.remove(),
            KeyCode::Char('a') => self.add(),
            KeyCode::Char('D') if self.may_leave(work, key) => {
                let (count, seed) = work.start.shots.drawn();
                work.change(|choice| choice.shots = ShotsFrom::Drawn { count, seed });
                let shots = numbers::count(count, "shot");
                work.say(format!("{shots} drawn with seed {seed}"));
                return false;
            }
            KeyCode::Enter => {
                let known = work.shots().and_then(Result::ok);
                if known.is_none_or(|shots| *shots != self.shots) {
                    let shots = self.shots.clone();
                    work.change(|choice| choice.shots = ShotsFrom::Given(shots));
                    work.say("these shots are used from now on".into());
                }
                return false;
            }
            KeyCode::Esc | KeyCode::Char('q') => return !self.may_leave(work, key),
            _ => {}
        }
        true
    }

    /// Types on a line, keeps it or leaves it.
    fn line_key(&mut self, work: &mut Workspace, key: Key, mut input: Input) {
        let text = input.value();
        match key.code {
            KeyCode::Enter => match self.lacks(text) {
                None => return self.keep(text.to_owned()),
                Some(reason) => work.complain(reason.into()),
            },
            KeyCode::Esc
                if !self.drops_shot(text)
                    || work.is_sure(Confirm::DropShot, "esc again drops the new shot".into()) =>
            {
                return self.leave(text.to_owned());
            }
            KeyCode::Esc => {}
            _ => line_input::edit(&mut input, key),
        }
        self.input = Some(input);
    }

    /// Whether a key may throw the edits away: there are none, or the user has said so.
    fn may_leave(&self, work: &mut Workspace, key: Key) -> bool {
        let question = format!("{key} again drops the edits");
        !self.is_edited() || work.is_sure(Confirm::DropEdits(key), question)
    }
}
