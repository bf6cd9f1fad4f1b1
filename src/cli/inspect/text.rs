//! What was seen, for people.

use std::io::{self, Write};

use super::seen::{Seen, plus_minus};
use super::{bars, contrast, depth};
use crate::cli::plain::{Align, Table};
use crate::inspect::{Heads, Inside, Mass};
use crate::model::Tokenizer;
use crate::numbers::count;
use crate::text::harmless;

/// Columns of a token's or an answer's text.
const TEXT: usize = 24;

pub fn write(to: &mut impl Write, seen: &Seen<'_>) -> io::Result<()> {
    let Inside {
        attention, answer, ..
    } = &seen.inside;
    let shape = attention.shape();
    writeln!(to, "{}", seen.labels.title)?;
    writeln!(to, "{}", seen.labels.subtitle)?;
    writeln!(
        to,
        "answer {:?}, {} {:.3}; expected {}",
        answer.generation,
        answer.measure(),
        answer.probability,
        harmless(&seen.plan.data.facts[seen.fact].answers.join(" | "))
    )?;
    writeln!(
        to,
        "{} in {} of {}; {:.1} MB of queries and keys\n",
        count(attention.rows(), "token"),
        count(shape.layers, "layer"),
        count(shape.heads, "head"),
        attention.bytes() as f64 / 1e6
    )?;
    writeln!(
        to,
        "What each token of the answer read: attention, mean of all layers and heads"
    )?;
    let tokens = answer.generated.iter().zip(&seen.inside.mass);
    bars::write(
        to,
        &seen.parts(),
        tokens.map(|(id, mass)| (None, quoted(seen.tokenizer, *id), mass)),
    )?;
    if attention.has_sinks() {
        writeln!(
            to,
            "Shares of keys alone: the sinks of the model's heads take the rest of 100 %\n"
        )?;
    }
    questions(to, seen)?;
    depth::write(to, &seen.depth(), seen.tokenizer)?;
    let contrast = seen.contrast.as_ref();
    contrast.map_or(Ok(()), |of| contrast::write(to, of, seen))
}

/// What each question gave.
fn questions(to: &mut impl Write, seen: &Seen<'_>) -> io::Result<()> {
    let Inside {
        mass,
        values,
        shapley,
        alone,
        ..
    } = &seen.inside;
    writeln!(
        to,
        "What each question did: mass at the first token, ln p of the whole answer in nats"
    )?;
    let mut table = Table::new(&[
        ("", Align::Left),
        ("mass", Align::Right),
        ("most in", Align::Left),
        ("left out", Align::Right),
        ("Shapley", Align::Right),
        ("alone", Align::Left),
        ("p", Align::Right),
        ("question", Align::Left),
    ]);
    let first = Mass::mean(&mass[0], Heads::default());
    for (at, (name, question)) in seen.labels.segments.iter().enumerate() {
        let answer = &alone[at];
        table.row([
            name.clone(),
            format!("{:.1} %", 100.0 * first.parts[at]),
            strongest(&mass[0], at),
            format!("{:+.3}", values.left_out(at).iter().sum::<f64>()),
            plus_minus(shapley, at),
            shortened(answer.generation.trim()),
            format!("{:.3}", answer.probability),
            question.clone(),
        ]);
    }
    for (name, part) in ["front", "rest"]
        .into_iter()
        .zip(seen.labels.segments.len()..)
    {
        let mass = format!("{:.1} %", 100.0 * first.parts[part]);
        table.row([name.to_owned(), mass, strongest(&seen.inside.mass[0], part)]);
    }
    table.write(to)?;
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let (all, none) = (sum(values.of_all()), sum(values.of_none()));
    writeln!(
        to,
        "all questions {all:.3}, none {none:.3}: together they add {:+.3}\n",
        all - none
    )
}

/// The layer and head that read most of a part: `layer 3 head 2, 71 %`.
fn strongest(mass: &[Vec<Mass>], part: usize) -> String {
    let heads = mass.iter().enumerate().flat_map(|(layer, heads)| {
        let heads = heads.iter().enumerate();
        heads.map(move |(head, mass)| (layer, head, mass.parts[part]))
    });
    let most = heads.max_by(|a, b| a.2.total_cmp(&b.2));
    most.map_or(String::new(), |(layer, head, share)| {
        let share = 100.0 * share;
        format!("layer {} head {}, {share:.0} %", layer + 1, head + 1)
    })
}

/// A token in quotes.
pub fn quoted(tokenizer: &Tokenizer, id: u32) -> String {
    format!("{:?}", shortened(&tokenizer.text(id)))
}

/// `-3.664 #12`
pub fn rank(seen: &crate::inspect::Seen) -> String {
    format!("{:.3} #{}", seen.log_probability, seen.rank)
}

/// A text that fits a column.
pub fn shortened(text: &str) -> String {
    match text.chars().count() {
        0..=TEXT => text.to_owned(),
        _ => text.chars().take(TEXT - 1).chain(['…']).collect(),
    }
}
