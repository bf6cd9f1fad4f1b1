//! What ends a command, and how it is said.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::bench;
use crate::data;
use crate::engine::EngineError;
use crate::evaluate::EvaluateError;
use crate::inspect::LookError;
use crate::layout::LayoutError;
use crate::model::ModelError;
use crate::prompt::ShotsError;
use crate::results;
use crate::sets;
use crate::text::harmless;
use crate::tui;

/// Why a command ends early.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// `--help` and `--version`: to be printed, and no failure.
    #[error("{0}")]
    Help(clap::Error),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
    /// No fault of the user's.
    #[error(
        "internal error: {0}: a fault of lamascope or of a library that it uses, please report it (RUST_BACKTRACE=1 \
         shows where)"
    )]
    Panic(String),
    #[error("stdout cannot be written: {0}")]
    Stdout(io::Error),
    #[error(transparent)]
    Data(#[from] data::Error),
    #[error(transparent)]
    Shots(#[from] ShotsError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Look(#[from] LookError),
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error(transparent)]
    Results(#[from] results::Error),
    #[error(transparent)]
    Sets(#[from] sets::SetError),
    #[error(transparent)]
    Bench(#[from] bench::Error),
    #[error(transparent)]
    Tui(#[from] tui::Error),
}

impl CliError {
    /// Says what happened in one line on stderr and gives the exit status.
    pub fn report(&self) -> ExitCode {
        match self {
            CliError::Help(help) => {
                let printed = help.print().and_then(|()| io::stdout().flush());
                match printed {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(e) => CliError::Stdout(e).report(),
                }
            }
            // A reader that closed the pipe has read enough.
            CliError::Stdout(e) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            other => {
                say(&other.to_string());
                ExitCode::from(other.status())
            }
        }
    }

    /// Whether the user asked for it.
    pub(super) fn is_cancelled(&self) -> bool {
        match self {
            CliError::Evaluate(error) => error.is_cancelled(),
            CliError::Engine(error) => matches!(error, EngineError::Cancelled),
            _ => false,
        }
    }

    pub(super) fn status(&self) -> u8 {
        match self {
            CliError::Help(_) => 0,
            CliError::Usage(_)
            | CliError::Layout(LayoutError::Refused(_))
            | CliError::Results(results::Error::Name { .. })
            | CliError::Bench(bench::Error::Zero(_))
            | CliError::Tui(tui::Error::NoTerminal) => 2,
            _ => 1,
        }
    }
}

impl From<clap::Error> for CliError {
    fn from(error: clap::Error) -> Self {
        if !error.use_stderr() {
            return CliError::Help(error);
        }
        // Message, possible values and tip; the usage line and the pointer to --help follow in every case.
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let mut said = String::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.starts_with("Usage:") || line.starts_with("For more information") {
                break;
            }
            match line.strip_prefix("tip: ") {
                Some(tip) => said.push_str(&format!("; {tip}")),
                None => said.push_str(&format!(" {line}")),
            }
        }
        CliError::Usage(format!("{} (try --help)", said.trim()))
    }
}

/// One line on stderr, harmless whatever data it quotes; a reader that closed the pipe misses it.
pub fn say(line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let _ = writeln!(io::stderr(), "lamascope: {}", harmless(&words.join(" ")));
}
