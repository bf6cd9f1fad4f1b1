//! The best templates of a relation, and how much of it is luck.

use super::search::{Judge, Remembering, beam_search, halves};
use super::{disjoint_subsets, some_subsets};

/// How to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// How many templates.
    pub k: usize,
    /// Sets that the search keeps of each size; 1 is greedy.
    pub width: usize,
    /// Draws the halves and the random sets.
    pub seed: u64,
    /// How many random sets at most.
    pub random: usize,
    /// Whether the order of templates may matter: then every order is tried, or some of them.
    pub ordered: bool,
}

/// A set chosen on one half of the facts and what came of it on the other. Accuracies lie in 0..=1; templates are known by
/// their places in the pool, facts by theirs in the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub set: Vec<usize>,
    /// The facts that the search saw, and those that it did not.
    pub seen: Vec<usize>,
    pub unseen: Vec<usize>,
    pub on_seen: f64,
    pub on_unseen: f64,
    /// All templates together, on the unseen facts.
    pub all: f64,
    /// Random sets of the same size on the unseen facts: what a choice without any knowledge gives.
    pub random: Vec<f64>,
    /// Sets without a common template, on the unseen facts.
    pub disjoint: Vec<f64>,
    /// What each template adds on the unseen facts: a chosen one to the rest of the set, any other one to the set.
    pub adds: Vec<f64>,
    /// The chosen set in other orders, on the unseen facts, its own order first; empty where none was tried.
    pub orders: Vec<f64>,
}

/// Orders of a set that are tried at most.
const MOST_ORDERS: usize = 6;

impl Choice {
    /// Chooses `wanted.k` out of `n` templates on half of the facts. `kind` tells which templates may change places.
    pub fn search<J: Judge>(
        judge: J,
        (n, facts): (usize, usize),
        wanted: Wanted,
        kind: impl Fn(usize) -> usize,
    ) -> Result<Self, J::Error> {
        let mut judge = Remembering::new(judge);
        let k = wanted.k.min(n);
        let (seen, unseen) = halves(facts, wanted.seed);
        let set = beam_search(&mut judge, n, k, wanted.width, &seen)?;
        let on_unseen = judge.accuracy(&set, &unseen)?;
        let of = |judge: &mut Remembering<J>, sets: Vec<Vec<usize>>| {
            let one = |set: &Vec<usize>| judge.accuracy(set, &unseen);
            sets.iter().map(one).collect::<Result<Vec<f64>, _>>()
        };
        let random = some_subsets(n, k, wanted.random, wanted.seed);
        let random = of(&mut judge, random)?;
        let disjoint = of(&mut judge, disjoint_subsets(n, k, wanted.seed))?;
        let mut adds = Vec::new();
        for template in 0..n {
            let mut other = set.clone();
            let gain = match other.iter().position(|&member| member == template) {
                Some(at) => {
                    other.remove(at);
                    // Of one template nothing is left to compare with: it adds all that there is.
                    let without = match other.is_empty() {
                        true => 0.0,
                        false => judge.accuracy(&other, &unseen)?,
                    };
                    on_unseen - without
                }
                None => {
                    other.push(template);
                    other.sort_unstable();
                    judge.accuracy(&other, &unseen)? - on_unseen
                }
            };
            adds.push(gain);
        }
        let orders = match wanted.ordered {
            true => of(&mut judge, orders(&set, kind))?,
            false => Vec::new(),
        };
        let every: Vec<usize> = (0..n).collect();
        Ok(Choice {
            on_seen: judge.accuracy(&set, &seen)?,
            all: judge.accuracy(&every, &unseen)?,
            set,
            on_unseen,
            random,
            disjoint,
            adds,
            orders,
            seen,
            unseen,
        })
    }

    /// How much better the set looks on the facts that it was chosen on.
    pub fn optimism(&self) -> f64 {
        self.on_seen - self.on_unseen
    }

    /// What the choice gains over a random set, on the facts that it was not chosen on.
    pub fn gain(&self) -> f64 {
        self.on_unseen - mean(&self.random)
    }

    /// Standard deviation of a random set's accuracy: how far a choice without knowledge may lie from their mean.
    pub fn spread(&self) -> f64 {
        let middle = mean(&self.random);
        let squares = self.random.iter().map(|share| (share - middle).powi(2));
        (squares.sum::<f64>() / self.random.len().saturating_sub(1).max(1) as f64).sqrt()
    }

    /// Share of random sets that do as well, the chosen one counted as one of them: small where the choice is no luck.
    pub fn p(&self) -> f64 {
        // Means over the same facts that are equal on paper may differ by rounding.
        let as_good = |share: &&f64| **share >= self.on_unseen - 1e-9;
        let reached = self.random.iter().filter(as_good).count();
        (reached as f64 + 1.0) / (self.random.len() as f64 + 1.0)
    }

    /// Whether the choice is real, in words.
    pub fn verdict(&self) -> String {
        let (sets, p) = (self.random.len(), self.p());
        let as_good = (p * (sets as f64 + 1.0)).round() as usize - 1;
        let said = match (self.gain() > 0.0, p < 0.05) {
            (true, true) => "real: the unseen facts bear the choice out",
            (true, false) => "not proven: by chance as good",
            (false, _) => "not real: no better than a random set",
        };
        format!("{said} ({as_good} of {sets} random sets do as well)")
    }
}

/// Mean of shares; 0 without any.
pub fn mean(shares: &[f64]) -> f64 {
    shares.iter().sum::<f64>() / shares.len().max(1) as f64
}

/// The set in its own order, then in further ones in which only templates of one kind have changed places.
fn orders(set: &[usize], kind: impl Fn(usize) -> usize) -> Vec<Vec<usize>> {
    let mut all = vec![set.to_vec()];
    let mut next = 0;
    // Neighbours change places, breadth first: the nearest orders come first.
    while next < all.len() && all.len() < MOST_ORDERS {
        let order = all[next].clone();
        for at in 1..order.len() {
            if kind(order[at - 1]) == kind(order[at]) {
                let mut other = order.clone();
                other.swap(at - 1, at);
                if !all.contains(&other) && all.len() < MOST_ORDERS {
                    all.push(other);
                }
            }
        }
        next += 1;
    }
    all
}
