//! What each question did to the answer.

use std::collections::BTreeMap;

use super::shapley::{Orders, Shapley};
use crate::engine::{Cancel, Engine, EngineError};
use crate::layout::Layout;

/// Questions up to which every subset is worth listing.
pub const MOST_LISTED: usize = 5;
/// Questions at most: a subset is a number of so many bits.
pub(super) const MOST_QUESTIONS: usize = u128::BITS as usize;
/// Subsets that are read at once.
const AT_ONCE: usize = 64;

/// ln p of an answer's tokens, teacher-forced, when rows that fuse read only some of the questions at unchanged
/// positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    questions: usize,
    /// By the readable questions, bit i for question i.
    known: BTreeMap<u128, Vec<f64>>,
}

impl Values {
    /// Computes v of all questions, of none and of all but each one, and of every subset of up to [`MOST_LISTED`]
    /// questions.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`], or a failing device.
    pub fn compute(
        engine: &mut Engine,
        layout: &Layout,
        answer: &[u32],
        cancel: &Cancel,
    ) -> Result<Self, EngineError> {
        let mut values = Values::none(layout);
        values.add(engine, layout, answer, &values.listed(), cancel)?;
        Ok(values)
    }

    /// Nothing yet.
    pub(super) fn none(layout: &Layout) -> Self {
        Values {
            questions: layout.segments().len(),
            known: BTreeMap::new(),
        }
    }

    /// The subset of all questions.
    pub(super) fn all(&self) -> u128 {
        u128::MAX
            .checked_shr(128 - self.questions as u32)
            .unwrap_or(0)
    }

    /// Subsets that a list of values shows.
    pub(super) fn listed(&self) -> Vec<u128> {
        if self.questions <= MOST_LISTED {
            return (0..1 << self.questions).collect();
        }
        let all = self.all();
        let without = (0..self.questions).map(|question| all & !(1 << question));
        [0, all].into_iter().chain(without).collect()
    }

    /// Computes the values of these subsets, all at once as far as memory should go.
    pub(super) fn add(
        &mut self,
        engine: &mut Engine,
        layout: &Layout,
        answer: &[u32],
        subsets: &[u128],
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        let mut new: Vec<u128> = subsets.to_vec();
        new.sort_unstable();
        new.dedup();
        new.retain(|subset| !self.known.contains_key(subset));
        for subsets in new.chunks(AT_ONCE) {
            let hide = |&subset: &u128| {
                let hidden: Vec<usize> = (0..self.questions)
                    .filter(|question| subset >> question & 1 == 0)
                    .collect();
                layout.without(&hidden)
            };
            let prompts: Vec<Layout> = subsets.iter().map(hide).collect();
            let prompts: Vec<&Layout> = prompts.iter().collect();
            let values = engine.forced(&prompts, answer, cancel)?;
            self.known.extend(subsets.iter().copied().zip(values));
        }
        Ok(())
    }

    /// Shapley values of ln p of the whole answer: exact for up to [`super::MOST_EXACT`] questions, above that from
    /// `orders` drawn orders, each with its reverse.
    ///
    /// # Errors
    /// As [`Values::compute`].
    pub fn shapley(
        &mut self,
        engine: &mut Engine,
        layout: &Layout,
        answer: &[u32],
        drawn: (usize, u64),
        cancel: &Cancel,
    ) -> Result<Shapley, EngineError> {
        let orders = Orders::of(self.questions, drawn);
        self.add(engine, layout, answer, &orders.subsets(), cancel)?;
        Ok(orders.shapley(|subset| self.of(subset).iter().sum()))
    }

    /// v of a subset that has been computed, per token of the answer.
    pub(super) fn of(&self, subset: u128) -> &[f64] {
        &self.known[&subset]
    }

    /// v(all), per token of the answer.
    pub fn of_all(&self) -> &[f64] {
        &self.known[&self.all()]
    }

    /// v(none), per token of the answer.
    pub fn of_none(&self) -> &[f64] {
        &self.known[&0]
    }

    /// v(all) − v(all without the question), per token of the answer.
    pub fn left_out(&self, question: usize) -> Vec<f64> {
        let without = self.of(self.all() & !(1 << question));
        let pairs = self.of_all().iter().zip(without);
        pairs.map(|(all, without)| all - without).collect()
    }

    /// Readable questions and v: of every subset of up to [`MOST_LISTED`] questions, else of all, none and each left out.
    pub fn list(&self) -> impl Iterator<Item = (Vec<usize>, &[f64])> {
        self.listed().into_iter().map(|subset| {
            let questions = (0..self.questions).filter(|question| subset >> question & 1 == 1);
            (questions.collect(), self.known[&subset].as_slice())
        })
    }
}
