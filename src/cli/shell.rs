//! What belongs to an installation: completions and the manual.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::plain::stdout;
use super::{Cli, CliError};

/// Print completions for a shell
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    shell: Shell,
}

/// Print the manual page, or write one page per command into a folder
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder for the pages
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub fn completions(args: &CompletionsArgs) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "lamascope", &mut script);
    stdout(|out| std::io::Write::write_all(out, &script))
}

pub fn man(args: &ManArgs) -> Result<(), CliError> {
    match &args.out {
        None => stdout(|out| clap_mangen::Man::new(Cli::command()).render(out)),
        Some(folder) => clap_mangen::generate_to(Cli::command(), folder).map_err(|e| {
            CliError::Failed(format!(
                "{}: the pages cannot be written: {e}",
                folder.display()
            ))
        }),
    }
}
