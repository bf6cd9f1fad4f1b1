//! The report as JSON.

use serde::Serialize;

use super::influences;
use crate::evaluate::{Count, RelationTally};
use crate::results::{Comparison, Configuration, Original, Report, Run, Several, Test};
use crate::score::Interval;

#[derive(Serialize)]
pub struct ReportView<'a> {
    runs: Vec<RunView<'a>>,
    comparisons: Vec<ComparisonView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    influences: Option<influences::View<'a>>,
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
    oracle_or: f64,
    oracle_and: f64,
    majority: f64,
}

#[derive(Serialize)]
struct ComparisonView {
    /// Indices into `runs`.
    first: usize,
    second: usize,
    facts: usize,
    accuracy_first: f64,
    accuracy_second: f64,
    test: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_first: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_second: Option<u64>,
    p: f64,
}

impl<'a> ReportView<'a> {
    pub fn of(report: &'a Report) -> Self {
        ReportView {
            runs: report.runs.iter().map(RunView::of).collect(),
            comparisons: report.comparisons.iter().map(ComparisonView::of).collect(),
            influences: report.influences.as_ref().map(influences::View::of),
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
            consistency: several.consistency(),
            oracle_or: share(several.oracle_or),
            oracle_and: share(several.oracle_and),
            majority: share(several.majority),
        })
    }
}

impl ComparisonView {
    fn of(comparison: &Comparison) -> Self {
        let (test, only) = match comparison.test {
            Test::McNemar {
                only_first,
                only_second,
            } => ("mcnemar-exact", Some((only_first, only_second))),
            Test::Permutation => ("paired-permutation", None),
        };
        ComparisonView {
            first: comparison.first,
            second: comparison.second,
            facts: comparison.facts,
            accuracy_first: comparison.accuracies.0,
            accuracy_second: comparison.accuracies.1,
            test,
            only_first: only.map(|only| only.0),
            only_second: only.map(|only| only.1),
            p: comparison.p,
        }
    }
}
