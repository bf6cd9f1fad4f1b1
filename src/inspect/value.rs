//! What each question did to the answer.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::engine::{Cancel, Engine, EngineError};
use crate::layout::Layout;

/// Questions up to which every subset is worth listing.
pub const MOST_LISTED: usize = 5;
/// Questions up to which Shapley values are exact.
pub const MOST_EXACT: usize = 8;
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

/// What each question adds to ln p of the whole answer, mean over the orders in which questions may be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Shapley {
    /// Per question, in nats. They sum to v(all) − v(none).
    pub values: Vec<f64>,
    /// Standard errors where orders were drawn; `None` where the values are exact.
    pub errors: Option<Vec<f64>>,
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
        let questions = layout.segments().len();
        let mut values = Values {
            questions,
            known: BTreeMap::new(),
        };
        let wanted: Vec<u128> = match questions <= MOST_LISTED {
            true => (0..1 << questions).collect(),
            false => values.listed(),
        };
        values.add(engine, layout, answer, &wanted, cancel)?;
        Ok(values)
    }

    fn all(&self) -> u128 {
        u128::MAX
            .checked_shr(128 - self.questions as u32)
            .unwrap_or(0)
    }

    /// Subsets that a list of values shows.
    fn listed(&self) -> Vec<u128> {
        if self.questions <= MOST_LISTED {
            return (0..1 << self.questions).collect();
        }
        let all = self.all();
        let without = (0..self.questions).map(|question| all & !(1 << question));
        [0, all].into_iter().chain(without).collect()
    }

    /// Computes the values of these subsets, all at once as far as memory should go.
    fn add(
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

    /// Shapley values: exact for up to [`MOST_EXACT`] questions, above that from `orders` drawn orders, each with its
    /// reverse.
    ///
    /// # Errors
    /// As [`Values::compute`].
    pub fn shapley(
        &mut self,
        engine: &mut Engine,
        layout: &Layout,
        answer: &[u32],
        (orders, seed): (usize, u64),
        cancel: &Cancel,
    ) -> Result<Shapley, EngineError> {
        let count = self.questions;
        if count <= MOST_EXACT {
            let subsets: Vec<u128> = (0..1 << count).collect();
            self.add(engine, layout, answer, &subsets, cancel)?;
            return Ok(self.exact());
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let pairs: Vec<[Vec<usize>; 2]> = (0..orders.max(2))
            .map(|_| {
                let mut order: Vec<usize> = (0..count).collect();
                order.shuffle(&mut random);
                let reverse = order.iter().rev().copied().collect();
                [order, reverse]
            })
            .collect();
        let subsets: Vec<u128> = pairs.iter().flatten().flat_map(|o| prefixes(o)).collect();
        self.add(engine, layout, answer, &subsets, cancel)?;
        // What a question adds, mean over an order and its reverse: one draw.
        let draws: Vec<Vec<f64>> = pairs
            .iter()
            .map(|pair| {
                let mut draw = vec![0.0; count];
                for order in pair {
                    for (&question, before) in order.iter().zip(prefixes(order)) {
                        draw[question] += self.gain(before, question) / 2.0;
                    }
                }
                draw
            })
            .collect();
        let n = draws.len() as f64;
        let of = |question: usize| draws.iter().map(move |draw| draw[question]);
        let mean = |question: usize| of(question).sum::<f64>() / n;
        let error = |question: usize| {
            let mean = mean(question);
            let squares: f64 = of(question).map(|value| (value - mean).powi(2)).sum();
            (squares / (n - 1.0) / n).sqrt()
        };
        Ok(Shapley {
            values: (0..count).map(mean).collect(),
            errors: Some((0..count).map(error).collect()),
        })
    }

    /// Σ over subsets S without the question of |S|! (N − |S| − 1)! / N! · (v(S + question) − v(S)).
    fn exact(&self) -> Shapley {
        let count = self.questions;
        // 1 / (N · (N − 1 over |S|))
        let mut weights = vec![1.0 / count.max(1) as f64; count];
        for size in 1..count {
            weights[size] = weights[size - 1] * size as f64 / (count - size) as f64;
        }
        let value = |question: usize| -> f64 {
            (0..1u128 << count)
                .filter(|subset| subset >> question & 1 == 0)
                .map(|subset| weights[subset.count_ones() as usize] * self.gain(subset, question))
                .sum()
        };
        Shapley {
            values: (0..count).map(value).collect(),
            errors: None,
        }
    }

    /// What a question adds to a subset, summed over the answer.
    fn gain(&self, subset: u128, question: usize) -> f64 {
        let sum = |subset: u128| self.known[&subset].iter().sum::<f64>();
        sum(subset | 1 << question) - sum(subset)
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
        let without = &self.known[&(self.all() & !(1 << question))];
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

/// Which questions stand before each one of an order.
fn prefixes(order: &[usize]) -> Vec<u128> {
    let mut before = 0;
    let mut prefixes = vec![before];
    for question in order {
        before |= 1 << question;
        prefixes.push(before);
    }
    prefixes
}
