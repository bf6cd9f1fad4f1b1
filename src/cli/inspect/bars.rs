//! What tokens read, as bars.

use std::io::{self, Write};

use crate::cli::plain::{Align, Table};
use crate::inspect::view::part_sign;
use crate::inspect::{Heads, Mass};

/// Characters of a bar.
const BAR: usize = 50;

/// One bar per token, which may have the name of its prompt in front, and a key. `parts` names what is read: questions,
/// front, rest.
pub fn write<'a>(
    to: &mut impl Write,
    parts: &[String],
    tokens: impl Iterator<Item = (Option<String>, String, &'a Vec<Vec<Mass>>)>,
) -> io::Result<()> {
    let mut table = Table::new(&[
        ("token", Align::Left),
        ("", Align::Left),
        ("nats", Align::Right),
    ]);
    for (prompt, token, mass) in tokens {
        let mass = Mass::mean(mass, Heads::default());
        let name = prompt.map_or(token.clone(), |prompt| format!("{prompt} {token}"));
        table.row([name, bar(&mass.parts), format!("{:.2}", mass.entropy)]);
    }
    table.write(to)?;
    let key = |(at, name): (usize, &String)| format!("{} {name}", part_sign(at, parts.len()));
    let keys: Vec<String> = parts.iter().enumerate().map(key).collect();
    writeln!(
        to,
        "{}; nats: entropy of a head's attention\n",
        keys.join("  ")
    )
}

/// Parts side by side, each as long as its share; together [`BAR`] long.
fn bar(parts: &[f32]) -> String {
    let mut bar = String::new();
    let mut sum = 0.0;
    for (at, part) in parts.iter().enumerate() {
        sum += part;
        let end = (sum * BAR as f32).round() as usize;
        while bar.len() < end.min(BAR) {
            bar.push(part_sign(at, parts.len()));
        }
    }
    bar
}
