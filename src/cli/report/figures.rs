//! The figures of a run beside its accuracy, as lines of its head.

use crate::cli::plain::{Table, count, percent};
use crate::results::{Belief, Report, Robustness, Sameness, Several, Summary};
use crate::score::Calibration;

/// What templates asked alone have in common, and what the choice among them is worth.
pub fn agreement(head: &mut Table, several: &Several, same: Sameness) {
    if several.facts == 0 {
        return;
    }
    let share = |part: usize| format!("{} %", percent(part as f64 / several.facts as f64));
    let by = match same {
        Sameness::Lemmas => "",
        Sameness::Text => "  letter by letter",
    };
    head.row([
        "consistency".to_owned(),
        format!("{} %{by}", percent(several.consistency(same))),
    ]);
    head.row(["oracle-or".to_owned(), share(several.oracle_or)]);
    head.row(["oracle-and".to_owned(), share(several.oracle_and)]);
    head.row(["majority".to_owned(), share(several.majority)]);
}

/// Where there are several templates of a relation, each asked alone.
pub fn belief(head: &mut Table, summary: &Summary) {
    let Some(Belief {
        fluctuation,
        maximum,
    }) = summary.belief()
    else {
        return;
    };
    head.row([
        "fluctuation".to_owned(),
        format!(
            "{} ± {}  {} to {}: one template per relation, drawn at random",
            percent(fluctuation.mean),
            percent(fluctuation.sd),
            percent(fluctuation.low),
            percent(fluctuation.high)
        ),
    ]);
    if let Some(maximum) = maximum {
        head.row([
            "maximum".to_owned(),
            format!(
                "{} %  best templates of one half {}, on the other half {}",
                percent(maximum.accuracy),
                percent(maximum.chosen),
                percent(maximum.held_out)
            ),
        ]);
    }
}

/// Whether the probabilities of answers are worth what they say, and what answers look like.
pub fn calibration(head: &mut Table, summary: &Summary) {
    let kinds = [
        ("calibration", summary.calibration()),
        ("sampled", summary.sampled()),
    ];
    for (name, found) in kinds {
        let Some(found) = found else { continue };
        let over = found.overconfidence();
        let direction = if over < 0.0 { "under" } else { "over" };
        let auroc = found
            .auroc
            .map_or(String::new(), |auroc| format!(", AUROC {auroc:.3}"));
        head.row([
            name.to_owned(),
            format!(
                "{direction}confident by {}; ECE {} by count, {} by width; Brier {:.3}{auroc}",
                percent(over.abs()),
                percent(found.ece_equal_count()),
                percent(found.ece_equal_width()),
                found.brier
            ),
        ]);
    }
    if let Some(share) = summary.one_word() {
        head.row([
            "one word".to_owned(),
            format!("{} % of the answers", percent(share)),
        ]);
    }
}

/// Runs that differ in their templates alone.
pub fn robustness(report: &Report) -> Vec<String> {
    let line = |group: &Robustness| {
        let Robustness {
            templates,
            accuracies,
            ..
        } = group;
        let configuration = report.runs[group.runs[0]].configuration.as_ref();
        let method = configuration.map_or(String::new(), super::text::method);
        let kind = if group.disjoint {
            "disjoint set"
        } else {
            "set"
        };
        let sets = count(accuracies.n, kind);
        let same = group.consistency.map_or(String::new(), |same| {
            format!(", same answers {} %", percent(same))
        });
        format!(
            "{method}: {sets} of {}: {} ± {}, {} to {}{same}",
            count(*templates, "template"),
            percent(accuracies.mean),
            percent(accuracies.sd),
            percent(accuracies.low),
            percent(accuracies.high)
        )
    };
    report.robustness.iter().map(line).collect()
}

/// Side by side, for a comparison: mean probability, overconfidence, both ECE, Brier, AUROC.
pub fn calibration_cells(found: &Calibration) -> [String; 6] {
    [
        percent(found.probability),
        format!("{:+.1}", found.overconfidence() * 100.0),
        percent(found.ece_equal_count()),
        percent(found.ece_equal_width()),
        format!("{:.3}", found.brier),
        found
            .auroc
            .map_or(String::new(), |auroc| format!("{auroc:.3}")),
    ]
}
