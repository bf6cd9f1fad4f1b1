//! The report as tables for other programs.

use std::io::Write;
use std::path::Path;

use crate::cli::CliError;
use crate::evaluate::Count;
use crate::results::{self, Comparison, Kind, Report, Run, Sameness};
use crate::score::{Interval, wilson_interval};

const FIGURES: [&str; 11] = [
    "run", "against", "figure", "relation", "template", "at", "value", "low", "high", "n", "p",
];
const FLIPS: [&str; 12] = [
    "uuid",
    "relation",
    "subject",
    "expected",
    "template",
    "change",
    "first",
    "prediction_first",
    "probability_first",
    "second",
    "prediction_second",
    "probability_second",
];

/// One line: a figure, about what, its value and how sure it is. What does not apply is empty.
#[derive(Default, Clone)]
struct Line<'a> {
    run: &'a str,
    /// The run that it is compared with.
    against: &'a str,
    figure: &'a str,
    relation: &'a str,
    template: &'a str,
    /// Where on an axis: a bin's mean probability, an accuracy.
    at: Option<f64>,
    value: f64,
    interval: Option<Interval>,
    n: Option<usize>,
    p: Option<f64>,
}

/// Every figure in one long table.
pub fn figures(path: &Path, overwrite: bool, report: &Report) -> Result<(), CliError> {
    table(path, overwrite, &FIGURES, |put| {
        let names: Vec<String> = report.runs.iter().map(Run::name).collect();
        let mut line = |line: Line<'_>| {
            let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
            put(&[
                line.run.to_owned(),
                line.against.to_owned(),
                line.figure.to_owned(),
                line.relation.to_owned(),
                line.template.to_owned(),
                number(line.at),
                line.value.to_string(),
                number(line.interval.map(|i| i.low)),
                number(line.interval.map(|i| i.high)),
                line.n.map_or(String::new(), |n| n.to_string()),
                number(line.p),
            ])
        };
        for (name, run) in names.iter().zip(&report.runs) {
            of_run(name, run, &mut line)?;
        }
        for comparison in report.against_first() {
            let run = &names[comparison.second];
            let against = &names[comparison.first];
            let pairs = report.paired(comparison);
            let mut difference = |of: &Comparison, relation: &str, template: &str| {
                line(Line {
                    run,
                    against,
                    figure: "difference",
                    relation,
                    template,
                    value: of.difference(),
                    interval: Some(of.interval),
                    n: Some(of.facts),
                    p: Some(of.p),
                    ..Line::default()
                })
            };
            difference(comparison, "", "")?;
            for (relation, part) in comparison.by_relation(&pairs) {
                difference(&part, &relation, "")?;
            }
            for (template, part) in comparison.by_template(&pairs) {
                difference(&part, "", &template)?;
            }
        }
        Ok(())
    })
}

fn of_run(
    run: &str,
    of: &Run,
    line: &mut impl FnMut(Line<'_>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let summary = &of.summary;
    let empty = Line {
        run,
        ..Line::default()
    };
    let counted = |count: &Count| Line {
        figure: "accuracy",
        value: count.accuracy(),
        interval: count.interval(),
        n: Some(count.n),
        ..empty.clone()
    };
    let total = &summary.tally.total;
    line(counted(total))?;
    line(Line {
        figure: "bidirectional",
        value: total.accuracy_bidirectional(),
        interval: total.interval_bidirectional(),
        ..counted(total)
    })?;
    for relation in &summary.tally.relations {
        line(Line {
            relation: &relation.id,
            ..counted(&relation.total)
        })?;
        for (template, count) in &relation.templates {
            line(Line {
                relation: &relation.id,
                template: &template.to_string(),
                ..counted(count)
            })?;
        }
    }
    let mut figure = |figure: &str, value: f64, n: usize| {
        line(Line {
            figure,
            value,
            n: Some(n),
            ..empty.clone()
        })
    };
    let several = &summary.several;
    if several.facts > 0 {
        let share = |part: usize| part as f64 / several.facts as f64;
        for (name, value) in [
            ("consistency", several.consistency(Sameness::Lemmas)),
            ("consistency-text", several.consistency(Sameness::Text)),
            ("oracle-or", share(several.oracle_or)),
            ("oracle-and", share(several.oracle_and)),
            ("majority", share(several.majority)),
        ] {
            figure(name, value, several.facts)?;
        }
    }
    if let Some(belief) = summary.belief() {
        let of = &belief.fluctuation;
        for (name, value) in [
            ("average", of.mean),
            ("fluctuation", of.sd),
            ("lowest", of.low),
            ("highest", of.high),
        ] {
            figure(name, value, of.facts())?;
        }
        if let Some(maximum) = belief.maximum {
            figure("maximum", maximum.accuracy, of.facts())?;
            let chosen = of.facts() - maximum.held_out_facts;
            figure("maximum-chosen", maximum.chosen, chosen)?;
            figure("maximum-held-out", maximum.held_out, maximum.held_out_facts)?;
        }
    }
    if let Some(share) = summary.one_word() {
        figure("one-word", share, total.n)?;
    }
    for (kind, found) in [("", summary.calibration()), ("sampled-", summary.sampled())] {
        let Some(found) = found else { continue };
        for (name, value) in [
            ("overconfidence", Some(found.overconfidence())),
            ("ece-equal-count", Some(found.ece_equal_count())),
            ("ece-equal-width", Some(found.ece_equal_width())),
            ("brier", Some(found.brier)),
            ("auroc", found.auroc),
        ] {
            if let Some(value) = value {
                line(Line {
                    figure: &format!("{kind}{name}"),
                    value,
                    n: Some(found.n),
                    ..empty.clone()
                })?;
            }
        }
        for bin in &found.equal_count {
            let right = (bin.right * bin.n as f64).round() as u64;
            line(Line {
                figure: &format!("{kind}reliability"),
                at: Some(bin.probability),
                value: bin.right,
                interval: wilson_interval(right, bin.n as u64),
                n: Some(bin.n),
                ..empty.clone()
            })?;
        }
    }
    Ok(())
}

/// Every flip between the first run and each other.
pub fn flips(path: &Path, overwrite: bool, report: &Report) -> Result<(), CliError> {
    table(path, overwrite, &FLIPS, |put| {
        for comparison in report.against_first() {
            let first = report.runs[comparison.first].name();
            let second = report.runs[comparison.second].name();
            for flip in report.paired(comparison).flips().into_iter().flatten() {
                let fact = flip.fact;
                let id = flip.first.template;
                let number = |p: Option<f32>| p.map_or(String::new(), |p| p.to_string());
                put(&[
                    fact.uuid.clone(),
                    fact.relation.to_string(),
                    fact.subject.to_string(),
                    fact.expected.to_string(),
                    id.map_or(String::new(), |id| id.to_string()),
                    if flip.is_gain() { "gained" } else { "lost" }.to_owned(),
                    first.clone(),
                    flip.first.prediction.to_string(),
                    number(flip.first.probability),
                    second.clone(),
                    flip.second.prediction.to_string(),
                    number(flip.second.probability),
                ])?;
            }
        }
        Ok(())
    })
}

/// Writes a CSV file line by line.
fn table<const N: usize>(
    path: &Path,
    overwrite: bool,
    columns: &[&str; N],
    fill: impl FnOnce(&mut dyn FnMut(&[String; N]) -> Result<(), CliError>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    Kind::Csv.check(path, "figures")?;
    let wrong = |source: csv::Error| results::Error::Write {
        path: path.to_owned(),
        source: source.into(),
    };
    results::write(path, overwrite, |file| {
        let mut csv = csv::Writer::from_writer(file as &mut dyn Write);
        csv.write_record(columns).map_err(wrong)?;
        fill(&mut |line| Ok(csv.write_record(line).map_err(wrong)?))?;
        csv.flush().map_err(|error| wrong(error.into()))?;
        Ok(())
    })
}
