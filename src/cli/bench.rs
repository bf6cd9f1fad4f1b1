//! `lamascope bench`: how fast this machine is.

use std::io::Write as _;

use clap::Args;

use super::CliError;
use super::error::say;
use super::plain::{stdout, write_json};
use crate::bench;

/// Measure how fast this machine runs a model of a known shape, and how fast it could
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(flatten)]
    args: bench::Args,
}

pub fn bench(args: &BenchArgs) -> Result<(), CliError> {
    let report = bench::run(&args.args, &mut say)?;
    stdout(|out| {
        if args.args.json {
            return write_json(out, &report);
        }
        write!(out, "{report}")
    })
}
