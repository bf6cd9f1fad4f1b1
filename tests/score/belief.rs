//! BELIEF's figures against every choice of templates, and against draws.

use lamascope::score::belief::{Fluctuation, Maximum, Spread, Verdicts};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Right or wrong, `[relation][fact][template]`.
type Right = Vec<Vec<Vec<bool>>>;

fn verdicts(right: &Right) -> Vec<Verdicts> {
    let relation = |facts: &Vec<Vec<bool>>| {
        let mut verdicts = Verdicts::new(facts[0].len());
        facts.iter().for_each(|fact| verdicts.push(fact.clone()));
        verdicts
    };
    right.iter().map(relation).collect()
}

/// Up to 3 relations of up to 4 facts and 4 templates: at most 64 choices.
fn small() -> impl Strategy<Value = Right> {
    let relation = (1..=4usize, 1..=4usize).prop_flat_map(|(facts, templates)| {
        prop::collection::vec(prop::collection::vec(any::<bool>(), templates), facts)
    });
    prop::collection::vec(relation, 1..=3)
}

/// How many facts are right under every choice of one template per relation.
fn every_choice(right: &Right) -> Vec<usize> {
    let mut sums = vec![0];
    for facts in right {
        let of = |t: usize| facts.iter().filter(|fact| fact[t]).count();
        sums = (sums.iter())
            .flat_map(|sum| (0..facts[0].len()).map(move |t| sum + of(t)))
            .collect();
    }
    sums
}

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
}

proptest! {
    #[test]
    fn the_distribution_is_that_of_every_choice(right in small()) {
        let sums = every_choice(&right);
        let facts: usize = right.iter().map(Vec::len).sum();
        let accuracies: Vec<f64> = sums.iter().map(|&sum| sum as f64 / facts as f64).collect();
        let wanted = Spread::of(&accuracies).expect("there is a choice");
        let found = Fluctuation::of(&verdicts(&right)).expect("there is a fact");
        near(found.mean, wanted.mean);
        near(found.sd, wanted.sd);
        near(found.low, wanted.low);
        near(found.high, wanted.high);
        prop_assert_eq!(found.facts(), facts);
        for (right, p) in found.distribution.iter().enumerate() {
            let times = sums.iter().filter(|&&sum| sum == right).count();
            near(*p, times as f64 / sums.len() as f64);
        }
        let mut sorted = accuracies;
        sorted.sort_by(f64::total_cmp);
        near(found.quantile(0.5), sorted[(sorted.len() - 1) / 2]);
        near(found.quantile(1.0), wanted.high);
        near(found.histogram(7).iter().sum(), 1.0);
    }

    #[test]
    fn the_maximum_is_that_of_every_choice(right in small(), seed: u64) {
        let facts: usize = right.iter().map(Vec::len).sum();
        let best = every_choice(&right).into_iter().max().expect("there is a choice");
        let held_out: usize = right.iter().map(|facts| facts.len() / 2).sum();
        match Maximum::of(&verdicts(&right), seed) {
            Some(found) => {
                near(found.accuracy, best as f64 / facts as f64);
                prop_assert_eq!(found.held_out_facts, held_out);
                prop_assert!((0.0..=1.0).contains(&found.held_out));
            }
            None => prop_assert_eq!(held_out, 0),
        }
    }
}

/// Relations of many sizes, in which templates are right with chances of their own.
fn large(rng: &mut ChaCha8Rng) -> Right {
    let relation = |rng: &mut ChaCha8Rng| -> Vec<Vec<bool>> {
        let (facts, templates) = (rng.random_range(1..60), rng.random_range(1..20));
        let chances: Vec<f64> = (0..templates).map(|_| rng.random()).collect();
        let fact = |rng: &mut ChaCha8Rng| chances.iter().map(|&p| rng.random_bool(p)).collect();
        (0..facts).map(|_| fact(rng)).collect()
    };
    (0..12).map(|_| relation(rng)).collect()
}

#[test]
fn draws_agree_with_the_distribution() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let right = large(&mut rng);
    let exact = Fluctuation::of(&verdicts(&right)).expect("there are facts");
    let draws = 50_000;
    let drawn: Vec<f64> = (0..draws)
        .map(|_| {
            let of = |facts: &Vec<Vec<bool>>, t: usize| facts.iter().filter(|f| f[t]).count();
            let right = right
                .iter()
                .map(|facts| of(facts, rng.random_range(0..facts[0].len())));
            right.sum::<usize>() as f64 / exact.facts() as f64
        })
        .collect();
    let drawn_spread = Spread::of(&drawn).expect("there are draws");
    let error = exact.sd / f64::from(draws).sqrt();
    assert!((drawn_spread.mean - exact.mean).abs() < 3.0 * error);
    // The standard error of a deviation, to its first order.
    assert!((drawn_spread.sd - exact.sd).abs() < 3.0 * error / 2f64.sqrt());
    for q in [0.025, 0.5, 0.975] {
        let end = exact.quantile(q);
        let below = |of: &dyn Fn(f64) -> bool| drawn.iter().filter(|&&a| of(a)).count() as f64;
        let slack = 3.0 * (q * (1.0 - q) / f64::from(draws)).sqrt();
        assert!(below(&|a| a <= end) / f64::from(draws) >= q - slack);
        assert!(below(&|a| a < end) / f64::from(draws) <= q + slack);
    }
}

/// A template that is better stays so on other facts; one of many that are alike is chosen for luck alone.
#[test]
fn what_the_maximum_owes_to_luck_is_gone_on_other_facts() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut relation = |best: f64| -> Vec<Vec<bool>> {
        let mut fact = || {
            (0..20)
                .map(|t| rng.random_bool(if t == 13 { best } else { 0.5 }))
                .collect()
        };
        (0..400).map(|_| fact()).collect()
    };
    let planted: Right = (0..10).map(|_| relation(0.8)).collect();
    let alike: Right = (0..10).map(|_| relation(0.5)).collect();
    let planted = Maximum::of(&verdicts(&planted), 42).expect("there are facts");
    let alike = Maximum::of(&verdicts(&alike), 42).expect("there are facts");
    // Four standard errors of 2,000 facts.
    let error = |p: f64| 4.0 * (p * (1.0 - p) / 2_000.0_f64).sqrt();
    assert!((planted.held_out - 0.8).abs() < error(0.8), "{planted:?}");
    assert!(planted.optimism().abs() < 2.0 * error(0.8), "{planted:?}");
    assert!((alike.held_out - 0.5).abs() < error(0.5), "{alike:?}");
    assert!(alike.accuracy > 0.54, "{alike:?}");
    assert!(alike.optimism() > 0.04, "{alike:?}");
}

#[test]
fn nothing_has_no_figures() {
    assert_eq!(Fluctuation::of(&[]), None);
    assert_eq!(Fluctuation::of(&[Verdicts::new(3)]), None);
    assert_eq!(
        Maximum::of(&verdicts(&vec![vec![vec![true, false]]]), 1),
        None
    );
    assert_eq!(Spread::of(&[]), None);
}
