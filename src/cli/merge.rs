//! `lamascope merge`: shards into one file.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use crate::results;

/// Put the shards of one run into the file that the run would have written without --shard
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// All shards, in any order
    #[arg(required = true, value_name = "S.feather")]
    shards: Vec<PathBuf>,
    /// The file to write
    #[arg(long, value_name = "R.feather")]
    out: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    overwrite: bool,
}

pub fn merge(args: &MergeArgs) -> Result<(), CliError> {
    Ok(results::merge(&args.shards, &args.out, args.overwrite)?)
}
