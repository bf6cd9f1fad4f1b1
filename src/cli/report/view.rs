//! The report as JSON.

use serde::Serialize;

use super::influences;
use crate::evaluate::{Count, RelationTally};
use crate::results::{Configuration, Original, Report, Robustness, Run, Sameness, Several};
use crate::score::Interval;

mod judged;
mod pair;

use judged::{BeliefView, CalibrationView, WrongView};
use pair::ComparisonView;

#[derive(Serialize)]
pub struct ReportView<'a> {
    runs: Vec<RunView<'a>>,
    comparisons: Vec<ComparisonView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    influences: Option<influences::View<'a>>,
    /// Runs that differ in their templates alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    robustness: Vec<RobustnessView<'a>>,
}

/// Accuracies over several sets of templates.
#[derive(Serialize)]
struct RobustnessView<'a> {
    /// Indices into `runs`.
    runs: &'a [usize],
    templates: usize,
    disjoint: bool,
    mean: f64,
    sd: f64,
    low: f64,
    high: f64,
    consistency: Option<f64>,
}

/// One run: what `run --json` prints.
#[derive(Serialize)]
pub struct RunView<'a> {
    files: Vec<String>,
    /// Where only some of so many shards are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    shards: Option<Shards>,
    facts: usize,
    /// So many of them the demo model was asked in wordings that it was trained in.
    #[serde(skip_serializing_if = "is_zero")]
    trained: usize,
    /// Where the run was stopped before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Missing>,
    #[serde(flatten)]
    total: CountView,
    relations: Vec<RelationView<'a>>,
    /// Where facts were asked through several templates, each alone.
    several: Option<SeveralView>,
    /// Where one template per relation can be drawn.
    belief: Option<BeliefView>,
    /// Where answers have probabilities.
    calibration: Option<CalibrationView>,
    /// The same of the share of drawn answers that agree, where any were drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    sampled: Option<CalibrationView>,
    /// Share of generations whose first line is one word.
    one_word: Option<f64>,
    /// Wrong answers by what they say, the most frequent first.
    wrong: Vec<WrongView<'a>>,
    /// Where one of the Python originals wrote the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<OriginalView>,
    configuration: Option<&'a Configuration>,
}

/// Verdicts that were made anew, and by the file's own lemmas.
#[derive(Serialize)]
struct OriginalView {
    with_lemmas: usize,
    same_verdict: usize,
}

#[derive(Serialize)]
struct Shards {
    given: usize,
    of: usize,
}

/// So many of so many facts.
#[derive(Serialize)]
struct Missing {
    facts: usize,
    of: usize,
}

#[derive(Serialize)]
struct CountView {
    n: usize,
    correct: usize,
    correct_bidirectional: usize,
    accuracy: f64,
    interval: Option<Interval>,
    accuracy_bidirectional: f64,
    interval_bidirectional: Option<Interval>,
}

#[derive(Serialize)]
struct RelationView<'a> {
    id: &'a str,
    #[serde(flatten)]
    total: CountView,
    templates: Vec<TemplateView>,
}

#[derive(Serialize)]
struct TemplateView {
    id: String,
    #[serde(flatten)]
    total: CountView,
}

/// Shares of `facts`.
#[derive(Serialize)]
struct SeveralView {
    facts: usize,
    consistency: f64,
    /// Letter by letter.
    consistency_text: f64,
    oracle_or: f64,
    oracle_and: f64,
    majority: f64,
}

impl<'a> ReportView<'a> {
    pub fn of(report: &'a Report) -> Self {
        ReportView {
            runs: report.runs.iter().map(RunView::of).collect(),
            influences: report.influences.as_ref().map(influences::View::of),
            comparisons: (report.comparisons.iter())
                .map(|comparison| ComparisonView::of(report, comparison))
                .collect(),
            robustness: report.robustness.iter().map(RobustnessView::of).collect(),
        }
    }
}

impl<'a> RobustnessView<'a> {
    fn of(of: &'a Robustness) -> Self {
        RobustnessView {
            runs: &of.runs,
            templates: of.templates,
            disjoint: of.disjoint,
            mean: of.accuracies.mean,
            sd: of.accuracies.sd,
            low: of.accuracies.low,
            high: of.accuracies.high,
            consistency: of.consistency,
        }
    }
}

impl<'a> RunView<'a> {
    pub fn of(run: &'a Run) -> Self {
        let tally = &run.summary.tally;
        let given = run.shards.len();
        RunView {
            // A name may be anything; JSON is text.
            files: (run.files.iter())
                .map(|file| file.to_string_lossy().into_owned())
                .collect(),
            shards: run.incomplete().map(|of| Shards { given, of }),
            facts: tally.facts,
            trained: run.trained(),
            missing: run.missing().map(|(facts, of)| Missing { facts, of }),
            total: CountView::of(&tally.total),
            relations: tally.relations.iter().map(RelationView::of).collect(),
            original: run.summary.original.as_ref().map(OriginalView::of),
            several: SeveralView::of(&run.summary.several),
            belief: run.summary.belief().map(BeliefView::of),
            calibration: (run.summary.calibration().as_ref()).map(CalibrationView::of),
            sampled: (run.summary.sampled().as_ref()).map(CalibrationView::of),
            one_word: run.summary.one_word(),
            wrong: run.summary.wrong().into_iter().map(WrongView::of).collect(),
            configuration: run.configuration.as_ref(),
        }
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl OriginalView {
    fn of(original: &Original) -> Self {
        OriginalView {
            with_lemmas: original.with_lemmas,
            same_verdict: original.same_verdict,
        }
    }
}

impl CountView {
    fn of(count: &Count) -> Self {
        CountView {
            n: count.n,
            correct: count.correct,
            correct_bidirectional: count.correct_bidirectional,
            accuracy: count.accuracy(),
            interval: count.interval(),
            accuracy_bidirectional: count.accuracy_bidirectional(),
            interval_bidirectional: count.interval_bidirectional(),
        }
    }
}

impl<'a> RelationView<'a> {
    fn of(relation: &'a RelationTally) -> Self {
        let template = |(id, count): (&crate::data::TemplateId, &Count)| TemplateView {
            id: id.to_string(),
            total: CountView::of(count),
        };
        RelationView {
            id: &relation.id,
            total: CountView::of(&relation.total),
            templates: relation.templates.iter().map(template).collect(),
        }
    }
}

impl SeveralView {
    fn of(several: &Several) -> Option<Self> {
        let share = |part: usize| part as f64 / several.facts as f64;
        (several.facts > 0).then(|| SeveralView {
            facts: several.facts,
            consistency: several.consistency(Sameness::Lemmas),
            consistency_text: several.consistency(Sameness::Text),
            oracle_or: share(several.oracle_or),
            oracle_and: share(several.oracle_and),
            majority: share(several.majority),
        })
    }
}
