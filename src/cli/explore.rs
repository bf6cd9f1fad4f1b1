//! No command: the explorer.

use std::io::IsTerminal;

use clap::Args;

use super::CliError;
use super::args::{EngineArgs, LayoutArgs, SelectionArgs};

/// What the explorer opens on.
#[derive(Debug, Args)]
pub struct ExploreArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    #[command(flatten)]
    pub layout: LayoutArgs,
}

pub fn explore(_args: &ExploreArgs) -> Result<(), CliError> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(CliError::Usage(
            "the explorer needs a terminal: give a command instead, as in `lamascope run --max-samples 10` or \
             `lamascope data` (all of them: lamascope --help)"
                .to_owned(),
        ));
    }
    Ok(())
}
