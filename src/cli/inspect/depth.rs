//! Where in depth fusing decides: what the fused row would say after each layer, beside each question alone; as text
//! and JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::text::{quoted, rank};
use crate::cli::plain::{Align, Table};
use crate::inspect::{Sight, settled};
use crate::model::Tokenizer;
use crate::numbers::count;

/// Questions that a table has room for.
const MOST_COLUMNS: usize = 6;

/// Rows that were read through the lens, each with its name.
pub struct Depth<'a> {
    /// Which rows these are, behind the title.
    pub whose: &'static str,
    pub rows: Vec<(&'a str, &'a [Sight])>,
    /// What is shown of the sights: a token, and its place in them.
    pub tokens: Vec<(usize, u32)>,
}

impl Depth<'_> {
    /// Each token once.
    fn followed(&self) -> Vec<(usize, u32)> {
        let mut followed: Vec<(usize, u32)> = Vec::new();
        for &(at, token) in &self.tokens {
            if followed.iter().all(|(_, other)| *other != token) {
                followed.push((at, token));
            }
        }
        followed
    }
}

#[derive(Serialize)]
pub struct View {
    /// The first token of the answer, and of the first accepted answer.
    tokens: Vec<u32>,
    fused: Lens,
    /// Per question.
    alone: Vec<Lens>,
}

#[derive(Serialize)]
struct Lens {
    /// Per layer and token: ln p and rank.
    tokens: Vec<Vec<(f64, usize)>>,
    /// Per layer.
    best: Vec<u32>,
    /// Per layer, in nats.
    entropy: Vec<f64>,
    /// Per token: the layer, counted from 0, from which on it stays the best.
    settled: Vec<Option<usize>>,
}

impl View {
    pub fn of(depth: &Depth<'_>) -> Self {
        let lens = |&(_, sights): &(&str, &[Sight])| Lens {
            tokens: (sights.iter())
                .map(|sight| {
                    let tokens = sight.tokens.iter();
                    tokens.map(|t| (t.log_probability, t.rank)).collect()
                })
                .collect(),
            best: sights.iter().map(|sight| sight.best).collect(),
            entropy: sights.iter().map(|sight| sight.entropy).collect(),
            settled: (0..depth.tokens.len())
                .map(|token| settled(sights, token))
                .collect(),
        };
        View {
            tokens: depth.tokens.iter().map(|(_, token)| *token).collect(),
            fused: lens(&depth.rows[0]),
            alone: depth.rows[1..].iter().map(lens).collect(),
        }
    }
}

pub fn write(to: &mut impl Write, depth: &Depth<'_>, tokenizer: &Tokenizer) -> io::Result<()> {
    let shown = &depth.rows[..depth.rows.len().min(1 + MOST_COLUMNS)];
    let title = "What the model would say after each layer, where it makes the first token";
    writeln!(to, "{title}: {}", depth.whose)?;
    let tokens = depth.followed();
    for &(at, token) in &tokens {
        writeln!(to, "ln p of {} and its rank", quoted(tokenizer, token))?;
        table(to, shown, |sight| rank(&sight.tokens[at]))?;
    }
    writeln!(to, "the best token")?;
    table(to, shown, |sight| quoted(tokenizer, sight.best))?;
    for &(at, token) in &tokens {
        let from = |(name, sights): &(&str, &[Sight])| match settled(sights, at) {
            Some(layer) => format!("{name} {}", layer + 1),
            None => format!("{name} never"),
        };
        let from: Vec<String> = depth.rows.iter().map(from).collect();
        let token = quoted(tokenizer, token);
        writeln!(to, "{token} stays the best from layer: {}", from.join(", "))?;
    }
    let left = depth.rows.len() - shown.len();
    if left > 0 {
        writeln!(to, "{} more: --json has them", count(left, "question"))?;
    }
    Ok(())
}

/// One column per row that was read, one line per layer.
fn table(
    to: &mut impl Write,
    rows: &[(&str, &[Sight])],
    cell: impl Fn(&Sight) -> String,
) -> io::Result<()> {
    let names = rows.iter().map(|(name, _)| (*name, Align::Right));
    let header: Vec<_> = std::iter::once(("layer", Align::Right))
        .chain(names)
        .collect();
    let mut table = Table::new(&header);
    for layer in 0..rows[0].1.len() {
        let cells = rows.iter().map(|(_, sights)| cell(&sights[layer]));
        table.row(std::iter::once((layer + 1).to_string()).chain(cells));
    }
    table.write(to)
}
