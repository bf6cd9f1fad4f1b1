//! `lamascope score`: saved predictions judged anew.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::{Error, Kind, Record, Table, write};
use crate::score::{Clusters, Interval, judge, wilson_interval};

/// What re-scoring a file gives.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Rescored {
    pub n: usize,
    pub correct: usize,
    pub correct_bidirectional: usize,
    pub accuracy: f64,
    pub accuracy_bidirectional: f64,
    /// Rows, right ones and bidirectionally right ones of each fact, where the file tells the facts.
    #[serde(skip)]
    facts: HashMap<String, [u64; 3]>,
}

/// Judges every row of `file`, which needs `prediction` and `answers`; writes the rows with their lemmas and verdicts
/// to `out` as JSON lines.
///
/// # Errors
/// Where there is no row, where one cannot be read, or `out` cannot be written.
pub fn rescore(file: &Path, out: Option<&Path>, overwrite: bool) -> Result<Rescored, Error> {
    if let Some(out) = out {
        Kind::JsonLines.check(out, "scored rows")?;
    }
    let mut all = Rescored::default();
    let mut table = Table::open(file)?;
    match out {
        None => {
            for record in table {
                judge_record(&mut record?, &mut all)?;
            }
            all.check(file)?;
        }
        Some(out) => write(out, overwrite, |to| {
            table.try_for_each(|record| {
                let mut record = record?;
                judge_record(&mut record, &mut all)?;
                write_line(to, &record).map_err(|source| Error::Write {
                    path: out.to_owned(),
                    source,
                })
            })?;
            all.check(file)
        })?,
    }
    let share = |part: usize| part as f64 / all.n as f64;
    all.accuracy = share(all.correct);
    all.accuracy_bidirectional = share(all.correct_bidirectional);
    Ok(all)
}

impl Rescored {
    /// The 95 % intervals of both accuracies; rows about one fact go together.
    pub fn intervals(&self) -> [Option<Interval>; 2] {
        let interval = |which: usize, correct: usize| {
            let mut clusters = Clusters::default();
            for of_fact in self.facts.values() {
                clusters.add(of_fact[which], of_fact[0]);
            }
            match self.facts.is_empty() {
                true => wilson_interval(correct as u64, self.n as u64),
                false => clusters.interval(correct as u64, self.n as u64),
            }
        };
        [
            interval(1, self.correct),
            interval(2, self.correct_bidirectional),
        ]
    }

    /// Refuses a file without rows: a share of nothing says nothing.
    fn check(&self, file: &Path) -> Result<(), Error> {
        if self.n > 0 {
            return Ok(());
        }
        Err(Error::Empty {
            path: file.to_owned(),
            expected: "one per prediction, with the columns `prediction` and `answers`",
        })
    }
}

fn judge_record(record: &mut Record, all: &mut Rescored) -> Result<(), Error> {
    let verdict = judge(record.text("prediction")?, &record.texts("answers")?);
    all.n += 1;
    all.correct += usize::from(verdict.correct);
    all.correct_bidirectional += usize::from(verdict.correct_bidirectional);
    if let Ok(uuid) = record.text("uuid") {
        let [n, correct, bidirectional] = all.facts.entry(uuid.to_owned()).or_default();
        *n += 1;
        *correct += u64::from(verdict.correct);
        *bidirectional += u64::from(verdict.correct_bidirectional);
    }
    record.set("predict_lemma", verdict.predict_lemma.into());
    record.set("answer_lemmas", verdict.answer_lemmas.into());
    record.set("correct", verdict.correct.into());
    record.set(
        "correct_bidirectional",
        verdict.correct_bidirectional.into(),
    );
    Ok(())
}

/// The columns in their order, which a JSON map would sort.
fn write_line(to: &mut impl Write, record: &Record) -> std::io::Result<()> {
    for (i, (name, value)) in record.fields().iter().enumerate() {
        let before = if i == 0 { '{' } else { ',' };
        write!(to, "{before}{}:{value}", Value::from(name.as_str()))?;
    }
    writeln!(to, "}}")
}
