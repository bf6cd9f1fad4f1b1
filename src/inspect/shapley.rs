//! What each question adds to a number that depends on which of them are read.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Questions up to which Shapley values are exact.
pub const MOST_EXACT: usize = 8;

/// What each question adds, mean over the orders in which questions may be added.
#[derive(Debug, Clone, PartialEq)]
pub struct Shapley {
    /// Per question, in nats. They sum to v(all) − v(none).
    pub values: Vec<f64>,
    /// Standard errors where orders were drawn; `None` where the values are exact.
    pub errors: Option<Vec<f64>>,
}

/// The orders that count. A subset is a number whose bit i says whether question i is in it.
pub(super) enum Orders {
    /// All of them, of so many questions.
    All(usize),
    /// Drawn ones, each with its reverse.
    Drawn(Vec<[Vec<usize>; 2]>),
}

impl Orders {
    /// All for up to [`MOST_EXACT`] questions, above that as many drawn pairs, with a seed.
    pub fn of(questions: usize, (orders, seed): (usize, u64)) -> Self {
        if questions <= MOST_EXACT {
            return Orders::All(questions);
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let pair = |_| {
            let mut order: Vec<usize> = (0..questions).collect();
            order.shuffle(&mut random);
            let reverse = order.iter().rev().copied().collect();
            [order, reverse]
        };
        Orders::Drawn((0..orders.max(2)).map(pair).collect())
    }

    /// Subsets whose value must be known.
    pub fn subsets(&self) -> Vec<u128> {
        match self {
            Orders::All(questions) => (0..1 << questions).collect(),
            Orders::Drawn(pairs) => pairs.iter().flatten().flat_map(|o| prefixes(o)).collect(),
        }
    }

    /// The Shapley values of `value`, which knows [`Orders::subsets`].
    pub fn shapley(&self, value: impl Fn(u128) -> f64) -> Shapley {
        let gain = |subset: u128, question: usize| value(subset | 1 << question) - value(subset);
        match self {
            Orders::All(questions) => exact(*questions, gain),
            Orders::Drawn(pairs) => drawn(pairs, gain),
        }
    }
}

/// Σ over subsets S without the question of |S|! (N − |S| − 1)! / N! · (v(S + question) − v(S)).
fn exact(count: usize, gain: impl Fn(u128, usize) -> f64) -> Shapley {
    // 1 / (N · (N − 1 over |S|))
    let mut weights = vec![1.0 / count.max(1) as f64; count];
    for size in 1..count {
        weights[size] = weights[size - 1] * size as f64 / (count - size) as f64;
    }
    let value = |question: usize| -> f64 {
        (0..1u128 << count)
            .filter(|subset| subset >> question & 1 == 0)
            .map(|subset| weights[subset.count_ones() as usize] * gain(subset, question))
            .sum()
    };
    Shapley {
        values: (0..count).map(value).collect(),
        errors: None,
    }
}

fn drawn(pairs: &[[Vec<usize>; 2]], gain: impl Fn(u128, usize) -> f64) -> Shapley {
    let count = pairs.first().map_or(0, |[order, _]| order.len());
    // What a question adds, mean over an order and its reverse: one draw.
    let draws: Vec<Vec<f64>> = pairs
        .iter()
        .map(|pair| {
            let mut draw = vec![0.0; count];
            for order in pair {
                for (&question, before) in order.iter().zip(prefixes(order)) {
                    draw[question] += gain(before, question) / 2.0;
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
    Shapley {
        values: (0..count).map(mean).collect(),
        errors: Some((0..count).map(error).collect()),
    }
}

/// Which questions stand before each one of an order, and all.
fn prefixes(order: &[usize]) -> Vec<u128> {
    let mut before = 0;
    let mut prefixes = vec![before];
    for question in order {
        before |= 1 << question;
        prefixes.push(before);
    }
    prefixes
}
