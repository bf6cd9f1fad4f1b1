//! One page for a browser that needs nothing else: mask and attention to zoom and to point at.

use std::io::{self, Write};

use serde::Serialize;

use super::Seen;
use crate::inspect::{Heads, Heat, Mass};
use crate::layout::picture::{Glyph, Grid};
use crate::text;

/// Blocks along a side: what a browser draws at once without a thought.
const CELLS: usize = 256;

const PAGE: &str = include_str!("page.html");
/// Where the data goes.
const HERE: &str = "DATA";

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
    /// Why a cell is read or not, as an index into `meanings`, `[rows][keys]`.
    reasons: Vec<Vec<usize>>,
    /// What `reasons` says and in which colour.
    meanings: Vec<(&'static str, String)>,
    /// Name and share of attention `[rows][keys]`, in 255ths of its square root.
    views: Vec<(String, Vec<Vec<u8>>)>,
    /// Token, and its masses by part.
    steps: Vec<(String, Vec<f32>)>,
    /// Name, question, left out, Shapley value, own answer.
    questions: Vec<(&'a str, &'a str, f64, f64, &'a str)>,
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
    let ends = |axis: &crate::layout::picture::Axis| {
        let starts = (0..axis.len()).map(|block| axis.block(block).start);
        starts.chain([len]).collect()
    };
    let reason = |row, key| {
        let glyph = grid.cell(layout, row, key).reason.glyph();
        let at = Glyph::ALL.iter().position(|other| *other == glyph);
        at.unwrap_or_default()
    };
    let view = |name: String, heads: Heads| {
        let heat = Heat::new(attention, heads, &grid, 0..rows, 0..keys);
        let level = |row, key| {
            let share: f32 = heat.at(row, key).unwrap_or_default();
            (255.0 * share.clamp(0.0, 1.0).sqrt()).round() as u8
        };
        let row = |row| (0..keys).map(|key| level(row, key)).collect();
        (name, (0..rows).map(row).collect())
    };
    let layers = (0..attention.shape().layers).map(|layer| {
        let heads = Heads {
            layer: Some(layer),
            head: None,
        };
        view(format!("layer {}, mean of heads", layer + 1), heads)
    });
    let all = view("mean of all layers and heads".to_owned(), Heads::default());
    let segments = seen.labels.segments.iter().enumerate();
    let data = Data {
        title: &seen.labels.title,
        subtitle: &seen.labels.subtitle,
        answer: &inside.answer.generation,
        names: seen.parts(),
        texts,
        rows: ends(&grid.rows),
        keys: ends(&grid.keys),
        reasons: (0..rows)
            .map(|row| (0..keys).map(|key| reason(row, key)).collect())
            .collect(),
        meanings: (Glyph::ALL.iter())
            .map(|glyph| (glyph.describe(), format!("#{:06x}", glyph.colour())))
            .collect(),
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
    };
    let mut json = Vec::new();
    text::write_json(&mut json, &data)?;
    // Nothing in the data may end the element that it stands in.
    let json = String::from_utf8_lossy(&json).replace('<', "\\u003c");
    let (before, after) = PAGE.split_once(HERE).unwrap_or((PAGE, ""));
    write!(to, "{before}{json}{after}")
}
