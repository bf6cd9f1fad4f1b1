//! `lamascope report`, and the summary that `run` ends with.

mod influences;
mod measures;
mod text;
mod view;

pub use text::{describe, facts, interval, p_value, points, write_run};
pub use view::{ReportView, RunView};

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::plain::{stdout, write_json};
use crate::results::Report;

/// Accuracy with its interval, per relation and template, and tests between runs
#[derive(Debug, Args)]
#[command(after_long_help = measures::help())]
pub struct ReportArgs {
    /// Files of `run --out`, of which shards of one run are put together, or of the Python originals (.csv, .feather);
    /// of `run --attention` and `run --influence`, which are summed up
    #[arg(required = true, value_name = "R.feather")]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn report(args: &ReportArgs) -> Result<(), CliError> {
    let report = Report::read(&args.files)?;
    stdout(|out| {
        if args.json {
            return write_json(out, &ReportView::of(&report));
        }
        for run in &report.runs {
            write_run(out, run, None)?;
            writeln!(out)?;
        }
        if !report.comparisons.is_empty() {
            text::write_comparisons(out, &report)?;
            writeln!(out)?;
        }
        if let Some(of) = &report.influences {
            influences::write(out, of)?;
            writeln!(out)?;
        }
        measures::write(out, &report)
    })
}
