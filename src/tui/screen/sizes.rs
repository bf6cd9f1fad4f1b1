//! Where the borders between panes stand: where the screen's size puts them, or where they were moved to.
//!
//! ```text
//! rel  │ templates │ mask          left, right: columns
//! ─────│           │               lists: between relations and facts
//! facts│ prompt    │ run           lower: top of prompt and run
//! ```

use serde::{Deserialize, Serialize};

/// Borders that were moved, in per mille of the screen's columns or rows; the others follow the screen's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaneSizes {
    pub left: Option<u16>,
    pub right: Option<u16>,
    pub lists: Option<u16>,
    pub lower: Option<u16>,
}

/// A border that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    Left,
    Right,
    Lists,
    Lower,
}

/// Fewest columns and rows of a pane whose border is moved.
const LEAST: (u16, u16) = (16, 5);

impl PaneSizes {
    /// Moves a border to a column or row of so many.
    pub fn put(&mut self, border: Border, at: u16, of: u16) {
        let share = (u32::from(at) * 1000 + u32::from(of) / 2) / u32::from(of.max(1));
        *match border {
            Border::Left => &mut self.left,
            Border::Right => &mut self.right,
            Border::Lists => &mut self.lists,
            Border::Lower => &mut self.lower,
        } = Some(share.min(1000) as u16);
    }

    /// Columns up to the middle and up to the right column of so many, by default the given ones.
    pub fn columns(&self, width: u16, left: u16, right: u16) -> (u16, u16) {
        let least = LEAST.0;
        let left = stands(
            self.left,
            left,
            width,
            least,
            width.saturating_sub(2 * least),
        );
        let right = stands(
            self.right,
            right,
            width,
            left + least,
            width.saturating_sub(least),
        );
        (left, right)
    }

    /// The row of a horizontal border of so many, by default the given one.
    pub fn row(&self, border: Border, default: u16, height: u16) -> u16 {
        let moved = match border {
            Border::Lists => self.lists,
            _ => self.lower,
        };
        stands(
            moved,
            default,
            height,
            LEAST.1,
            height.saturating_sub(LEAST.1),
        )
    }
}

/// Where a border stands: the default, or its share of all, between `least` and `most`.
fn stands(share: Option<u16>, default: u16, of: u16, least: u16, most: u16) -> u16 {
    match share {
        None => default,
        Some(share) => {
            let at = (u32::from(share) * u32::from(of) + 500) / 1000;
            (at as u16).clamp(least.min(most), most)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_stands_where_it_was_put() {
        for of in [64, 110, 140, 200, 311] {
            for at in LEAST.0..=of - 2 * LEAST.0 {
                let mut sizes = PaneSizes::default();
                sizes.put(Border::Left, at, of);
                assert_eq!(sizes.columns(of, 22, of - 16).0, at, "{at} of {of}");
            }
        }
        let mut sizes = PaneSizes::default();
        sizes.put(Border::Right, 3, 140);
        assert_eq!(sizes.columns(140, 28, 82), (28, 44));
    }
}
