//! The six panes and where they stand on screen, computed from sizes alone so that drawing and mouse agree.

use ratatui::layout::Rect;

/// A part of the screen that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    Relations,
    Facts,
    Templates,
    Mask,
    Prompt,
    Run,
}

impl Pane {
    pub const ALL: [Pane; 6] = [
        Pane::Relations,
        Pane::Facts,
        Pane::Templates,
        Pane::Mask,
        Pane::Prompt,
        Pane::Run,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Pane::Relations => "Relations",
            Pane::Facts => "Facts",
            Pane::Templates => "Templates",
            Pane::Mask => "Mask",
            Pane::Prompt => "Prompt",
            Pane::Run => "Run",
        }
    }

    pub fn is_list(self) -> bool {
        matches!(self, Pane::Relations | Pane::Facts | Pane::Templates)
    }

    pub fn next(self, by: usize) -> Pane {
        Pane::ALL[(self as usize + by) % Pane::ALL.len()]
    }
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    pub header: Rect,
    pub footer: Rect,
    /// By pane; empty where a pane is not shown.
    panes: [Rect; 6],
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
    ///
    /// `lower` is the pane of the last three that was looked at last.
    pub fn new(width: u16, height: u16, focus: Pane, lower: Pane, enlarged: bool) -> Screen {
        let whole = Rect::new(0, 0, width, height);
        let (head, foot) = match height {
            0..=2 => (0, 0),
            3..=5 => (0, 1),
            _ => (1, 1),
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
        let body = Rect {
            y: head,
            height: height - head - foot,
            ..whole
        };
        let mut panes = [Rect::ZERO; 6];
        let mut put = |pane: Pane, rect: Rect| panes[pane as usize] = rect;
        let at = |x: u16, y: u16, width: u16, height: u16| Rect::new(x, body.y + y, width, height);
        if enlarged || width < 64 || height < 16 {
            put(focus, body);
        } else if width < 110 || height < 24 {
            let left = (width * 3 / 10).clamp(22, 34);
            let upper = (body.height * 2 / 5).max(6);
            put(Pane::Relations, at(0, 0, left, upper));
            put(Pane::Facts, at(0, upper, left, body.height - upper));
            put(Pane::Templates, at(left, 0, width - left, upper));
            put(lower, at(left, upper, width - left, body.height - upper));
        } else {
            let left = (width * 18 / 100).clamp(22, 36);
            let mask = (width * 42 / 100).clamp(46, 120);
            let middle = width - left - mask;
            // The run wants its answers, the mask all it can get.
            let lower = (body.height * 2 / 5).clamp(10, 18);
            let upper = body.height - lower;
            let relations = upper * 2 / 5;
            put(Pane::Relations, at(0, 0, left, relations));
            put(Pane::Facts, at(0, relations, left, upper - relations));
            put(Pane::Templates, at(left, 0, middle, upper));
            put(Pane::Mask, at(left + middle, 0, mask, upper));
            put(Pane::Prompt, at(0, upper, left + middle, lower));
            put(Pane::Run, at(left + middle, upper, mask, lower));
        }
        Screen {
            header,
            footer,
            panes,
            borders: height >= 10 && width >= 30,
        }
    }

    /// The panes that stand behind the one shown in the same place.
    pub fn behind(&self, pane: Pane) -> impl Iterator<Item = Pane> {
        let shown = |pane: &Pane| !self.pane(*pane).is_empty();
        // With all lists on screen, nothing is enlarged.
        let shares = !pane.is_list() && shown(&pane) && Pane::ALL[..3].iter().all(shown);
        let lower = Pane::ALL[3..].iter().copied();
        lower.filter(move |other| shares && !shown(other))
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
        Pane::ALL
            .into_iter()
            .find(|&pane| self.pane(pane).contains((column, row).into()))
    }
}

/// Where an overlay of at most this size stands on a screen, and where its text: inside its border, above the line that
/// says its keys.
pub fn overlay_box(size: (u16, u16), screen: (u16, u16)) -> (Rect, Rect) {
    let (width, height) = (size.0.min(screen.0), size.1.min(screen.1));
    let (x, y) = ((screen.0 - width) / 2, (screen.1 - height) / 2);
    let area = Rect::new(x, y, width, height);
    let mut inner = area;
    if height >= 5 && width >= 10 {
        inner = Rect::new(x + 1, y + 1, width - 2, height - 2);
    }
    inner.height -= u16::from(inner.height > 1);
    (area, inner)
}

/// The parts of the mask pane: names of keys above, names of rows at the left, words below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskParts {
    pub keys: Rect,
    pub rows: Rect,
    pub cells: Rect,
    pub words: Rect,
}

/// Columns for the names of rows.
const GUTTER: u16 = 4;

impl MaskParts {
    pub fn new(inner: Rect) -> Self {
        let words = match inner.height {
            0..=2 => 0,
            3..=5 => 1,
            6..=9 => 2,
            10..=15 => 4,
            _ => 5,
        };
        let ruler = u16::from(inner.height > words + 2);
        let gutter = if inner.width > 3 * GUTTER { GUTTER } else { 0 };
        let (x, width) = (inner.x + gutter, inner.width - gutter);
        let height = inner.height - words - ruler;
        let y = inner.y + ruler;
        MaskParts {
            keys: Rect::new(x, inner.y, width, ruler),
            rows: Rect::new(inner.x, y, gutter, height),
            cells: Rect::new(x, y, width, height),
            words: Rect::new(inner.x, y + height, inner.width, words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_stay_on_screen_and_apart_at_every_size() {
        for width in 0..220 {
            for height in 0..70 {
                for enlarged in [false, true] {
                    let screen = Screen::new(width, height, Pane::Mask, Pane::Mask, enlarged);
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
