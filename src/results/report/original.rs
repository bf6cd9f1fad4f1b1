//! Result files of the Python originals: `uuid, answers, prediction, generation, correctness, paraphrases, prompts,
//! predict_lemma, answer_lemmas`, as Feather or CSV.
//!
//! They hold neither relation nor template ids, and `correctness` is never filled. The relation follows from the uuid;
//! verdicts are made anew from prediction and answers, so that they compare with this program's. A file's own lemmas,
//! where it has them, tell whether the verdict would have been another.

use std::collections::HashMap;

use super::{Summary, beside};
use crate::data::relation_of_uuid;
use crate::evaluate::Row;
use crate::results::{Error, Record};
use crate::score::{judge, matches_one_way};

/// Relation of facts whose uuid does not tell one.
const UNKNOWN: &str = "unknown";

/// How a file of the originals was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Original {
    /// Rows that hold the original's lemmas.
    pub with_lemmas: usize,
    /// How many of those the original's lemmas give the same verdict.
    pub same_verdict: usize,
    /// Wordings that a question was asked in, at least and at most, where the file tells them.
    pub wordings: Option<(usize, usize)>,
}

/// Whether a row has what the originals write and not what this program writes.
pub(in crate::results) fn is_original(record: &Record) -> bool {
    !record.has("correct")
        && ["uuid", "prediction", "answers"]
            .iter()
            .all(|name| record.has(name))
}

/// Adds all facts of a file. Rows of one fact may stand apart: `per_prompt` writes them by batches of facts.
pub(super) fn summarize(
    records: impl Iterator<Item = Result<Record, Error>>,
    is_chosen: impl Fn(&[Row]) -> bool,
    summary: &mut Summary,
) -> Result<(), Error> {
    let mut original = summary.original.unwrap_or_default();
    let mut facts: Vec<Vec<Row>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for record in records {
        let row = original.row(&record?)?;
        let place = *places.entry(row.uuid.clone()).or_insert(facts.len());
        match facts.get_mut(place) {
            Some(rows) => rows.push(row),
            None => facts.push(vec![row]),
        }
    }
    for rows in facts.iter().filter(|rows| is_chosen(rows)) {
        summary.add(rows);
    }
    summary.original = Some(original);
    Ok(())
}

impl Original {
    /// The row of a record, judged anew.
    pub(in crate::results) fn row(&mut self, record: &Record) -> Result<Row, Error> {
        let uuid = record.text("uuid")?.to_owned();
        let prediction = record.text("prediction")?.to_owned();
        let verdict = judge(&prediction, &record.texts("answers")?);
        // Beside the verdict; files without these, or with arrays printed into their cells, are as good.
        let lemmas = record.texts("predict_lemma");
        if let (Ok(lemmas), Ok(answers)) = (lemmas, record.text_lists("answer_lemmas")) {
            let stored = matches_one_way(&lemmas, &answers);
            self.with_lemmas += 1;
            self.same_verdict += usize::from(stored == verdict.correct);
        }
        if let Ok(wordings) = record.texts("paraphrases") {
            let count = wordings.len();
            let (least, most) = self.wordings.unwrap_or((count, count));
            self.wordings = Some((least.min(count), most.max(count)));
        }
        let relation = match record.has("relation") {
            true => record.text("relation")?.to_owned(),
            false => relation_of_uuid(&uuid).unwrap_or_else(|| UNKNOWN.to_owned()),
        };
        Ok(Row {
            uuid,
            relation,
            prediction,
            verdict,
            ..beside(record)
        })
    }
}
