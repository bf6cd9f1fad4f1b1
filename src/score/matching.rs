//! From a generation to a prediction, and from two lemma lists to a verdict.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What part of a generation is the prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extract {
    /// Up to the first newline, trimmed.
    #[default]
    Line,
    /// The first word of that line; what the Python original uses with `flex`.
    Word,
}

impl Extract {
    /// Every value, in the order a help text lists them.
    pub const ALL: [Self; 2] = [Self::Line, Self::Word];

    /// The name on the command line and in result files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Word => "word",
        }
    }

    /// The prediction inside `generation`; empty if the generation opens with a newline.
    ///
    /// ```
    /// use lamascope::score::Extract;
    /// assert_eq!(Extract::Line.prediction(" New York\n\nQ: The"), "New York");
    /// assert_eq!(Extract::Word.prediction(" New York\n\nQ: The"), "New");
    /// assert_eq!(Extract::Word.prediction("\nParis"), "");
    /// ```
    pub fn prediction(self, generation: &str) -> &str {
        let line = generation.split('\n').next().unwrap_or_default().trim();
        match self {
            Self::Line => line,
            Self::Word => line.split_whitespace().next().unwrap_or_default(),
        }
    }
}

impl fmt::Display for Extract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no [`Extract`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown extraction `{0}`; use `line` or `word`")]
pub struct UnknownExtract(String);

impl FromStr for Extract {
    type Err = UnknownExtract;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|extract| extract.name() == name);
        found.ok_or_else(|| UnknownExtract(name.to_owned()))
    }
}

/// One-way match: some answer's lemmas occur as a contiguous run in the prediction's.
///
/// An empty prediction and an answer without lemmas never match.
pub fn matches_one_way(prediction: &[String], answers: &[Vec<String>]) -> bool {
    answers
        .iter()
        .any(|answer| contains_run(prediction, answer))
}

/// Bidirectional match: one-way, or the prediction's lemmas occur as a contiguous run in some answer's.
pub fn matches_bidirectional(prediction: &[String], answers: &[Vec<String>]) -> bool {
    let within =
        |answer: &Vec<String>| contains_run(prediction, answer) || contains_run(answer, prediction);
    answers.iter().any(within)
}

/// Whether `run` occurs contiguously in `lemmas`; an empty run occurs nowhere.
fn contains_run(lemmas: &[String], run: &[String]) -> bool {
    !run.is_empty() && lemmas.windows(run.len()).any(|window| window == run)
}
