//! `lamascope score`: saved predictions judged anew.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::plain::{Align, Table, percent, stdout, thousands, write_json};
use crate::results::rescore;

/// Re-score saved predictions: needs the columns `prediction` and `answers`
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// .feather, .csv or .jsonl
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write the rows back with lemmas and verdicts
    #[arg(long, value_name = "F.jsonl")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    overwrite: bool,
}

pub fn score(args: &ScoreArgs) -> Result<(), CliError> {
    let all = rescore(&args.file, args.out.as_deref(), args.overwrite)?;
    stdout(|out| {
        if args.json {
            return write_json(out, &all);
        }
        let mut table = Table::new(&[
            ("figure", Align::Left),
            ("rows", Align::Right),
            ("right", Align::Right),
            ("share", Align::Right),
            ("95 % interval", Align::Left),
        ]);
        let [one_way, both_ways] = all.intervals();
        for (name, correct, accuracy, interval) in [
            ("accuracy", all.correct, all.accuracy, one_way),
            (
                "bidirectional",
                all.correct_bidirectional,
                all.accuracy_bidirectional,
                both_ways,
            ),
        ] {
            table.row([
                name.to_owned(),
                thousands(all.n),
                thousands(correct),
                percent(accuracy),
                super::report::interval(interval),
            ]);
        }
        table.write(out)
    })
}
