//! The mouse: focus, clicks and the wheel, for panes and overlays.

use super::{App, Effect, Mouse, MouseKind, Pane};
use crate::tui::screen::{Click, click_at};

/// Lines per notch of the wheel.
const NOTCH: isize = 3;

impl App {
    pub(super) fn mouse_event(&mut self, mouse: Mouse) -> Vec<Effect> {
        let under = self.overlay_area().map(|(area, _)| area);
        let hidden = under.is_some_and(|area| area.contains((mouse.column, mouse.row).into()));
        if mouse.kind == MouseKind::Press && !hidden {
            match click_at(self, mouse.column, mouse.row) {
                Some(Click::Press(key)) => return self.key(key),
                Some(Click::Act(action)) if self.overlay.is_none() => {
                    self.work.status.notice = None;
                    self.filtering = None;
                    return self.carry_out(action);
                }
                _ => {}
            }
        }
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
                self.work.status.notice = None;
                self.dragging = screen.border_at(mouse.column, mouse.row);
                let hidden = screen.label_at(mouse.column, mouse.row, &self.work.keymap);
                self.focus_on(hidden.unwrap_or(pane));
                if hidden.is_none() {
                    self.press(pane, mouse);
                }
            }
            MouseKind::Drag if self.dragging.is_some() => {
                if let Some(border) = self.dragging {
                    self.view.sizes = screen.moved(border, mouse.column, mouse.row);
                    self.work.crosshair.follow = true;
                }
            }
            MouseKind::Drag if self.panes.get(pane).drags() => self.press(pane, mouse),
            MouseKind::Drag => self.dirty = false,
            MouseKind::ScrollUp => self.wheel(pane, -NOTCH, 0),
            MouseKind::ScrollDown => self.wheel(pane, NOTCH, 0),
            MouseKind::ScrollLeft => self.wheel(pane, 0, -NOTCH),
            MouseKind::ScrollRight => self.wheel(pane, 0, NOTCH),
        }
        Vec::new()
    }

    fn press(&mut self, pane: Pane, mouse: Mouse) {
        let frame = self.frame(&self.screen(), pane);
        let component = self.panes.get_mut(pane);
        component.press(&mut self.work, frame, mouse.column, mouse.row);
    }

    fn wheel(&mut self, pane: Pane, rows: isize, columns: isize) {
        let frame = self.frame(&self.screen(), pane);
        let component = self.panes.get_mut(pane);
        component.wheel(&mut self.work, frame, rows, columns);
    }

    /// A click inside an overlay selects a row, one outside closes what holds no typed text.
    fn overlay_mouse(&mut self, mouse: Mouse) {
        let Some(overlay) = &mut self.overlay else {
            return;
        };
        let (area, inner) = overlay.place(&self.work);
        let dialog = overlay.dialog_mut();
        let at = (mouse.column, mouse.row).into();
        match mouse.kind {
            MouseKind::Press => {
                self.work.status.notice = None;
                if inner.contains(at) {
                    dialog.press(&self.work, inner, usize::from(mouse.row - inner.y));
                } else if !area.contains(at) && !dialog.holds_text() {
                    self.overlay = None;
                }
            }
            MouseKind::ScrollUp => self.dirty = dialog.wheel(&self.work, -1),
            MouseKind::ScrollDown => self.dirty = dialog.wheel(&self.work, 1),
            MouseKind::Drag | MouseKind::ScrollLeft | MouseKind::ScrollRight => self.dirty = false,
        }
    }
}
