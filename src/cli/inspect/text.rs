//! What was seen, for people.

use std::io::{self, Write};

use super::Seen;
use crate::cli::plain::{Align, Table};
use crate::inspect::{Heads, Inside, Mass};
use crate::numbers::count;
use crate::text::harmless;

/// Characters of a bar.
const BAR: usize = 50;
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
        "answer {:?}, probability {:.3}; expected {}",
        answer.generation,
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
    tokens(to, seen)?;
    questions(to, seen)?;
    lens(to, seen)
}

/// One bar per token of the answer.
fn tokens(to: &mut impl Write, seen: &Seen<'_>) -> io::Result<()> {
    writeln!(
        to,
        "What each token of the answer read: attention, mean of all layers and heads"
    )?;
    let parts = seen.parts();
    let mut table = Table::new(&[
        ("token", Align::Left),
        ("", Align::Left),
        ("nats", Align::Right),
    ]);
    for (id, mass) in seen.inside.answer.generated.iter().zip(&seen.inside.mass) {
        let mass = Mass::mean(mass, Heads::default());
        table.row([
            format!("{:?}", shortened(&seen.tokenizer.text(*id))),
            bar(&mass.parts),
            format!("{:.2}", mass.entropy),
        ]);
    }
    table.write(to)?;
    let key = |(at, name): (usize, &String)| format!("{} {name}", sign(at, parts.len()));
    let keys: Vec<String> = parts.iter().enumerate().map(key).collect();
    writeln!(
        to,
        "{}; nats: entropy of a head's attention\n",
        keys.join("  ")
    )
}

/// The sign of a part in a bar.
fn sign(part: usize, parts: usize) -> char {
    const SIGNS: &[u8] = b"123456789abcdefghijklmnopqrstuvwxyz";
    match parts - part {
        1 => '.',
        2 => '=',
        _ => SIGNS[part % SIGNS.len()].into(),
    }
}

/// Parts side by side, each as long as its share; together [`BAR`] long.
fn bar(parts: &[f32]) -> String {
    let mut bar = String::new();
    let mut sum = 0.0;
    for (at, part) in parts.iter().enumerate() {
        sum += part;
        let end = (sum * BAR as f32).round() as usize;
        while bar.len() < end.min(BAR) {
            bar.push(sign(at, parts.len()));
        }
    }
    bar
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
        let shapley = match &shapley.errors {
            None => format!("{:+.3}", shapley.values[at]),
            Some(errors) => format!("{:+.3} ± {:.3}", shapley.values[at], errors[at]),
        };
        let answer = &alone[at];
        table.row([
            name.clone(),
            format!("{:.1} %", 100.0 * first.parts[at]),
            strongest(&mass[0], at),
            format!("{:+.3}", values.left_out(at).iter().sum::<f64>()),
            shapley,
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

/// What the model would say after each layer.
fn lens(to: &mut impl Write, seen: &Seen<'_>) -> io::Result<()> {
    writeln!(
        to,
        "What the model would say after each layer, where it makes the first token"
    )?;
    let text = |id: u32| format!("{:?}", shortened(&seen.tokenizer.text(id)));
    let made = text(seen.inside.answer.generated[0]);
    let gold = seen.gold.map(text).filter(|gold| *gold != made);
    let mut header = vec![
        ("layer".to_owned(), Align::Right),
        ("best".to_owned(), Align::Left),
        (format!("ln p {made}"), Align::Right),
        ("rank".to_owned(), Align::Right),
    ];
    if let Some(gold) = &gold {
        header.push((format!("ln p {gold}"), Align::Right));
        header.push(("rank".to_owned(), Align::Right));
    }
    header.push(("nats".to_owned(), Align::Right));
    let header: Vec<(&str, Align)> = header.iter().map(|(name, a)| (name.as_str(), *a)).collect();
    let mut table = Table::new(&header);
    for (layer, sight) in seen.inside.lens[0].iter().enumerate() {
        let mut row = vec![(layer + 1).to_string(), text(sight.best)];
        let tokens = if gold.is_some() { 2 } else { 1 };
        for token in sight.tokens.iter().take(tokens) {
            row.push(format!("{:.3}", token.log_probability));
            row.push(token.rank.to_string());
        }
        row.push(format!("{:.2}", sight.entropy));
        table.row(row);
    }
    table.write(to)
}

fn shortened(text: &str) -> String {
    match text.chars().count() {
        0..=TEXT => text.to_owned(),
        _ => text.chars().take(TEXT - 1).chain(['…']).collect(),
    }
}
