//! The regions of a mask and the borders between its segments.

use svg::node::element::path::Data;
use svg::node::element::{Group, Path};

use super::super::blocks::{Block, End};
use super::super::scale::Scale;
use super::super::{Kind, Sign};
use super::{LEFT, TOP};
use crate::layout::Layout;

/// Colours of Okabe and Ito, told apart by people with any colour vision.
pub fn colour(sign: Sign) -> &'static str {
    match sign {
        Sign::Read(Kind::Own) => "#0072B2",
        Sign::Read(Kind::Cross) => "#E69F00",
        Sign::Read(Kind::Shared) => "#56B4E9",
        Sign::Read(Kind::All) => "#D55E00",
        Sign::Unread => "#E8E8E8",
        Sign::Partly | Sign::Later | Sign::Emits => "white",
    }
}

pub fn mask(layout: &Layout, scale: &Scale, blocks: &[Block]) -> Group {
    let causal = Block {
        rows: 0..layout.len(),
        start: 0,
        end: End::Diagonal,
        kind: Kind::All,
    };
    let region = |block: &Block, sign| {
        Path::new()
            .set("fill", colour(sign))
            .set("d", outline(block, scale))
    };
    let mut group = Group::new()
        .set("transform", format!("translate({LEFT} {TOP})"))
        .set("shape-rendering", "crispEdges")
        .add(region(&causal, Sign::Unread));
    for block in blocks {
        group = group.add(region(block, Sign::Read(block.kind)));
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
        .set("stroke", colour(Sign::Later))
        .set("stroke-width", (narrowest / 12.0).clamp(0.5, 1.0))
}
