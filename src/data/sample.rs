//! The sample that is built into the program, so that it runs without any download.

use serde::Deserialize;

use super::columns::Shape;
use super::fold::{Fold, Place};
use super::text_row::TextRow;
use super::unpacked::Amount;
use super::uuid::uuid;
use super::{Dataset, Error};

/// The sample's files by relation, in the data set's order.
macro_rules! sources {
    ($($id:literal)*) => {
        [$(($id, include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"), "/assets/sample/", $id, ".toml"
        )))),*]
    };
}

const RELATIONS: [(&str, &str); 41] = sources![
    "P17" "P19" "P20" "P27" "P30" "P31" "P36" "P37" "P39" "P47" "P101" "P103" "P106" "P108"
    "P127" "P131" "P136" "P138" "P140" "P159" "P176" "P178" "P190" "P264" "P276" "P279" "P361"
    "P364" "P407" "P413" "P449" "P463" "P495" "P527" "P530" "P740" "P937" "P1001" "P1303"
    "P1376" "P1412"
];

const QUESTIONS: [(&str, &str); 1] = sources!["webqa"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationFile {
    id: String,
    /// For whoever edits the file; the program takes labels from its own table.
    #[serde(rename = "label")]
    _label: String,
    manual: Vec<String>,
    auto: Vec<String>,
    facts: Vec<FactEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactEntry {
    subject: String,
    qid: Option<String>,
    answers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionFile {
    question: Vec<QuestionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionEntry {
    paraphrases: Vec<String>,
    answers: Vec<String>,
}

/// The MyriadLAMA sample.
pub(super) fn myriadlama() -> Result<Dataset, Error> {
    let mut fold = Fold::new(Shape::MyriadLama, Amount::of_files(0));
    for (part, (name, source)) in RELATIONS.into_iter().enumerate() {
        let file: RelationFile = parse(name, source)?;
        add_relation(&mut fold, part as u32, file)
            .map_err(|(fact, what)| Error::row(&path(name), fact, what))?;
    }
    Ok(fold.finish())
}

/// The WebQuestions-style sample.
pub(super) fn webqa() -> Result<Dataset, Error> {
    let [(name, source)] = QUESTIONS;
    let file: QuestionFile = parse(name, source)?;
    let wordings = file.question.first().map_or(1, |q| q.paraphrases.len());
    let mut fold = Fold::new(Shape::WebQuestions { wordings }, Amount::of_files(0));
    for (number, entry) in file.question.into_iter().enumerate() {
        let row = number as u64;
        let uuid = match entry.paraphrases.first() {
            Some(first) if entry.paraphrases.len() == wordings => uuid(name, first),
            _ => {
                let what = format!("expected {wordings} paraphrases as in the first question");
                return Err(Error::row(&path(name), row + 1, what));
            }
        };
        fold.question(
            &uuid,
            entry.paraphrases,
            entry.answers,
            Place { part: 0, row },
        )
        .map_err(|what| Error::row(&path(name), row + 1, what))?;
    }
    Ok(fold.finish())
}

/// Writes a relation out into the rows that the published table would have. An error comes with
/// the fact's number, from 1.
fn add_relation(fold: &mut Fold, part: u32, file: RelationFile) -> Result<(), (u64, String)> {
    let mut row = 0;
    for (number, fact) in (1..).zip(&file.facts) {
        let uuid = uuid(&file.id, fact.qid.as_deref().unwrap_or(&fact.subject));
        let manual = file.manual.iter().map(|text| (text, true));
        let auto = file.auto.iter().map(|text| (text, false));
        for (template, manual) in manual.chain(auto) {
            TextRow {
                uuid: &uuid,
                relation: &file.id,
                subject: &fact.subject,
                template,
                manual,
            }
            .fold(fold, Place { part, row }, || Ok(fact.answers.clone()))
            .map_err(|what| (number, what))?;
            row += 1;
        }
    }
    Ok(())
}

fn parse<T: for<'de> Deserialize<'de>>(name: &str, source: &str) -> Result<T, Error> {
    toml::from_str(source).map_err(|e| Error::broken(&path(name), "sample", e))
}

fn path(name: &str) -> std::path::PathBuf {
    format!("assets/sample/{name}.toml").into()
}
