//! Attention on the mask, as a picture.

use super::Sighted;
use crate::inspect::heat::Heat;
use crate::layout::picture::canvas::Canvas;
use crate::layout::picture::{Grid, Shade, heat_drawing};
use crate::numbers::count;

/// Blocks along a side.
const CELLS: usize = 150;

/// The whole prompt, whatever its length.
pub fn attention_drawing(sighted: &Sighted<'_>) -> Canvas {
    let layout = &sighted.attention.mask(sighted.heads);
    let grid = Grid::fit(layout, layout.len(), CELLS, CELLS);
    let (rows, keys) = (grid.rows.len(), grid.keys.len());
    let heat = Heat::new(sighted.attention, sighted.heads, &grid, 0..rows, 0..keys);
    let mut shades = Vec::new();
    for row in 0..rows {
        for key in 0..keys {
            let read = grid.cell(layout, row, key).reason.reads();
            // Where nothing to speak of is read, the mask's pale colour shows.
            let share = heat.at(row, key).filter(|share| read && *share > 1e-4);
            shades.extend(share.map(|share| Shade {
                rows: grid.rows.block(row),
                keys: grid.keys.block(key),
                share,
            }));
        }
    }
    let whose = whose(sighted, layout.len());
    heat_drawing(layout, sighted.labels, &whose, &shades)
}

/// `375 tokens: attention, layer 3, head 2`.
fn whose(sighted: &Sighted<'_>, tokens: usize) -> String {
    let of = |chosen: Option<usize>, what: &str| match chosen {
        Some(number) => format!("{what} {}", number + 1),
        None => format!("mean of all {what}s"),
    };
    format!(
        "{}: attention, {}, {}",
        count(tokens, "token"),
        of(sighted.heads.layer, "layer"),
        of(sighted.heads.head, "head")
    )
}
