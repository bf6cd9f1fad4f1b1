//! What the colours mean, and which questions the names stand for.

use super::super::blocks::Block;
use super::super::canvas::{Canvas, Path, Text};
use super::super::{Glyph, Labels};
use super::{LEFT, LINE, MEDIUM, SIDE, SMALL, TOP, arrow, shortened};
use crate::layout::Layout;

pub const EDGE: f64 = LEFT + SIDE + 28.0;
const QUESTION: f64 = EDGE + 34.0;
/// Questions that take more columns than this are cut.
const COLUMNS: usize = 40;
/// Lines beside the mask.
const LINES: usize = (SIDE / LINE) as usize;

pub fn draw(canvas: &mut Canvas, layout: &Layout, labels: &Labels, blocks: &[Block]) {
    let shown = |glyph: &Glyph| match glyph {
        Glyph::Unread => layout.visible_pairs() < layout.len() * (layout.len() + 1) / 2,
        Glyph::Later | Glyph::Emits => true,
        read => blocks.iter().any(|block| block.glyph == *read),
    };
    let glyphs: Vec<Glyph> = Glyph::ALL.into_iter().filter(shown).collect();
    for (line, &glyph) in glyphs.iter().enumerate() {
        entry(canvas, TOP + line as f64 * LINE, glyph);
    }
    list_questions(canvas, layout, labels, glyphs.len() + 1);
}

/// Names and texts of the questions, from a line on.
pub fn list_questions(canvas: &mut Canvas, layout: &Layout, labels: &Labels, first: usize) {
    for (line, (name, text)) in (first..).zip(questions(layout, labels, LINES - first)) {
        let y = TOP + line as f64 * LINE + 11.5;
        canvas.add(Text::new(EDGE, y, SMALL, &name));
        canvas.add(Text::new(QUESTION, y, SMALL, &text));
    }
}

fn entry(canvas: &mut Canvas, y: f64, glyph: Glyph) {
    canvas.add(match glyph {
        Glyph::Emits => arrow(EDGE + 12.0, y + 6.5),
        _ => Path {
            stroke: Some((0x66_6666, 0.5)),
            ..Path::rectangle(EDGE, y, 13.0, 13.0, glyph.colour())
        },
    });
    let meaning = glyph.describe();
    canvas.add(Text::new(EDGE + 22.0, y + 11.5, MEDIUM, meaning));
}

/// Name and text of every segment with its tokens, or of as many as there are lines for.
fn questions(layout: &Layout, labels: &Labels, lines: usize) -> Vec<(String, String)> {
    let segments = layout.segments().iter().zip(&labels.segments);
    let mut all = vec![(String::new(), "question (tokens)".to_owned())];
    all.extend(segments.map(|(segment, (name, question))| {
        let text = format!("{} ({})", shortened(question, COLUMNS), segment.len());
        (name.clone(), text)
    }));
    if all.len() > lines {
        let more = all.len() - (lines - 1);
        all.truncate(lines - 1);
        all.push((String::new(), format!("… and {more} more")));
    }
    all
}
