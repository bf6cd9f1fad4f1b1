//! Why one answer and not another.

use super::attention::Attention;
use super::lens::{Sight, lens};
use super::look::LookError;
use super::shapley::{Orders, Shapley};
use super::value::{MOST_QUESTIONS, Values};
use crate::engine::{Cancel, Engine, EngineError};
use crate::layout::Layout;

/// Two answers to one prompt, both teacher-forced. Everything is a difference d = ln p of the first less ln p of the second,
/// in nats: positive where something speaks for the first. The other way round every number has the other sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrast {
    /// Tokens of both.
    pub answers: [Vec<u32>; 2],
    /// How many tokens both begin with: where they part.
    pub part: usize,
    values: [Values; 2],
    /// Of the token where they part, given what both begin with.
    pub first: Attributed,
    /// Of the whole answers.
    pub whole: Attributed,
    /// Per layer, where they part: the next token of either.
    pub lens: Vec<Sight>,
}

/// A difference and what each question has to do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributed {
    /// Where all questions are read.
    pub all: f64,
    /// Where none is.
    pub none: f64,
    /// Per question: how much smaller the difference is without it.
    pub left_out: Vec<f64>,
    /// They sum to what all questions add.
    pub shapley: Shapley,
}

impl Contrast {
    /// Compares two answers to a prompt; `drawn` as for [`Values::shapley`]. The subsets of questions are read at once,
    /// per answer.
    ///
    /// # Errors
    /// [`LookError::Alike`] where one answer begins with the other; more questions than can be looked at;
    /// [`EngineError::Cancelled`], or a failing device.
    pub fn compute(
        engine: &mut Engine,
        layout: &Layout,
        answers: [&[u32]; 2],
        drawn: (usize, u64),
        cancel: &Cancel,
    ) -> Result<Self, LookError> {
        let questions = layout.segments().len();
        if questions > MOST_QUESTIONS {
            return Err(LookError::TooMany(questions));
        }
        let part = parting(answers).ok_or(LookError::Alike)?;
        let orders = Orders::of(questions, drawn);
        let mut of = |answer: &[u32]| -> Result<Values, EngineError> {
            let mut values = Values::none(layout);
            let subsets = [values.listed(), orders.subsets()].concat();
            values.add(engine, layout, answer, &subsets, cancel)?;
            Ok(values)
        };
        let values = [of(answers[0])?, of(answers[1])?];
        let [first, whole] = [Some(part), None].map(|token| {
            let difference = |subset: u128| match token {
                Some(token) => values[0].of(subset)[token] - values[1].of(subset)[token],
                None => {
                    let [one, other] = [0, 1].map(|at| values[at].of(subset).iter().sum::<f64>());
                    one - other
                }
            };
            let all = values[0].all();
            let without = |question: usize| difference(all & !(1 << question));
            Attributed {
                all: difference(all),
                none: difference(0),
                left_out: (0..questions)
                    .map(|question| difference(all) - without(question))
                    .collect(),
                shapley: orders.shapley(difference),
            }
        });
        let observed = engine.observe(layout, &answers[0][..part], cancel)?;
        let attention = Attention::new(layout.clone(), observed);
        let next = answers.map(|answer| answer[part]);
        Ok(Contrast {
            lens: lens(engine, &attention, part, &next)?,
            answers: answers.map(<[u32]>::to_vec),
            part,
            values,
            first,
            whole,
        })
    }

    /// ln p of every token of both answers where all questions are read.
    pub fn ln_p(&self) -> [&[f64]; 2] {
        [self.values[0].of_all(), self.values[1].of_all()]
    }

    /// Readable questions with the differences at the token where the answers part, and of the whole answers: for the
    /// subsets of [`Values::list`].
    pub fn list(&self) -> impl Iterator<Item = (Vec<usize>, [f64; 2])> {
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        let both = self.values[0].list().zip(self.values[1].list());
        both.map(move |((questions, one), (_, other))| {
            let first = one[self.part] - other[self.part];
            (questions, [first, sum(one) - sum(other)])
        })
    }

    /// How much more the residual stream after each layer speaks for the first answer.
    pub fn by_layer(&self) -> impl Iterator<Item = f64> {
        let difference = |sight: &Sight| {
            let [one, other] = [0, 1].map(|at| sight.tokens[at].log_probability);
            one - other
        };
        self.lens.iter().map(difference)
    }
}

/// How many tokens two answers both begin with; `None` where one of them ends there.
pub(super) fn parting(answers: [&[u32]; 2]) -> Option<usize> {
    let mut pairs = answers[0].iter().zip(answers[1]);
    pairs.position(|(one, other)| one != other)
}
