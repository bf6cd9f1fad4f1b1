//! Variants as plain tables.

use std::io::{self, Write};

use super::found::{Found, Rewritten};
use crate::cli::plain::{Align, Table, count};
use crate::data::Style;
use crate::text::harmless;

pub fn write(out: &mut impl Write, found: &Found) -> io::Result<()> {
    for (at, (of, templates)) in found.rewritten.iter().zip(&found.templates).enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let name = match found.data.style {
            Style::MyriadLama => {
                let relation = found.data.relation_of(&found.data.facts[of.fact]);
                format!("{} {}  ", relation.id, found.name(of))
            }
            Style::WebQuestions | Style::MultipleChoice => String::new(),
        };
        writeln!(out, "{name}{}", harmless(&of.asked.question))?;
        let kept = &of.sifted.kept;
        if !kept.is_empty() {
            let mut table = Table::new(&[("times", Align::Right), ("variant", Align::Left)]);
            for (at, variant) in kept.iter().enumerate() {
                let text = templates.get(at).unwrap_or(&variant.text);
                table.row([variant.times.to_string(), text.clone()]);
            }
            table.write(out)?;
        }
        writeln!(out, "{}", summary(of))?;
    }
    Ok(())
}

/// `2 variants; dropped 18: 9 lost France, 6 the question again, 3 lost [MASK]`. Where there is no variant, also what was
/// drawn most often.
fn summary(of: &Rewritten) -> String {
    let variants = match of.sifted.kept.len() {
        0 => "no variant".to_owned(),
        kept => count(kept, "variant"),
    };
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for (variant, why) in &of.sifted.dropped {
        let why = why.to_string();
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, times)) => *times += variant.times,
            None => reasons.push((why, variant.times)),
        }
    }
    reasons.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let dropped: usize = reasons.iter().map(|(_, times)| times).sum();
    if dropped == 0 {
        return variants;
    }
    let reasons: Vec<String> = reasons
        .iter()
        .map(|(why, times)| format!("{times} {}", harmless(why)))
        .collect();
    let most = of.sifted.dropped.first();
    let most = most.filter(|(most, _)| of.sifted.kept.is_empty() && !most.text.is_empty());
    let most = most.map_or(String::new(), |(most, _)| {
        format!(" (most often: {})", harmless(&most.text))
    });
    format!(
        "{variants}; dropped {dropped}: {}{most}",
        reasons.join(", ")
    )
}
