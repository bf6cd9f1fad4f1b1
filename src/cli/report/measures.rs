//! What the figures of a report mean.

use std::io::{self, Write};

use crate::cli::plain::{Align, Table};
use crate::results::{Configuration, Report, Run, Test};

type Line = (&'static str, &'static str);

/// In every report.
const ALWAYS: [Line; 3] = [
    (
        "accuracy",
        "some answer's lemmas are a contiguous run in the prediction's",
    ),
    (
        "bidirectional",
        "or the prediction's lemmas a contiguous run in an answer's",
    ),
    (
        "[low, high]",
        "95 % Wilson interval of the share before it; answers about one fact go together",
    ),
];

/// Where the answers are labels of choices.
const CHOICES: Line = (
    "choices",
    "the right label is predicted or not; its probability: its share of all labels'",
);

/// Where facts were asked through several templates, each alone.
const SEVERAL: [Line; 4] = [
    (
        "consistency",
        "template pairs with the same prediction (its lemmas), mean over facts",
    ),
    ("oracle-or", "facts that any template gets right"),
    ("oracle-and", "facts that every template gets right"),
    (
        "majority",
        "most frequent prediction right, the first template's on a tie",
    ),
];

/// Where one template per relation can be drawn.
const BELIEF: [Line; 2] = [
    (
        "fluctuation",
        "mean ± SD, least to greatest accuracy; exact, without draws",
    ),
    (
        "maximum",
        "each relation's best template; chosen on half of its facts, seen on the rest",
    ),
];

/// Where answers have probabilities.
const CALIBRATION: [Line; 2] = [
    (
        "calibration",
        "mean probability less accuracy; ECE over 10 bins of equal count or width,",
    ),
    (
        "",
        "in points; Brier: mean squared error; AUROC: a right answer is the surer one",
    ),
];
/// Where answers were drawn beside the greedy ones.
const SAMPLED: Line = (
    "sampled",
    "the same of the share of drawn answers that predict the same (lemmas), as in BELIEF",
);
const ONE_WORD: Line = ("one word", "generations whose first line is one word");

/// Of several sets of templates.
const ROBUSTNESS: Line = (
    "sets of …",
    "runs that differ in their templates alone: mean ± SD, range of accuracies",
);

/// Of two runs.
const DIFFERENCE: Line = (
    "difference",
    "second less first, in points, over the facts that both have; Newcombe's interval",
);
const MCNEMAR: Line = (
    "McNemar exact",
    "two-sided p, facts right in the first : second run only",
);
const PERMUTATION: Line = (
    "permutation",
    "two-sided p, facts' shares of right rows; 10,000 draws, seeded; interval by its SE",
);

/// Of answers that were looked into.
const INSIDE: [Line; 6] = [
    (
        "mass",
        "attention on a question, mean over steps, layers and heads, then facts",
    ),
    (
        "left out",
        "how much less likely the answer is without the question, nats, mean",
    ),
    (
        "Shapley",
        "what the question adds, mean over orders of adding; of a relation: in sum",
    ),
    (
        "carries",
        "facts in which no question has a larger Shapley value",
    ),
    (
        "pooled, within",
        "pairs of question and fact as they are; less their fact's means",
    ),
    (
        "r, rho",
        "Pearson, Spearman; 95 % by 2,000 seeded draws of facts",
    ),
];

/// Every figure, for the help.
pub fn help() -> String {
    let all = ALWAYS
        .iter()
        .chain([&CHOICES])
        .chain(&SEVERAL)
        .chain(&BELIEF)
        .chain(&CALIBRATION)
        .chain([
            &SAMPLED,
            &ONE_WORD,
            &ROBUSTNESS,
            &DIFFERENCE,
            &MCNEMAR,
            &PERMUTATION,
        ])
        .chain(&INSIDE);
    let lines: Vec<String> = all
        .map(|(name, words)| format!("  {name:<14}  {words}"))
        .collect();
    format!("Figures:\n{}", lines.join("\n"))
}

/// The figures that stand in this report, below it.
pub fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let several = report.runs.iter().any(|run| run.summary.several.facts > 0);
    let tested = |permutation: bool| {
        let mut tests = report.comparisons.iter().map(|comparison| comparison.test);
        tests.any(|test| (test == Test::Permutation) == permutation)
    };
    let mut table = Table::new(&[("figure", Align::Left), ("meaning", Align::Left)]);
    let mut say = |lines: &[Line]| {
        for (name, words) in lines {
            table.row([*name, *words]);
        }
    };
    if !report.runs.is_empty() {
        say(&ALWAYS);
    }
    let choose = |run: &Run| {
        run.configuration
            .as_ref()
            .is_some_and(Configuration::has_choices)
    };
    if report.runs.iter().any(choose) {
        say(&[CHOICES]);
    }
    if several {
        say(&SEVERAL);
    }
    if report.runs.iter().any(|run| run.summary.belief().is_some()) {
        say(&BELIEF);
    }
    if (report.runs.iter()).any(|run| run.summary.calibration().is_some()) {
        say(&CALIBRATION);
    }
    if report
        .runs
        .iter()
        .any(|run| run.summary.sampled().is_some())
    {
        say(&[SAMPLED]);
    }
    if !report.runs.is_empty() {
        say(&[ONE_WORD]);
    }
    if !report.robustness.is_empty() {
        say(&[ROBUSTNESS]);
    }
    if !report.comparisons.is_empty() {
        say(&[DIFFERENCE]);
    }
    if tested(false) {
        say(&[MCNEMAR]);
    }
    if tested(true) {
        say(&[PERMUTATION]);
    }
    if report.influences.is_some() {
        say(&INSIDE);
    }
    table.write(out)
}
