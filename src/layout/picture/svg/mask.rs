//! The regions of a mask and the borders between its segments.

use svg::node::element::path::Data;
use svg::node::element::{Group, Path};

use super::super::Glyph;
use super::super::blocks::{Block, End};
use super::super::scale::Scale;
use super::{LEFT, TOP};
use crate::layout::Layout;

pub fn mask(layout: &Layout, scale: &Scale, blocks: &[Block]) -> Group {
    let causal = Block {
        rows: 0..layout.len(),
        start: 0,
        end: End::Diagonal,
        glyph: Glyph::Unread,
    };
    let region = |block: &Block| {
        Path::new()
            .set("fill", block.glyph.colour())
            .set("d", outline(block, scale))
    };
    let mut group = Group::new()
        .set("transform", format!("translate({LEFT} {TOP})"))
        .set("shape-rendering", "crispEdges")
        .add(region(&causal));
    for block in blocks {
        group = group.add(region(block));
    }
    group.add(borders(layout, scale))
}

/// A rectangle, or a staircase along the diagonal; stairs of less than a unit are drawn as a slope.
fn outline(block: &Block, scale: &Scale) -> Data {
    let (top, bottom) = (scale.at(block.rows.start), scale.at(block.rows.end));
    let left = scale.at(block.start);
    let mut path = Data::new().move_to((left, top));
    match block.end {
        End::Before(end) => {
            path = path
                .horizontal_line_to(scale.at(end))
                .vertical_line_to(bottom);
        }
        End::Diagonal if bottom - top < block.rows.len() as f64 => {
            path = path.line_to((top, top)).line_to((bottom, bottom));
        }
        End::Diagonal => {
            for row in block.rows.clone() {
                path = path
                    .horizontal_line_to(scale.at(row + 1))
                    .vertical_line_to(scale.at(row + 1));
            }
        }
    }
    path.horizontal_line_to(left).close()
}

/// Thin gaps between segments, which leave the shared keys and the fusing rows in one piece.
fn borders(layout: &Layout, scale: &Scale) -> Path {
    let left = scale.at(layout.shared_tokens());
    let last_isolated = (0..layout.len()).rev().find(|&row| !layout.fuses(row));
    let bottom = scale.at(last_isolated.map_or(0, |row| row + 1));
    let mut narrowest = f64::INFINITY;
    let mut lines = Data::new();
    for segment in layout.segments() {
        let start = scale.at(segment.start);
        if !segment.is_empty() && start < bottom {
            narrowest = narrowest.min(scale.at(segment.end) - start);
            lines = lines
                .move_to((left, start))
                .horizontal_line_to(start)
                .vertical_line_to(bottom);
        }
    }
    Path::new()
        .set("d", lines)
        .set("fill", "none")
        .set("stroke", Glyph::Later.colour())
        .set("stroke-width", (narrowest / 12.0).clamp(0.5, 1.0))
}
