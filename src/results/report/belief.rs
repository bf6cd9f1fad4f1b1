//! BELIEF's figures of a run that asked every template alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answered, Summary};
use crate::data::TemplateId;
use crate::evaluate::relation_order;
use crate::score::belief::{Fluctuation, Maximum, Verdicts};

/// Draws the halves of [`Maximum`]: fixed, so that a report repeats itself.
const SEED: u64 = 42;

/// What an accuracy owes to the choice of templates.
#[derive(Debug, Clone, PartialEq)]
pub struct Belief {
    pub fluctuation: Fluctuation,
    /// `None` where no relation has facts for two halves.
    pub maximum: Option<Maximum>,
}

/// One relation's facts under the templates that all of them were asked through.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<'a> {
    pub relation: &'a str,
    pub templates: Vec<TemplateId>,
    /// By their uuids.
    pub facts: Vec<&'a Answered>,
    pub verdicts: Verdicts,
}

impl Summary {
    /// Facts × templates of every relation, in the order of [`relation_order`]; relations without a template that was
    /// asked alone about all of their facts are left out.
    pub fn matrices(&self) -> Vec<Matrix<'_>> {
        let mut relations: BTreeMap<(usize, &str), Vec<&Answered>> = BTreeMap::new();
        for fact in self.in_order() {
            let place = relation_order(&fact.relation);
            relations.entry(place).or_default().push(fact);
        }
        let matrix = |((_, relation), facts)| Matrix::of(relation, facts);
        relations.into_iter().filter_map(matrix).collect()
    }

    /// `None` where no relation was asked through several templates, each alone.
    pub fn belief(&self) -> Option<Belief> {
        let matrices = self.matrices();
        let several = matrices.iter().any(|matrix| matrix.templates.len() > 1);
        let verdicts: Vec<Verdicts> = matrices.into_iter().map(|of| of.verdicts).collect();
        Some(Belief {
            fluctuation: several.then(|| Fluctuation::of(&verdicts))??,
            maximum: Maximum::of(&verdicts, SEED),
        })
    }
}

impl<'a> Matrix<'a> {
    fn of(relation: &'a str, facts: Vec<&'a Answered>) -> Option<Self> {
        let asked = |fact: &&Answered| -> BTreeSet<TemplateId> {
            fact.answers.iter().filter_map(|of| of.template).collect()
        };
        let common = facts.iter().map(asked).reduce(|a, b| &a & &b)?;
        let templates: Vec<TemplateId> = common.into_iter().collect();
        if templates.is_empty() {
            return None;
        }
        let mut verdicts = Verdicts::new(templates.len());
        for fact in &facts {
            let right = |&template| fact.to(template).is_some_and(|answer| answer.right);
            verdicts.push(templates.iter().map(right));
        }
        Some(Matrix {
            relation,
            templates,
            facts,
            verdicts,
        })
    }
}
