//! The run: how far it is, what came out, and the log.

mod belief;
mod columns;
mod figures;
mod groups;
mod order;
mod parts;
mod rows;
mod show;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use belief::{BeliefLine, Draws};
pub use columns::{Column, Columns};
pub use figures::Figure;
pub use groups::Group;
pub use order::Order;
pub use parts::RunParts;
pub use show::Show;

use super::{Component, Frame};
use crate::named::named;
use crate::tui::glossary::explained;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::text::{visible, wrap};
use crate::tui::widgets::list::List;
use crate::tui::workspace::Workspace;

#[derive(Debug, Default)]
pub struct RunPane {
    /// The answers, or the settings of a comparison, as indices into the run's rows or columns.
    pub list: List,
    pub table: Table,
    pub order: Order,
    pub reversed: bool,
    pub show: Show,
    /// What the other tables show of the run.
    pub figures: Vec<Figure>,
    pub groups: Vec<Group>,
    pub belief: Vec<BeliefLine>,
    /// Whether the log is shown, which of its entries, and how many of their lines are newer than those on screen.
    pub show_log: bool,
    pub log: List,
    pub log_back: usize,
    /// The last job that was asked for.
    seen: u64,
    /// What the list was filled from.
    filled: rows::Version,
}

named! {
    /// What the rows of the pane are.
    #[derive(Default)]
    pub enum Table {
        /// One row per answer
        #[default]
        Answers = "answers",
        /// Accuracy per relation and per template
        Figures = "figures",
        /// Wrong answers by what they say
        Groups = "wrong answers by prediction",
        /// What the accuracy owes to templates, and what probabilities are worth
        Belief = "figures of BELIEF",
    }
}

/// What the filter leaves of the log in lines of so many columns, the newest last.
pub fn log_lines(pane: &RunPane, work: &Workspace, columns: u16) -> Vec<String> {
    let symbols = work.theme.symbols;
    let shown = pane.log.items().iter();
    let texts = shown.filter_map(|&entry| work.status.log.get(entry));
    let lines = |text: &String| wrap(&visible(text, symbols), usize::from(columns));
    texts.flat_map(lines).collect()
}

impl RunPane {
    fn sort(&mut self, work: &mut Workspace, order: Order, reversed: bool) {
        (self.order, self.reversed) = (order, reversed);
        self.refill(work);
        work.say(format!("answers: {}", self.order_in_words()));
    }

    fn fill_log(&mut self, work: &Workspace) {
        let log = work.status.log.iter().cloned().enumerate();
        self.log.fill(log, false, None);
    }

    /// The columns of answers in a line.
    pub fn columns(&self, line: Rect) -> Columns {
        let alone = self.figures.iter().any(|figure| figure.is_template);
        Columns::new(line, alone)
    }

    /// `by subject, the other way round`.
    pub fn order_in_words(&self) -> String {
        let reversed = match self.reversed {
            true => ", the other way round",
            false => "",
        };
        format!("{}{reversed}", self.order)
    }

    /// Where the rows stand: below progress, accuracy and the answer in the making.
    fn rows(&self, work: &Workspace, frame: Frame) -> Frame {
        let inner = match RunParts::of(work, frame.inner) {
            Some(parts) => parts.rows,
            None => frame.inner,
        };
        Frame { inner, ..frame }
    }
}

impl Component for RunPane {
    fn hint(&self, _: &Workspace, _: Frame) -> Option<String> {
        let here = self.list.selected().filter(|_| self.table == Table::Belief);
        let line = here.and_then(|line| self.belief.get(line));
        explained(line.map_or("interval", |line| line.word))
    }

    fn title(&self, work: &Workspace, _: Frame, room: usize) -> String {
        view::title(self, work, room)
    }

    fn draw(&self, work: &Workspace, frame: Frame, buf: &mut Buffer) {
        view::draw(self, work, frame, buf);
    }

    /// A new job is what one wants to see, from the top.
    fn sync(&mut self, work: &mut Workspace) -> bool {
        let last = work.runs.newest();
        let is_new = last > self.seen;
        if is_new {
            self.seen = last;
            self.show_log = false;
        }
        is_new
    }

    /// Takes in new rows, and keeps the scroll offsets inside: the last page stays on screen.
    fn prepare(&mut self, work: &mut Workspace, frame: Frame) {
        let now = rows::version(work);
        if now != self.filled {
            if now.0 != self.filled.0 {
                self.list = List::default();
                self.table = Table::default();
                // What hides answers of one run is not what one wants of the next.
                self.show = Show::default();
            }
            rows::fill(self, work);
            self.filled = now;
        }
        let rows = self.list.rows(self.rows(work, frame));
        self.list.follow(rows);
        if self.show_log {
            self.fill_log(work);
        }
        if self.show_log && self.log_back > 0 {
            let page = usize::from(self.page(work, frame).max(1));
            let lines = log_lines(self, work, frame.inner.width).len();
            self.log_back = self.log_back.min(lines.saturating_sub(page));
        }
    }

    fn act(&mut self, work: &mut Workspace, frame: Frame, action: Action) -> Option<Vec<Effect>> {
        match action {
            Action::Log => {
                self.show_log = !self.show_log;
                self.log_back = 0;
            }
            Action::OpenRow => {
                self.prepare(work, frame);
                rows::open(self, work);
            }
            Action::OrderRows => self.sort(work, self.order.next(), false),
            Action::ReverseRows => self.sort(work, self.order, !self.reversed),
            Action::ShowWrong => {
                self.show = self.show.next(work.kept.listing.pinned.is_some());
                self.table = Table::Answers;
                self.refill(work);
                work.say(format!("answers: {}", self.show.words()));
            }
            Action::RunTable => {
                let run = work.runs.current.as_ref();
                if run.is_none_or(|run| run.compares() || run.is_about_one_fact()) {
                    work.say("figures and groups are of a run of many facts".into());
                    return Some(Vec::new());
                }
                self.prepare(work, frame);
                self.table = Table::ALL[(self.table as usize + 1) % Table::ALL.len()];
                self.list = List::default();
                self.refill(work);
                work.say(self.table.to_string());
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn go(&mut self, work: &mut Workspace, frame: Frame, rows: isize, _: isize) {
        if self.show_log {
            // Down goes to later lines.
            self.log_back = self.log_back.saturating_add_signed(-rows);
        } else {
            self.prepare(work, frame);
            self.list.step(rows);
        }
        self.prepare(work, frame);
    }

    /// A click on the head of a column sorts by it, another one the other way round.
    fn press(&mut self, work: &mut Workspace, frame: Frame, column: u16, row: u16) {
        if self.show_log {
            return;
        }
        let head = RunParts::of(work, frame.inner).map(|parts| parts.head);
        let head = head.filter(|head| head.contains((column, row).into()));
        let order = head
            .and_then(|head| self.columns(head).at(column))
            .map(Column::order);
        match order.filter(|_| self.table == Table::Answers) {
            Some(order) => self.sort(work, order, order == self.order && !self.reversed),
            None => {
                self.list.point(self.rows(work, frame), row);
            }
        }
    }

    /// Lines that can be scrolled.
    fn page(&self, work: &Workspace, frame: Frame) -> u16 {
        match self.show_log {
            true => self.log.rows(frame) as u16,
            false => self.list.rows(self.rows(work, frame)) as u16,
        }
    }

    fn below(&self, work: &Workspace, frame: Frame) -> Option<usize> {
        if self.show_log {
            return Some(self.log_back);
        }
        work.runs.current.as_ref()?;
        let page = self.list.rows(self.rows(work, frame));
        let rows = self.list.items().len();
        Some(rows.saturating_sub(self.list.offset() + page))
    }

    fn list(&self) -> Option<&List> {
        Some(if self.show_log { &self.log } else { &self.list })
    }

    fn list_mut(&mut self) -> Option<&mut List> {
        Some(match self.show_log {
            true => &mut self.log,
            false => &mut self.list,
        })
    }

    fn refill(&mut self, work: &mut Workspace) {
        if self.show_log {
            self.log_back = 0;
            return self.fill_log(work);
        }
        rows::fill(self, work);
        self.list.go_to_match();
    }
}
