//! The chosen set in words: what it is, what it is worth on facts that it was not chosen on, what chance gives.

use crate::evaluate::select::mean;
use crate::evaluate::trained_wordings;
use crate::numbers::count;
use crate::score::{Interval, wilson_interval};
use crate::tui::text::width;
use crate::tui::workspace::judging::Lab;

/// `63.2`.
pub fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// `[47.3, 76.6]`.
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or(String::new(), |Interval { low, high }| {
        format!("[{}, {}]", percent(low), percent(high))
    })
}

/// `+5.3`.
pub fn points(difference: f64) -> String {
    format!("{:+.1}", 100.0 * difference)
}

/// The set and whether it is real; further lines of figures, as wide as there is room.
pub fn lines(lab: &Lab, columns: usize) -> Vec<String> {
    let choice = &lab.choice;
    let k = choice.set.len();
    let facts = choice.unseen.len();
    let right = (choice.on_unseen * facts as f64).round() as u64;
    let of_unseen = interval(wilson_interval(right, facts as u64));
    let mut figures = vec![
        format!(
            "unseen {} % {of_unseen} of {}",
            percent(choice.on_unseen),
            count(facts, "fact")
        ),
        format!(
            "seen {} % of {}",
            percent(choice.on_seen),
            count(choice.seen.len(), "fact")
        ),
        format!("optimism {} points", points(choice.optimism())),
        format!(
            "random sets of {k}: {} %, sd {} ({})",
            percent(mean(&choice.random)),
            percent(choice.spread()),
            count(choice.random.len(), "set")
        ),
        format!("gain {} points, p {:.3}", points(choice.gain()), choice.p()),
        format!(
            "all {}: {} %",
            lab.matrix.templates.len(),
            percent(choice.all)
        ),
    ];
    if choice.disjoint.len() > 1 {
        let shares: Vec<String> = choice
            .disjoint
            .iter()
            .map(|share| percent(*share))
            .collect();
        figures.push(format!("sets apart: {} %", shares.join(" ")));
    }
    figures.extend(trained_wordings(lab.trained));
    if lab.matrix.left_out > 0 {
        figures.push(format!(
            "{} not answered by every template left out",
            count(lab.matrix.left_out, "fact")
        ));
    }
    let mut lines = vec![format!("best {k}: {}", lab.chosen()), choice.verdict()];
    lines.extend(flowed(&figures, columns));
    lines
}

/// Phrases in lines, three blanks apart.
fn flowed(phrases: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for phrase in phrases {
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(phrase) <= columns => {
                line.push_str("   ");
                line.push_str(phrase);
            }
            _ => lines.push(phrase.clone()),
        }
    }
    lines
}
