//! Calibration against scikit-learn 1.9.1 and NumPy 2.4.6.
//!
//! The answers come from a generator that is two lines in both languages. `brier_score_loss`, `roc_auc_score` and
//! `calibration_curve(strategy="uniform")` gave the values; bins of equal count are `numpy.array_split` of the sorted
//! answers, in which every c was replaced by the mean c of its equal p.

use lamascope::score::{Bin, Calibration};
use proptest::prelude::*;

/// x ← (1103515245 x + 12345) mod 2³¹ from x = 1, over 2³¹.
fn uniform(n: usize) -> Vec<f64> {
    let mut x = 1_u64;
    let next = |_| {
        x = (x * 1_103_515_245 + 12_345) % (1 << 31);
        x as f64 / f64::from(1_u32 << 31)
    };
    (0..n).map(next).collect()
}

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
}

#[test]
fn two_hundred_answers_with_many_ties() {
    // p = round(sqrt(u[2i]), 2), c = u[2i + 1] < 0.8 p
    let u = uniform(400);
    let answers: Vec<(f64, bool)> = (u.chunks(2))
        .map(|u| ((u[0].sqrt() * 100.0).round() / 100.0, u[1]))
        .map(|(p, u)| (p, u < 0.8 * p))
        .collect();
    let found = Calibration::of(&answers).expect("there are answers");
    near(found.probability, 0.659_05);
    near(found.right, 0.57);
    near(found.overconfidence(), 0.089_05);
    near(found.brier, 0.232_388_5);
    near(
        found.auroc.expect("some are right, some wrong"),
        0.670_746_634_026_927_8,
    );
    near(found.ece_equal_width(), 0.143_65);
    near(found.ece_equal_count(), 0.144_25);
    let sizes = |bins: &[Bin]| bins.iter().map(|bin| bin.n).collect::<Vec<_>>();
    assert_eq!(
        sizes(&found.equal_width),
        [7, 10, 21, 18, 20, 19, 40, 33, 32]
    );
    assert_eq!(sizes(&found.equal_count), [20; 10]);
}

#[test]
fn few_answers_without_ties() {
    // p = u[i], c = u[100 + i] < 0.5
    let u = uniform(137);
    let answers: Vec<_> = (0..37).map(|i| (u[i], u[100 + i] < 0.5)).collect();
    let found = Calibration::of(&answers).expect("there are answers");
    near(found.brier, 0.351_694_998_242_121_86);
    near(
        found.auroc.expect("some are right, some wrong"),
        0.413_690_476_190_476_16,
    );
    near(found.ece_equal_width(), 0.341_798_629_787_926_74);
    near(found.ece_equal_count(), 0.334_509_198_050_442_6);
    let sizes: Vec<usize> = found.equal_count.iter().map(|bin| bin.n).collect();
    assert_eq!(sizes, [4, 4, 4, 4, 4, 4, 4, 3, 3, 3]);
}

#[test]
fn where_nothing_can_be_told() {
    assert_eq!(Calibration::of(&[]), None);
    let one = Calibration::of(&[(0.5, true)]).expect("an answer");
    assert_eq!((one.auroc, one.equal_count.len()), (None, 1));
    near(one.overconfidence(), -0.5);
    let border = Calibration::of(&[(0.0, false), (0.5, true), (1.0, true)]).expect("answers");
    let lows: Vec<f64> = border.equal_width.iter().map(|bin| bin.low).collect();
    assert_eq!(lows, [0.0, 0.5, 1.0]);
}

proptest! {
    /// The area is the share of pairs, and the order of answers never shows.
    #[test]
    fn every_pair_of_right_and_wrong(mut answers in prop::collection::vec((0..6u8, any::<bool>()), 1..40)) {
        let of = |answers: &[(u8, bool)]| {
            let answers: Vec<_> = answers.iter().map(|&(p, c)| (f64::from(p) / 5.0, c)).collect();
            Calibration::of(&answers).expect("there are answers")
        };
        let found = of(&answers);
        let ps = |right: bool| {
            let of_those = answers.iter().filter(move |answer| answer.1 == right);
            of_those.map(|answer| answer.0).collect::<Vec<_>>()
        };
        let mut wins = Vec::new();
        for right in ps(true) {
            wins.extend(ps(false).iter().map(|wrong| match right.cmp(wrong) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 1.0,
            }));
        }
        match found.auroc {
            None => prop_assert!(wins.is_empty()),
            Some(area) => near(area, wins.iter().sum::<f64>() / wins.len() as f64),
        }
        for bins in [&found.equal_count, &found.equal_width] {
            prop_assert_eq!(bins.iter().map(|bin| bin.n).sum::<usize>(), answers.len());
        }
        answers.reverse();
        let other = of(&answers);
        near(found.ece_equal_count(), other.ece_equal_count());
        near(found.ece_equal_width(), other.ece_equal_width());
    }
}
