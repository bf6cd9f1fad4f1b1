//! One page for a browser that needs nothing else: mask and attention to zoom and to point at.

use std::io::{self, Write};

use serde::Serialize;

use super::seen::Seen;
use crate::inspect::view::{View, chart, chart_drawing};
use crate::inspect::{Heads, Heat, Mass};
use crate::layout::picture::{Axis, Grid, svg};
use crate::layout::{Layout, Reason};
use crate::text;

/// Blocks along a side: what a browser draws at once without a thought.
const CELLS: usize = 256;

const PAGE: &str = include_str!("page.html");
/// Where the data goes.
const HERE: &str = "DATA";

/// Inside a page an SVG needs none, and nothing there is to look like an address.
const NAMESPACE: &str = " xmlns=\"http://www.w3.org/2000/svg\"";

#[derive(Serialize)]
struct Data<'a> {
    title: &'a str,
    subtitle: &'a str,
    answer: &'a str,
    names: Vec<String>,
    texts: Vec<String>,
    /// First token of each block of rows and of keys, and one past the last.
    rows: Vec<usize>,
    keys: Vec<usize>,
    /// Why a cell is read or not, as an index into `meanings`, `[masks][rows][keys]`: the mask of layers that reach every
    /// token, and of those with a sliding window.
    reasons: Vec<Vec<Vec<usize>>>,
    /// What `reasons` says, in which colour, and whether such a cell is read.
    meanings: Vec<(&'static str, String, bool)>,
    /// Whose the tokens of a block are: a template, or nobody.
    row_owners: Vec<&'a str>,
    key_owners: Vec<&'a str>,
    /// Name, share of attention `[rows][keys]` in 255ths of its square root, and which of the masks it is under.
    views: Vec<(String, Vec<Vec<u8>>, usize)>,
    /// Token, and its masses by part.
    steps: Vec<(String, Vec<f32>)>,
    /// Name, question, left out, Shapley value, own answer.
    questions: Vec<(&'a str, &'a str, f64, f64, &'a str)>,
    /// Pictures of views, as SVG.
    charts: Vec<String>,
}

/// Why a cell is read, or is not.
fn meaning(reason: Reason) -> &'static str {
    match reason {
        Reason::OtherSegment { .. } => "not read: another question",
        Reason::OutOfReach { .. } => "not read: out of the window's reach",
        Reason::KeyInContext => "not read: context, for rows that fuse",
        Reason::KeyInNoSegment => "not read: the key belongs to no question",
        Reason::RowInNoSegment => "not read: the row belongs to no question",
        Reason::Hidden(_) => "not read: left out",
        other => other.glyph().describe(),
    }
}

pub fn write(to: &mut dyn Write, seen: &Seen<'_>) -> io::Result<()> {
    let inside = &seen.inside;
    let attention = &inside.attention;
    let (layout, len) = (attention.layout(), attention.rows());
    let grid = Grid::fit(layout, len, CELLS, CELLS);
    let (rows, keys) = (grid.rows.len(), grid.keys.len());
    let text = |id: &u32| seen.tokenizer.text(*id);
    let mut texts: Vec<String> = layout.tokens.iter().map(text).collect();
    texts.extend(
        inside
            .answer
            .generated
            .iter()
            .take(len - layout.len())
            .map(text),
    );
    let ends = |axis: &Axis| {
        let starts = (0..axis.len()).map(|block| axis.block(block).start);
        starts.chain([len]).collect()
    };
    let mut meanings: Vec<(&'static str, String, bool)> = Vec::new();
    let mut reason = |mask: &Layout, row, key| {
        let reason = grid.cell(mask, row, key).reason;
        let meaning = meaning(reason);
        let known = meanings.iter().position(|(known, ..)| *known == meaning);
        known.unwrap_or_else(|| {
            let colour = format!("#{:06x}", reason.glyph().colour());
            meanings.push((meaning, colour, reason.reads()));
            meanings.len() - 1
        })
    };
    let layers = (0..attention.shape().layers).map(|layer| Heads {
        layer: Some(layer),
        head: None,
    });
    let everywhere = Heads::default();
    let mut windows: Vec<Option<usize>> = Vec::new();
    let mut reasons: Vec<Vec<Vec<usize>>> = Vec::new();
    for heads in std::iter::once(everywhere).chain(layers.clone()) {
        let window = attention.window(heads);
        if windows.contains(&window) {
            continue;
        }
        windows.push(window);
        let mask = attention.mask(heads);
        let mut of_row = |row| (0..keys).map(|key| reason(&mask, row, key)).collect();
        reasons.push((0..rows).map(&mut of_row).collect());
    }
    let owners = |axis: &Axis| {
        let owner = |block: usize| {
            let owner = layout.owner.get(axis.block(block).start).copied().flatten();
            let segment = owner.and_then(|owner| seen.labels.segments.get(owner as usize));
            segment.map_or("", |(name, _)| name.as_str())
        };
        (0..axis.len()).map(owner).collect()
    };
    let view = |name: String, heads: Heads| {
        let heat = Heat::new(attention, heads, &grid, 0..rows, 0..keys);
        let level = |row, key| {
            let share: f32 = heat.at(row, key).unwrap_or_default();
            (255.0 * share.clamp(0.0, 1.0).sqrt()).round() as u8
        };
        let row = |row| (0..keys).map(|key| level(row, key)).collect();
        let window = attention.window(heads);
        let mask = windows.iter().position(|known| *known == window);
        let mask = mask.expect("masks of all layers were listed");
        (name, (0..rows).map(row).collect(), mask)
    };
    let layers = (1..)
        .zip(layers)
        .map(|(number, heads)| view(format!("layer {number}, mean of heads"), heads));
    let all = view("mean of all layers and heads".to_owned(), everywhere);
    let segments = seen.labels.segments.iter().enumerate();
    let data = Data {
        title: &seen.labels.title,
        subtitle: &seen.labels.subtitle,
        answer: &inside.answer.generation,
        names: seen.parts(),
        texts,
        rows: ends(&grid.rows),
        keys: ends(&grid.keys),
        reasons,
        meanings,
        row_owners: owners(&grid.rows),
        key_owners: owners(&grid.keys),
        views: std::iter::once(all).chain(layers).collect(),
        steps: (inside.answer.generated.iter().zip(&inside.mass))
            .map(|(id, mass)| (text(id), Mass::mean(mass, Heads::default()).parts))
            .collect(),
        questions: segments
            .map(|(at, (name, question))| {
                let left_out = inside.values.left_out(at).iter().sum();
                let alone = inside.alone[at].generation.as_str();
                (
                    name.as_str(),
                    question.as_str(),
                    left_out,
                    inside.shapley.values[at],
                    alone,
                )
            })
            .collect(),
        charts: seen.sighted(Heads::default(), |sighted| {
            let charts =
                [View::Layers, View::Heads, View::Between].map(|view| chart(view, sighted));
            let charts = charts.iter().flatten();
            let svg = |chart| svg(&chart_drawing(chart, &seen.labels)).replace(NAMESPACE, "");
            charts.map(svg).collect()
        }),
    };
    let mut json = Vec::new();
    text::write_json(&mut json, &data)?;
    // Nothing in the data may end the element that it stands in.
    let json = String::from_utf8_lossy(&json).replace('<', "\\u003c");
    let (before, after) = PAGE.split_once(HERE).unwrap_or((PAGE, ""));
    write!(to, "{before}{json}{after}")
}
