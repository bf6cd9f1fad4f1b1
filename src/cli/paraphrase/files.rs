//! Variants as a table that `--data` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::found::Found;
use crate::cli::CliError;
use crate::data::Style;
use crate::results::{self, Error, Kind};

/// One row: names and values in their order.
type Row = Vec<(String, Value)>;

/// Refuses a name that promises no such table.
pub fn check(path: &Path) -> Result<(), CliError> {
    match Kind::of(path) {
        Some(Kind::Csv | Kind::JsonLines) => Ok(()),
        _ => Err(CliError::Usage(format!(
            "{}: expected a name that ends in .jsonl or .csv, which --data reads",
            path.display()
        ))),
    }
}

/// Writes the facts with their chosen templates and the variants; returns how many questions are left out, since they have
/// fewer variants than the table has columns.
pub fn write(
    path: &Path,
    overwrite: bool,
    found: &Found,
    facts: &[usize],
    chosen: &[Vec<usize>],
) -> Result<usize, CliError> {
    let (rows, left_out) = match found.data.style {
        Style::MyriadLama => (of_templates(found, facts, chosen), 0),
        Style::WebQuestions => of_questions(found, chosen)?,
    };
    results::write(path, overwrite, |file| {
        let wrong = |source| Error::Write {
            path: path.to_owned(),
            source,
        };
        match Kind::of(path) {
            Some(Kind::Csv) => write_csv(file, &rows).map_err(|e| wrong(e.into())),
            _ => write_json(file, rows).map_err(wrong),
        }
    })?;
    Ok(left_out)
}

/// A row per fact and template, in the hub's columns; variants are auto templates behind the chosen ones.
fn of_templates(found: &Found, facts: &[usize], chosen: &[Vec<usize>]) -> Vec<Row> {
    let data = &found.data;
    let mut variants: BTreeMap<usize, Vec<&String>> = BTreeMap::new();
    for (of, templates) in found.rewritten.iter().zip(&found.templates) {
        let relation = data.facts[of.fact].relation;
        variants.entry(relation).or_default().extend(templates);
    }
    let mut rows = Vec::new();
    for fact in facts.iter().map(|&fact| &data.facts[fact]) {
        let Some(variants) = variants.get(&fact.relation) else {
            continue;
        };
        let relation = &data.relations[fact.relation];
        let known = chosen[fact.relation].iter().map(|&template| {
            let template = &relation.templates[template];
            (&template.text, template.is_manual())
        });
        let new = variants.iter().map(|text| (*text, false));
        for (template, is_manual) in known.chain(new) {
            rows.push(row([
                ("uuid", json!(fact.uuid)),
                ("rel_uri", json!(relation.id)),
                ("sub_ent", json!(fact.subject)),
                ("obj_aliases", json!(fact.answers)),
                ("template", json!(template)),
                ("is_manual", json!(is_manual)),
            ]));
        }
    }
    rows
}

/// A row per question: its chosen wordings, then its variants.
fn of_questions(found: &Found, chosen: &[Vec<usize>]) -> Result<(Vec<Row>, usize), CliError> {
    let data = &found.data;
    let whole = |of: &&super::found::Rewritten| of.sifted.kept.len() == found.most;
    let most = found.rewritten.iter().map(|of| of.sifted.kept.len()).max();
    let mut rows = Vec::new();
    let mut seen = BTreeSet::new();
    for of in found.rewritten.iter().filter(whole) {
        let fact = &data.facts[of.fact];
        if !seen.insert(of.fact) {
            continue;
        }
        let known = chosen[fact.relation].iter();
        let known = known.map(|&wording| fact.paraphrases[wording].as_str());
        let new = of.sifted.kept.iter().map(|variant| variant.text.as_str());
        let mut row = row([("uuid", json!(fact.uuid))]);
        let wordings = known.chain(new).enumerate();
        row.extend(wordings.map(|(at, text)| (format!("paraphrase{at}"), json!(text))));
        row.push(("answers".to_owned(), json!(fact.answers)));
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(CliError::Failed(format!(
            "no question has {} variants, the most are {}: lower --variants, or draw more with --samples",
            found.most,
            most.unwrap_or_default()
        )));
    }
    let left_out = found.rewritten.len() - rows.len();
    Ok((rows, left_out))
}

fn row<const N: usize>(cells: [(&str, Value); N]) -> Row {
    let owned = |(name, value): (&str, Value)| (name.to_owned(), value);
    cells.into_iter().map(owned).collect()
}

fn write_json(to: &mut impl Write, rows: Vec<Row>) -> std::io::Result<()> {
    for row in rows {
        writeln!(to, "{}", Value::Object(Map::from_iter(row)))?;
    }
    Ok(())
}

/// Texts as they are, everything else as JSON.
fn write_csv(to: &mut impl Write, rows: &[Row]) -> Result<(), csv::Error> {
    let mut csv = csv::Writer::from_writer(to);
    if let Some(first) = rows.first() {
        csv.write_record(first.iter().map(|(name, _)| name))?;
    }
    for row in rows {
        csv.write_record(row.iter().map(|(_, value)| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }))?;
    }
    Ok(csv.flush()?)
}
