//! The mouse over an overlay: a click inside selects a row, one outside closes what holds no typed text; the wheel
//! scrolls pages and moves cursors.

use super::{OptionRow, Overlay};
use crate::tui::app::{App, Mouse, MouseKind};

/// Lines of a page per notch of the wheel.
const NOTCH: usize = 3;

impl App {
    pub(in crate::tui::app) fn overlay_mouse(&mut self, mouse: Mouse) {
        match mouse.kind {
            MouseKind::Press => self.overlay_press(mouse),
            MouseKind::ScrollUp => self.overlay_wheel(true),
            MouseKind::ScrollDown => self.overlay_wheel(false),
            MouseKind::Drag | MouseKind::ScrollLeft | MouseKind::ScrollRight => self.dirty = false,
        }
    }

    fn overlay_press(&mut self, mouse: Mouse) {
        let Some((area, inner)) = self.overlay_area() else {
            return;
        };
        self.notice = None;
        let at = (mouse.column, mouse.row).into();
        if !area.contains(at) {
            self.overlay.take_if(|overlay| !overlay.holds_text());
            return;
        }
        if !inner.contains(at) || mouse.row - inner.y >= self.overlay_rows() {
            return;
        }
        let (line, sets) = (usize::from(mouse.row - inner.y), self.sets.len());
        match &mut self.overlay {
            Some(Overlay::Options(rows)) => rows.point(line, OptionRow::ALL.len()),
            Some(Overlay::Sets(rows)) => rows.point(line, sets),
            Some(Overlay::Shots(editor)) if editor.input.is_none() => {
                editor.rows.point(line, editor.count());
            }
            Some(Overlay::Command { top, cursor }) => {
                let page = self.page.as_ref();
                if let Some(block) = page.and_then(|page| page.block_of(*top + line)) {
                    *cursor = block;
                }
            }
            _ => {}
        }
    }

    fn overlay_wheel(&mut self, back: bool) {
        let (by, sets) = (if back { -1 } else { 1 }, self.sets.len());
        match &mut self.overlay {
            // The next frame takes it back to where the text ends.
            Some(Overlay::Help { top } | Overlay::Command { top, .. }) => {
                *top = top.saturating_add_signed(by * NOTCH as isize);
            }
            Some(Overlay::Options(rows)) => rows.shift(by, OptionRow::ALL.len()),
            Some(Overlay::Sets(rows)) => rows.shift(by, sets),
            Some(Overlay::Shots(editor)) if editor.input.is_none() => {
                editor.rows.shift(by, editor.count());
            }
            _ => self.dirty = false,
        }
    }
}
