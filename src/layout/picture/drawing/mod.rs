//! A mask drawn to scale.
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

mod heat;
mod legend;
mod mask;
mod scale;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use self::heat::Shade;
use self::scale::Scale;
use super::blocks::blocks;
use super::canvas::{Anchor, BLACK, Canvas, Path, Text, WHITE};
use super::{Labels, label_step};
use crate::layout::Layout;
use crate::numbers::count;

/// Side of the mask, in units.
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
pub fn drawing(layout: &Layout, labels: &Labels) -> Canvas {
    let tokens = count(layout.len(), "token");
    let kind = labels.kind(layout);
    let what = format!("{tokens}: each row reads the coloured keys{kind}");
    framed(layout, labels, &what, None)
}

/// The same with the mask in pale colours and attention over it. `what` says whose attention.
pub fn heat_drawing(layout: &Layout, labels: &Labels, what: &str, shades: &[Shade]) -> Canvas {
    framed(layout, labels, what, Some(shades))
}

fn framed(layout: &Layout, labels: &Labels, what: &str, shades: Option<&[Shade]>) -> Canvas {
    let scale = Scale::new(layout, SIDE);
    let blocks = blocks(layout);
    let row = TOP + (scale.at(layout.len() - 1) + scale.at(layout.len())) / 2.0;
    let below = |line: f64| TOP + SIDE + 44.0 + line * LINE;
    let mut canvas = Canvas {
        width: WIDTH,
        height: HEIGHT,
        title: labels.title.clone(),
        elements: Vec::new(),
    };
    canvas.add(Path::rectangle(0.0, 0.0, WIDTH, HEIGHT, WHITE));
    canvas.add(Text::new(LEFT, 34.0, LARGE, &shortened(&labels.title, 84)));
    let subtitle = shortened(&labels.subtitle, 124);
    canvas.add(Text::new(LEFT, 60.0, MEDIUM, &subtitle));
    canvas.add(Text::new(LEFT, 80.0, MEDIUM, what));
    match shades {
        None => mask::draw(&mut canvas, layout, &scale, &blocks),
        Some(shades) => heat::draw(&mut canvas, layout, &scale, shades),
    }
    names(&mut canvas, layout, &scale, labels);
    axes(&mut canvas);
    canvas.add(arrow(LEFT - 1.0, row));
    match shades {
        None => legend::draw(&mut canvas, layout, labels, &blocks),
        Some(_) => heat::legend(&mut canvas, layout, labels),
    }
    let first_answer = labels.first_answer(layout);
    canvas.add(Text::new(LEFT, below(1.0), MEDIUM, &first_answer));
    canvas.add(Text::new(LEFT, below(2.0), SMALL, &widened(&scale)));
    canvas
}

/// Names of segments beside their rows and below their keys; of every n-th where there is no room.
fn names(canvas: &mut Canvas, layout: &Layout, scale: &Scale, labels: &Labels) {
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
    for (middle, name) in named.into_iter().step_by(n) {
        let beside = Text::new(LEFT - 14.0, TOP + middle + 4.5, SMALL, name);
        let below = Text::new(LEFT + middle, TOP + SIDE + 18.0, SMALL, name);
        canvas.add(beside.anchored(Anchor::End));
        canvas.add(below.anchored(Anchor::Middle));
    }
}

fn axes(canvas: &mut Canvas) {
    let middle = SIDE / 2.0;
    let rows = Text::new(28.0, TOP + middle, SMALL, "row: the token that reads");
    let below = TOP + SIDE + 38.0;
    let keys = Text::new(LEFT + middle, below, SMALL, "key: the token that is read");
    canvas.add(Text {
        turned: true,
        ..rows.anchored(Anchor::Middle)
    });
    canvas.add(keys.anchored(Anchor::Middle));
}

/// The head of an arrow that points at a place from the left: it marks the row that emits the first answer token.
fn arrow(x: f64, y: f64) -> Path {
    Path::area(&[(x - 10.0, y - 5.5), (x, y), (x - 10.0, y + 5.5)], BLACK)
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
