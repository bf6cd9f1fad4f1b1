//! The runs that are kept: open one, name it, delete it, pin it, compare it with the pinned one; open a file from
//! elsewhere.

mod compared;
mod view;

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use tui_input::Input;

pub use compared::in_words;

use super::{Dialog, Outcome, WIDE};
use crate::tui::archive::{Entry, Order, Which};
use crate::tui::keymap::Key;
use crate::tui::message::Effect;
use crate::tui::widgets::line_input;
use crate::tui::widgets::rows::Rows;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::confirm::Confirm;

/// Lines under the rows: what is known of the run under the cursor.
const DETAILS: u16 = 4;

/// The runs with a cursor, and the line that is being typed.
#[derive(Debug, Clone, Default)]
pub struct RunsList {
    pub rows: Rows,
    pub typing: Option<Typing>,
}

/// A line that is being typed.
#[derive(Debug, Clone)]
pub struct Typing {
    pub what: What,
    pub input: Input,
}

/// What it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The name of the run with this id.
    Name(String),
    /// The path of a result file.
    Path,
    /// The path of a sweep.
    Sweep,
}

impl RunsList {
    /// With the cursor on the run on screen.
    pub fn new(work: &Workspace) -> Self {
        let on_screen = work.runs.current.as_ref().and_then(|run| run.id.as_ref());
        let mut runs = work.kept.listing.runs.iter();
        let cursor = runs.position(|run| Some(&run.id) == on_screen);
        let mut list = RunsList::default();
        list.rows.cursor = cursor.unwrap_or(0);
        list
    }

    /// The run under the cursor.
    pub fn here<'a>(&self, work: &'a Workspace) -> Option<&'a Entry> {
        work.kept.listing.runs.get(self.rows.cursor)
    }

    fn kind(what: What, text: &str) -> Option<Typing> {
        let input = Input::new(text.to_owned());
        Some(Typing { what, input })
    }

    /// Types on the line, takes it or leaves it; `false` where a file is opened in place of the list.
    fn line_key(&mut self, work: &mut Workspace, key: Key, mut typing: Typing) -> Outcome {
        let text = typing.input.value().trim().to_owned();
        match key.code {
            KeyCode::Esc => {}
            KeyCode::Enter => {
                let order = match typing.what {
                    What::Name(id) => Order::Rename { id, name: text },
                    What::Path | What::Sweep if text.is_empty() => return (Vec::new(), true),
                    What::Sweep => return (work.open_sweep(PathBuf::from(text)), false),
                    What::Path => {
                        let order = Order::Open(Which::File(PathBuf::from(text)));
                        return (vec![Effect::Archive(order)], false);
                    }
                };
                return (vec![Effect::Archive(order)], true);
            }
            _ => {
                line_input::edit(&mut typing.input, key);
                self.typing = Some(typing);
            }
        }
        (Vec::new(), true)
    }
}

impl Dialog for RunsList {
    fn size(&self, work: &Workspace) -> (u16, u16) {
        let rows = super::lines(work.kept.listing.runs.len().max(1));
        (WIDE, rows.saturating_add(DETAILS + 3).clamp(8, 30))
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        if let Some(typing) = self.typing.take() {
            return self.line_key(work, key, typing);
        }
        if self.rows.step(key, work.kept.listing.runs.len()) {
            return (Vec::new(), true);
        }
        let order = |order| (vec![Effect::Archive(order)], true);
        let here = self.here(work).cloned();
        match (key.code, here) {
            (KeyCode::Esc | KeyCode::Char('q'), _) => return (Vec::new(), false),
            (KeyCode::Char('o'), _) => self.typing = Self::kind(What::Path, ""),
            (KeyCode::Char('w'), _) => self.typing = Self::kind(What::Sweep, ""),
            (KeyCode::Enter, Some(run)) => {
                let open = Order::Open(Which::Kept(run.id));
                return (vec![Effect::Archive(open)], false);
            }
            (KeyCode::Char('r'), Some(run)) => {
                self.typing = Self::kind(What::Name(run.id.clone()), run.label());
            }
            (KeyCode::Char('d'), Some(run)) => {
                let question = format!("d again deletes the run {}", run.label());
                if work.is_sure(Confirm::DeleteRun(run.id.clone()), question) {
                    return order(Order::Delete(run.id));
                }
            }
            (KeyCode::Char('p'), Some(run)) => {
                let pinned = work.kept.listing.pinned.as_ref();
                let is_pinned = pinned.is_some_and(|pinned| pinned.id == run.id);
                return order(Order::Pin((!is_pinned).then_some(run.id)));
            }
            (KeyCode::Char('c'), Some(run)) => {
                let pinned = work.kept.listing.pinned.as_ref();
                match pinned.map(|pinned| pinned.id.clone()) {
                    None => work.say("no run is pinned: p pins the one to compare with".into()),
                    Some(with) if with == run.id => {
                        work.say("this is the pinned run itself".into());
                    }
                    Some(with) => return order(Order::Compare { id: run.id, with }),
                }
            }
            _ => {}
        }
        (Vec::new(), true)
    }

    fn prepare(&mut self, work: &Workspace, inner: Rect) {
        let rows = view::rows(inner).height.into();
        self.rows.follow(rows, work.kept.listing.runs.len());
    }

    fn press(&mut self, work: &Workspace, inner: Rect, line: usize) {
        if self.typing.is_none() && line < view::rows(inner).height.into() {
            self.rows.point(line, work.kept.listing.runs.len());
        }
    }

    fn wheel(&mut self, work: &Workspace, by: isize) -> bool {
        let moves = self.typing.is_none();
        if moves {
            self.rows.shift(by, work.kept.listing.runs.len());
        }
        moves
    }

    fn holds_text(&self) -> bool {
        self.typing.is_some()
    }

    fn input(&mut self) -> Option<&mut Input> {
        self.typing.as_mut().map(|typing| &mut typing.input)
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}
