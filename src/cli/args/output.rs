use clap::Args;

/// Heading of what is written, and how.
pub const OUTPUT: &str = "Output";

#[derive(Debug, Args)]
#[command(next_help_heading = OUTPUT)]
pub struct OutputArgs {
    /// Replace existing files
    #[arg(long)]
    pub overwrite: bool,
    /// Go on where an interrupted run with the same options stopped
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print neither progress nor notes
    #[arg(long, short)]
    pub quiet: bool,
}
