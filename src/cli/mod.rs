//! The command line: arguments in, exit status out.
//!
//! ```text
//! args ─► prepare ─► RunSpec ─► Session ─► Output, Summary ─► table or JSON
//! ```
//!
//! Results go to stdout; progress, notes and errors to stderr. Exit status: 0 done, 1 failed at run time, 2 wrong usage.

mod args;
mod bench;
mod compare;
mod data;
mod doctor;
mod error;
mod explore;
mod fetch;
mod figure;
mod inspect;
mod interrupt;
mod mask;
mod merge;
mod one_fact;
mod panic;
mod paraphrase;
mod plain;
mod prepare;
mod progress;
mod report;
mod run;
mod score;
mod session;
mod shell;
mod sweep;
mod templates;
mod tune;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use error::CliError;
pub use sweep::Grid;

/// Explore how questions about one fact share a prompt, and what a model answers
///
/// Without a command the explorer opens on the embedded sample and the embedded demo model.
#[derive(Debug, Parser)]
#[command(
    name = "lamascope",
    version,
    after_long_help = explore::files(),
    args_override_self = true,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(flatten)]
    explore: explore::ExploreArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::RunArgs>),
    Compare(Box<compare::CompareArgs>),
    Sweep(sweep::SweepArgs),
    Templates(Box<templates::TemplatesArgs>),
    Tune(Box<tune::TuneArgs>),
    Paraphrase(Box<paraphrase::ParaphraseArgs>),
    Mask(Box<mask::MaskArgs>),
    Inspect(Box<inspect::InspectArgs>),
    Data(Box<data::CountArgs>),
    Report(report::ReportArgs),
    Figure(figure::FigureArgs),
    Score(score::ScoreArgs),
    Merge(merge::MergeArgs),
    Bench(bench::BenchArgs),
    Fetch(fetch::FetchArgs),
    Doctor(doctor::DoctorArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Runs the program on this process's arguments.
pub fn main() -> ExitCode {
    interrupt::outlive_file_limits();
    match panic::caught(|| parse(std::env::args_os()).and_then(execute)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

/// The whole command line as clap knows it, for completions and the manual.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads a command line, program name first.
///
/// # Errors
/// Wrong usage in one line; help and version come as [`CliError::Help`].
pub fn parse(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Cli, CliError> {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    if args.len() <= 1 {
        // The explorer's first frame does not wait until clap has put together the options of all commands.
        let alone = explore::ExploreArgs::augment_args(clap::Command::new("lamascope"));
        let explore = explore::ExploreArgs::from_arg_matches(&alone.get_matches_from(&args))?;
        let command = None;
        return Ok(Cli { explore, command });
    }
    let matches = command()
        .try_get_matches_from(&args)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidUtf8 => no_text(&args),
            _ => error.into(),
        })?;
    Ok(Cli::from_arg_matches(&matches)?)
}

/// Names what clap does not.
fn no_text(args: &[OsString]) -> CliError {
    let no_text = args.iter().filter(|arg| arg.to_str().is_none());
    let names: Vec<_> = no_text.map(|arg| arg.to_string_lossy()).collect();
    CliError::Usage(format!(
        "{}: is no UTF-8: rename the file",
        names.join(" or ")
    ))
}

fn execute(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        None => explore::explore(&cli.explore),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Compare(args)) => compare::compare(&args),
        Some(Command::Sweep(args)) => sweep::sweep(&args),
        Some(Command::Templates(args)) => templates::templates(&args),
        Some(Command::Tune(args)) => tune::tune(&args),
        Some(Command::Paraphrase(args)) => paraphrase::paraphrase(&args),
        Some(Command::Mask(args)) => mask::mask(&args),
        Some(Command::Inspect(args)) => inspect::inspect(&args),
        Some(Command::Data(args)) => data::data(&args),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Figure(args)) => figure::figure(&args),
        Some(Command::Score(args)) => score::score(&args),
        Some(Command::Merge(args)) => merge::merge(&args),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::Fetch(args)) => fetch::fetch(&args),
        Some(Command::Doctor(args)) => doctor::doctor(&args),
        Some(Command::Completions(args)) => shell::completions(&args),
        Some(Command::Man(args)) => shell::man(&args),
    }
}
