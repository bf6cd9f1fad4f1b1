//! Sets of k out of n, counted from 0: every one, some at random, disjoint ones.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// How many sets of k out of n there are; `u64::MAX` where there are more than that.
pub fn choose(n: usize, k: usize) -> u64 {
    if k > n {
        return 0;
    }
    let k = k.min(n - k) as u128;
    let step = |sets: u128, i: u128| Some(sets.checked_mul(n as u128 - i)? / (i + 1));
    let sets = (0..k).try_fold(1u128, step);
    sets.map_or(u64::MAX, |sets| u64::try_from(sets).unwrap_or(u64::MAX))
}

/// Every set of k out of n, ascending within and in lexicographic order.
pub fn subsets(n: usize, k: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut next = (k <= n).then(|| (0..k).collect::<Vec<usize>>());
    std::iter::from_fn(move || {
        let this = next.take()?;
        // The last member that has not reached its end moves on, and those behind it follow.
        next = (0..k).rev().find(|&at| this[at] < n - k + at).map(|at| {
            let mut set = this.clone();
            let first = set[at] + 1;
            for (step, member) in set[at..].iter_mut().enumerate() {
                *member = first + step;
            }
            set
        });
        Some(this)
    })
}

/// At most so many different sets of k out of n, drawn with the seed; all of them, in order, where there are no more.
pub fn some_subsets(n: usize, k: usize, most: usize, seed: u64) -> Vec<Vec<usize>> {
    let all = choose(n, k);
    if all <= most as u64 {
        return subsets(n, k).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut members: Vec<usize> = (0..n).collect();
    if all < 4 * most as u64 {
        let mut every: Vec<_> = subsets(n, k).collect();
        every.shuffle(&mut rng);
        every.truncate(most);
        return every;
    }
    let mut seen = BTreeSet::new();
    let mut drawn = Vec::new();
    while drawn.len() < most {
        let mut set = members.partial_shuffle(&mut rng, k).0.to_vec();
        set.sort_unstable();
        if seen.insert(set.clone()) {
            drawn.push(set);
        }
    }
    drawn
}

/// Everything from 0 to n − 1 in an order drawn with the seed.
pub fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    all.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    all
}

/// As many sets of k out of n as can be without a common member, drawn with the seed.
pub fn disjoint_subsets(n: usize, k: usize, seed: u64) -> Vec<Vec<usize>> {
    let sorted = |set: &[usize]| {
        let mut set = set.to_vec();
        set.sort_unstable();
        set
    };
    let order = shuffled(n, seed);
    order.chunks_exact(k.max(1)).map(sorted).collect()
}
