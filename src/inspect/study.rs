//! What has to be asked of the engine again to see what each question did.

use super::attention::Attention;
use super::lens::{Sight, lens};
use super::look::{LookError, Wanted, answers};
use super::mass::between;
use super::shapley::Shapley;
use super::value::{MOST_QUESTIONS, Values};
use crate::engine::{Answer, Cancel, Engine, Request, Task};

/// An answer that is there already, looked at once more.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// `[layer][i][j]`
    pub between: Vec<Vec<Vec<f32>>>,
    pub values: Values,
    pub shapley: Shapley,
    /// `[step][layer]`: the generated token, and at the first step the other token asked for.
    pub lens: Vec<Vec<Sight>>,
    /// Every question's own answer, alone.
    pub alone: Vec<Answer>,
}

impl Study {
    /// Of an answer's tokens; `attention` is that of the prompt and of them. `request` and `task` ask each question alone,
    /// by whatever method answers each.
    ///
    /// # Errors
    /// As [`look`](super::look()).
    pub fn new(
        engine: &mut Engine,
        attention: &Attention,
        generated: &[u32],
        (request, task): (&Request, &Task),
        wanted: Wanted,
        cancel: &Cancel,
    ) -> Result<Self, LookError> {
        let layout = attention.layout();
        if layout.segments().len() > MOST_QUESTIONS {
            return Err(LookError::TooMany(layout.segments().len()));
        }
        let alone = answers(engine, request, task, &mut |_| {}, cancel)?;
        let mut values = Values::compute(engine, layout, generated, cancel)?;
        let drawn = (wanted.orders, wanted.seed);
        let shapley = values.shapley(engine, layout, generated, drawn, cancel)?;
        let lens = generated.iter().enumerate().map(|(step, &token)| {
            let gold = wanted.gold.filter(|_| step == 0);
            let tokens: Vec<u32> = std::iter::once(token).chain(gold).collect();
            lens(engine, attention, step, &tokens)
        });
        Ok(Study {
            lens: lens.collect::<Result<_, _>>()?,
            between: between(attention, cancel)?,
            values,
            shapley,
            alone,
        })
    }
}
