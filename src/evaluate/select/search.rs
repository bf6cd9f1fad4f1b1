//! The search for a good set of templates.

use std::collections::HashMap;

use super::{Matrix, shuffled};

/// Says how well a set of templates, by their places in the pool, does on facts.
pub trait Judge {
    type Error;

    /// Share right of each of these facts, in 0..=1. Where the order of templates matters it is that of `set`.
    fn shares(&mut self, set: &[usize], facts: &[usize]) -> Result<Vec<f64>, Self::Error>;
}

/// How answers of single templates count together, without asking the model again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The most frequent prediction.
    Majority,
    /// The mean over templates.
    Mean,
    /// The first template alone.
    First,
}

/// Judges from the answers of single templates.
pub struct FromAnswers<'a> {
    pub matrix: &'a Matrix,
    pub counted: Counted,
}

impl Judge for FromAnswers<'_> {
    type Error = std::convert::Infallible;

    fn shares(&mut self, set: &[usize], facts: &[usize]) -> Result<Vec<f64>, Self::Error> {
        let share = |&fact: &usize| match self.counted {
            Counted::Majority => f64::from(self.matrix.vote(fact, set)),
            Counted::Mean => self.matrix.mean(fact, set),
            Counted::First => self.matrix.mean(fact, &set[..set.len().min(1)]),
        };
        Ok(facts.iter().map(share).collect())
    }
}

/// Asks a judge for each set and fact once.
pub struct Remembering<J> {
    judge: J,
    known: HashMap<Vec<usize>, HashMap<usize, f64>>,
}

impl<J: Judge> Remembering<J> {
    pub fn new(judge: J) -> Self {
        Remembering {
            judge,
            known: HashMap::new(),
        }
    }

    /// Sum of the shares of these facts.
    pub fn sum(&mut self, set: &[usize], facts: &[usize]) -> Result<f64, J::Error> {
        let known = self.known.entry(set.to_vec()).or_default();
        let new: Vec<usize> = (facts.iter().copied())
            .filter(|fact| !known.contains_key(fact))
            .collect();
        if !new.is_empty() {
            let shares = self.judge.shares(set, &new)?;
            known.extend(new.into_iter().zip(shares));
        }
        Ok(facts.iter().map(|fact| known[fact]).sum())
    }

    /// Mean of the shares of these facts; 0 without any.
    pub fn accuracy(&mut self, set: &[usize], facts: &[usize]) -> Result<f64, J::Error> {
        Ok(self.sum(set, facts)? / facts.len().max(1) as f64)
    }
}

/// The best set of `k` out of `n` templates on these facts that a beam search finds: from every kept set each template more
/// is tried, and the best `width` sets of a size are kept; 1 is greedy search. Of equally good sets the one whose templates are
/// better alone wins, then the first in lexicographic order.
pub fn beam_search<J: Judge>(
    judge: &mut Remembering<J>,
    n: usize,
    k: usize,
    width: usize,
    facts: &[usize],
) -> Result<Vec<usize>, J::Error> {
    let mut alone = Vec::new();
    for template in 0..n {
        alone.push(judge.sum(&[template], facts)?);
    }
    let mut kept: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..k {
        let mut grown: Vec<Vec<usize>> = Vec::new();
        for set in &kept {
            for template in (0..n).filter(|template| !set.contains(template)) {
                let mut larger = set.clone();
                larger.push(template);
                larger.sort_unstable();
                grown.push(larger);
            }
        }
        grown.sort();
        grown.dedup();
        let mut judged = Vec::new();
        for set in grown {
            let single: f64 = set.iter().map(|&template| alone[template]).sum();
            judged.push((judge.sum(&set, facts)?, single, set));
        }
        // Stable: equally good ones stay in order.
        judged.sort_by(|(a, c, _), (b, d, _)| b.total_cmp(a).then(d.total_cmp(c)));
        judged.truncate(width.max(1));
        kept = judged.into_iter().map(|(_, _, set)| set).collect();
    }
    Ok(kept.into_iter().next().unwrap_or_default())
}

/// Two halves of `n` facts, drawn with the seed, each in order; the first has the odd one.
pub fn halves(n: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut first = shuffled(n, seed);
    let mut second = first.split_off(n.div_ceil(2));
    first.sort_unstable();
    second.sort_unstable();
    (first, second)
}
