//! A mask as a vector drawing.

use svg::Document;
use svg::node::element::path::Data;
use svg::node::element::{Group, Line, Path, Rectangle, Text, Title};

use super::blocks::{Block, End, Kind, blocks};
use super::{EMITS, Labels};
use crate::layout::Layout;

/// Preferred by viewers that have it; a PNG has nothing else.
pub(super) const FONT_FAMILY: &str = "DejaVu Sans";

/// Side of the mask, in SVG units.
const SIDE: f64 = 600.0;
/// Left and upper edge of the mask.
const LEFT: f64 = 64.0;
const TOP: f64 = 104.0;
/// Left edge of the legend.
const LEGEND: f64 = LEFT + SIDE + 28.0;
const WIDTH: f64 = LEGEND + 330.0;
/// Height of a line of text.
const LINE: f64 = 18.0;
/// Names of segments that are narrower than this would run into each other.
const ROOM: f64 = 12.0;
/// Questions longer than this are cut in the list.
const LETTERS: usize = 44;

/// Colours of Okabe and Ito, told apart by people with any colour vision; their lightness differs too.
fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Own => "#0072B2",
        Kind::Cross => "#E69F00",
        Kind::Shared => "#56B4E9",
        Kind::All => "#D55E00",
    }
}
const UNREAD: &str = "#F0F0F0";

/// The mask with segment names, a legend, and a mark at the row that emits the first answer token.
pub fn svg(layout: &Layout, labels: &Labels) -> String {
    let blocks = blocks(layout);
    let lines = 9 + Kind::ALL.len() + labels.segments.len();
    let height = (TOP + SIDE + 56.0).max(TOP + lines as f64 * LINE);
    let drawing = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set(
            "font-family",
            format!("'{FONT_FAMILY}', Verdana, sans-serif"),
        )
        .set("font-size", 12)
        .add(Title::new(plain(&labels.title)))
        .add(rectangle(0.0, 0.0, WIDTH, height, "white"))
        .add(words(LEFT, 28.0, &labels.title).set("font-size", 17))
        .add(words(LEFT, 50.0, &labels.subtitle))
        .add(words(
            LEFT,
            68.0,
            &format!("{} tokens; row reads key", layout.len()),
        ))
        .add(mask(layout, &blocks))
        .add(borders(layout))
        .add(names(layout, labels))
        .add(first_answer(layout))
        .add(legend(layout, labels, &blocks))
        .add(words(
            LEFT,
            TOP + SIDE + 36.0,
            &format!("→ {EMITS}: {}", labels.first_answer(layout)),
        ));
    drawing.to_string()
}

/// Where the border before a token lies, from the mask's edge.
fn at(layout: &Layout, token: usize) -> f64 {
    let exact = SIDE * token as f64 / layout.len().max(1) as f64;
    (exact * 100.0).round() / 100.0
}

fn mask(layout: &Layout, blocks: &[Block]) -> Group {
    let place = |token| at(layout, token);
    let n = layout.len();
    let origin = format!("translate({LEFT} {TOP})");
    let causal = Block {
        rows: 0..n,
        start: 0,
        end: End::Diagonal,
        kind: Kind::All,
    };
    let all = Path::new()
        .set("fill", UNREAD)
        .set("d", outline(&causal, &place));
    let mut group = Group::new()
        .set("transform", origin)
        .set("shape-rendering", "crispEdges")
        .add(all);
    for block in blocks {
        let path = Path::new()
            .set("fill", colour(block.kind))
            .set("d", outline(block, &place));
        group = group.add(path);
    }
    group
}

/// A rectangle, or a staircase along the diagonal; stairs of less than a unit are drawn as a slope.
fn outline(block: &Block, place: &impl Fn(usize) -> f64) -> Data {
    let (top, bottom) = (place(block.rows.start), place(block.rows.end));
    let left = place(block.start);
    let mut path = Data::new().move_to((left, top));
    match block.end {
        End::Before(end) => path = path.horizontal_line_to(place(end)).vertical_line_to(bottom),
        End::Diagonal if bottom - top < block.rows.len() as f64 => {
            path = path.line_to((top, top)).line_to((bottom, bottom));
        }
        End::Diagonal => {
            for row in block.rows.clone() {
                path = path
                    .horizontal_line_to(place(row + 1))
                    .vertical_line_to(place(row + 1));
            }
        }
    }
    path.horizontal_line_to(left).close()
}

/// Thin lines between segments.
fn borders(layout: &Layout) -> Group {
    let mut group = Group::new()
        .set("stroke", "#666666")
        .set("stroke-width", 0.5);
    for segment in layout
        .segments()
        .iter()
        .filter(|segment| !segment.is_empty())
    {
        let start = at(layout, segment.start);
        group = group
            .add(line((LEFT, TOP + start), (LEFT + start, TOP + start)))
            .add(line(
                (LEFT + start, TOP + start),
                (LEFT + start, TOP + SIDE),
            ));
    }
    group
        .add(line((LEFT, TOP), (LEFT, TOP + SIDE)))
        .add(line((LEFT, TOP + SIDE), (LEFT + SIDE, TOP + SIDE)))
}

/// Segment names beside their rows and below their keys.
fn names(layout: &Layout, labels: &Labels) -> Group {
    let mut group = Group::new().set("font-size", 11);
    let mut free = f64::NEG_INFINITY;
    for (segment, (name, _)) in layout.segments().iter().zip(&labels.segments) {
        let middle = (at(layout, segment.start) + at(layout, segment.end)) / 2.0;
        // Where many segments are narrow, only some are named.
        if segment.is_empty() || middle - free < ROOM.max(7.0 * name.chars().count() as f64) {
            continue;
        }
        free = middle;
        group = group
            .add(words(LEFT - 8.0, TOP + middle + 4.0, name).set("text-anchor", "end"))
            .add(words(LEFT + middle, TOP + SIDE + 16.0, name).set("text-anchor", "middle"));
    }
    group
}

/// A mark at the last prompt row, thick enough to be seen however thin the row is.
fn first_answer(layout: &Layout) -> Group {
    let Some(row) = layout.len().checked_sub(1) else {
        return Group::new();
    };
    let (top, bottom) = (TOP + at(layout, row), TOP + at(layout, row + 1));
    let middle = (top + bottom) / 2.0;
    let head = Data::new()
        .move_to((LEFT - 9.0, middle - 4.5))
        .line_to((LEFT - 1.0, middle))
        .line_to((LEFT - 9.0, middle + 4.5))
        .close();
    let frame = rectangle(
        LEFT,
        top.min(bottom - 1.0),
        SIDE,
        (bottom - top).max(1.0),
        "none",
    );
    Group::new()
        .add(Path::new().set("d", head).set("fill", "black"))
        .add(frame.set("stroke", "black").set("stroke-width", 0.8))
}

fn legend(layout: &Layout, labels: &Labels, blocks: &[Block]) -> Group {
    let mut group = Group::new();
    let mut y = TOP;
    let mut entry = |fill: &str, text: &str| {
        let square = rectangle(LEGEND, y, 12.0, 12.0, fill);
        let square = square.set("stroke", "#666666").set("stroke-width", 0.5);
        let pair = Group::new()
            .add(square)
            .add(words(LEGEND + 20.0, y + 10.5, text));
        y += LINE;
        pair
    };
    for kind in Kind::ALL {
        if blocks.iter().any(|block| block.kind == kind) {
            group = group.add(entry(colour(kind), kind.describe()));
        }
    }
    group = group
        .add(entry(UNREAD, "not read"))
        .add(entry("white", "later"));
    group = group.add(words(LEGEND, y + 10.5, &format!("→ {EMITS}")));
    y += 2.0 * LINE;
    for (segment, (name, question)) in layout.segments().iter().zip(&labels.segments) {
        let tokens = segment.len();
        y += LINE;
        let text = format!("{name}  {}  ({tokens})", shortened(question));
        group = group.add(words(LEGEND, y, &text).set("font-size", 11));
    }
    group
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn words(x: f64, y: f64, text: &str) -> Text {
    Text::new(plain(text)).set("x", x).set("y", y)
}

/// Without the control characters that XML forbids.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn rectangle(x: f64, y: f64, width: f64, height: f64, fill: &str) -> Rectangle {
    Rectangle::new()
        .set("x", x)
        .set("y", y)
        .set("width", width)
        .set("height", height)
        .set("fill", fill)
}

fn line(from: (f64, f64), to: (f64, f64)) -> Line {
    Line::new()
        .set("x1", from.0)
        .set("y1", from.1)
        .set("x2", to.0)
        .set("y2", to.1)
}
