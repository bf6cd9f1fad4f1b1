//! What the colours mean, and which questions the names stand for.

use svg::node::element::Group;

use super::super::blocks::Block;
use super::super::{Glyph, Labels};
use super::{LEFT, LINE, SIDE, SMALL, TOP, arrow, rectangle, shortened, words};
use crate::layout::Layout;

const EDGE: f64 = LEFT + SIDE + 28.0;
const TEXT: f64 = EDGE + 34.0;
/// Questions that take more columns than this are cut.
const COLUMNS: usize = 40;
/// Lines beside the mask.
const LINES: usize = (SIDE / LINE) as usize;

pub fn legend(layout: &Layout, labels: &Labels, blocks: &[Block]) -> Group {
    let shown = |glyph: &Glyph| match glyph {
        Glyph::Unread => layout.visible_pairs() < layout.len() * (layout.len() + 1) / 2,
        Glyph::Later | Glyph::Emits => true,
        read => blocks.iter().any(|block| block.glyph == *read),
    };
    let glyphs: Vec<Glyph> = Glyph::ALL.into_iter().filter(shown).collect();
    let mut group = Group::new();
    for (line, &glyph) in glyphs.iter().enumerate() {
        group = group.add(entry(TOP + line as f64 * LINE, glyph));
    }
    let first = glyphs.len() + 1;
    let mut list = Group::new().set("font-size", SMALL);
    for (line, (name, text)) in (first..).zip(questions(layout, labels, LINES - first)) {
        let y = TOP + line as f64 * LINE + 11.5;
        list = list.add(words(EDGE, y, &name)).add(words(TEXT, y, &text));
    }
    group.add(list)
}

fn entry(y: f64, glyph: Glyph) -> Group {
    let sample = Group::new();
    let sample = match glyph {
        Glyph::Emits => sample.add(arrow(EDGE + 12.0, y + 6.5)),
        _ => {
            let square = rectangle(EDGE, y, 13.0, 13.0, glyph.colour());
            sample.add(square.set("stroke", "#666666").set("stroke-width", 0.5))
        }
    };
    sample.add(words(EDGE + 22.0, y + 11.5, glyph.describe()))
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
