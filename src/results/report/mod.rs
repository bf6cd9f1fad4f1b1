//! What result files say: accuracies, agreement between templates, differences between runs.

mod answers;
mod belief;
mod cells;
mod compare;
mod influences;
mod original;
mod robustness;
mod summary;
mod ways;
mod wrong;

pub use answers::{Answer, Answered};
pub use belief::{Belief, Matrix};
pub use cells::{Cell, read_cells};
pub use compare::{Comparison, Flip, Paired, Test};
pub use influences::{Influences, Prediction, Predicts, RelationInfluence, TemplateInfluence};
pub use original::Original;
pub(super) use original::is_original;
pub use robustness::Robustness;
pub use summary::{Sameness, Several, Summary};
pub use ways::Way;
pub use wrong::Wrong;

use std::path::{Path, PathBuf};

use super::merge::group;
use super::{Configuration, Error, Record, Shard, Table};
use crate::data::TemplateId;
use crate::evaluate::Row;
use crate::score::{Verdict, lemmas};

/// All that `lamascope report` tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub runs: Vec<Run>,
    /// Every pair of runs that have facts in common.
    pub comparisons: Vec<Comparison>,
    /// What answers read and what their questions did, where files tell.
    pub influences: Option<Influences>,
    /// Runs that differ in their templates alone.
    pub robustness: Vec<Robustness>,
}

/// One run, its shards put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub files: Vec<PathBuf>,
    /// Which shards the files are, in order; empty for a whole run.
    pub shards: Vec<Shard>,
    /// `None` for a file that `lamascope run` did not write.
    pub configuration: Option<Configuration>,
    pub summary: Summary,
}

impl Run {
    /// By its files, or where there are none by what was asked: `flex series`.
    pub fn name(&self) -> String {
        let files: Vec<String> = (self.files.iter())
            .map(|file| file.display().to_string())
            .collect();
        match (&self.configuration, files.is_empty()) {
            (Some(configuration), true) => configuration.words(),
            _ => files.join(" "),
        }
    }

    /// How many shards there are, where some of them are not here.
    pub fn incomplete(&self) -> Option<usize> {
        let all = self.shards.first()?.count();
        (self.shards.len() < all).then_some(all)
    }

    /// Uuids of the facts that have no answer.
    pub fn no_answer(&self) -> &[String] {
        match &self.configuration {
            Some(configuration) => &configuration.no_answer,
            None => &[],
        }
    }

    /// How many facts the demo model was asked in wordings that it was trained in; 0 for any other model.
    pub fn trained(&self) -> usize {
        let demo = self
            .configuration
            .as_ref()
            .is_some_and(Configuration::is_demo);
        if demo { self.summary.tally.trained } else { 0 }
    }

    /// How many facts the run was stopped without, and of how many.
    pub fn missing(&self) -> Option<(usize, usize)> {
        self.configuration.as_ref()?.missing()
    }
}

impl Report {
    /// Reads the files, compares every pair of runs, and sums up masses and influences.
    ///
    /// # Errors
    /// A file that cannot be read, lacks a column, or holds no rows.
    pub fn read(files: &[PathBuf]) -> Result<Self, Error> {
        Report::read_relations(files, &[])
    }

    /// As [`Report::read`], with the facts of these relations alone; of all where there are none.
    ///
    /// # Errors
    /// As [`Report::read`]; a file without facts of these relations.
    pub fn read_relations(files: &[PathBuf], relations: &[String]) -> Result<Self, Error> {
        let (files, influences) = influences::part(files)?;
        let mut runs = Vec::new();
        for parts in group(&files)? {
            let mut summary = Summary::default();
            for file in &parts.files {
                summarize(file, relations, &mut summary)?;
            }
            if summary.tally.facts == 0 {
                let path = parts.files[0].clone();
                let expected = match relations {
                    [] => "one per fact, as `lamascope run --out` writes them",
                    _ => "facts of the relations of --relation",
                };
                return Err(Error::Empty { path, expected });
            }
            runs.push(Run {
                shards: parts.shards,
                files: parts.files,
                configuration: parts.configuration,
                summary,
            });
        }
        Ok(Report {
            influences,
            ..Report::of(runs)
        })
    }

    /// Compares every pair of runs.
    pub fn of(runs: Vec<Run>) -> Self {
        let pairs = (0..runs.len()).flat_map(|a| (a + 1..runs.len()).map(move |b| (a, b)));
        let comparisons = pairs
            .filter_map(|(a, b)| Comparison::of(a, &runs[a].summary, b, &runs[b].summary))
            .collect();
        Report {
            robustness: Robustness::of(&runs),
            runs,
            comparisons,
            influences: None,
        }
    }

    /// The comparisons with the first run.
    pub fn against_first(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons.iter().filter(|of| of.first == 0)
    }

    /// The facts and answers behind a comparison.
    pub fn paired(&self, comparison: &Comparison) -> Paired<'_> {
        let summary = |run: usize| &self.runs[run].summary;
        Paired::of(summary(comparison.first), summary(comparison.second))
    }
}

/// Adds a file's facts, whose rows follow each other in files of this program.
fn summarize(path: &Path, relations: &[String], summary: &mut Summary) -> Result<(), Error> {
    let is_chosen = |fact: &[Row]| {
        let relation = fact.first().map(|row| &row.relation);
        relations.is_empty() || relation.is_some_and(|relation| relations.contains(relation))
    };
    let mut fact: Vec<Row> = Vec::new();
    let mut flush = |fact: &mut Vec<Row>| {
        if !is_chosen(fact) || summary.add(fact) {
            fact.clear();
            return Ok(());
        }
        Err(Error::Scattered {
            path: path.to_owned(),
            uuid: fact[0].uuid.clone(),
        })
    };
    let mut records = Table::open(path)?.peekable();
    let is_original = |record: &Result<Record, _>| record.as_ref().is_ok_and(original::is_original);
    if records.peek().is_some_and(is_original) {
        return original::summarize(records, is_chosen, summary);
    }
    for record in records {
        let row = light_row(&record?)?;
        if fact.first().is_some_and(|first| first.uuid != row.uuid) {
            flush(&mut fact)?;
        }
        fact.push(row);
    }
    if !fact.is_empty() {
        flush(&mut fact)?;
    }
    Ok(())
}

/// What a summary needs of a row.
pub(super) fn light_row(record: &Record) -> Result<Row, Error> {
    let id = |text: &String| {
        let wrong = || {
            record.wrong(
                "templates",
                "template ids such as m1 or a2",
                &text.as_str().into(),
            )
        };
        text.parse::<TemplateId>().map_err(|_| wrong())
    };
    let ids = record.texts("templates")?;
    let prediction = record.text("prediction")?;
    let predict_lemma = record.texts("predict_lemma");
    let predict_lemma = predict_lemma.unwrap_or_else(|_| lemmas(prediction));
    Ok(Row {
        uuid: record.text("uuid")?.to_owned(),
        relation: record.text("relation")?.to_owned(),
        templates: ids.iter().map(id).collect::<Result<_, _>>()?,
        prediction: prediction.to_owned(),
        verdict: Verdict {
            predict_lemma,
            correct: record.truth("correct")?,
            correct_bidirectional: record.truth("correct_bidirectional")?,
            ..Verdict::default()
        },
        ..beside(record)
    })
}

/// What a summary also tells where a file has it: of a missing generation the prediction is what is known, a missing
/// probability is no number.
fn beside(record: &Record) -> Row {
    let text = |column: &str| record.text(column).map(str::to_owned);
    let generation = text("generation").or_else(|_| text("prediction"));
    let probability = record.number("probability");
    Row {
        uuid: String::new(),
        relation: String::new(),
        templates: Vec::new(),
        answers: record.texts("answers").unwrap_or_default(),
        prediction: String::new(),
        generation: generation.unwrap_or_default(),
        verdict: Verdict::default(),
        probability: probability.map_or(f32::NAN, |p| p as f32),
        confidence: record.number("confidence").ok().map(|p| p as f32),
        subject: text("subject").unwrap_or_default(),
        questions: Vec::new(),
        template_texts: record.texts("template_texts").unwrap_or_default(),
        labels: Vec::new(),
        label_probabilities: Vec::new(),
    }
}
