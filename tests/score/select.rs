//! Choosing templates: planted ones are found, shuffled ones give nothing, full width is brute force.

use lamascope::data::{TemplateId, TemplateKind};
use lamascope::evaluate::select::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Manual templates m1, m2, …
fn templates(n: usize) -> Vec<TemplateId> {
    let id = |number| TemplateId {
        kind: TemplateKind::Manual,
        number,
        copy: 1,
    };
    (1..=n).map(id).collect()
}

/// A matrix in which each template is right with its own probability and wrong in one of four ways.
fn drawn(facts: usize, abilities: &[f64], seed: u64) -> Matrix {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut cells = Vec::new();
    for _ in 0..facts {
        for &ability in abilities {
            let right = rng.random_bool(ability);
            let prediction = if right { 0 } else { rng.random_range(1..5) };
            cells.push(Cell { prediction, right });
        }
    }
    let uuids = (0..facts).map(|fact| fact.to_string()).collect();
    Matrix::new(uuids, templates(abilities.len()), cells)
}

/// The same answers with the templates' names shuffled anew for every fact: none is better than another.
fn permuted(matrix: &Matrix, seed: u64) -> Matrix {
    let n = matrix.templates.len();
    let of_fact = |fact: usize| {
        let order = shuffled(n, seed * 100_003 + fact as u64);
        order.into_iter().map(move |t| matrix.cell(fact, t))
    };
    let cells = (0..matrix.facts.len()).flat_map(of_fact).collect();
    Matrix::new(matrix.facts.clone(), matrix.templates.clone(), cells)
}

fn wanted(k: usize, width: usize, seed: u64) -> Wanted {
    Wanted {
        k,
        width,
        seed,
        random: 60,
        ordered: false,
    }
}

fn search(matrix: &Matrix, counted: Counted, wanted: Wanted) -> Choice {
    let size = (matrix.templates.len(), matrix.facts.len());
    let judge = FromAnswers { matrix, counted };
    Choice::search(judge, size, wanted, |_| 0).unwrap_or_else(|never| match never {})
}

#[test]
fn planted_best_templates_are_found() {
    for seed in 0..5 {
        let mut abilities = vec![0.4; 12];
        for best in [2, 5, 9] {
            abilities[best] = 0.9;
        }
        let matrix = drawn(300, &abilities, seed);
        for (counted, width) in [(Counted::Mean, 1), (Counted::Majority, 10)] {
            let choice = search(&matrix, counted, wanted(3, width, seed));
            assert_eq!(choice.set, [2, 5, 9], "{counted:?} {seed}");
            assert!(choice.gain() > 0.15 && choice.p() < 0.05, "{choice:?}");
            // A chosen template is worth more than any that was left.
            let adds = |t: &usize| choice.adds[*t];
            let least = choice.set.iter().map(adds).fold(1.0, f64::min);
            let others = (0..12).filter(|t| !choice.set.contains(t));
            let most = others.map(|t| adds(&t)).fold(-1.0, f64::max);
            assert!(least > most, "{choice:?}");
        }
    }
}

/// What is chosen among equals looks better on the half that it was chosen on, and on the other half it is not.
#[test]
fn permuted_labels_give_no_gain() {
    const TIMES: u64 = 60;
    let matrix = drawn(80, &[0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.4, 0.3], 1);
    for counted in [Counted::Mean, Counted::Majority] {
        let choices: Vec<Choice> = (0..TIMES)
            .map(|seed| search(&permuted(&matrix, seed), counted, wanted(3, 5, seed)))
            .collect();
        let figures = |of: fn(&Choice) -> f64| {
            let values: Vec<f64> = choices.iter().map(of).collect();
            let middle = mean(&values);
            let squares = values.iter().map(|value| (value - middle).powi(2));
            let deviation = (squares.sum::<f64>() / (TIMES - 1) as f64).sqrt();
            (middle, deviation / (TIMES as f64).sqrt())
        };
        let (gain, error) = figures(Choice::gain);
        assert!(gain.abs() < 3.0 * error, "{counted:?}: {gain} ± {error}");
        let (optimism, error) = figures(Choice::optimism);
        assert!(optimism > 3.0 * error, "{counted:?}: {optimism} ± {error}");
    }
}

#[test]
fn full_width_is_brute_force() {
    for seed in 0..20 {
        let matrix = drawn(31, &[0.6, 0.5, 0.7, 0.4, 0.6, 0.5, 0.6], seed);
        let (seen, _) = halves(31, seed);
        for k in 1..=4 {
            let right = |set: &Vec<usize>| seen.iter().filter(|&&f| matrix.vote(f, set)).count();
            let best = subsets(7, k).map(|set| right(&set)).max().expect("sets");
            let judge = FromAnswers {
                matrix: &matrix,
                counted: Counted::Majority,
            };
            let width = choose(7, k) as usize;
            let mut judge = Remembering::new(judge);
            let Ok(found) = beam_search(&mut judge, 7, k, width.max(35), &seen);
            assert_eq!(found.len(), k);
            assert_eq!(right(&found), best, "seed {seed}, k {k}");
        }
    }
}

#[test]
fn every_figure_of_a_choice_is_what_it_says() {
    let matrix = drawn(41, &[0.7, 0.6, 0.8, 0.5, 0.6], 3);
    let choice = search(&matrix, Counted::Majority, wanted(3, 10, 9));
    let mut facts = [choice.seen.clone(), choice.unseen.clone()].concat();
    facts.sort_unstable();
    assert_eq!(facts, (0..41).collect::<Vec<_>>());
    assert_eq!((choice.seen.len(), choice.unseen.len()), (21, 20));
    let share = |facts: &[usize], set: &[usize]| {
        let right = facts.iter().filter(|&&fact| matrix.vote(fact, set)).count();
        right as f64 / facts.len() as f64
    };
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    close(choice.on_seen, share(&choice.seen, &choice.set));
    close(choice.on_unseen, share(&choice.unseen, &choice.set));
    close(choice.all, share(&choice.unseen, &[0, 1, 2, 3, 4]));
    // All ten sets of three, each once.
    let every: Vec<f64> = subsets(5, 3)
        .map(|set| share(&choice.unseen, &set))
        .collect();
    assert_eq!(choice.random.len(), 10);
    close(mean(&choice.random), mean(&every));
    let as_good = every
        .iter()
        .filter(|&&other| other >= choice.on_unseen - 1e-9);
    close(choice.p(), (as_good.count() as f64 + 1.0) / 11.0);
    for template in 0..5 {
        let without: Vec<usize> = (choice.set.iter().copied())
            .filter(|&t| t != template)
            .collect();
        let mut with = without.clone();
        with.push(template);
        with.sort_unstable();
        let adds = share(&choice.unseen, &with) - share(&choice.unseen, &without);
        close(choice.adds[template], adds);
    }
}

#[test]
fn the_most_frequent_answer_wins_and_the_earliest_of_equals() {
    let cell = |prediction, right| Cell { prediction, right };
    let cells = vec![cell(1, false), cell(0, true), cell(0, true), cell(2, false)];
    let matrix = Matrix::new(vec!["f".to_owned()], templates(4), cells);
    for (set, right) in [
        ([0, 1, 2].as_slice(), true),
        (&[0, 1], false),
        (&[1, 0], true),
        (&[3, 1], false),
        (&[0, 1, 3], false),
        (&[], false),
    ] {
        assert_eq!(matrix.vote(0, set), right, "{set:?}");
    }
    assert_eq!(matrix.agreement(1, 2), 1.0);
    assert_eq!(matrix.agreement(0, 3), 0.0);
}

#[test]
fn sets_are_counted_drawn_and_kept_apart() {
    assert_eq!([choose(23, 3), choose(5, 0), choose(3, 5)], [1_771, 1, 0]);
    assert_eq!(choose(200, 100), u64::MAX);
    assert_eq!(subsets(23, 3).count(), 1_771);
    let four: Vec<String> = subsets(4, 2).map(|set| format!("{set:?}")).collect();
    let wanted = ["[0, 1]", "[0, 2]", "[0, 3]", "[1, 2]", "[1, 3]", "[2, 3]"];
    assert_eq!(four, wanted);
    assert_eq!(subsets(3, 0).collect::<Vec<_>>(), [Vec::<usize>::new()]);
    assert_eq!(subsets(3, 4).count(), 0);
    for (n, k, most) in [(10, 3, 50), (10, 3, 500), (40, 5, 100)] {
        let sets = some_subsets(n, k, most, 7);
        assert_eq!(sets.len() as u64, choose(n, k).min(most as u64));
        let mut distinct = sets.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), sets.len());
        let ascending = |set: &Vec<usize>| set.len() == k && set.windows(2).all(|w| w[0] < w[1]);
        assert!(sets.iter().all(ascending));
        assert_eq!(sets, some_subsets(n, k, most, 7));
    }
    let apart = disjoint_subsets(11, 3, 5);
    let mut all = apart.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!((apart.len(), all.len()), (3, 9));
}

/// From a twentieth of the cells of a Rasch model every template is known better than from its own sampled answers.
#[test]
fn a_sample_tells_all_templates_accuracies() {
    let (templates, facts) = (60, 400);
    let share = |row: &[bool]| row.iter().filter(|&&right| right).count() as f64 / row.len() as f64;
    let (mut estimated, mut alone) = (0.0, 0.0);
    for seed in 0..4 {
        let right = answers(templates, facts, seed);
        let truth: Vec<f64> = right.iter().map(|row| share(row)).collect();
        let seen = |pairs: &[usize]| -> Vec<Seen> {
            let places = pairs.iter().map(|pair| (pair / facts, pair % facts));
            places.map(|(t, f)| (t, f, right[t][f])).collect()
        };
        let error = |guess: &[f64]| {
            let errors = guess.iter().zip(&truth).map(|(a, b)| (a - b).abs());
            errors.sum::<f64>() / templates as f64
        };
        let order = shuffled(templates * facts, seed);
        let sample = seen(&order[..templates * facts / 20]);
        estimated += error(&rasch(templates, facts, &sample)) / 4.0;
        let of = |t: usize| {
            let mine: Vec<bool> = (sample.iter()).filter(|s| s.0 == t).map(|s| s.2).collect();
            share(&mine)
        };
        alone += error(&(0..templates).map(of).collect::<Vec<_>>()) / 4.0;
        // All cells seen: nothing is left to estimate.
        assert!(error(&rasch(templates, facts, &seen(&order))) < 1e-9);
    }
    assert!(estimated < 0.075, "{estimated}");
    assert!(
        estimated < 0.9 * alone,
        "{estimated}, {alone} from their own answers"
    );
    // Always right, always wrong and never asked stay shares.
    let few = [(0, 0, true), (0, 1, true), (1, 0, false), (1, 1, false)];
    for estimate in rasch(3, 2, &few) {
        assert!((0.0..=1.0).contains(&estimate), "{estimate}");
    }
}

/// Answers under the model: abilities of 0.5 ± 0.7, difficulties of ± 1.5.
fn answers(templates: usize, facts: usize, seed: u64) -> Vec<Vec<bool>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // Twelve uniform numbers have a variance of 1 together.
    let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let abilities: Vec<f64> = (0..templates).map(|_| 0.5 + 0.7 * normal()).collect();
    let difficulties: Vec<f64> = (0..facts).map(|_| 1.5 * normal()).collect();
    let of = |ability: &f64| {
        let p = |difficulty: &f64| 1.0 / (1.0 + (difficulty - ability).exp());
        difficulties.iter().map(|d| rng.random_bool(p(d))).collect()
    };
    abilities.iter().map(of).collect()
}
