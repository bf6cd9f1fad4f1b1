//! What tuning has found, as tables and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::plain::{Align, Table, count, percent};
use crate::cli::report::{interval, p_value};
use crate::score::Interval;

/// Everything that is told.
#[derive(Serialize)]
pub struct Tuned {
    pub teacher: &'static str,
    /// Facts that the search saw, and the others.
    pub seen: usize,
    pub unseen: usize,
    /// How many options were tried.
    pub tried: usize,
    /// The best by what the search saw, and what was there before.
    pub options: Vec<Line>,
    pub default: Judged,
    pub chosen: Judged,
    /// Accuracy of the chosen options less that of the default ones, on the unseen facts.
    pub difference: f64,
    pub interval: Option<Interval>,
    pub p: f64,
    pub command: String,
}

#[derive(Serialize)]
pub struct Line {
    pub bias: String,
    pub temperature: String,
    pub scale: String,
    pub divergence_seen: f64,
    pub divergence_unseen: f64,
    pub chosen: bool,
    pub default: bool,
}

/// Options on the unseen facts.
#[derive(Serialize)]
pub struct Judged {
    pub setting: String,
    pub correct: usize,
    pub accuracy: f64,
    pub interval: Option<Interval>,
    pub divergence: f64,
}

/// The settings as a table, then what they are worth.
pub fn write(out: &mut impl Write, tuned: &Tuned) -> io::Result<()> {
    writeln!(
        out,
        "teacher {}; {} to choose on, {} to judge by; {} tried\n",
        tuned.teacher,
        count(tuned.seen, "fact"),
        tuned.unseen,
        count(tuned.tried, "setting"),
    )?;
    let mut table = Table::new(&[
        ("", Align::Left),
        ("bias", Align::Right),
        ("temperature", Align::Right),
        ("scale", Align::Right),
        ("KL seen", Align::Right),
        ("KL unseen", Align::Right),
        ("", Align::Left),
    ]);
    for line in &tuned.options {
        let chosen = if line.chosen { "*" } else { "" };
        let default = if line.default { "default" } else { "" };
        table.row([
            chosen,
            &line.bias,
            &line.temperature,
            &line.scale,
            &format!("{:.4}", line.divergence_seen),
            &format!("{:.4}", line.divergence_unseen),
            default,
        ]);
    }
    table.write(out)?;
    writeln!(out)?;
    let mut pairs = Table::pairs();
    let judged = |judged: &Judged| {
        format!(
            "{} %  {}  {} of {}  {}",
            percent(judged.accuracy),
            interval(judged.interval),
            judged.correct,
            tuned.unseen,
            judged.setting
        )
    };
    pairs.row(["default".to_owned(), judged(&tuned.default)]);
    pairs.row(["chosen".to_owned(), judged(&tuned.chosen)]);
    pairs.row([
        "difference".to_owned(),
        format!(
            "{:+.1} points  {}  p {}",
            tuned.difference * 100.0,
            interval(tuned.interval),
            p_value(tuned.p)
        ),
    ]);
    pairs.row(["use", &tuned.command]);
    pairs.write(out)
}
