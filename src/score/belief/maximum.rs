//! The best template of each relation.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Verdicts;

/// Accuracy where every relation is asked through its best template.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Maximum {
    /// Σ_r max_t a_r(t) / |F|: the templates are chosen on the facts that they are valued on, which flatters them.
    pub accuracy: f64,
    /// The same on a random half of each relation's facts.
    pub chosen: f64,
    /// Those templates on the other half, which had no part in the choice.
    pub held_out: f64,
    /// How many facts the other half has.
    pub held_out_facts: usize,
}

impl Maximum {
    /// `None` where no relation has two facts. Facts have to stand in an order of their own, such as by name: the
    /// halves are drawn by the seed and their places. Of equally good templates the first is taken.
    pub fn of(relations: &[Verdicts], seed: u64) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut best, mut chosen, mut held_out) = ((0, 0), (0, 0), (0, 0));
        for relation in relations {
            let mut facts: Vec<usize> = (0..relation.facts()).collect();
            facts.shuffle(&mut rng);
            let (choosing, others) = facts.split_at(facts.len().div_ceil(2));
            let counts = relation.counts_of(choosing.iter().copied());
            let template = first_best(&counts);
            let on_others = relation.counts_of(others.iter().copied());
            let all = relation.counts();
            add(&mut best, all[first_best(&all)], facts.len());
            add(&mut chosen, counts[template], choosing.len());
            add(&mut held_out, on_others[template], others.len());
        }
        let share = |(right, of): (usize, usize)| right as f64 / of as f64;
        (held_out.1 > 0).then(|| Maximum {
            accuracy: share(best),
            chosen: share(chosen),
            held_out: share(held_out),
            held_out_facts: held_out.1,
        })
    }

    /// How much choosing on the facts themselves flatters: accuracy on one half less accuracy on the other.
    pub fn optimism(&self) -> f64 {
        self.chosen - self.held_out
    }
}

fn add(sum: &mut (usize, usize), right: usize, of: usize) {
    sum.0 += right;
    sum.1 += of;
}

fn first_best(counts: &[usize]) -> usize {
    let best = counts.iter().max();
    counts
        .iter()
        .position(|count| Some(count) == best)
        .unwrap_or_default()
}
