//! The prompt's tokens in lines, and a text looked for in them.

mod lines;
mod search;
mod view;

use ratatui::buffer::Buffer;

use super::{Component, Frame};
use crate::layout::Role;
use crate::tui::glossary::explained;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::widgets::list::List;
use crate::tui::workspace::Workspace;
use lines::{Line, lines};
use search::Hits;

/// Columns for the position and the owner in front of every line.
const GUTTER: u16 = 10;

#[derive(Debug, Default)]
pub struct PromptPane {
    /// The first line on screen.
    pub top: usize,
    lines: Vec<Line>,
    /// Which sequence the lines are of, and for how many columns they are broken.
    broken: Option<(u64, u16)>,
    /// What is looked for is its query.
    list: List,
    hits: Hits,
}

impl PromptPane {
    fn last(&self) -> usize {
        self.lines.len().saturating_sub(1)
    }

    /// Finds what is looked for, from the top of the screen on.
    fn find(&mut self, work: &Workspace) {
        let top = self.lines.get(self.top).map_or(0, |line| line.start);
        let found = work
            .built()
            .map(|sequence| Hits::of(sequence, &self.list.query, top));
        self.hits = found.unwrap_or_default();
    }

    /// Scrolls so that the place that is looked at is among `height` lines on screen.
    fn show_hit(&mut self, height: usize) {
        let Some(token) = self.hits.here().map(|place| place.start) else {
            return;
        };
        let line = self.lines.partition_point(|line| line.end <= token);
        if !(self.top..self.top + height.max(1)).contains(&line) {
            self.top = line.saturating_sub(height / 2).min(self.last());
        }
    }
}

impl Component for PromptPane {
    fn title(&self, work: &Workspace, _: Frame, _: usize) -> String {
        view::title(work)
    }

    fn draw(&self, work: &Workspace, frame: Frame, buf: &mut Buffer) {
        view::draw(self, work, frame, buf);
    }

    /// Breaks the prompt into lines for the pane's width and keeps the scroll offset inside.
    fn prepare(&mut self, work: &mut Workspace, frame: Frame) {
        let columns = frame.inner.width.saturating_sub(GUTTER).max(1);
        let wanted = Some((work.sequence_version(), columns));
        if self.broken != wanted {
            let symbols = work.theme.symbols;
            let built = work.built();
            self.lines = built.map_or(Vec::new(), |sequence| {
                lines(sequence, usize::from(columns), symbols)
            });
            self.broken = wanted;
            self.find(work);
        }
        let page = self.list.rows(frame).max(1);
        self.top = self.top.min(self.lines.len().saturating_sub(page));
    }

    /// The colours are the questions'; the crosshair's key is reversed.
    fn hint(&self, work: &Workspace, _: Frame) -> Option<String> {
        let sequence = work.built()?;
        let key = work.crosshair.key;
        let role = sequence.layout.role.get(key);
        explained(match (sequence.owner(key), role?) {
            (Some(_), _) => "segment",
            (None, Role::Shared) => "shared",
            (None, Role::Context) => "context",
            (None, Role::Orphan) => "glue",
            (None, _) => "cue",
        })
    }

    fn go(&mut self, _: &mut Workspace, _: Frame, rows: isize, _: isize) {
        self.top = self.top.saturating_add_signed(rows).min(self.last());
    }

    fn act(&mut self, _: &mut Workspace, frame: Frame, action: Action) -> Option<Vec<Effect>> {
        self.hits.step(match action {
            Action::NextMatch => 1,
            Action::PreviousMatch => -1,
            _ => return None,
        });
        self.show_hit(self.list.rows(frame));
        Some(Vec::new())
    }

    fn list(&self) -> Option<&List> {
        Some(&self.list)
    }

    fn list_mut(&mut self) -> Option<&mut List> {
        Some(&mut self.list)
    }

    fn refill(&mut self, work: &mut Workspace) {
        self.find(work);
        // How high the pane is, the next frame knows.
        self.show_hit(1);
    }

    fn check(&self, _: &Workspace) -> Result<(), String> {
        match self.top <= self.last() {
            true => Ok(()),
            false => Err("the prompt is scrolled past its end".into()),
        }
    }
}
