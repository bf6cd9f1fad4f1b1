//! Where everything stands on screen, computed from sizes alone so that drawing and mouse agree.

use ratatui::layout::Rect;

use super::sizes::{Border, PaneSizes};
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
    pub sizes: PaneSizes,
    /// Templates of the relation on screen: what they leave is the prompt's.
    pub templates: Option<u16>,
}

impl Default for View {
    fn default() -> Self {
        View {
            focus: Pane::Relations,
            lower: Pane::Mask,
            enlarged: false,
            sizes: PaneSizes::default(),
            templates: None,
        }
    }
}

/// Where the borders stand between panes that share the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edges {
    /// Columns of the left and of the middle column's end.
    left: u16,
    right: u16,
    /// Rows, from the top of the screen: of the facts, of the prompt, of the run.
    lists: u16,
    prompt: u16,
    lower: u16,
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
    body: Rect,
    sizes: PaneSizes,
    /// Where panes share the screen.
    edges: Option<Edges>,
}

impl Screen {
    /// Lays a screen out:
    ///
    /// ```text
    /// ≥ 110×24               ≥ 64×16              smaller, or enlarged
    /// rel │ templ │ mask     rel  │ templates      focused pane
    /// ─── │ ───── │ ─────    ─────│ ───────────────
    /// fact│ prompt│ run      facts│ mask|prompt|run
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
        let is_large = width >= 110 && height >= 24;
        let edges = match () {
            () if view.enlarged || width < 64 || height < 16 => None,
            () if is_large => Some(large(body, view)),
            () => Some(medium(body, view)),
        };
        let place = |pane: &Pane| {
            let slot = pane.slot();
            let hidden = !is_large && slot.is_shared() && *pane != view.lower;
            match edges {
                None if *pane == view.focus => body,
                Some(edges) if !hidden => edges.area(slot, body, is_large),
                _ => Rect::ZERO,
            }
        };
        Screen {
            header,
            hint,
            footer,
            panes: Pane::ALL.iter().map(place).collect(),
            borders: height >= 10 && width >= 30,
            body,
            sizes: view.sizes,
            edges,
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

impl Screen {
    /// The border that a cell is part of.
    pub fn border_at(&self, column: u16, row: u16) -> Option<Border> {
        let edges = self
            .edges
            .filter(|_| self.body.contains((column, row).into()))?;
        // Each side of a border is drawn by its own pane.
        let is = |at: u16, edge: u16| at == edge || at + 1 == edge;
        match column {
            column if is(column, edges.left) => Some(Border::Left),
            column if is(column, edges.right) => Some(Border::Right),
            column if column < edges.left => is(row, edges.lists).then_some(Border::Lists),
            column if column < edges.right => is(row, edges.prompt).then_some(Border::Lower),
            _ => is(row, edges.lower).then_some(Border::Lower),
        }
    }

    /// The sizes with a border moved to a cell.
    pub fn moved(&self, border: Border, column: u16, row: u16) -> PaneSizes {
        let mut sizes = self.sizes;
        let row = row.saturating_sub(self.body.y);
        match border {
            Border::Left | Border::Right => sizes.put(border, column, self.body.width),
            Border::Lists | Border::Lower => sizes.put(border, row, self.body.height),
        }
        sizes
    }

    /// The sizes with a pane so many steps wider and higher; `None` where it is alone.
    pub fn grown(&self, pane: Pane, columns: i16, rows: i16) -> Option<PaneSizes> {
        let edges = self.edges?;
        let moved = |border: Border, at: u16, by: i16| {
            let at = at.saturating_add_signed(by);
            self.moved(border, at, at)
        };
        let (wide, high) = (STEP * columns, rows);
        Some(match (pane.slot(), columns) {
            (Slot::UpperLeft | Slot::LowerLeft, 1 | -1) => moved(Border::Left, edges.left, wide),
            (Slot::Middle | Slot::BottomLeft, 1 | -1) if edges.right < self.body.width => {
                moved(Border::Right, edges.right, wide)
            }
            (Slot::Right | Slot::BottomRight, 1 | -1) if edges.right < self.body.width => {
                moved(Border::Right, edges.right, -wide)
            }
            // Without a right column, all others share the border of the left one.
            (_, 1 | -1) => moved(Border::Left, edges.left, -wide),
            (Slot::UpperLeft, _) => moved(Border::Lists, edges.lists, high),
            (Slot::LowerLeft, _) => moved(Border::Lists, edges.lists, -high),
            (Slot::Middle, _) => moved(Border::Lower, edges.prompt, high),
            (Slot::BottomLeft, _) => moved(Border::Lower, edges.prompt, -high),
            (Slot::Right, _) if edges.right < self.body.width => {
                moved(Border::Lower, edges.lower, high)
            }
            (Slot::Right | Slot::BottomRight, _) => moved(Border::Lower, edges.lower, -high),
        })
    }
}

/// Columns per key that makes a pane wider.
const STEP: i16 = 2;

impl Edges {
    /// A pane's place; without a right column, three panes take turns under the templates.
    fn area(&self, slot: Slot, body: Rect, is_large: bool) -> Rect {
        let Edges {
            left,
            right,
            lists,
            prompt,
            lower,
        } = *self;
        let (top, bottom) = (body.y, body.bottom());
        let at = |x: u16, end: u16, y: u16, below: u16| Rect::new(x, y, end - x, below - y);
        match slot {
            Slot::UpperLeft => at(0, left, top, lists),
            Slot::LowerLeft => at(0, left, lists, bottom),
            Slot::Middle => at(left, right, top, prompt),
            Slot::BottomLeft => at(left, right, prompt, bottom),
            Slot::Right if is_large => at(right, body.width, top, lower),
            Slot::Right | Slot::BottomRight if !is_large => at(left, right, lower, bottom),
            Slot::Right | Slot::BottomRight => at(right, body.width, lower, bottom),
        }
    }
}

fn large(body: Rect, view: View) -> Edges {
    let Rect { width, height, .. } = body;
    let left = (width / 5).clamp(22, 40);
    let right = width - (width * 42 / 100).clamp(46, 120);
    let (left, right) = view.sizes.columns(width, left, right);
    // The run wants its answers, the mask all it can get.
    let lower = height - (height * 2 / 5).clamp(10, 18);
    // Templates take the rows that they fill; the prompt has the rest.
    let templates = view
        .templates
        .map_or(lower, |count| count.saturating_add(2));
    let prompt = match view.sizes.lower {
        None => templates.clamp((height / 3).min(lower), lower),
        Some(_) => lower,
    };
    Edges {
        left,
        right,
        lists: body.y + view.sizes.row(Border::Lists, height * 9 / 20, height),
        prompt: body.y + view.sizes.row(Border::Lower, prompt, height),
        lower: body.y + view.sizes.row(Border::Lower, lower, height),
    }
}

fn medium(body: Rect, view: View) -> Edges {
    let Rect { width, height, .. } = body;
    let left = (width * 3 / 10).clamp(22, 34);
    let (left, _) = view.sizes.columns(width, left, width);
    let upper = (height * 2 / 5).max(6);
    let lower = body.y + view.sizes.row(Border::Lower, upper, height);
    Edges {
        left,
        right: width,
        lists: body.y + view.sizes.row(Border::Lists, upper, height),
        prompt: lower,
        lower,
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
                let at = |left, right, rows| PaneSizes {
                    left: Some(left),
                    right: Some(right),
                    lists: Some(rows),
                    lower: Some(rows),
                };
                let all = [
                    (PaneSizes::default(), Some(7)),
                    (PaneSizes::default(), None),
                    (at(0, 0, 0), None),
                    (at(1000, 0, 1000), None),
                    (at(1000, 1000, 500), None),
                ];
                let whole = (true, PaneSizes::default(), None);
                let all = all.map(|(sizes, templates)| (false, sizes, templates));
                for (enlarged, sizes, templates) in all.into_iter().chain([whole]) {
                    let view = View {
                        focus: Pane::Mask,
                        lower: Pane::Mask,
                        enlarged,
                        sizes,
                        templates,
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
