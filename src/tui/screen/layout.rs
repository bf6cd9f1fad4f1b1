//! Where everything stands on screen, computed from sizes alone so that drawing and mouse agree.

use ratatui::layout::Rect;

use crate::tui::panes::Pane;

/// A pane's place on a large screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    UpperLeft,
    LowerLeft,
    Middle,
    Right,
    BottomLeft,
    BottomRight,
}

impl Slot {
    /// Whether panes in these places take turns in one place on smaller screens.
    pub fn is_shared(self) -> bool {
        matches!(self, Slot::Right | Slot::BottomLeft | Slot::BottomRight)
    }
}

/// What decides where the panes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    pub focus: Pane,
    /// Of the panes that share a place on smaller screens the one that was looked at last.
    pub lower: Pane,
    pub enlarged: bool,
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    pub header: Rect,
    /// What is under the cursor, in words.
    pub hint: Rect,
    pub footer: Rect,
    /// In the order of [`Pane::ALL`]; empty where a pane is not shown.
    panes: Vec<Rect>,
    /// Whether panes have borders; without, a title line alone.
    pub borders: bool,
}

impl Screen {
    /// Lays a screen out:
    ///
    /// ```text
    /// ≥ 110×24               ≥ 64×16              smaller, or enlarged
    /// rel │ templ │ mask     rel  │ templates      focused pane
    /// fact│       │          facts│ mask|prompt|run
    /// prompt      │ run
    /// ```
    pub fn new(width: u16, height: u16, view: View) -> Screen {
        let whole = Rect::new(0, 0, width, height);
        let (head, hint, foot) = match height {
            0..=2 => (0, 0, 0),
            3..=5 => (0, 0, 1),
            6..=19 => (1, 0, 1),
            _ => (1, 1, 1),
        };
        let header = Rect {
            height: head,
            ..whole
        };
        let footer = Rect {
            y: height - foot,
            height: foot,
            ..whole
        };
        let hint = Rect {
            y: height - foot - hint,
            height: hint,
            ..whole
        };
        let body = Rect {
            y: head,
            height: height - head - hint.height - foot,
            ..whole
        };
        let place = |pane: &Pane| {
            if view.enlarged || width < 64 || height < 16 {
                return if *pane == view.focus {
                    body
                } else {
                    Rect::ZERO
                };
            }
            let slot = pane.slot();
            if width >= 110 && height >= 24 {
                return large(slot, body);
            }
            match slot.is_shared() && *pane != view.lower {
                true => Rect::ZERO,
                false => medium(slot, body),
            }
        };
        Screen {
            header,
            hint,
            footer,
            panes: Pane::ALL.iter().map(place).collect(),
            borders: height >= 10 && width >= 30,
        }
    }

    /// The panes that stand behind the one shown in the same place.
    pub fn behind(&self, pane: Pane) -> impl Iterator<Item = Pane> {
        let shown = |pane: &Pane| !self.pane(*pane).is_empty();
        // With all others on screen, nothing is enlarged.
        let (shared, others): (Vec<Pane>, Vec<Pane>) = Pane::ALL
            .iter()
            .copied()
            .partition(|pane| pane.slot().is_shared());
        let shares = pane.slot().is_shared() && shown(&pane) && others.iter().all(shown);
        shared
            .into_iter()
            .filter(move |other| shares && !shown(other))
    }

    /// The pane's rectangle; empty where it is not shown.
    pub fn pane(&self, pane: Pane) -> Rect {
        self.panes[pane as usize]
    }

    /// What is left of a pane inside its border or under its title.
    pub fn inner(&self, pane: Pane) -> Rect {
        let area = self.pane(pane);
        if self.borders {
            return Rect {
                x: area.x + 1,
                y: area.y + 1,
                width: area.width.saturating_sub(2),
                height: area.height.saturating_sub(2),
            };
        }
        Rect {
            y: area.y + u16::from(area.height > 0),
            height: area.height.saturating_sub(1),
            ..area
        }
    }

    /// The pane under a cell.
    pub fn hit(&self, column: u16, row: u16) -> Option<Pane> {
        let hit = |pane: &Pane| self.pane(*pane).contains((column, row).into());
        Pane::ALL.iter().copied().find(hit)
    }
}

fn large(slot: Slot, body: Rect) -> Rect {
    let left = (body.width * 18 / 100).clamp(22, 36);
    let right = (body.width * 42 / 100).clamp(46, 120);
    let middle = body.width - left - right;
    // The run wants its answers, the mask all it can get.
    let lower = (body.height * 2 / 5).clamp(10, 18);
    let upper = body.height - lower;
    let half = upper * 2 / 5;
    let at = |x: u16, y: u16, width: u16, height: u16| Rect::new(x, body.y + y, width, height);
    match slot {
        Slot::UpperLeft => at(0, 0, left, half),
        Slot::LowerLeft => at(0, half, left, upper - half),
        Slot::Middle => at(left, 0, middle, upper),
        Slot::Right => at(left + middle, 0, right, upper),
        Slot::BottomLeft => at(0, upper, left + middle, lower),
        Slot::BottomRight => at(left + middle, upper, right, lower),
    }
}

fn medium(slot: Slot, body: Rect) -> Rect {
    let left = (body.width * 3 / 10).clamp(22, 34);
    let upper = (body.height * 2 / 5).max(6);
    let lower = body.height - upper;
    let at = |x: u16, y: u16, width: u16, height: u16| Rect::new(x, body.y + y, width, height);
    match slot {
        Slot::UpperLeft => at(0, 0, left, upper),
        Slot::LowerLeft => at(0, upper, left, lower),
        Slot::Middle => at(left, 0, body.width - left, upper),
        Slot::Right | Slot::BottomLeft | Slot::BottomRight => {
            at(left, upper, body.width - left, lower)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::panes::mask::MaskParts;

    #[test]
    fn panes_stay_on_screen_and_apart_at_every_size() {
        for width in 0..220 {
            for height in 0..70 {
                for enlarged in [false, true] {
                    let view = View {
                        focus: Pane::Mask,
                        lower: Pane::Mask,
                        enlarged,
                    };
                    let screen = Screen::new(width, height, view);
                    let whole = Rect::new(0, 0, width, height);
                    let shown: Vec<Rect> = Pane::ALL
                        .iter()
                        .map(|&pane| screen.pane(pane))
                        .filter(|area| !area.is_empty())
                        .collect();
                    for (i, area) in shown.iter().enumerate() {
                        assert_eq!(area.intersection(whole), *area, "{width}x{height}");
                        assert!(
                            shown[i + 1..]
                                .iter()
                                .all(|other| area.intersection(*other).is_empty())
                        );
                    }
                    let parts = MaskParts::new(screen.inner(Pane::Mask));
                    assert_eq!(parts.cells.intersection(whole), parts.cells);
                }
            }
        }
    }
}
