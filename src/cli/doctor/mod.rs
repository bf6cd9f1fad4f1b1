//! `lamascope doctor`: what this machine has, what it lacks, and what to do about it.

mod checks;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::plain::{Table, stdout, write_json};

/// What this machine has and lacks: devices, libraries, data, models, folders, terminal
///
/// Nothing is loaded, written or asked of the network. The exit status is 1 where something is broken.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// Not there, and nothing is wrong with that.
    Lacks,
    /// Wrong: something will fail.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub about: &'static str,
    pub state: State,
    pub found: String,
    /// What to do about it, where there is anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

pub fn doctor(args: &DoctorArgs) -> Result<(), CliError> {
    let findings = checks::all();
    stdout(|out| {
        if args.json {
            return write_json(out, &findings);
        }
        let mut table = Table::plain(3);
        for finding in &findings {
            let state = match finding.state {
                State::Ok => "ok",
                State::Lacks => "-",
                State::Broken => "broken",
            };
            table.row([state, finding.about, &finding.found]);
            if let Some(advice) = &finding.advice {
                table.row(["", "", &format!("  {advice}")]);
            }
        }
        table.write(out)
    })?;
    let broken = findings.iter().filter(|one| one.state == State::Broken);
    match broken.count() {
        0 => Ok(()),
        some => Err(CliError::Failed(format!(
            "{} broken: each line says what to do",
            crate::numbers::count(some, "thing")
        ))),
    }
}
