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
    let (top, bottom) = (scale.at(block.rows.start), scale.at(block.rows.end));
    let left = scale.at(block.start);
    let mut points = vec![at(left, top)];
    match block.end {
        End::Before(end) => {
            let right = scale.at(end);
            points.extend([at(right, top), at(right, bottom)]);
        }
        End::Diagonal if bottom - top < block.rows.len() as f64 => {
            points.extend([at(top, top), at(bottom, bottom)]);
        }
        End::Diagonal => {
            for row in block.rows.clone() {
                let (above, below) = (scale.at(row), scale.at(row + 1));
                points.extend([at(below, above), at(below, below)]);
            }
        }
    }
    points.push(at(left, bottom));
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
