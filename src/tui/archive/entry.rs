//! A kept run as the list shows it. It stands beside its result file as `RUN.json` and is made anew from that where it is
//! missing or not understood.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::data::TemplateId;
use crate::engine::Method;
use crate::results::{Configuration, Error, Report};
use crate::score::{Interval, wilson_interval};
use crate::tui::workspace::jobs::setting;

/// Changes with the meaning of the fields.
const VERSION: u32 = 1;

/// What the list shows of a kept run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    version: u32,
    /// The name of its file without the ending.
    #[serde(skip)]
    pub id: String,
    /// `P36 · flex fused`.
    pub title: String,
    /// What the user calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `m1,m2,a1`, or in words.
    pub templates: String,
    pub model: String,
    pub counts: Counts,
    /// Seconds since 1970 at which it ended.
    pub time: u64,
    /// Uuids of all facts that were asked, where the relations alone do not tell them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Vec<String>>,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub rows: usize,
    pub right: usize,
    /// Facts with an answer, and how many were asked.
    pub facts: usize,
    pub of: usize,
    /// 95 % interval of the accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

impl Counts {
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.rows.max(1) as f64
    }

    /// 95 % Wilson interval of the accuracy; as if a fact's answers all agreed where it was not kept.
    pub fn interval(&self) -> Option<Interval> {
        let of_facts = || {
            let right = (self.accuracy() * self.facts as f64).round();
            wilson_interval(right as u64, self.facts as u64)
        };
        self.interval.or_else(of_facts)
    }

    /// Whether facts are missing.
    pub fn is_partial(&self) -> bool {
        self.facts < self.of
    }
}

impl Entry {
    /// Of a run with this configuration.
    pub fn new(configuration: &Configuration, counts: Counts, time: u64) -> Self {
        Entry {
            version: VERSION,
            id: String::new(),
            title: title(configuration),
            name: None,
            templates: templates(configuration),
            model: configuration.model.clone(),
            counts,
            time,
            asked: None,
        }
    }

    /// What the list calls it.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.title)
    }

    /// From its text; `None` where that is of another version or broken.
    pub fn parse(text: &str) -> Option<Self> {
        let entry: Entry = serde_json::from_str(text).ok()?;
        (entry.version == VERSION).then_some(entry)
    }

    /// From the result file itself, which must be one of this program.
    pub(super) fn of_file(path: &Path, time: u64) -> Result<Self, Error> {
        let report = Report::read(&[path.to_owned()])?;
        let no_configuration = || Error::NoConfiguration {
            path: path.to_owned(),
        };
        let run = report
            .runs
            .into_iter()
            .next()
            .ok_or_else(no_configuration)?;
        let configuration = run.configuration.as_ref().ok_or_else(no_configuration)?;
        let tally = &run.summary.tally;
        let counts = Counts {
            rows: tally.total.n,
            right: tally.total.correct,
            facts: tally.facts,
            of: configuration.missing().map_or(tally.facts, |(_, all)| all),
            interval: tally.total.interval(),
        };
        Ok(Entry::new(configuration, counts, time))
    }
}

/// Relations that are named one by one.
const FEW: usize = 3;

/// `P36 · flex fused`.
pub fn title(configuration: &Configuration) -> String {
    let relations = &configuration.selection.relations;
    let about = match relations.len() {
        0 => "all relations".to_owned(),
        1..=FEW => relations.join(","),
        many => format!("{many} relations"),
    };
    let asked = match (
        configuration.method.parse::<Method>(),
        &configuration.options,
    ) {
        (Ok(method), Some(options)) => setting(method, options),
        _ => configuration.method.clone(),
    };
    format!("{about} · {asked}")
}

/// The templates by name, or how many where they differ between relations.
fn templates(configuration: &Configuration) -> String {
    let asked = &configuration.selection.asked;
    let mut all = asked.values();
    match all.next() {
        Some(first) if all.all(|other| other == first) => first.clone(),
        Some(_) => {
            let count = |ids: &String| ids.split(',').count();
            let counts = || asked.values().map(count);
            let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
            match least == most {
                true => format!("{most} each"),
                false => format!("{least} to {most} each"),
            }
        }
        None => configuration.selection.templates.clone(),
    }
}

/// Ids as they stand in [`crate::results::Selected::asked`].
pub fn ids(templates: &str) -> Option<Vec<TemplateId>> {
    templates.split(',').map(|id| id.parse().ok()).collect()
}
