//! The comparison as one plain table.

use std::io::{self, Write};

use crate::cli::plain::{Align, Table, percent, thousands};
use crate::cli::report::{belief, calibration_cells, describe, facts, interval, p_value, points};
use crate::cli::session::some;
use crate::engine::About;
use crate::results::{Configuration, Report, Run};

/// What all runs have in common, then one row per run. `on_top` are the options that were set on every preset;
/// `calibration` adds what the answers' probabilities are worth.
pub fn write(
    out: &mut impl Write,
    report: &Report,
    about: &About,
    on_top: &[String],
    calibration: bool,
) -> io::Result<()> {
    let mut head = Table::pairs();
    if let Some(first) = report.runs.first() {
        if let Some(configuration) = &first.configuration {
            describe(&mut head, configuration, Some(about));
        }
        head.row(["facts", &facts(first)]);
    }
    let flex = |run: &Run| {
        run.configuration
            .as_ref()
            .is_some_and(|c| c.preset.is_some())
    };
    if !on_top.is_empty() && report.runs.iter().any(flex) {
        head.row(["layout", &on_top.join(" ")]);
    }
    head.write(out)?;
    writeln!(out)?;
    rows(report).write(out)?;
    for run in &report.runs {
        if let (Some(configuration), false) = (&run.configuration, run.no_answer().is_empty()) {
            let (number, uuids) = (run.no_answer().len(), some(run.no_answer()));
            let run = typed(configuration);
            writeln!(out, "\n{run}: no answer to {number} of its facts ({uuids})")?;
        }
    }
    if !report.comparisons.is_empty() {
        writeln!(
            out,
            "\ndifference and p (paired, two-sided): against the first run"
        )?;
    }
    // Where facts have different numbers of rows, a mean over rows is not the mean over facts that is tested.
    let uneven = |run: &Run| {
        let facts = &run.summary.facts;
        facts.windows(2).any(|pair| pair[0].n != pair[1].n)
    };
    if report.runs.iter().any(uneven) {
        writeln!(
            out,
            "\nnot every fact was asked through as many templates: accuracies are over rows, differences over facts"
        )?;
    }
    let mut templates = Table::pairs();
    for run in &report.runs {
        belief(&mut templates, &run.summary);
    }
    if !templates.is_empty() {
        writeln!(out, "\nper-prompt, by the choice of templates")?;
        templates.write(out)?;
    }
    if calibration {
        writeln!(out)?;
        calibrations(report).write(out)?;
    }
    Ok(())
}

fn rows(report: &Report) -> Table {
    let mut table = Table::new(&[
        ("run", Align::Left),
        ("right", Align::Right),
        ("accuracy", Align::Right),
        ("95 % interval", Align::Left),
        ("difference", Align::Right),
        ("p", Align::Right),
    ]);
    for (i, run) in report.runs.iter().enumerate() {
        let total = &run.summary.tally.total;
        let against_first = report
            .comparisons
            .iter()
            .find(|comparison| (comparison.first, comparison.second) == (0, i));
        table.row([
            run.configuration.as_ref().map_or(String::new(), typed),
            format!("{} of {}", thousands(total.correct), thousands(total.n)),
            percent(total.accuracy()),
            interval(total.interval()),
            against_first.map_or(String::new(), points),
            against_first.map_or(String::new(), |comparison| p_value(comparison.p)),
        ]);
    }
    table
}

/// What the probabilities of answers are worth, run by run.
fn calibrations(report: &Report) -> Table {
    let mut table = Table::new(&[
        ("run", Align::Left),
        ("probability", Align::Right),
        ("over", Align::Right),
        ("ECE count", Align::Right),
        ("width", Align::Right),
        ("Brier", Align::Right),
        ("AUROC", Align::Right),
        ("one word", Align::Right),
    ]);
    for run in &report.runs {
        let Some(found) = run.summary.calibration() else {
            continue;
        };
        let mut cells = vec![run.configuration.as_ref().map_or(String::new(), typed)];
        cells.extend(calibration_cells(&found));
        cells.push(run.summary.one_word().map_or(String::new(), percent));
        table.row(cells);
    }
    table
}

/// The run as `lamascope run` is told of it.
fn typed(configuration: &Configuration) -> String {
    let preset = configuration.preset.as_ref();
    let preset = preset.map_or(String::new(), |preset| format!(" --preset {preset}"));
    format!("--method {}{preset}", configuration.method)
}
