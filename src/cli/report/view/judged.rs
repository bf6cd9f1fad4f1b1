//! What answers and their probabilities are worth.

use serde::Serialize;

use crate::results::{Belief, Wrong};
use crate::score::{Bin, Calibration};

#[derive(Serialize)]
pub struct BeliefView {
    /// Accuracy with one template per relation, drawn uniformly.
    mean: f64,
    sd: f64,
    low: f64,
    high: f64,
    /// Probability of so many right facts, from 0 on.
    distribution: Vec<f64>,
    maximum: Option<MaximumView>,
}

#[derive(Serialize)]
struct MaximumView {
    accuracy: f64,
    /// On the half of the facts that chose the templates, and on the other.
    chosen: f64,
    held_out: f64,
    held_out_facts: usize,
}

#[derive(Serialize)]
pub struct CalibrationView {
    n: usize,
    probability: f64,
    overconfidence: f64,
    ece_equal_count: f64,
    ece_equal_width: f64,
    brier: f64,
    auroc: Option<f64>,
    equal_count: Vec<BinView>,
    equal_width: Vec<BinView>,
}

#[derive(Serialize)]
struct BinView {
    n: usize,
    probability: f64,
    right: f64,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
pub struct WrongView<'a> {
    prediction: &'a str,
    rows: usize,
    facts: usize,
    relations: usize,
    /// One of the facts.
    uuid: &'a str,
    subject: &'a str,
    expected: &'a str,
}

impl BeliefView {
    pub fn of(belief: Belief) -> Self {
        let of = belief.fluctuation;
        BeliefView {
            mean: of.mean,
            sd: of.sd,
            low: of.low,
            high: of.high,
            distribution: of.distribution,
            maximum: belief.maximum.map(|of| MaximumView {
                accuracy: of.accuracy,
                chosen: of.chosen,
                held_out: of.held_out,
                held_out_facts: of.held_out_facts,
            }),
        }
    }
}

impl CalibrationView {
    pub fn of(of: &Calibration) -> Self {
        let bins = |bins: &[Bin]| bins.iter().map(BinView::of).collect();
        CalibrationView {
            n: of.n,
            probability: of.probability,
            overconfidence: of.overconfidence(),
            ece_equal_count: of.ece_equal_count(),
            ece_equal_width: of.ece_equal_width(),
            brier: of.brier,
            auroc: of.auroc,
            equal_count: bins(&of.equal_count),
            equal_width: bins(&of.equal_width),
        }
    }
}

impl BinView {
    fn of(bin: &Bin) -> Self {
        BinView {
            n: bin.n,
            probability: bin.probability,
            right: bin.right,
            low: bin.low,
            high: bin.high,
        }
    }
}

impl<'a> WrongView<'a> {
    pub fn of(of: Wrong<'a>) -> Self {
        WrongView {
            prediction: of.prediction,
            rows: of.rows,
            facts: of.facts,
            relations: of.relations,
            uuid: &of.example.uuid,
            subject: &of.example.subject,
            expected: &of.example.expected,
        }
    }
}
