//! What a generation is worth: lemmas, matching, intervals and tests.
//!
//! ```text
//! generation ─ Extract ─► prediction ─┐                            ┌► wilson_interval      one accuracy
//!                                     ├ lemmas ─► judge ─► Verdict ┼► mcnemar_exact        two runs, right or wrong
//!                         answers ────┘                            ├► paired_permutation   two runs, shares
//!                                                                  └► agreement            templates of one fact
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `tokenize`, `chars`, `exceptions` | text to tokens, as spaCy's English tokenizer cuts them |
//! | `lemma`, `verb`, `tables` | tokens to lower-cased dictionary forms, close to spaCy's `en_core_web` |
//! | `matching` | the prediction inside a generation; one-way and bidirectional match |
//! | `stats`, `agreement` | intervals and tests; consistency, oracles and majority |
//! | `correlation` | whether one number predicts another, with intervals over facts |
//! | `belief` | what an accuracy owes to the choice of templates |
//! | `calibration` | whether probabilities of answers are worth what they say |
//!
//! Everything here is pure: same input, same verdict, on every machine and thread.

mod agreement;
pub mod belief;
mod calibration;
mod chars;
mod correlation;
mod difference;
mod exceptions;
mod lemma;
mod matching;
mod stats;
mod tables;
mod tokenize;
mod verb;

use serde::{Deserialize, Serialize};

pub use agreement::{consistency, majority, oracle_and, oracle_or};
pub use calibration::{BINS, Bin, Calibration};
pub use correlation::{Coefficient, Correlation, DRAWS, Paired};
pub use difference::{mean_interval, paired_interval};
pub use lemma::lemmas;
pub use matching::{Extract, UnknownExtract, matches_bidirectional, matches_one_way};
pub use stats::{
    Clusters, Interval, PERMUTATIONS, mcnemar_exact, paired_permutation, wilson_interval,
};
pub use tokenize::tokenize;

/// A prediction held against the accepted answers; the fields that result files carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Lemmas of the prediction.
    pub predict_lemma: Vec<String>,
    /// Lemmas of each accepted answer, in the answers' order.
    pub answer_lemmas: Vec<Vec<String>>,
    /// One-way match: an answer occurs in the prediction.
    pub correct: bool,
    /// Bidirectional match: an answer occurs in the prediction, or the prediction in an answer.
    pub correct_bidirectional: bool,
}

/// Lemmatizes `prediction` and `answers` and matches them both ways.
///
/// ```
/// use lamascope::score::judge;
/// let verdict = judge("the cities of France", &["city"]);
/// assert!(verdict.correct && verdict.correct_bidirectional);
/// ```
pub fn judge<A: AsRef<str>>(prediction: &str, answers: &[A]) -> Verdict {
    judge_lemmas(
        prediction,
        answers
            .iter()
            .map(|answer| lemmas(answer.as_ref()))
            .collect(),
    )
}

/// As [`judge`], with answers lemmatized before: one fact's answers serve all its templates.
pub fn judge_lemmas(prediction: &str, answer_lemmas: Vec<Vec<String>>) -> Verdict {
    let predict_lemma = lemmas(prediction);
    Verdict {
        correct: matches_one_way(&predict_lemma, &answer_lemmas),
        correct_bidirectional: matches_bidirectional(&predict_lemma, &answer_lemmas),
        predict_lemma,
        answer_lemmas,
    }
}
