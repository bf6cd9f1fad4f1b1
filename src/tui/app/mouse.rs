//! The mouse: focus, select, toggle, scroll, and the crosshair on a cell of the mask.

use super::{App, Effect, MaskParts, Mouse, MouseKind, Pane};

/// Lines per notch of the wheel.
const NOTCH: usize = 3;

impl App {
    pub(super) fn mouse_event(&mut self, mouse: Mouse) -> Vec<Effect> {
        if self.overlay.is_some() {
            self.overlay_mouse(mouse);
            return Vec::new();
        }
        let screen = self.screen();
        let Some(pane) = screen.hit(mouse.column, mouse.row) else {
            self.dirty = false;
            return Vec::new();
        };
        match mouse.kind {
            MouseKind::Press => {
                self.notice = None;
                let hidden = self.label_at(mouse.column, mouse.row);
                self.focus_on(hidden.unwrap_or(pane));
                if hidden.is_none() {
                    self.press(pane, mouse);
                }
            }
            MouseKind::Drag if pane == Pane::Mask => self.press(pane, mouse),
            MouseKind::Drag => self.dirty = false,
            kind => self.wheel(pane, kind),
        }
        Vec::new()
    }

    fn press(&mut self, pane: Pane, mouse: Mouse) {
        if pane == Pane::Mask {
            return self.press_mask(mouse);
        }
        let inner = self.screen().inner(pane);
        let top = inner.y + (inner.height - self.list_rows(pane).min(inner.height));
        let Some(line) = mouse
            .row
            .checked_sub(top)
            .filter(|line| *line < inner.height)
        else {
            return;
        };
        let Some(list) = self.list_mut(pane) else {
            return;
        };
        let there = list.go(list.offset() + usize::from(line));
        self.settle_cursors();
        // The box and the id in front of a template.
        if there
            && pane == Pane::Templates
            && mouse.column < inner.x + 6
            && let Some(template) = self.templates.selected()
        {
            self.pick(|picks| picks.toggle(template));
        }
    }

    fn press_mask(&mut self, mouse: Mouse) {
        let cells = MaskParts::new(self.screen().inner(Pane::Mask)).cells;
        let Some((grid, _)) = self
            .grids()
            .filter(|_| cells.contains((mouse.column, mouse.row).into()))
        else {
            return;
        };
        let line = self.mask.top + usize::from(mouse.row - cells.y);
        let column = self.mask.left + usize::from(mouse.column - cells.x);
        // Of two blocks in one cell the lower one: it reads more.
        let row = (line * grid.per_line + grid.per_line - 1)
            .min(grid.blocks.rows.len().saturating_sub(1));
        if line < grid.lines() && column < grid.blocks.keys.len() {
            self.mask.row = grid.blocks.rows.block(row).end - 1;
            self.mask.key = grid.blocks.keys.block(column).start;
        }
    }

    fn wheel(&mut self, pane: Pane, kind: MouseKind) {
        let by = |top: usize, back: bool| {
            if back {
                top.saturating_sub(NOTCH)
            } else {
                top + NOTCH
            }
        };
        let (back, sideways) = match kind {
            MouseKind::ScrollUp => (true, false),
            MouseKind::ScrollLeft => (true, true),
            MouseKind::ScrollRight => (false, true),
            _ => (false, false),
        };
        match pane {
            Pane::Mask if sideways => self.mask.left = by(self.mask.left, back),
            Pane::Mask => self.mask.top = by(self.mask.top, back),
            Pane::Prompt => {
                self.prompt_top =
                    by(self.prompt_top, back).min(self.prompt_lines().len().saturating_sub(1));
            }
            pane => {
                let before = self.focus;
                self.focus = pane;
                self.go(
                    if back {
                        -(NOTCH as isize)
                    } else {
                        NOTCH as isize
                    },
                    0,
                );
                self.focus = before;
            }
        }
    }
}
