//! BELIEF's figures as lines, each with the word of the glossary that explains it.

use crate::numbers::thousands;
use crate::results::{Belief, Sameness, Several};
use crate::score::{BINS, Bin, Calibration};
use crate::tui::workspace::judging::Figures;

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct BeliefLine {
    pub name: String,
    pub value: String,
    pub more: String,
    pub draws: Draws,
    /// In the glossary.
    pub word: &'static str,
}

/// What a line draws beside its words.
#[derive(Debug, Clone, PartialEq)]
pub enum Draws {
    Nothing,
    /// How likely accuracies are, from the least to the greatest: shares of the likeliest.
    Histogram(Vec<f64>),
    /// A bin of the reliability diagram: the share that is right, and what the probabilities say.
    Bin {
        right: f64,
        said: f64,
    },
}

/// Bars of a histogram.
const BARS: usize = 12;

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn line(word: &'static str, name: &str, value: String, more: String) -> BeliefLine {
    BeliefLine {
        name: name.to_owned(),
        value,
        more,
        draws: Draws::Nothing,
        word,
    }
}

/// All of them, the reliability diagram last.
pub fn lines(figures: &Figures) -> Vec<BeliefLine> {
    let mut lines = match &figures.belief {
        Some(belief) => of_templates(belief),
        None => vec![line(
            "fluctuation",
            "templates",
            String::new(),
            "none was asked alone: run method per-prompt for average, maximum, consistency"
                .to_owned(),
        )],
    };
    if figures.several.facts > 0 {
        lines.extend(of_several(&figures.several));
    }
    lines.extend(figures.one_word.map(|share| {
        line(
            "one word",
            "one word",
            format!("{} %", percent(share)),
            "of the answers are a single word".to_owned(),
        )
    }));
    if let Some(calibration) = &figures.calibration {
        lines.extend(of_probabilities(calibration));
    }
    lines.extend(figures.sampled.as_ref().map(of_drawn));
    lines
}

fn of_templates(
    Belief {
        fluctuation,
        maximum,
    }: &Belief,
) -> Vec<BeliefLine> {
    let (low, high) = (fluctuation.quantile(0.025), fluctuation.quantile(0.975));
    let histogram = fluctuation.histogram(BARS);
    let most = histogram.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut lines = vec![
        line(
            "fluctuation",
            "average",
            format!("{} %", percent(fluctuation.mean)),
            "one template per relation, drawn at random".to_owned(),
        ),
        BeliefLine {
            draws: Draws::Histogram(histogram.iter().map(|p| p / most).collect()),
            ..line(
                "fluctuation",
                "fluctuation",
                format!("sd {}", percent(fluctuation.sd)),
                format!(
                    "{} to {} %, in 95 % of draws {} to {}",
                    percent(fluctuation.low),
                    percent(fluctuation.high),
                    percent(low),
                    percent(high)
                ),
            )
        },
    ];
    if let Some(maximum) = maximum {
        lines.extend([
            line(
                "maximum",
                "maximum",
                format!("{} %", percent(maximum.accuracy)),
                "best template of each relation, valued on the facts that chose it".to_owned(),
            ),
            line(
                "optimism",
                "held out",
                format!("{} %", percent(maximum.held_out)),
                format!(
                    "chosen on one half ({} %), valued on the other: optimism {:+.1} points",
                    percent(maximum.chosen),
                    100.0 * maximum.optimism()
                ),
            ),
        ]);
    }
    lines
}

fn of_several(several: &Several) -> [BeliefLine; 4] {
    let share = |part: usize| format!("{} %", percent(part as f64 / several.facts as f64));
    [
        line(
            "consistency",
            "consistency",
            format!("{} %", percent(several.consistency(Sameness::Lemmas))),
            format!(
                "of pairs of templates say the same (letter by letter {} %)",
                percent(several.consistency(Sameness::Text))
            ),
        ),
        line(
            "oracle-or",
            "oracle-or",
            share(several.oracle_or),
            "right under any template".to_owned(),
        ),
        line(
            "oracle-or",
            "oracle-and",
            share(several.oracle_and),
            "right under every template".to_owned(),
        ),
        line(
            "majority",
            "majority",
            share(several.majority),
            "the most frequent answer is right".to_owned(),
        ),
    ]
}

fn of_probabilities(calibration: &Calibration) -> Vec<BeliefLine> {
    let over = calibration.overconfidence();
    let direction = if over < 0.0 { "under" } else { "over" };
    let mut lines = vec![
        line(
            "calibration",
            "calibration",
            format!("{:+.1}", 100.0 * over),
            format!(
                "{direction}confident: mean probability {} %, right {} %",
                percent(calibration.probability),
                percent(calibration.right)
            ),
        ),
        line(
            "ECE",
            "ECE",
            percent(calibration.ece_equal_count()),
            format!(
                "over bins of equal count; of equal width {}",
                percent(calibration.ece_equal_width())
            ),
        ),
        line(
            "Brier score",
            "Brier",
            format!("{:.3}", calibration.brier),
            "mean squared error of the probabilities".to_owned(),
        ),
    ];
    lines.extend(calibration.auroc.map(|auroc| {
        line(
            "AUROC",
            "AUROC",
            format!("{auroc:.3}"),
            "a right answer has a greater probability than a wrong one".to_owned(),
        )
    }));
    lines.extend(calibration.equal_width.iter().map(bin));
    lines
}

/// The share of drawn answers that agree, in place of the probability.
fn of_drawn(found: &Calibration) -> BeliefLine {
    let auroc = found
        .auroc
        .map_or(String::new(), |auroc| format!(", AUROC {auroc:.3}"));
    line(
        "calibration",
        "sampled",
        format!("{:+.1}", 100.0 * found.overconfidence()),
        format!(
            "by drawn answers that agree: ECE {}, Brier {:.3}{auroc}",
            percent(found.ece_equal_count()),
            found.brier
        ),
    )
}

/// `0.8 to 0.9`: how many answers, how many of them are right.
fn bin(bin: &Bin) -> BeliefLine {
    let bins = BINS as f64;
    let from = ((bin.high * bins).ceil() - 1.0).max(0.0);
    BeliefLine {
        draws: Draws::Bin {
            right: bin.right,
            said: bin.probability,
        },
        ..line(
            "calibration",
            &format!("{:.1} to {:.1}", from / bins, (from + 1.0) / bins),
            thousands(bin.n),
            format!(
                "right {:.0} %, said {:.0} %",
                100.0 * bin.right,
                100.0 * bin.probability
            ),
        )
    }
}
