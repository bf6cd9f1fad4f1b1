//! The prompt's tokens in lines.

mod lines;
mod view;

use ratatui::buffer::Buffer;

use super::{Component, Frame};
use crate::layout::Role;
use crate::tui::glossary::explained;
use crate::tui::workspace::Workspace;
use lines::{Line, lines};

/// Columns for the position and the owner in front of every line.
const GUTTER: u16 = 10;

#[derive(Debug, Default)]
pub struct PromptPane {
    /// The first line on screen.
    pub top: usize,
    lines: Vec<Line>,
    /// Which sequence the lines are of, and for how many columns they are broken.
    broken: Option<(u64, u16)>,
}

impl PromptPane {
    fn last(&self) -> usize {
        self.lines.len().saturating_sub(1)
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
        }
        let page = usize::from(frame.inner.height).max(1);
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

    fn check(&self, _: &Workspace) -> Result<(), String> {
        match self.top <= self.last() {
            true => Ok(()),
            false => Err("the prompt is scrolled past its end".into()),
        }
    }
}
