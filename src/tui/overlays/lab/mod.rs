//! The template lab: which templates of the relation on screen to use, and whether that is real.
//!
//! | file | idea |
//! |---|---|
//! | `view` | the box: what is looked at, and what is said where there is nothing to look at |
//! | `table` | one line per template |
//! | `grid` | facts × templates, and templates × templates |
//! | `summary` | the chosen set: what it is worth on facts that it was not chosen on |

mod grid;
mod summary;
mod table;
mod view;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;

use super::{Dialog, Outcome, WIDE};
use crate::figure::Order;
use crate::named::named;
use crate::tui::glossary::explained;
use crate::tui::keymap::Key;
use crate::tui::widgets::rows::Rows;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::next_of;
use crate::tui::workspace::judging::{Lab as Found, Standing};

named! {
    /// What of the templates is looked at.
    #[derive(Default)]
    pub enum Page {
        /// A line per template
        #[default]
        Templates = "templates",
        /// Facts × templates
        Matrix = "matrix",
        /// Templates × templates
        Agreement = "agreement",
    }
}

/// Which page, and what of it is under the cursor.
#[derive(Debug, Clone, Default)]
pub struct Lab {
    pub page: Page,
    pub rows: Rows,
    pub columns: Rows,
    /// What is right most often first, in place of what is alike together.
    pub by_score: bool,
    /// A digit goes on with the number that is being typed.
    types: bool,
}

/// Columns and rows of its box at most.
const SIZE: (u16, u16) = (132, 56);

impl Lab {
    pub fn order(&self) -> Order {
        match self.by_score {
            true => Order::Score,
            false => Order::Cluster,
        }
    }

    /// Rows and columns of the page.
    fn counts(&self, found: &Found) -> (usize, usize) {
        let (facts, n) = (found.matrix.facts.len(), found.matrix.templates.len());
        match self.page {
            Page::Templates => (n, 1),
            Page::Matrix => (facts, n),
            Page::Agreement => (n, n),
        }
    }

    /// How many templates are to be chosen, digit by digit.
    fn digit(&mut self, work: &mut Workspace, found: &Found, digit: usize) {
        let most = found.matrix.templates.len() - 1;
        let k = &mut work.judging.wish.k;
        let longer = k.saturating_mul(10).saturating_add(digit);
        *k = match self.types && longer <= most {
            true => longer,
            false => digit.clamp(1, most),
        };
        self.types = true;
    }

    fn turn(&mut self, by: isize) {
        self.page = next_of(Page::ALL, self.page, by);
        (self.rows, self.columns) = Default::default();
    }
}

/// What has been counted, where that is done.
fn found(work: &Workspace) -> Option<std::sync::Arc<Found>> {
    match work.lab() {
        Standing::Ready(_, Ok(found)) => Some(found),
        _ => None,
    }
}

impl Dialog for Lab {
    fn size(&self, work: &Workspace) -> (u16, u16) {
        match found(work) {
            Some(_) => SIZE,
            None => (WIDE, 10),
        }
    }

    fn keys(&self, work: &Workspace) -> Vec<(&'static str, &'static str)> {
        match work.lab() {
            Standing::Ready(_, Ok(_)) => {
                let mut keys = vec![("tab", "next page"), ("enter", "use the set"), ("1-9", "k")];
                if self.page == Page::Matrix {
                    keys.push(("o", "order"));
                }
                keys.extend([
                    ("s", "other halves"),
                    ("a", "ask all templates"),
                    ("esc", "close"),
                ]);
                keys
            }
            Standing::Asking(..) | Standing::Counting => vec![("esc", "close")],
            _ => vec![("a", "ask all"), ("c", "ask the chosen"), ("esc", "close")],
        }
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        let types = std::mem::take(&mut self.types);
        let stays = |effects| (effects, true);
        let asks = matches!(work.lab(), Standing::Unasked | Standing::Ready(..));
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return (Vec::new(), false),
            KeyCode::Char('a') if asks => return stays(work.ask_alone(true)),
            KeyCode::Char('c') if asks => return stays(work.ask_alone(false)),
            _ => {}
        }
        let Some(found) = found(work) else {
            return stays(Vec::new());
        };
        let (rows, columns) = self.counts(&found);
        if self.rows.step(key, rows) {
            return stays(Vec::new());
        }
        match key.code {
            KeyCode::Tab => self.turn(1),
            KeyCode::BackTab => self.turn(-1),
            KeyCode::Left | KeyCode::Char('h') => self.columns.shift(-1, columns),
            KeyCode::Right | KeyCode::Char('l') => self.columns.shift(1, columns),
            KeyCode::Char(digit @ '0'..='9') => {
                self.types = types;
                self.digit(work, &found, digit as usize - '0' as usize);
            }
            KeyCode::Char('s') => work.judging.wish.seed = work.judging.wish.seed.wrapping_add(1),
            KeyCode::Char('o') => self.by_score = !self.by_score,
            KeyCode::Enter => {
                let stays = !work.use_chosen(&found);
                return (Vec::new(), stays);
            }
            _ => {}
        }
        stays(Vec::new())
    }

    fn prepare(&mut self, work: &Workspace, inner: Rect) {
        if let Some(found) = found(work) {
            let (rows, columns) = self.counts(&found);
            let room = view::parts(self, work, &found, inner).room;
            self.rows.follow(room.1, rows);
            self.columns.follow(room.0, columns);
        }
    }

    fn press(&mut self, work: &Workspace, inner: Rect, line: usize) {
        if let Some(found) = found(work) {
            let body = view::parts(self, work, &found, inner).body;
            let first = usize::from(body.y - inner.y);
            let (rows, _) = self.counts(&found);
            if (first..first + usize::from(body.height)).contains(&line) {
                self.rows.point(line - first, rows);
            }
        }
    }

    fn wheel(&mut self, work: &Workspace, by: isize) -> bool {
        let Some(found) = found(work) else {
            return false;
        };
        self.rows.shift(by, self.counts(&found).0);
        true
    }

    fn hint(&self, work: &Workspace) -> Option<String> {
        found(work)?;
        explained(match self.page {
            Page::Templates => "optimism",
            Page::Matrix => "template",
            Page::Agreement => "consistency",
        })
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}
