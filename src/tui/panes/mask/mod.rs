//! The mask of the present layout: zoom, scroll and crosshair.

mod grid;
mod keys;
mod parts;
mod raster;
mod view;
mod zoom;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub use grid::Grid;
pub use parts::MaskParts;
pub use zoom::Zoom;

use super::{Component, Frame};
use crate::layout::{Options, picture};
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::workspace::{Crosshair, Workspace};

/// Which of the masks a zoom belongs to.
#[derive(Debug, Clone, Default, PartialEq)]
enum LookedAt {
    /// None yet: the zoom is that of the first.
    #[default]
    Nothing,
    /// A plain prompt.
    Alone,
    Layout(Options),
}

/// How the mask is looked at. The cell that is looked at is the workspace's, since the prompt shows it too.
#[derive(Debug, Clone, Default)]
pub struct MaskPane {
    pub zoom: Zoom,
    /// The layout that is on screen, and how others were looked at.
    looked_at: LookedAt,
    kept: Vec<(LookedAt, Zoom)>,
    /// First line and column on screen, in cells of the grid.
    pub top: usize,
    pub left: usize,
    /// First line on screen of a view that is no mask.
    pub chart_top: usize,
    /// How many of its lines stand below those on screen.
    chart_below: usize,
}

impl MaskPane {
    /// The mask's grid at a zoom, for the cells that the pane has. Stands after [`Workspace::prepare`].
    pub fn grid(&self, work: &Workspace, frame: Frame, zoom: Zoom) -> Option<Grid> {
        let cells = MaskParts::new(frame.inner).cells;
        let (width, height) = (usize::from(cells.width), usize::from(cells.height));
        let half = work.theme.half_blocks();
        Some(Grid::new(work.built()?, zoom, width, height, half))
    }

    /// Blocks of rows and of keys on screen.
    pub(super) fn window(&self, grid: &Grid, cells: Rect) -> (Range<usize>, Range<usize>) {
        let part = |first: usize, room: usize, all: usize| first.min(all)..(first + room).min(all);
        let per_line = grid.per_line;
        let lines = usize::from(cells.height) * per_line;
        (
            part(self.top * per_line, lines, grid.blocks.rows.len()),
            part(self.left, usize::from(cells.width), grid.blocks.keys.len()),
        )
    }

    /// What of the mask is on screen, for attention to be computed. Stands after [`Component::prepare`].
    pub fn picture(
        &self,
        work: &Workspace,
        frame: Frame,
    ) -> Option<(picture::Grid, Range<usize>, Range<usize>)> {
        let grid = self.grid(work, frame, self.zoom)?;
        let (rows, keys) = self.window(&grid, MaskParts::new(frame.inner).cells);
        if rows.is_empty() || keys.is_empty() {
            return None;
        }
        let fine = self.heat_grid(work, &grid);
        let same = |axis: &picture::Axis, blocks: Range<usize>, fine: &picture::Axis| {
            let tokens = axis.blocks(blocks);
            fine.of(tokens.start)..fine.of(tokens.end - 1) + 1
        };
        let rows = same(&grid.blocks.rows, rows, &fine.rows);
        let keys = same(&grid.blocks.keys, keys, &fine.keys);
        Some((fine, rows, keys))
    }

    /// Every layout has a zoom of its own, and begins whole. Cross-attention is looked at where one is.
    fn turn_to(&mut self, now: LookedAt) {
        if self.looked_at == now {
            return;
        }
        let before = std::mem::replace(&mut self.looked_at, now);
        if before == LookedAt::Nothing {
            return;
        }
        self.kept.retain(|(known, _)| *known != before);
        self.kept.push((before, self.zoom));
        let known = self.kept.iter().find(|(known, _)| *known == self.looked_at);
        self.zoom = known.map_or(Zoom::Fit, |(_, zoom)| *zoom);
    }

    /// Scrolls so that the crosshair is on screen.
    fn follow(&mut self, crosshair: Crosshair, grid: &Grid, width: usize, height: usize) {
        let line = grid.line(crosshair.row);
        let column = grid.blocks.keys.of(crosshair.key);
        // Out of sight, it comes to the middle: what lies around it is what one wants to see.
        let keep = |start: usize, at: usize, room: usize| {
            if (start..start + room.max(1)).contains(&at) {
                start
            } else {
                at.saturating_sub(room / 2)
            }
        };
        self.top = keep(self.top, line, height);
        self.left = keep(self.left, column, width);
    }
}

impl Component for MaskPane {
    fn title(&self, work: &Workspace, frame: Frame, room: usize) -> String {
        view::title(self, work, frame, room)
    }

    fn draw(&self, work: &Workspace, frame: Frame, buf: &mut Buffer) {
        view::draw(self, work, frame, buf);
    }

    /// Keeps crosshair and scroll inside the mask; the scroll goes after a crosshair that moved.
    fn prepare(&mut self, work: &mut Workspace, frame: Frame) {
        let now = work.built().map(|sequence| match sequence.alone {
            Some(_) => LookedAt::Alone,
            None => LookedAt::Layout(Options {
                manual_cross_attention: false,
                ..work.choice.options.clone()
            }),
        });
        if let Some(now) = now {
            self.turn_to(now);
        }
        if work.charted().is_some() {
            let last = view::last_top(work, frame.inner);
            self.chart_top = self.chart_top.min(last);
            self.chart_below = last - self.chart_top;
        }
        let follow = std::mem::take(&mut work.crosshair.follow);
        let Some(grid) = self.grid(work, frame, self.zoom) else {
            return;
        };
        let cells = MaskParts::new(frame.inner).cells;
        let (width, height) = (usize::from(cells.width), usize::from(cells.height));
        if follow {
            self.follow(work.crosshair, &grid, width, height);
        }
        let last = work
            .built()
            .map_or(0, |sequence| sequence.len().saturating_sub(1));
        work.crosshair.row = work.crosshair.row.min(last);
        work.crosshair.key = work.crosshair.key.min(last);
        self.top = self.top.min(grid.lines().saturating_sub(height));
        self.left = self.left.min(grid.blocks.keys.len().saturating_sub(width));
    }

    fn act(&mut self, work: &mut Workspace, frame: Frame, action: Action) -> Option<Vec<Effect>> {
        keys::act(self, work, frame, action).then(Vec::new)
    }

    fn go(&mut self, work: &mut Workspace, frame: Frame, rows: isize, columns: isize) {
        match work.charted() {
            Some(view) => keys::step_chart(self, work, view, rows, columns),
            None => keys::step(self, work, frame, rows, columns),
        }
    }

    fn press(&mut self, work: &mut Workspace, frame: Frame, column: u16, row: u16) {
        if work.charted().is_none() {
            keys::point(self, work, frame, column, row);
        }
    }

    fn hint(&self, work: &Workspace, frame: Frame) -> Option<String> {
        view::hint(self, work, frame)
    }

    fn drags(&self) -> bool {
        true
    }

    fn below(&self, work: &Workspace, _: Frame) -> Option<usize> {
        work.charted().map(|_| self.chart_below)
    }

    fn wheel(&mut self, work: &mut Workspace, _: Frame, rows: isize, columns: isize) {
        if work.charted().is_some() {
            self.chart_top = self.chart_top.saturating_add_signed(rows);
            return;
        }
        self.top = self.top.saturating_add_signed(rows);
        self.left = self.left.saturating_add_signed(columns);
    }
}
