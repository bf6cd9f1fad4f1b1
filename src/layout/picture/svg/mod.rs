//! A mask as a vector drawing.
//!
//! ```text
//!  P36 capital · Japan
//!  preset fused, manual cross-attention off, 5 shots
//!  375 tokens: each row reads the coloured keys
//!      ◣                              ■ own question
//!   m1 █◣         the mask            ■ shared
//!      █·◣                            question (tokens)
//!   m2 █·█◣                           m1  The capital … (122)
//!     ▸━━━━━━                         m2  Japan's capit… (123)
//!        m1  m2
//!  emits 1st answer token: row 374 ":" reads 2 of 2 questions: fused
//!  drawn thicker than to scale: token 0 (× 2.5), token 374 (× 2.5)
//! ```

mod legend;
mod mask;

use svg::Document;
use svg::node::element::path::Data;
use svg::node::element::{Group, Path, Rectangle, Text, Title};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::blocks::blocks;
use super::scale::Scale;
use super::{Labels, label_step};
use crate::layout::Layout;
use crate::numbers::count;

/// Preferred by viewers that have it; a PNG has nothing else.
pub(super) const FONT_FAMILY: &str = "DejaVu Sans";

/// Side of the mask, in SVG units.
const SIDE: f64 = 600.0;
/// Left and upper edge of the mask.
const LEFT: f64 = 90.0;
const TOP: f64 = 104.0;
const WIDTH: f64 = LEFT + SIDE + 440.0;
const HEIGHT: f64 = TOP + SIDE + 104.0;
/// Sizes of type, and the height of a line of text.
const LARGE: u8 = 20;
const MEDIUM: u8 = 15;
const SMALL: u8 = 13;
const LINE: f64 = 20.0;

/// The mask with names of segments, a legend, and a mark at the row that emits the first answer token.
pub fn svg(layout: &Layout, labels: &Labels) -> String {
    let scale = Scale::new(layout, SIDE);
    let blocks = blocks(layout);
    let tokens = format!(
        "{}: each row reads the coloured keys",
        count(layout.len(), "token")
    );
    let row = TOP + (scale.at(layout.len() - 1) + scale.at(layout.len())) / 2.0;
    let below = |line: f64| TOP + SIDE + 44.0 + line * LINE;
    let drawing = Document::new()
        .set("viewBox", (0, 0, WIDTH, HEIGHT))
        .set("width", WIDTH)
        .set("height", HEIGHT)
        .set(
            "font-family",
            format!("'{FONT_FAMILY}', Verdana, sans-serif"),
        )
        .set("font-size", MEDIUM)
        .add(Title::new(plain(&labels.title)))
        .add(rectangle(0.0, 0.0, WIDTH, HEIGHT, "white"))
        .add(words(LEFT, 34.0, &shortened(&labels.title, 84)).set("font-size", LARGE))
        .add(words(LEFT, 60.0, &shortened(&labels.subtitle, 124)))
        .add(words(LEFT, 80.0, &tokens))
        .add(mask::mask(layout, &scale, &blocks))
        .add(names(layout, &scale, labels))
        .add(axes())
        .add(arrow(LEFT - 1.0, row))
        .add(legend::legend(layout, labels, &blocks))
        .add(words(LEFT, below(1.0), &labels.first_answer(layout)))
        .add(words(LEFT, below(2.0), &widened(&scale)).set("font-size", SMALL));
    drawing.to_string()
}

/// Names of segments beside their rows and below their keys; of every n-th where there is no room.
fn names(layout: &Layout, scale: &Scale, labels: &Labels) -> Group {
    let all = layout.segments().iter().zip(&labels.segments);
    let named: Vec<(f64, &str)> = all
        .filter(|(segment, _)| !segment.is_empty())
        .map(|(segment, (name, _))| {
            let middle = (scale.at(segment.start) + scale.at(segment.end)) / 2.0;
            (middle, name.as_str())
        })
        .collect();
    let half = |name: &str| f64::from(SMALL) * 0.32 * name.chars().count() as f64;
    let n = label_step(named.len(), |i, next| {
        let ((at, name), (next, beside)) = (named[i], named[next]);
        next - at > (half(name) + half(beside) + 4.0).max(f64::from(SMALL))
    });
    let mut group = Group::new().set("font-size", SMALL);
    for (middle, name) in named.into_iter().step_by(n) {
        group = group
            .add(words(LEFT - 14.0, TOP + middle + 4.5, name).set("text-anchor", "end"))
            .add(words(LEFT + middle, TOP + SIDE + 18.0, name).set("text-anchor", "middle"));
    }
    group
}

fn axes() -> Group {
    let (x, y) = (28.0, TOP + SIDE / 2.0);
    let rows =
        words(x, y, "row: the token that reads").set("transform", format!("rotate(-90 {x} {y})"));
    let keys = words(
        LEFT + SIDE / 2.0,
        TOP + SIDE + 38.0,
        "key: the token that is read",
    );
    Group::new()
        .set("font-size", SMALL)
        .set("text-anchor", "middle")
        .add(rows)
        .add(keys)
}

/// The head of an arrow that points at a place from the left: it marks the row that emits the first answer token.
fn arrow(x: f64, y: f64) -> Path {
    let head = Data::new()
        .move_to((x - 10.0, y - 5.5))
        .line_to((x, y))
        .line_to((x - 10.0, y + 5.5))
        .close();
    Path::new().set("d", head).set("fill", "black")
}

/// What is not to scale: `drawn thicker than to scale: token 0 (× 17), tokens 2509–2511 (× 5.6)`.
fn widened(scale: &Scale) -> String {
    let bands = scale.widened.iter().map(|(tokens, times)| {
        let digits = usize::from(*times < 10.0);
        match (tokens.start, tokens.end - 1) {
            (first, last) if first == last => format!("token {first} (× {times:.digits$})"),
            (first, last) => format!("tokens {first}–{last} (× {times:.digits$})"),
        }
    });
    match bands.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        bands => format!("drawn thicker than to scale: {bands}"),
    }
}

/// Cut to so many columns, of which wide characters take two.
fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used < columns
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

fn words(x: f64, y: f64, text: &str) -> Text {
    Text::new(plain(text)).set("x", x).set("y", y)
}

/// Without the characters that XML forbids.
fn plain(text: &str) -> String {
    let forbidden = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.replace(forbidden, " ")
}

fn rectangle(x: f64, y: f64, width: f64, height: f64, fill: &str) -> Rectangle {
    Rectangle::new()
        .set("x", x)
        .set("y", y)
        .set("width", width)
        .set("height", height)
        .set("fill", fill)
}
