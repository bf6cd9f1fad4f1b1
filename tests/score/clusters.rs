//! Intervals of answers that go together by fact.

use lamascope::score::{Clusters, wilson_interval};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Right answers and answers of each fact, and their interval.
fn interval(facts: &[(u64, u64)]) -> (f64, f64) {
    let mut clusters = Clusters::default();
    let (mut correct, mut n) = (0, 0);
    for &(right, of) in facts {
        clusters.add(right, of);
        (correct, n) = (correct + right, n + of);
    }
    let interval = clusters.interval(correct, n).expect("answers");
    (interval.low, interval.high)
}

proptest! {
    #[test]
    fn one_answer_a_fact_is_wilsons_interval(right in prop::collection::vec(0..2_u64, 1..200)) {
        let facts: Vec<_> = right.iter().map(|&right| (right, 1)).collect();
        let wilson = wilson_interval(right.iter().sum(), right.len() as u64).expect("answers");
        prop_assert_eq!(interval(&facts), (wilson.low, wilson.high));
    }

    /// Nine answers that say the same are one answer; the variance is that of a sample, hence one fact less.
    #[test]
    fn answers_that_always_agree_count_once(right in prop::collection::vec(0..2_u64, 3..200)) {
        let facts: Vec<_> = right.iter().map(|&right| (9 * right, 9)).collect();
        let (sum, all) = (right.iter().sum::<u64>(), right.len() as u64);
        let got = interval(&facts);
        let wilson = wilson_interval(sum, all).expect("answers");
        if sum == 0 || sum == all {
            prop_assert_eq!(got, (wilson.low, wilson.high));
        } else {
            // Wider than with all facts by no more than one fact's worth.
            prop_assert!(got.0 <= wilson.low && got.1 >= wilson.high);
            prop_assert!(got.1 - got.0 <= (wilson.high - wilson.low) * (all as f64 / (all - 1) as f64));
        }
    }

    #[test]
    fn the_order_of_facts_does_not_matter(facts in prop::collection::vec((0..6_u64, 6..9_u64), 2..50)) {
        let mut turned = facts.clone();
        turned.reverse();
        prop_assert_eq!(interval(&facts), interval(&turned));
    }
}

/// Facts that are easy or hard, asked nine times each: the interval holds the true share about 95 times of 100, that of
/// answers taken one by one far less often.
#[test]
fn the_interval_covers_where_answers_go_together() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let (draws, facts, asked) = (4_000, 60, 9);
    let (mut covers, mut covers_one_by_one) = (0, 0);
    for _ in 0..draws {
        let of_fact = |random: &mut ChaCha8Rng| {
            // Half of the facts are right with 0.95, half with 0.25: 0.6 in all.
            let p = if random.random_bool(0.5) { 0.95 } else { 0.25 };
            let right = (0..asked).filter(|_| random.random_bool(p)).count();
            (right as u64, asked as u64)
        };
        let drawn: Vec<_> = (0..facts).map(|_| of_fact(&mut random)).collect();
        let (low, high) = interval(&drawn);
        covers += usize::from((low..=high).contains(&0.6));
        let right = drawn.iter().map(|(right, _)| right).sum();
        let single = wilson_interval(right, facts * asked as u64).expect("answers");
        covers_one_by_one += usize::from((single.low..=single.high).contains(&0.6));
    }
    let share = |count: usize| count as f64 / f64::from(draws);
    // Three standard errors of a share of 0.95 over the draws are 0.0103.
    assert!(
        (share(covers) - 0.95).abs() < 0.0103 + 0.005,
        "{}",
        share(covers)
    );
    assert!(
        share(covers_one_by_one) < 0.75,
        "{}",
        share(covers_one_by_one)
    );
}
