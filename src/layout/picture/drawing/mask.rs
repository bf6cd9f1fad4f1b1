//! The regions of a mask and the borders between its segments.

use super::super::Glyph;
use super::super::blocks::{Block, End};
use super::super::canvas::{Canvas, Colour, Path};
use super::scale::Scale;
use super::{LEFT, TOP};
use crate::layout::Layout;

/// A place in the mask.
pub fn at(right: f64, down: f64) -> (f64, f64) {
    (LEFT + right, TOP + down)
}

pub fn draw(canvas: &mut Canvas, layout: &Layout, scale: &Scale, blocks: &[Block]) {
    let causal = Block {
        rows: 0..layout.len(),
        start: 0,
        end: End::Diagonal,
        window: None,
        glyph: Glyph::Unread,
    };
    for block in std::iter::once(&causal).chain(blocks) {
        area(canvas, scale, block, block.glyph.colour());
    }
    canvas.add(borders(layout, scale));
}

/// A region in one colour.
pub fn area(canvas: &mut Canvas, scale: &Scale, block: &Block, colour: Colour) {
    canvas.add(Path {
        crisp: true,
        ..Path::area(&outline(block, scale), colour)
    });
}

/// A rectangle, or a staircase along the diagonal; stairs of less than a unit are drawn as a slope.
fn outline(block: &Block, scale: &Scale) -> Vec<(f64, f64)> {
    let rows = block.rows.clone();
    // Where the window has left the keys behind, there is nothing.
    let last = rows.clone().rev().find(|&row| match block.end {
        End::Before(end) => block.first(row) < end,
        End::Diagonal => true,
    });
    let Some(last) = last else {
        return Vec::new();
    };
    let (top, bottom) = (scale.at(rows.start), scale.at(last + 1));
    let is_fine = bottom - top < (last + 1 - rows.start) as f64;
    let mut points = vec![at(scale.at(block.first(rows.start)), top)];
    match block.end {
        End::Before(end) => {
            let right = scale.at(end);
            points.extend([at(right, top), at(right, bottom)]);
        }
        End::Diagonal if is_fine => {
            points.extend([at(top, top), at(bottom, bottom)]);
        }
        End::Diagonal => {
            for row in rows.start..=last {
                let (above, below) = (scale.at(row), scale.at(row + 1));
                points.extend([at(below, above), at(below, below)]);
            }
        }
    }
    // Back along the left edge, which a window cuts below some row as the diagonal cuts the right one.
    let first = |row: usize| scale.at(block.first(row));
    let cut = block
        .window
        .map(|window| rows.start.max(block.start + window));
    match cut.filter(|&cut| cut <= last) {
        None => points.push(at(scale.at(block.start), bottom)),
        Some(cut) => {
            match is_fine {
                true => points.push(at(first(last), bottom)),
                false => points.extend((cut..=last).rev().flat_map(|row| {
                    let edge = first(row);
                    [at(edge, scale.at(row + 1)), at(edge, scale.at(row))]
                })),
            }
            if cut > rows.start {
                points.push(at(scale.at(block.start), scale.at(cut)));
            }
        }
    }
    points
}

/// Thin gaps between segments, which leave the shared keys and the fusing rows in one piece.
pub fn borders(layout: &Layout, scale: &Scale) -> Path {
    let left = scale.at(layout.shared_tokens());
    let last_isolated = (0..layout.len()).rev().find(|&row| !layout.fuses(row));
    let bottom = scale.at(last_isolated.map_or(0, |row| row + 1));
    let mut narrowest = f64::INFINITY;
    let mut lines = Path {
        crisp: true,
        ..Path::default()
    };
    for segment in layout.segments() {
        let start = scale.at(segment.start);
        if !segment.is_empty() && start < bottom {
            narrowest = narrowest.min(scale.at(segment.end) - start);
            lines.line(&[at(left, start), at(start, start), at(start, bottom)]);
        }
    }
    let width = (narrowest / 12.0).clamp(0.5, 1.0);
    lines.stroke = Some((Glyph::Later.colour(), width));
    lines
}
