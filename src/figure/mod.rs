//! Figures of saved results, ready for a paper.
//!
//! ```text
//! Report ─► forest, reliability, templates, flips, accuracy-k ─► Canvas ─► svg, png
//! ```
//!
//! Colours are those of Okabe and Ito; every axis has a label, a unit and an n.

mod accuracy_k;
mod axis;
mod cluster;
mod flips;
mod forest;
mod legend;
mod reliability;
mod templates;

pub use cluster::{Order, sorted};

use crate::canvas::Canvas;
use crate::named::named;
use crate::results::{Cell, Report, Run};

named! {
    /// What is drawn.
    pub enum Figure {
        /// Runs with their accuracies and intervals
        Forest = "forest",
        /// How often answers of each probability are right
        Reliability = "reliability",
        /// Facts × templates: what is right under which
        Templates = "templates",
        /// What the second run gains and loses, by relation
        Flips = "flips",
        /// Accuracy by the number of templates
        AccuracyK = "accuracy-k",
    }
}

/// What a figure is made of.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    pub report: &'a Report,
    /// Cells of sweeps, for [`Figure::AccuracyK`].
    pub cells: &'a [Cell],
    /// One per run; by what was asked where there are none.
    pub names: &'a [String],
    /// Above the figure; by what it shows where `None`.
    pub title: Option<&'a str>,
    /// Of [`Figure::Templates`].
    pub order: Order,
}

/// Why a figure cannot be drawn.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct FigureError(String);

impl Figure {
    /// # Errors
    /// What the results lack for this figure.
    pub fn draw(self, content: Content<'_>) -> Result<Canvas, FigureError> {
        match self {
            Figure::Forest => forest::draw(content),
            Figure::Reliability => reliability::draw(content),
            Figure::Templates => templates::draw(content),
            Figure::Flips => flips::draw(content),
            Figure::AccuracyK => accuracy_k::draw(content),
        }
    }
}

/// Sizes of type.
const TITLE: u8 = 15;
const TEXT: u8 = 13;
const SMALL: u8 = 11;
/// Empty space around a figure, and between its parts.
const MARGIN: f64 = 18.0;
/// From one line of text to the next.
const LINE: f64 = 18.0;

impl<'a> Content<'a> {
    /// As given, or method and preset; equal ones with their files.
    fn run_names(&self) -> Vec<String> {
        if !self.names.is_empty() {
            return self.names.to_vec();
        }
        let all: Vec<String> = self.report.runs.iter().map(words).collect();
        let named = |(run, name): (&Run, &String)| {
            let again = all.iter().filter(|other| *other == name).count() > 1;
            let stem = run.files.first().and_then(|file| file.file_stem());
            match stem.filter(|_| again && run.configuration.is_some()) {
                Some(stem) => format!("{name} ({})", stem.to_string_lossy()),
                None => name.clone(),
            }
        };
        self.report.runs.iter().zip(&all).map(named).collect()
    }

    fn title_or(&self, own: &str) -> String {
        self.title.unwrap_or(own).to_owned()
    }

    /// `200 facts of 6 relations, model embedded`, where all runs agree in that.
    fn what(&self) -> String {
        let say = |run: &Run| {
            let tally = &run.summary.tally;
            let facts = crate::numbers::count(tally.facts, "fact");
            let relations = crate::numbers::count(tally.relations.len(), "relation");
            format!("{facts} of {relations}")
        };
        let model = |run: &Run| run.configuration.as_ref().map(|of| of.model.clone());
        let mut said: Vec<String> = Vec::new();
        said.extend(common(self.report.runs.iter().map(say)));
        let models = self.report.runs.iter().map(model);
        said.extend(
            common(models)
                .flatten()
                .map(|model| format!("model {model}")),
        );
        said.join(", ")
    }
}

/// Method and preset of a run, or its files where it does not tell.
fn words(run: &Run) -> String {
    match &run.configuration {
        Some(configuration) => configuration.words(),
        None => run.name(),
    }
}

/// What all are, where they are the same.
fn common<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// `72.2`: a share in percent.
fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn refuse<T>(what: &str) -> Result<T, FigureError> {
    Err(FigureError(what.to_owned()))
}
