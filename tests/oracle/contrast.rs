//! Why one answer and not another: what must hold, and every number made once more the long way.

use lamascope::engine::{Cancel, Engine, Path as EnginePath};
use lamascope::inspect::{Attributed, Contrast, LookError, MOST_EXACT};
use lamascope::layout::Layout;

use super::{Folder, Group, load, on_the_cpu};

/// Rounding of f32 logits between one batch of subsets and single ones.
const NEAR: f64 = 1e-4;

/// A prompt of three questions under a preset.
fn prompt(preset: &str) -> (Engine, Layout) {
    let folder = Folder::of_fixtures("inside.json");
    let fits = |group: &&Group| {
        group.preset.as_deref() == Some(preset) && group.results[0].questions.len() == 3
    };
    let group = folder.cases.groups.iter().find(fits);
    let group = group.expect("a group of this preset");
    let setting = on_the_cpu(EnginePath::Cached, 1);
    let mut engine = load(folder.model(&group.model), &setting);
    let task = group.tasks().swap_remove(0);
    let mut layout = None;
    engine
        .run(
            &group.request(&folder.shots),
            &[task],
            &mut |event| {
                if let lamascope::engine::Event::Finished { mut answers, .. } = event {
                    layout = Some(answers.swap_remove(0).layouts.swap_remove(0));
                }
            },
            &Cancel::new(),
        )
        .expect("it answers");
    (engine, layout.expect("an answer"))
}

fn contrast(engine: &mut Engine, layout: &Layout, answers: [&[u32]; 2]) -> Contrast {
    Contrast::compute(engine, layout, answers, (4, 42), &Cancel::new()).expect("two answers")
}

/// Every order, one question after the other, each subset by itself.
fn by_all_orders(engine: &mut Engine, layout: &Layout, answers: [&[u32]; 2]) -> (f64, Vec<f64>) {
    let mut difference = |read: &[usize]| {
        let hidden: Vec<usize> = (0..3).filter(|question| !read.contains(question)).collect();
        let prompt = layout.without(&hidden);
        let [one, other] = answers.map(|answer| -> f64 {
            let values = engine.forced(&[&prompt], answer, &Cancel::new());
            values.expect("it can be computed")[0].iter().sum()
        });
        one - other
    };
    let mut shapley = vec![0.0; 3];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        for at in 0..3 {
            let gain = difference(&order[..=at]) - difference(&order[..at]);
            shapley[order[at]] += gain / orders.len() as f64;
        }
    }
    (difference(&[0, 1, 2]), shapley)
}

#[test]
fn a_contrast_is_what_subsets_and_orders_give_one_by_one() {
    for preset in ["fused", "series"] {
        let (mut engine, layout) = prompt(preset);
        let answers: [&[u32]; 2] = [&[40, 41, 42], &[40, 50]];
        let seen = contrast(&mut engine, &layout, answers);
        assert_eq!(seen.part, 1, "both begin with one token");
        let (all, shapley) = by_all_orders(&mut engine, &layout, answers);
        assert!((seen.whole.all - all).abs() < NEAR);
        for (found, expected) in seen.whole.shapley.values.iter().zip(&shapley) {
            assert!((found - expected).abs() < NEAR, "{found}, not {expected}");
        }
        // Where the answers part is given what both begin with.
        let (first, shapley) = by_all_orders(&mut engine, &layout, [&[40, 41], &[40, 50]]);
        assert!((seen.first.all - first).abs() < NEAR);
        for (found, expected) in seen.first.shapley.values.iter().zip(&shapley) {
            assert!((found - expected).abs() < NEAR, "{found}, not {expected}");
        }
        // The last layer's lens is what the model says.
        let last = seen.by_layer().last().expect("a layer");
        assert!((last - seen.first.all).abs() < NEAR, "{last}");
        for Attributed {
            all,
            none,
            left_out,
            shapley,
        } in [&seen.first, &seen.whole]
        {
            let sum: f64 = shapley.values.iter().sum();
            assert!((sum - (all - none)).abs() < 1e-9);
            assert_eq!(left_out.len(), 3);
        }
        let without = seen.list().find(|(read, _)| read == &[0, 2]);
        let (_, [first, whole]) = without.expect("a subset");
        assert_eq!(seen.first.left_out[1], seen.first.all - first);
        assert_eq!(seen.whole.left_out[1], seen.whole.all - whole);
    }
}

#[test]
fn the_other_way_round_every_number_has_the_other_sign() {
    let (mut engine, layout) = prompt("fused");
    let (a, b): (&[u32], &[u32]) = (&[60, 61], &[70, 61, 62]);
    let one = contrast(&mut engine, &layout, [a, b]);
    let other = contrast(&mut engine, &layout, [b, a]);
    let negative = |values: &[f64]| values.iter().map(|value| -value).collect::<Vec<_>>();
    for (one, other) in [(&one.first, &other.first), (&one.whole, &other.whole)] {
        assert_eq!((one.all, one.none), (-other.all, -other.none));
        assert_eq!(one.left_out, negative(&other.left_out));
        assert_eq!(one.shapley.values, negative(&other.shapley.values));
    }
    let layers: Vec<f64> = other.by_layer().collect();
    assert_eq!(one.by_layer().collect::<Vec<_>>(), negative(&layers));
    assert!(one.whole.all != 0.0);
}

#[test]
fn copies_of_a_question_are_worth_the_same_and_drawn_orders_sum_up() {
    let folder = Folder::of_fixtures("inside.json");
    let is_series = |group: &&Group| group.preset.as_deref() == Some("series") && !group.cross;
    let group = folder.cases.groups.iter().find(is_series);
    let group = group.expect("a group of this preset");
    let setting = on_the_cpu(EnginePath::Cached, 1);
    let mut engine = load(folder.model(&group.model), &setting);
    let tokenizer = engine.tokenizer().clone();
    let request = group.request(&folder.shots);
    for copies in [3, MOST_EXACT + 2] {
        let questions = vec![group.tasks()[0].questions[0].clone(); copies];
        let source = lamascope::layout::Source::new(&request.context, &questions, copies);
        let layout = Layout::build(&tokenizer, source, request.options.clone());
        let layout = layout.expect("a layout");
        let seen = contrast(&mut engine, &layout, [&[40], &[50]]);
        let Attributed {
            all,
            none,
            left_out,
            shapley,
        } = &seen.first;
        let sum: f64 = shapley.values.iter().sum();
        assert!((sum - (all - none)).abs() < 1e-9);
        assert!(left_out.iter().all(|one| (one - left_out[0]).abs() < 1e-5));
        assert_eq!(shapley.errors.is_some(), copies > MOST_EXACT);
        if copies <= MOST_EXACT {
            let first = shapley.values[0];
            assert!(shapley.values.iter().all(|one| (one - first).abs() < 1e-5));
        }
    }
}

#[test]
fn answers_that_do_not_part_are_refused() {
    let (mut engine, layout) = prompt("fused");
    for answers in [[&[40][..], &[40]], [&[40, 41], &[40]], [&[], &[40]]] {
        let seen = Contrast::compute(&mut engine, &layout, answers, (4, 42), &Cancel::new());
        assert!(matches!(seen, Err(LookError::Alike)), "{answers:?}");
    }
}
