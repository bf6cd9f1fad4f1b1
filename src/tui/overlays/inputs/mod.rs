//! The models and data that can be opened: those of lately, those that need no path, and any other by its name.

mod view;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use tui_input::Input as Line;

use super::{Dialog, Outcome, WIDE};
use crate::tui::keymap::Key;
use crate::tui::widgets::line_input;
use crate::tui::widgets::rows::Rows;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::inputs::Input;

/// The inputs with a cursor, and the name that is being typed.
#[derive(Debug, Clone, Default)]
pub struct InputsList {
    pub rows: Rows,
    pub typing: Option<Typing>,
}

/// A name that is being typed, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Typing {
    pub line: Line,
    pub means: fn(String) -> Input,
    /// What is taken for a name.
    pub expects: &'static str,
}

const MODEL: &str =
    "an alias such as llama3.2_3b_it, OWNER/NAME on the hub, a folder, or a .gguf file";
const DATA: &str = "a file or folder, PATH --columns question=COLUMN,answers=COLUMN, embedded, hub";

/// Lines under the rows: what is typed.
const BELOW: u16 = 2;

impl InputsList {
    fn type_name(&mut self, means: fn(String) -> Input, expects: &'static str) {
        self.typing = Some(Typing {
            line: Line::default(),
            means,
            expects,
        });
    }
}

impl Dialog for InputsList {
    fn size(&self, work: &Workspace) -> (u16, u16) {
        let rows = super::lines(work.inputs.all().len());
        (WIDE, rows.saturating_add(BELOW + 3).clamp(8, 26))
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        match self.typing {
            Some(_) => vec![("enter", "open"), ("esc", "leave it")],
            None => vec![
                ("enter", "open"),
                ("m", "another model by its name"),
                ("d", "other data by their path"),
                ("esc", "close"),
            ],
        }
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        if let Some(mut typing) = self.typing.take() {
            match key.code {
                KeyCode::Esc => {}
                KeyCode::Enter => {
                    let name = typing.line.value().trim().to_owned();
                    if !name.is_empty() {
                        return (work.open_input((typing.means)(name)), false);
                    }
                }
                _ => {
                    line_input::edit(&mut typing.line, key);
                    self.typing = Some(typing);
                }
            }
            return (Vec::new(), true);
        }
        let all = work.inputs.all();
        if self.rows.step(key, all.len()) {
            return (Vec::new(), true);
        }
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return (Vec::new(), false),
            KeyCode::Char('m') => self.type_name(Input::Model, MODEL),
            KeyCode::Char('d') => self.type_name(Input::Data, DATA),
            KeyCode::Enter => {
                let here = all.into_iter().nth(self.rows.cursor);
                let effects = here.map(|input| work.open_input(input));
                return (effects.unwrap_or_default(), false);
            }
            _ => {}
        }
        (Vec::new(), true)
    }

    fn prepare(&mut self, work: &Workspace, inner: Rect) {
        let rows = view::rows(inner).height.into();
        self.rows.follow(rows, work.inputs.all().len());
    }

    fn press(&mut self, work: &Workspace, inner: Rect, line: usize) {
        if self.typing.is_none() && line < view::rows(inner).height.into() {
            self.rows.point(line, work.inputs.all().len());
        }
    }

    fn wheel(&mut self, work: &Workspace, by: isize) -> bool {
        let moves = self.typing.is_none();
        if moves {
            self.rows.shift(by, work.inputs.all().len());
        }
        moves
    }

    fn holds_text(&self) -> bool {
        self.typing.is_some()
    }

    fn input(&mut self) -> Option<&mut Line> {
        self.typing.as_mut().map(|typing| &mut typing.line)
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}
