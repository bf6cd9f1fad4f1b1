//! Why the answer and not another one, as text and JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::json::key;
use super::seen::{Seen, plus_minus};
use super::text::{quoted, rank};
use crate::cli::plain::{Align, Table};
use crate::inspect::{Attributed, Contrast};

#[derive(Serialize)]
pub struct View<'a> {
    /// Both answers.
    answers: [Side<'a>; 2],
    /// How many tokens both begin with.
    part: usize,
    first: Of<'a>,
    whole: Of<'a>,
    /// By the questions that are read: at the token where they part, and of the whole answers.
    difference: BTreeMap<String, [f64; 2]>,
    /// Per layer, at the token where they part.
    lens: Vec<Layer>,
}

#[derive(Serialize)]
struct Layer {
    difference: f64,
    /// Of the next token of either.
    ln_p: [f64; 2],
    rank: [usize; 2],
    best: u32,
}

#[derive(Serialize)]
struct Side<'a> {
    text: String,
    tokens: &'a [u32],
    ln_p: &'a [f64],
}

#[derive(Serialize)]
struct Of<'a> {
    all: f64,
    none: f64,
    left_out: &'a [f64],
    shapley: &'a [f64],
    #[serde(skip_serializing_if = "Option::is_none")]
    shapley_error: Option<&'a [f64]>,
}

impl<'a> View<'a> {
    pub fn of(contrast: &'a Contrast, seen: &Seen<'_>) -> Self {
        let side = |at: usize| Side {
            text: seen.tokenizer.decode(&contrast.answers[at]),
            tokens: &contrast.answers[at],
            ln_p: contrast.ln_p()[at],
        };
        let of = |of: &'a Attributed| Of {
            all: of.all,
            none: of.none,
            left_out: &of.left_out,
            shapley: &of.shapley.values,
            shapley_error: of.shapley.errors.as_deref(),
        };
        let layers = contrast.by_layer().zip(&contrast.lens);
        View {
            answers: [side(0), side(1)],
            part: contrast.part,
            first: of(&contrast.first),
            whole: of(&contrast.whole),
            difference: contrast
                .list()
                .map(|(questions, difference)| (key(&questions), difference))
                .collect(),
            lens: layers
                .map(|(difference, sight)| Layer {
                    difference,
                    ln_p: [0, 1].map(|at| sight.tokens[at].log_probability),
                    rank: [0, 1].map(|at| sight.tokens[at].rank),
                    best: sight.best,
                })
                .collect(),
        }
    }
}

pub fn write(to: &mut impl Write, contrast: &Contrast, seen: &Seen<'_>) -> io::Result<()> {
    let [one, other] = [0, 1].map(|at| seen.tokenizer.decode(&contrast.answers[at]));
    writeln!(
        to,
        "\nWhy {one:?} and not {other:?}: ln p of the first less ln p of the second, in nats"
    )?;
    let (first, whole) = (&contrast.first, &contrast.whole);
    let signed = |value: f64| format!("{value:+.3}");
    let mut table = Table::new(&[
        ("", Align::Left),
        ("all questions", Align::Right),
        ("none", Align::Right),
        ("together they add", Align::Right),
    ]);
    for (name, of) in [("first token", first), ("whole answer", whole)] {
        table.row([
            name.to_owned(),
            signed(of.all),
            signed(of.none),
            signed(of.all - of.none),
        ]);
    }
    table.write(to)?;
    writeln!(to)?;
    let mut table = Table::new(&[
        ("", Align::Left),
        ("first token: left out", Align::Right),
        ("Shapley", Align::Right),
        ("whole answer: left out", Align::Right),
        ("Shapley", Align::Right),
        ("question", Align::Left),
    ]);
    for (at, (name, question)) in seen.labels.segments.iter().enumerate() {
        table.row([
            name.clone(),
            signed(first.left_out[at]),
            plus_minus(&first.shapley, at),
            signed(whole.left_out[at]),
            plus_minus(&whole.shapley, at),
            question.clone(),
        ]);
    }
    table.write(to)?;
    if contrast.part > 0 {
        let both = seen.tokenizer.decode(&contrast.answers[0][..contrast.part]);
        writeln!(to, "first token: after {both:?}, which both begin with")?;
    }
    let token = |at: usize| quoted(seen.tokenizer, contrast.answers[at][contrast.part]);
    writeln!(to, "\n{} less {}, after each layer", token(0), token(1))?;
    let mut table = Table::new(&[
        ("layer", Align::Right),
        ("difference", Align::Right),
        (&token(0), Align::Right),
        (&token(1), Align::Right),
        ("best", Align::Left),
    ]);
    for (layer, (difference, sight)) in contrast.by_layer().zip(&contrast.lens).enumerate() {
        table.row([
            (layer + 1).to_string(),
            signed(difference),
            rank(&sight.tokens[0]),
            rank(&sight.tokens[1]),
            quoted(seen.tokenizer, sight.best),
        ]);
    }
    table.write(to)
}
