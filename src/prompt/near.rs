//! Shots from the question's own relation.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};

use super::{Context, Shots, ShotsError, Words, instruction};
use crate::data::{Dataset, Relation, Style};
use crate::named::named;

named! {
    /// From which facts shots are drawn.
    #[derive(Default)]
    pub enum ShotsFrom {
        /// All facts, each asked through its first template
        #[default]
        Random = "random",
        /// The question's relation
        Relation = "relation",
        /// The question's relation, asked in the question's own template
        Template = "template",
    }
}

/// Shots of every relation's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// Asked in the template of the question that they stand in front of, else in the relation's first.
    pub own_template: bool,
    /// Whether whole questions stand in the place of subjects, as in data without templates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// Per relation `(subject, answer)`.
    pub facts: BTreeMap<String, Vec<(String, String)>>,
}

impl Shots {
    /// Draws `count` facts of every relation that `selected` (indices into the data's facts) has, if possible such as
    /// are not selected; those that are get taken out of `selected`, the second value says how many.
    ///
    /// Deterministic in the seed and the relation's selected facts, whatever other relations are selected.
    ///
    /// # Errors
    /// A relation that has no more facts than shots; data without relations.
    pub fn draw_near(
        data: &Dataset,
        selected: &mut Vec<usize>,
        count: usize,
        seed: u64,
        own_template: bool,
    ) -> Result<(Self, usize), ShotsError> {
        let whole = data.style != Style::MyriadLama;
        if whole && data.relations.len() == 1 {
            return Err(ShotsError::NoRelations);
        }
        if whole && own_template {
            return Err(ShotsError::NoTemplates);
        }
        let mut chosen = vec![false; data.facts.len()];
        selected.iter().for_each(|&fact| chosen[fact] = true);
        let mut facts = BTreeMap::new();
        let mut left_out: Vec<usize> = Vec::new();
        for (relation, of) in data.relations.iter().enumerate() {
            let all = (0..data.facts.len()).filter(|&fact| data.facts[fact].relation == relation);
            let (mut taken, mut free): (Vec<usize>, Vec<usize>) =
                all.partition(|&fact| chosen[fact]);
            if taken.is_empty() {
                continue;
            }
            let found = taken.len() + free.len();
            if count >= found {
                return Err(ShotsError::TooFewOfRelation {
                    relation: of.id.clone(),
                    found,
                    wanted: count,
                });
            }
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(relation as u64);
            let mut drawn = free.partial_shuffle(&mut rng, count).0.to_vec();
            let missing = count - drawn.len();
            let extra = taken.partial_shuffle(&mut rng, missing).0;
            left_out.extend_from_slice(extra);
            drawn.extend_from_slice(extra);
            let shot = |fact: usize| {
                let fact = &data.facts[fact];
                let asked = match whole {
                    true => data.first_question(fact),
                    false => fact.subject.clone(),
                };
                (asked, fact.answers[0].clone())
            };
            facts.insert(of.id.clone(), drawn.into_iter().map(shot).collect());
        }
        selected.retain(|fact| !left_out.contains(fact));
        let near = Near {
            own_template,
            whole,
            facts,
        };
        let shots = Shots {
            instruction: instruction(data.style).to_owned(),
            shots: Vec::new(),
            near: Some(near),
        };
        Ok((shots, left_out.len()))
    }

    /// The context of a relation's questions, one per template (indices into the relation's templates) or one for all of
    /// them; empty where all relations have the same, [`Shots::context`].
    pub fn contexts(&self, style: Style, relation: &Relation, templates: &[usize]) -> Vec<Context> {
        let Some(near) = &self.near else {
            return Vec::new();
        };
        let facts = near.facts.get(&relation.id).map_or(&[][..], Vec::as_slice);
        let context = |&template: &usize| {
            let asked = if near.own_template { template } else { 0 };
            let template = &relation.templates[asked];
            let shot = |(subject, answer): &(String, String)| {
                let question = match near.whole {
                    true => subject.clone(),
                    false => template.question(subject),
                };
                (question, answer.clone())
            };
            let shots: Vec<(String, String)> = facts.iter().map(shot).collect();
            Context::worded(Words::of(style), &self.instruction, &shots)
        };
        let differ = if near.own_template {
            templates.len()
        } else {
            1
        };
        templates.iter().take(differ).map(context).collect()
    }

    /// How many shots stand in front of a question.
    pub fn count(&self) -> usize {
        match &self.near {
            Some(near) => near.facts.values().map(Vec::len).max().unwrap_or(0),
            None => self.shots.len(),
        }
    }
}
