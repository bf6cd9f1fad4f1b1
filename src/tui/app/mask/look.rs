//! Looking around in the mask: crosshair, zoom, segments.

use super::{Grid, Zoom};
use crate::tui::app::{App, MaskParts, Pane};

impl App {
    /// The mask's grid at a zoom, for the cells that the screen has. Stands after [`App::prepare`].
    pub fn grid(&self, zoom: Zoom) -> Option<Grid> {
        let sequence = self.sequence()?.ok()?;
        let cells = MaskParts::new(self.screen().inner(Pane::Mask)).cells;
        let (width, height) = (usize::from(cells.width), usize::from(cells.height));
        let half = self.theme.half_blocks();
        Some(Grid::new(sequence, zoom, width, height, half))
    }

    /// The mask's grid as it is on screen, and the grid that shows everything.
    pub(in crate::tui::app) fn grids(&mut self) -> Option<(Grid, Grid)> {
        self.prepare();
        self.grid(self.mask.zoom).zip(self.grid(Zoom::Fit))
    }

    pub(in crate::tui::app) fn move_crosshair(&mut self, rows: isize, columns: isize) {
        if let Some((grid, _)) = self.grids() {
            self.mask.step(&grid, rows, columns);
            self.follow = true;
        }
    }

    pub(in crate::tui::app) fn zoom(&mut self, how: impl FnOnce(Zoom, &Grid, &Grid) -> Zoom) {
        if let Some((grid, fit)) = self.grids() {
            self.mask.zoom = how(self.mask.zoom, &grid, &fit);
            self.follow = true;
        }
    }

    /// Moves the crosshair's row or key to the next segment.
    pub(in crate::tui::app) fn segment(&mut self, by: isize, row: bool) {
        self.prepare();
        let Some((_, Ok(sequence))) = &self.sequence else {
            return;
        };
        let segments = sequence.layout.segments();
        let at = if row {
            &mut self.mask.row
        } else {
            &mut self.mask.key
        };
        // The start of the present segment counts as a stop on the way back.
        let stop = if by > 0 {
            segments
                .iter()
                .map(|segment| segment.start)
                .find(|start| start > at)
        } else {
            segments
                .iter()
                .rev()
                .map(|segment| segment.start)
                .find(|start| start < at)
        };
        if let Some(stop) = stop {
            *at = stop;
        }
        self.follow = true;
    }
}
