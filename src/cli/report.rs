//! `lamascope report`, and the summary that `run` ends with.

mod csv;
mod figures;
mod influences;
mod measures;
mod plot;
mod sections;
mod text;
mod view;
mod ways;

pub use figures::{belief, calibration_cells};
pub use text::{describe, facts, interval, p_value, points, write_run};
pub use view::{ReportView, RunView};
pub use ways::{WaysView, write as write_ways};

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CliError;
use super::args::named;
use super::plain::{stdout, write_json};
use crate::results::{self, Report, Sameness};

/// Accuracy with its interval, per relation and template, and tests between runs
#[derive(Debug, Args)]
#[command(after_long_help = measures::help())]
pub struct ReportArgs {
    /// Files of `run --out`, of which shards of one run are put together, or of the Python originals (.csv, .feather);
    /// of `run --attention` and `run --influence`, which are summed up; or the file of a `sweep`
    #[arg(required = true, value_name = "R.feather")]
    files: Vec<PathBuf>,
    /// Print JSON: all figures, flips and wrong answers
    #[arg(long)]
    json: bool,
    /// Also every template or, of several runs, differences from the first one by relation or template
    #[arg(long, value_name = "WHAT")]
    by: Option<By>,
    /// Also what the first run has right and another wrong, or the other way round, with both answers
    #[arg(long)]
    flips: bool,
    /// Also the wrong answers, by what they say
    #[arg(long)]
    wrong: bool,
    /// Also how often answers of each probability are right, as a diagram
    #[arg(long)]
    calibration: bool,
    /// Also how likely each accuracy is where one template per relation is drawn
    #[arg(long)]
    distribution: bool,
    /// When two predictions are the same for the consistency
    #[arg(long, default_value_t, value_name = "lemmas|text", value_parser = named::<Sameness>(), hide_possible_values = true)]
    consistency: Sameness,
    /// Write every figure into a table, one per line
    #[arg(long, value_name = "F.csv")]
    csv: Option<PathBuf>,
    /// Write the flips into a table
    #[arg(long, value_name = "F.csv")]
    flips_csv: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    overwrite: bool,
}

/// What figures are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Relations
    Relation,
    /// Templates, where they were asked alone
    Template,
}

pub fn report(args: &ReportArgs) -> Result<(), CliError> {
    args.check_files()?;
    if let [file] = &args.files[..]
        && let Some(cells) = results::read_cells(file, &[])?
    {
        args.check_sweep()?;
        return stdout(|out| match args.json {
            true => write_json(out, &WaysView::of(&cells)),
            false => write_ways(out, &cells),
        });
    }
    let report = Report::read(&args.files)?;
    if let Some(path) = &args.csv {
        csv::figures(path, args.overwrite, &report)?;
    }
    if let Some(path) = &args.flips_csv {
        csv::flips(path, args.overwrite, &report)?;
    }
    stdout(|out| match args.json {
        true => write_json(out, &ReportView::of(&report)),
        false => args.write(out, &report),
    })
}

impl ReportArgs {
    /// Refuses what could not be written, before anything is read.
    fn check_files(&self) -> Result<(), CliError> {
        if (self.flips || self.flips_csv.is_some()) && self.files.len() == 1 {
            return Err(CliError::Usage(
                "flips are between two runs: give a second file".to_owned(),
            ));
        }
        let files = [&self.csv, &self.flips_csv];
        if self.csv.is_some() && self.csv == self.flips_csv {
            return Err(CliError::Usage(
                "--csv and --flips-csv name the same file: name one of them otherwise".to_owned(),
            ));
        }
        for path in files.into_iter().flatten() {
            results::check_free(path, self.overwrite)?;
        }
        Ok(())
    }

    /// Refuses what is about single runs.
    fn check_sweep(&self) -> Result<(), CliError> {
        let given = [
            (self.by.is_some(), "--by"),
            (self.wrong, "--wrong"),
            (self.calibration, "--calibration"),
            (self.distribution, "--distribution"),
            (self.csv.is_some(), "--csv"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, option)) => Err(CliError::Usage(format!(
                "{option} is about single runs, and this file holds a sweep: leave it out"
            ))),
            None => Ok(()),
        }
    }

    fn write(&self, out: &mut impl Write, report: &Report) -> io::Result<()> {
        for run in &report.runs {
            write_run(out, run, None, self.consistency)?;
            if self.by == Some(By::Template) {
                sections::templates(out, run)?;
            }
            writeln!(out)?;
        }
        if !report.comparisons.is_empty() {
            text::write_comparisons(out, report)?;
            writeln!(out)?;
        }
        if let Some(of) = &report.influences {
            influences::write(out, of)?;
            writeln!(out)?;
        }
        for line in figures::robustness(report) {
            writeln!(out, "{line}\n")?;
        }
        self.sections(out, report)?;
        measures::write(out, report)
    }

    /// What was asked for beside the figures.
    fn sections(&self, out: &mut impl Write, report: &Report) -> io::Result<()> {
        let mut said = Vec::new();
        for comparison in report.against_first() {
            if let Some(by) = self.by {
                sections::by(&mut said, report, comparison, by)?;
            }
            if self.flips {
                sections::flips(&mut said, report, comparison)?;
            }
        }
        for run in &report.runs {
            if self.calibration {
                let found = run.summary.calibration();
                match found {
                    Some(found) => plot::reliability(&mut said, &run.name(), &found)?,
                    None => writeln!(said, "\n{}: has no probabilities", run.name())?,
                }
                if let Some(found) = run.summary.sampled() {
                    let name = format!("{}, by drawn answers", run.name());
                    plot::reliability(&mut said, &name, &found)?;
                }
            }
            if self.distribution {
                plot::distribution(&mut said, &run.name(), &run.summary)?;
            }
            if self.wrong {
                sections::wrong(&mut said, run)?;
            }
        }
        // Every section begins with an empty line; one stands there already.
        match said.strip_prefix(b"\n") {
            Some(said) => out.write_all(said).and_then(|()| writeln!(out)),
            None => Ok(()),
        }
    }
}
