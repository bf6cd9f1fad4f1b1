//! Bias, temperature and scale of a layout for a model, without looking at right answers.
//!
//! ```text
//! facts ─► teacher's first token ┐
//!          flex, many options    ┴─► mean KL(teacher ‖ flex) ─► coarse grid ─► ever finer steps ─► the least
//! ```
//!
//! All options that are tried on a fact are read as one batch: their prompts differ in the rows that fuse alone, so what
//! stands before these is computed once.

use super::{EvaluateError, Plan};
use crate::engine::{Cancel, Engine, EngineError, log_sum};
use crate::layout::{Bias, Factor, Layout, Options};

/// What the first token of an answer should be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Teacher {
    /// The mean of the logits of every template's prompt alone.
    Avg,
    /// The same questions under other layout options.
    Layout(Box<Options>),
}

/// Options that were tried, and how far from the teacher they are: mean KL(teacher ‖ flex) of the first token, in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    pub options: Options,
    pub divergence: f64,
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Options tried so far and being tried.
    pub options: usize,
    /// Facts that these have been tried on, of all.
    pub done: usize,
    pub facts: usize,
}

/// What the coarse grid spans; the named biases and what was there before are tried too.
const BIASES: [f32; 6] = [-4.0, -3.0, -2.0, -1.0, 0.0, 1.0];
const TEMPERATURES: [f32; 4] = [0.6, 0.8, 1.0, 1.2];
const SCALES: [f32; 3] = [0.8, 1.0, 1.2];
/// First and last steps of the refinement, of the bias and of the factors.
const STEPS: (f32, f32) = (0.5, 0.1);
const LAST_STEPS: (f32, f32) = (0.125, 0.025);
/// Rounds of refinement at most.
const ROUNDS: usize = 12;

/// What options are tried on.
pub struct Tune<'a> {
    pub engine: &'a mut Engine,
    /// Holds the options that are there before.
    pub plan: &'a Plan,
    pub teacher: &'a Teacher,
    pub heard: &'a mut dyn FnMut(Tuning),
    pub cancel: &'a Cancel,
}

impl Tune<'_> {
    /// Searches options like the plan's on some of its facts: everything that was tried, the best first, of equals what
    /// was tried first.
    ///
    /// # Errors
    /// What the engine says; logits that are not finite.
    pub fn search(&mut self, facts: &[usize]) -> Result<Vec<Tried>, EvaluateError> {
        let teachers = self.teachers(facts)?;
        let given = &self.plan.options;
        let mut tried = self.divergences(&teachers, coarse(given), 0)?;
        let (mut bias_step, mut factor_step) = STEPS;
        for _ in 0..ROUNDS {
            let best = tried[0].options.clone();
            let mut new = around(&best, bias_step, factor_step);
            new.retain(|options| tried.iter().all(|known| known.options != *options));
            let found = self.divergences(&teachers, new, tried.len())?;
            tried.extend(found);
            // Stable: of equals what was tried first stays in front.
            tried.sort_by(|a, b| a.divergence.total_cmp(&b.divergence));
            if tried[0].options != best {
                continue;
            }
            if (bias_step, factor_step) == LAST_STEPS {
                break;
            }
            (bias_step, factor_step) = (bias_step / 2.0, factor_step / 2.0);
        }
        Ok(tried)
    }

    /// How far some options are from the teacher on some facts.
    ///
    /// # Errors
    /// As [`Tune::search`].
    pub fn judge(
        &mut self,
        facts: &[usize],
        options: Vec<Options>,
    ) -> Result<Vec<Tried>, EvaluateError> {
        let teachers = self.teachers(facts)?;
        self.divergences(&teachers, options, 0)
    }

    /// What the teacher says of each fact: logits of the first token.
    fn teachers(&mut self, facts: &[usize]) -> Result<Vec<(usize, Vec<f32>)>, EvaluateError> {
        facts
            .iter()
            .map(|&fact| {
                let prompts = match self.teacher {
                    Teacher::Avg => self.plains(fact)?,
                    Teacher::Layout(options) => vec![self.layout(fact, options)?],
                };
                let said = self.said(fact, &prompts)?;
                let mut mean = vec![0.0; said[0].len()];
                let share = 1.0 / said.len() as f32;
                for row in &said {
                    for (mean, logit) in mean.iter_mut().zip(row) {
                        *mean += logit * share;
                    }
                }
                Ok((fact, mean))
            })
            .collect()
    }

    /// The best first. `before` have been tried already.
    fn divergences(
        &mut self,
        teachers: &[(usize, Vec<f32>)],
        options: Vec<Options>,
        before: usize,
    ) -> Result<Vec<Tried>, EvaluateError> {
        let mut sums = vec![0.0; options.len()];
        for (done, (fact, teacher)) in teachers.iter().enumerate() {
            (self.heard)(Tuning {
                options: before + options.len(),
                done,
                facts: teachers.len(),
            });
            let layouts = options.iter().map(|options| self.layout(*fact, options));
            let layouts = layouts.collect::<Result<Vec<_>, _>>()?;
            for (sum, said) in sums.iter_mut().zip(self.said(*fact, &layouts)?) {
                *sum += divergence(teacher, &said);
            }
        }
        let mean = |(options, sum): (Options, f64)| Tried {
            options,
            divergence: sum / teachers.len() as f64,
        };
        let mut tried: Vec<Tried> = options.into_iter().zip(sums).map(mean).collect();
        tried.sort_by(|a, b| a.divergence.total_cmp(&b.divergence));
        Ok(tried)
    }

    /// Logits after each prompt.
    fn said(&mut self, fact: usize, prompts: &[Layout]) -> Result<Vec<Vec<f32>>, EvaluateError> {
        if prompts.is_empty() {
            return Ok(Vec::new());
        }
        let prompts: Vec<&Layout> = prompts.iter().collect();
        let said = self.engine.first_logits(&prompts, self.cancel)?;
        match said.iter().flatten().all(|logit| logit.is_finite()) {
            true => Ok(said),
            false => Err(EvaluateError::NotFinite {
                uuid: self.plan.data.facts[fact].uuid.clone(),
            }),
        }
    }

    fn layout(&self, fact: usize, options: &Options) -> Result<Layout, EvaluateError> {
        if self.cancel.is_cancelled() {
            return Err(EngineError::Cancelled.into());
        }
        let plan = Plan {
            options: options.clone(),
            ..self.plan.clone()
        };
        let tokenizer = self.engine.tokenizer().until(self.cancel.flag());
        let limit = self.engine.about().max_positions;
        let layout = plan.layout(&tokenizer, fact).and_then(|layout| {
            layout.check_fits(1, limit)?;
            Ok(layout)
        });
        layout.map_err(|source| EvaluateError::Layout {
            uuid: plan.data.facts[fact].uuid.clone(),
            source,
        })
    }

    /// Every question's prompt alone.
    fn plains(&self, fact: usize) -> Result<Vec<Layout>, EvaluateError> {
        let (task, context) = (self.plan.task(fact), self.plan.context());
        let tokenizer = self.engine.tokenizer();
        let plain = |(at, question): (usize, &String)| {
            let frame = task.context(at, &context).frame(tokenizer);
            let frame = frame.map_err(|error| EvaluateError::Layout {
                uuid: self.plan.data.facts[fact].uuid.clone(),
                source: error.into(),
            })?;
            Ok(Layout::plain(tokenizer, &frame, question))
        };
        task.questions.iter().enumerate().map(plain).collect()
    }
}

/// What is tried first: what is there already, then the grid.
fn coarse(given: &Options) -> Vec<Options> {
    let mut all = vec![given.clone()];
    let biases = BIASES.map(Bias::Number).into_iter().chain([Bias::InverseN]);
    let factors = |all: &'static [f32]| -> Vec<Factor> {
        all.iter().filter_map(|&value| Factor::new(value)).collect()
    };
    for bias in biases {
        for &temperature in &factors(&TEMPERATURES) {
            for &scale in &factors(&SCALES) {
                let options = Options {
                    bias,
                    temperature,
                    scale,
                    ..given.clone()
                };
                if !all.contains(&options) {
                    all.push(options);
                }
            }
        }
    }
    all
}

/// One step off in every direction and combination of them; a bias with a name is left as it is.
fn around(best: &Options, bias_step: f32, factor_step: f32) -> Vec<Options> {
    let biases: Vec<Bias> = match best.bias {
        Bias::Number(at) => steps(at, bias_step).map(Bias::Number).to_vec(),
        named => vec![named],
    };
    let factors = |at: Factor| -> Vec<Factor> {
        let near = steps(at.get(), factor_step);
        near.into_iter().filter_map(Factor::new).collect()
    };
    let mut all = Vec::new();
    for &bias in &biases {
        for &temperature in &factors(best.temperature) {
            for &scale in &factors(best.scale) {
                all.push(Options {
                    bias,
                    temperature,
                    scale,
                    ..best.clone()
                });
            }
        }
    }
    all
}

/// A number and its neighbours, in thousandths, so that each is typed as it is computed.
fn steps(at: f32, step: f32) -> [f32; 3] {
    [-1.0, 0.0, 1.0].map(|by| ((at + by * step) * 1_000.0).round() / 1_000.0)
}

/// KL(p ‖ q) of the softmaxes of two rows of logits, in nats.
fn divergence(p: &[f32], q: &[f32]) -> f64 {
    let (log_p, log_q) = (log_sum(p), log_sum(q));
    p.iter()
        .zip(q)
        .map(|(&p, &q)| {
            let (p, q) = (f64::from(p) - log_p, f64::from(q) - log_q);
            p.exp() * (p - q)
        })
        .sum()
}
