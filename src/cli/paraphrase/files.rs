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
        Style::WebQuestions | Style::MultipleChoice => of_questions(found, chosen)?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paraphrase::found::Rewritten;
    use crate::data::{Dataset, Source, Watch};
    use crate::evaluate::paraphrase::Asked;
    use crate::sets;

    type Outcome = Result<(), Box<dyn std::error::Error>>;
    /// Variants, all facts of their relation, and the chosen templates of all.
    type Written = (Found, Vec<usize>, Vec<Vec<usize>>);

    fn load(source: &Source, style: Style) -> Result<Dataset, crate::data::Error> {
        Dataset::load(source, style, Watch::none())
    }

    /// What a model wrote for the first two templates of P36, asked about the first fact.
    fn written() -> Result<Written, Box<dyn std::error::Error>> {
        let data = load(&Source::Embedded, Style::MyriadLama)?;
        let capital = data.relation("P36")?;
        let facts: Vec<usize> = (0..data.facts.len())
            .filter(|&fact| data.facts[fact].relation == capital)
            .collect();
        let this = &data.facts[facts[0]];
        let subject = this.subject.clone();
        let texts = [
            vec![
                format!("{subject} is ruled from the halls of [MASK]."),
                "It is ruled from the halls of [MASK].".to_owned(),
                format!("The halls of [MASK] rule {subject}."),
                format!("From [MASK] one rules {subject} wisely."),
            ],
            vec![
                format!("{subject} is ruled from the halls of [MASK]."),
                format!("Few but [MASK] rule {subject}."),
            ],
        ];
        let rewritten = texts.iter().enumerate().map(|(template, texts)| {
            let asked = Asked {
                question: data.question(this, template),
                keep: vec![subject.clone()],
                answers: this.answers.clone(),
            };
            let sifted = asked.sift(texts.iter().map(String::as_str));
            Rewritten {
                fact: facts[0],
                template,
                asked,
                sifted,
            }
        });
        let rewritten = rewritten.collect();
        let mut chosen = vec![Vec::new(); data.relations.len()];
        chosen[capital] = vec![0, 1];
        Ok((Found::of(data.into(), rewritten, 2)?, facts, chosen))
    }

    const NEW: [&str; 3] = [
        "[X] is ruled from the halls of [Y].",
        "The halls of [Y] rule [X].",
        "Few but [Y] rule [X].",
    ];

    #[test]
    fn a_table_of_variants_is_data() -> Outcome {
        let (found, facts, chosen) = written()?;
        let folder = tempfile::tempdir()?;
        for name in ["t.jsonl", "t.csv"] {
            let path = folder.path().join(name);
            write(&path, false, &found, &facts, &chosen)?;
            let data = load(&Source::from(path.into_os_string()), Style::MyriadLama)?;
            assert_eq!(data.facts.len(), facts.len());
            let relation = &data.relations[0];
            let texts: Vec<&str> = relation.templates.iter().map(|t| t.text.as_str()).collect();
            let before = &found
                .data
                .relation_of(&found.data.facts[facts[0]])
                .templates;
            let mut wanted: Vec<&str> = before[..2].iter().map(|t| t.text.as_str()).collect();
            wanted.extend(NEW);
            assert_eq!(texts, wanted);
            assert!(relation.templates[1].is_manual() && !relation.templates[2].is_manual());
            for (new, old) in data.facts.iter().zip(&facts) {
                let old = &found.data.facts[*old];
                assert_eq!((&new.uuid, &new.answers), (&old.uuid, &old.answers));
            }
        }
        Ok(())
    }

    #[test]
    fn a_set_of_variants_asks_them_with_their_templates() -> Outcome {
        let (mut found, _, chosen) = written()?;
        let set = found.set("mine", &chosen)?;
        let folder = tempfile::tempdir()?;
        sets::save(folder.path(), &set, false)?;
        let set = sets::load(folder.path(), "mine")?;
        let mut data = load(&Source::Embedded, Style::MyriadLama)?;
        set.add_wordings(&mut data)?;
        let capital = data.relation("P36")?;
        let templates = set.resolve(&data).swap_remove(capital);
        let names = templates
            .iter()
            .map(|&of| data.relations[capital].templates[of].id);
        let names: Vec<String> = names.map(|id| id.to_string()).collect();
        assert_eq!(names, ["m1", "m2", "o1", "o2", "o3"]);
        let texts = templates[2..]
            .iter()
            .map(|&of| data.relations[capital].templates[of].text.as_str());
        assert_eq!(texts.collect::<Vec<_>>(), NEW);
        Ok(())
    }

    #[test]
    fn what_is_not_taken_is_told() -> Outcome {
        let (found, ..) = written()?;
        let dropped = |at: usize| -> Vec<String> {
            let dropped = found.rewritten[at].sifted.dropped.iter();
            dropped.map(|(_, why)| why.to_string()).collect()
        };
        assert_eq!(dropped(0).len(), 1);
        assert!(dropped(0)[0].starts_with("lost "));
        assert_eq!(dropped(1), ["a template already"]);
        Ok(())
    }
}
