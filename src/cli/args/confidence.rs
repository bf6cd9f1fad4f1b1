//! How sure a model is of an answer.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::{natural, positive};
use crate::cli::CliError;
use crate::cli::prepare::in_words;
use crate::engine::Method;
use crate::evaluate::{Confidence, Samples};
use crate::layout::Options;
use crate::results::{SAMPLED, read_confidences};

/// Answers that are drawn where nothing is said.
const SAMPLES: usize = 100;
const SEED: u64 = 42;

/// Confidences from a file, or by answers that are drawn.
#[derive(Debug, Args)]
pub struct ConfidenceArgs {
    /// How sure the model is of answers, or of templates that are weighted: by a file, or sampled, the share of drawn answers
    /// that agree [default: the geometric mean probability of the answer's tokens]
    ///
    /// Answers are drawn at temperature 1. A file is for what weights templates (weighted-avg, weighted-max, bias weighted):
    /// rows of uuid, template, confidence (.jsonl .csv .feather), as `run --method per-prompt` writes them with --trace, or
    /// with --confidence sampled --out.
    #[arg(long, value_name = "FILE|sampled", value_parser = OsStringValueParser::new().map(Source::from))]
    confidence: Option<Source>,
    /// How many answers are drawn from each prompt for --confidence sampled [default: 100]
    #[arg(long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    samples: Option<usize>,
    /// Draws them [default: 42]
    #[arg(long, value_name = "S", value_parser = natural::<u64>, allow_negative_numbers = true)]
    sample_seed: Option<u64>,
}

/// Where confidences come from.
#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    Sampled,
}

impl From<OsString> for Source {
    fn from(text: OsString) -> Self {
        match text.to_str() {
            Some(SAMPLED) => Source::Sampled,
            _ => Source::File(text.into()),
        }
    }
}

impl ConfidenceArgs {
    /// Where confidences come from for a method under these options; reads the file.
    ///
    /// # Errors
    /// A file that cannot be read; options of drawing where nothing is drawn.
    pub fn of(&self, method: Method, options: &Options) -> Result<Confidence, CliError> {
        let unread = match (self.samples, self.sample_seed) {
            (Some(_), _) => Some("samples"),
            (None, Some(_)) => Some("sample-seed"),
            (None, None) => None,
        };
        if let (Some(option), false) = (unread, matches!(self.confidence, Some(Source::Sampled))) {
            return Err(CliError::Usage(format!(
                "--{option} goes with --confidence {SAMPLED}: give that too, or leave --{option} out"
            )));
        }
        Ok(match &self.confidence {
            Some(Source::Sampled) => Confidence::Sampled(Samples {
                samples: self.samples.unwrap_or(SAMPLES),
                seed: self.sample_seed.unwrap_or(SEED),
            }),
            Some(Source::File(path)) if method.is_weighted(options) => {
                Confidence::Given(Arc::new(read_confidences(path)?))
            }
            _ => Confidence::Measured,
        })
    }

    /// The file, or the word for drawing, where the method reads it.
    pub fn words(&self, method: Method, options: &Options) -> Option<String> {
        let read = !self.is_unread(method, options);
        let given = self.confidence.as_ref().filter(|_| read)?;
        Some(match given {
            Source::File(path) => in_words(path),
            Source::Sampled => SAMPLED.to_owned(),
        })
    }

    /// Whether confidences were asked for in any way.
    pub fn is_given(&self) -> bool {
        self.confidence.is_some()
    }

    /// Whether confidences were asked for that the method has no use for.
    pub fn is_unread(&self, method: Method, options: &Options) -> bool {
        let weighted = method.is_weighted(options);
        match &self.confidence {
            None => false,
            Some(Source::File(_)) => !weighted,
            Some(Source::Sampled) => !weighted && !method.has_one_prompt(),
        }
    }
}
