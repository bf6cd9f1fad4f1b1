//! Few-shot examples: given in a file, or drawn from facts that are not evaluated.

use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};

use super::{Context, Near, Words, instruction};
use crate::data::{Dataset, Style};
use crate::text::read_to_string;

/// Instruction and question–answer pairs; the shape of a `--shots` file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shots {
    pub instruction: String,
    /// `(question, answer)`.
    pub shots: Vec<(String, String)>,
    /// In place of these: shots of every relation's own. Never in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Near>,
}

/// Why a `--shots` file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShotsError {
    #[error(
        "{}: cannot be read: {source}; --shots names a file, --few-shot says how many", path.display()
    )]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{}: {source}; expected {{\"instruction\": \"…\", \"shots\": [[\"question\", \"answer\"], …]}}",
        path.display()
    )]
    Shape {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error(
        "{}: holds {found} shots, --few-shot asks for {wanted}: lower --few-shot or add shots",
        path.display()
    )]
    TooFew {
        path: PathBuf,
        found: usize,
        wanted: usize,
    },
    #[error("the data has {found} facts, too few to draw {wanted} shots: lower --few-shot")]
    TooFewFacts { found: usize, wanted: usize },
    #[error(
        "relation {relation} has {found} facts, too few to draw {wanted} shots and ask about another: lower --few-shot"
    )]
    TooFewOfRelation {
        relation: String,
        found: usize,
        wanted: usize,
    },
    #[error("these data have no relations to draw shots from: leave --shots-from out")]
    NoRelations,
    #[error(
        "the wordings of these data stand with their facts, no template asks about another: choose --shots-from relation, \
         or leave it out"
    )]
    NoTemplates,
}

impl Shots {
    /// How many are drawn, and with which seed, where nothing else is said.
    pub const COUNT: usize = 5;
    pub const SEED: u64 = 42;

    /// Reads a file; `count` keeps its first so many pairs (all where `None`).
    pub fn read(path: &Path, count: Option<usize>) -> Result<Self, ShotsError> {
        let text = read_to_string(path).map_err(|source| ShotsError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut shots: Shots = serde_json::from_str(&text).map_err(|source| ShotsError::Shape {
            path: path.to_owned(),
            source,
        })?;
        if let Some(wanted) = count {
            if wanted > shots.shots.len() {
                return Err(ShotsError::TooFew {
                    path: path.to_owned(),
                    found: shots.shots.len(),
                    wanted,
                });
            }
            shots.shots.truncate(wanted);
        }
        Ok(shots)
    }

    /// Draws `count` facts that are not in `selected` (indices into the data's facts) and asks each
    /// through its first template. Where too few are left, selected facts are drawn too and taken
    /// out of `selected`; the second value says how many.
    ///
    /// Deterministic in the seed and the selected facts (ChaCha8), whatever their order.
    pub fn draw(
        data: &Dataset,
        selected: &mut Vec<usize>,
        count: usize,
        seed: u64,
    ) -> Result<(Self, usize), ShotsError> {
        if count > data.facts.len() {
            return Err(ShotsError::TooFewFacts {
                found: data.facts.len(),
                wanted: count,
            });
        }
        let mut chosen = vec![false; data.facts.len()];
        for &fact in selected.iter() {
            chosen[fact] = true;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut taken, mut free): (Vec<usize>, Vec<usize>) =
            (0..data.facts.len()).partition(|&fact| chosen[fact]);
        let mut drawn = free.partial_shuffle(&mut rng, count).0.to_vec();
        let missing = count - drawn.len();
        if missing > 0 {
            let extra = taken.partial_shuffle(&mut rng, missing).0.to_vec();
            selected.retain(|fact| !extra.contains(fact));
            drawn.extend(extra);
        }
        let shots = drawn
            .into_iter()
            .map(|fact| {
                let fact = &data.facts[fact];
                (data.first_question(fact), fact.answers[0].clone())
            })
            .collect();
        let instruction = instruction(data.style).to_owned();
        let near = None;
        Ok((
            Shots {
                instruction,
                shots,
                near,
            },
            missing,
        ))
    }

    /// Of questions of a style.
    pub fn context(&self, style: Style) -> Context {
        Context::worded(Words::of(style), &self.instruction, &self.shots)
    }
}
