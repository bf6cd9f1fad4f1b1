//! Two runs.

use serde::Serialize;

use crate::results::{Comparison, Flip, Report, Test};
use crate::score::Interval;

#[derive(Serialize)]
pub struct ComparisonView<'a> {
    /// Indices into `runs`.
    first: usize,
    second: usize,
    #[serde(flatten)]
    total: DifferenceView,
    /// Of comparisons with the first run.
    #[serde(flatten)]
    details: Option<Details<'a>>,
}

#[derive(Serialize)]
struct DifferenceView {
    facts: usize,
    accuracy_first: f64,
    accuracy_second: f64,
    difference: f64,
    interval: Interval,
    test: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_second: Option<u64>,
    p: f64,
}

#[derive(Serialize)]
struct Details<'a> {
    relations: Vec<PartView>,
    /// Where both runs asked templates alone.
    templates: Vec<PartView>,
    /// Answers that one run has right and the other wrong.
    flips: Vec<FlipView<'a>>,
}

#[derive(Serialize)]
struct PartView {
    id: String,
    #[serde(flatten)]
    difference: DifferenceView,
}

#[derive(Serialize)]
struct FlipView<'a> {
    /// The second run has it right.
    gained: bool,
    uuid: &'a str,
    relation: &'a str,
    subject: &'a str,
    expected: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    prediction_first: &'a str,
    prediction_second: &'a str,
    probability_first: Option<f32>,
    probability_second: Option<f32>,
}

impl<'a> ComparisonView<'a> {
    pub fn of(report: &'a Report, comparison: &Comparison) -> Self {
        ComparisonView {
            first: comparison.first,
            second: comparison.second,
            total: DifferenceView::of(comparison),
            details: (comparison.first == 0).then(|| Details::of(report, comparison)),
        }
    }
}

impl DifferenceView {
    fn of(comparison: &Comparison) -> Self {
        let (test, only) = match comparison.test {
            Test::McNemar {
                only_first,
                only_second,
            } => ("mcnemar-exact", Some((only_first, only_second))),
            Test::Permutation => ("paired-permutation", None),
        };
        DifferenceView {
            facts: comparison.facts,
            accuracy_first: comparison.accuracies.0,
            accuracy_second: comparison.accuracies.1,
            difference: comparison.difference(),
            interval: comparison.interval,
            test,
            only_first: only.map(|only| only.0),
            only_second: only.map(|only| only.1),
            p: comparison.p,
        }
    }
}

impl<'a> Details<'a> {
    fn of(report: &'a Report, comparison: &Comparison) -> Self {
        let pairs = report.paired(comparison);
        let part = |(id, part): (String, Comparison)| PartView {
            id,
            difference: DifferenceView::of(&part),
        };
        Details {
            relations: (comparison.by_relation(&pairs).into_iter())
                .map(part)
                .collect(),
            templates: (comparison.by_template(&pairs).into_iter())
                .map(part)
                .collect(),
            flips: pairs
                .flips()
                .into_iter()
                .flatten()
                .map(FlipView::of)
                .collect(),
        }
    }
}

impl<'a> FlipView<'a> {
    fn of(flip: Flip<'a>) -> Self {
        FlipView {
            gained: flip.is_gain(),
            uuid: &flip.fact.uuid,
            relation: &flip.fact.relation,
            subject: &flip.fact.subject,
            expected: &flip.fact.expected,
            template: flip.first.template.map(|id| id.to_string()),
            prediction_first: &flip.first.prediction,
            prediction_second: &flip.second.prediction,
            probability_first: flip.first.probability,
            probability_second: flip.second.probability,
        }
    }
}
