//! What was seen as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::seen::Seen;
use super::{contrast, depth};
use crate::cli::plain::write_json;
use crate::inspect::{Inside, Mass, Sight};
use crate::layout::Role;

#[derive(Serialize)]
struct View<'a> {
    uuid: &'a str,
    templates: Vec<&'a str>,
    questions: Vec<&'a str>,
    /// Ids; `texts` are the same in words.
    tokens: &'a [u32],
    texts: Vec<String>,
    /// Segment index, or −1.
    owner: Vec<i64>,
    role: &'a [Role],
    positions: &'a [u32],
    generated: &'a [u32],
    generation: &'a str,
    mass: Vec<Vec<Vec<&'a [f32]>>>,
    entropy: Vec<Vec<Vec<f32>>>,
    between: &'a [Vec<Vec<f32>>],
    value: BTreeMap<String, &'a [f64]>,
    left_out: Vec<Vec<f64>>,
    shapley: &'a [f64],
    #[serde(skip_serializing_if = "Option::is_none")]
    shapley_error: Option<&'a [f64]>,
    lens: Vec<Vec<(f64, u32)>>,
    gold: Option<u32>,
    /// Of the first accepted answer's first token, where the first token of the answer is made.
    lens_gold: Vec<(f64, usize)>,
    alone: Vec<Alone<'a>>,
    depth: depth::View,
    #[serde(skip_serializing_if = "Option::is_none")]
    contrast: Option<contrast::View<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Vec<Vec<f32>>>>,
}

/// A question's own answer.
#[derive(Serialize)]
struct Alone<'a> {
    generated: &'a [u32],
    generation: &'a str,
    probability: f32,
}

pub fn write(to: &mut impl Write, seen: &Seen<'_>, rows: bool) -> io::Result<()> {
    let Inside {
        answer,
        attention,
        mass,
        between,
        values,
        shapley,
        lens,
        alone,
        ..
    } = &seen.inside;
    let layout = attention.layout();
    let segments = &seen.labels.segments;
    let sight = |sight: &Sight| (sight.tokens[0].log_probability, sight.best);
    let gold = |sight: &Sight| {
        let seen = sight.tokens.get(1)?;
        Some((seen.log_probability, seen.rank))
    };
    let depth = seen.depth();
    let shape = attention.shape();
    let row = |layer: usize| {
        let of = |head| attention.row(layer, head, attention.emitting(0));
        (0..shape.heads).map(of).collect()
    };
    write_json(
        to,
        &View {
            uuid: &seen.plan.data.facts[seen.fact].uuid,
            templates: segments.iter().map(|(name, _)| name.as_str()).collect(),
            questions: segments.iter().map(|(_, text)| text.as_str()).collect(),
            tokens: &layout.tokens,
            texts: (layout.tokens.iter())
                .map(|&id| seen.tokenizer.text(id))
                .collect(),
            owner: (layout.owner.iter())
                .map(|owner| owner.map_or(-1, i64::from))
                .collect(),
            role: &layout.role,
            positions: &layout.positions,
            generated: &answer.generated,
            generation: &answer.generation,
            mass: mapped(mass, |mass| mass.parts.as_slice()),
            entropy: mapped(mass, |mass| mass.entropy),
            between,
            value: values
                .list()
                .map(|(questions, value)| (key(&questions), value))
                .collect(),
            left_out: (0..segments.len())
                .map(|question| values.left_out(question))
                .collect(),
            shapley: &shapley.values,
            shapley_error: shapley.errors.as_deref(),
            lens: (lens.iter())
                .map(|layers| layers.iter().map(sight).collect())
                .collect(),
            gold: seen.gold,
            lens_gold: lens.iter().take(1).flatten().filter_map(gold).collect(),
            alone: (alone.iter())
                .map(|answer| Alone {
                    generated: &answer.generated,
                    generation: &answer.generation,
                    probability: answer.probability,
                })
                .collect(),
            depth: depth::View::of(&depth),
            contrast: (seen.contrast.as_ref()).map(|of| contrast::View::of(of, seen)),
            rows: rows.then(|| (0..shape.layers).map(row).collect()),
        },
    )
}

/// `0,1`: a subset of the questions.
pub fn key(questions: &[usize]) -> String {
    let words: Vec<String> = questions.iter().map(usize::to_string).collect();
    words.join(",")
}

/// `[step][layer][head]`
pub fn mapped<'a, T>(mass: &'a [Vec<Vec<Mass>>], of: impl Fn(&'a Mass) -> T) -> Vec<Vec<Vec<T>>> {
    mass.iter()
        .map(|layers| {
            let layers = layers.iter();
            layers
                .map(|heads| heads.iter().map(&of).collect())
                .collect()
        })
        .collect()
}
