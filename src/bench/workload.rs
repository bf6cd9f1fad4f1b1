//! What is measured, and one run of it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rayon::prelude::*;

use super::Error;
use super::text::{Facts, HashTokenizer};
use crate::engine::argmax::{Fuse, Group, TopTokens};
use crate::engine::runner::{Runner, SequenceId};
use crate::engine::{Cancel, EngineError, TaskError};
use crate::layout::{Layout, LayoutError, Options, Preset, Source};

/// `--workload`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Preset fused, 5 questions
    Fused,
    /// The same with manual cross-attention, 3 manual and 2 auto questions
    FusedCross,
    /// Preset series
    Series,
    /// 5 prompts per fact, mean of their logits
    Avg,
    /// Preset fused, one fact at a time
    Single,
}

/// Of one run over all facts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    pub total: Duration,
    /// Until the first tokens were known, summed over batches.
    pub first: Duration,
    /// Tokens computed in prefill, and tokens that stood in the prompts.
    pub computed: usize,
    pub prompt_tokens: usize,
    /// Sequences decoded, and what is chosen from them in each step.
    pub sequences: usize,
    pub choices: usize,
}

/// What all runs of one workload share.
pub(super) struct Plan<'a> {
    pub workload: Workload,
    pub facts: &'a Facts,
    pub words: &'a HashTokenizer,
    /// Facts of one run, and worked on together.
    pub count: usize,
    pub batch: usize,
    pub new_tokens: usize,
}

impl Workload {
    /// Questions: manual, auto.
    pub fn questions(self) -> (usize, usize) {
        match self {
            Workload::FusedCross => (3, 2),
            _ => (5, 0),
        }
    }

    fn options(self) -> Option<Options> {
        match self {
            Workload::Fused | Workload::Single => Some(Preset::Fused.options()),
            Workload::FusedCross => Some(Options {
                manual_cross_attention: true,
                ..Preset::Fused.options()
            }),
            Workload::Series => Some(Preset::Series.options()),
            Workload::Avg => None,
        }
    }
}

impl Plan<'_> {
    /// One run over facts that no run before has seen, every runner taking the next batch as it gets free.
    pub fn run(&self, runners: &mut [Box<dyn Runner>], number: usize) -> Result<Sample, Error> {
        let next = AtomicUsize::new(0);
        let sum = Mutex::new(Sample::default());
        let started = Instant::now();
        let work = |runner: &mut dyn Runner| -> Result<(), Error> {
            loop {
                let start = next.fetch_add(self.batch, Ordering::Relaxed);
                let end = self.count.min(start + self.batch);
                if start >= end {
                    return Ok(());
                }
                let first = number * self.count;
                let one = self.batch(runner, first + start..first + end)?;
                let mut sum = sum.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                sum.first += one.first;
                sum.computed += one.computed;
                sum.prompt_tokens += one.prompt_tokens;
                sum.sequences += one.sequences;
                sum.choices += one.choices;
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = runners
                .iter_mut()
                .map(|runner| scope.spawn(|| work(runner.as_mut())))
                .collect();
            threads.into_iter().try_for_each(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })?;
        let mut sample = sum
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        sample.total = started.elapsed();
        Ok(sample)
    }

    fn layouts(&self, fact: usize) -> Result<Vec<Layout>, Error> {
        let (manual, auto) = self.workload.questions();
        let questions = self.facts.questions(fact, manual, auto);
        let context = &self.facts.context;
        Ok(match self.workload.options() {
            Some(options) => {
                let source = Source::new(context, &questions, manual);
                vec![Layout::build(self.words, source, options)?]
            }
            None => {
                let frame = context.frame(self.words).map_err(LayoutError::from)?;
                let plain = |question: &String| Layout::plain(self.words, &frame, question);
                questions.iter().map(plain).collect()
            }
        })
    }

    fn batch(
        &self,
        runner: &mut dyn Runner,
        facts: std::ops::Range<usize>,
    ) -> Result<Sample, Error> {
        let started = Instant::now();
        let layouts: Vec<Vec<Layout>> = facts
            .into_par_iter()
            .map(|fact| self.layouts(fact))
            .collect::<Result<_, _>>()?;
        let prompts: Vec<&Layout> = layouts.iter().flatten().collect();
        let mut row = 0;
        let groups: Vec<Group<'_>> = layouts
            .iter()
            .map(|of_fact| {
                let rows = row..row + of_fact.len();
                row = rows.end;
                Group {
                    rows,
                    fuse: Fuse::Mean,
                }
            })
            .collect();
        let mut computed = 0;
        let sequences = runner.prefill(&prompts, None, &Cancel::new(), &mut |reading| {
            computed = reading.computed
        })?;
        let mut choices = chosen(runner, &groups)?;
        let first = started.elapsed();
        for _ in 1..self.new_tokens {
            let tokens: Vec<(SequenceId, u32)> = groups
                .iter()
                .zip(&choices)
                .flat_map(|(group, choice)| group.rows.clone().map(|row| (row, choice.top[0].0)))
                .map(|(row, token)| (sequences[row], token))
                .collect();
            runner.decode_step(&tokens, None)?;
            choices = chosen(runner, &groups)?;
        }
        let prompt_tokens = prompts.iter().map(|prompt| prompt.len()).sum();
        let count = sequences.len();
        for sequence in sequences {
            runner.release(sequence);
        }
        Ok::<_, EngineError>(Sample {
            total: started.elapsed(),
            first,
            computed,
            prompt_tokens,
            sequences: count,
            choices: groups.len(),
        })
        .map_err(Error::from)
    }
}

/// One choice per group; random weights give finite logits.
fn chosen(runner: &mut dyn Runner, groups: &[Group<'_>]) -> Result<Vec<TopTokens>, EngineError> {
    let choices: Option<_> = runner.argmax(groups)?.into_iter().collect();
    choices.ok_or_else(|| EngineError::Device(TaskError::NotFinite.to_string()))
}
