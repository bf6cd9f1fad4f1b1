//! Options that several commands share.

use std::fmt::{self, Display};
use std::str::FromStr;

use clap::Args;

use crate::data::TemplateId;

mod blend;
mod confidence;
mod engine;
mod layout;
mod named;
mod prompt_args;
mod selection;
mod shard;
mod shots;
mod templates;

pub use blend::BlendArgs;
pub use confidence::ConfidenceArgs;
pub use engine::EngineArgs;
pub use layout::{LayoutArgs, OptionArgs};
pub use named::{named, possible};
pub use prompt_args::PromptArgs;
pub use selection::{DataArgs, SelectionArgs};
pub use shard::ShardArg;
pub use shots::ShotArgs;
pub use templates::TemplateArgs;

/// Heading of options that only the Python originals' spelling has.
const ORIGINALS: &str = "As in the Python originals";

/// Heading of what is written, and how.
pub const OUTPUT: &str = "Output";

/// What the commands that run a model share about what they write.
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

/// A number of at least one.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number from 1".to_owned()),
    }
}

/// A number of at least zero.
pub fn natural<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| "expected a whole number from 0".to_owned())
}

/// Values between commas. One option value as a whole, so that a later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List<T>(pub Vec<T>);

impl<T: Display> Display for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&items.join(","))
    }
}

/// `P36,P17`.
pub fn words(text: &str) -> Result<List<String>, String> {
    list(text, |word| Ok(word.to_owned()))
}

/// `m1,m3,a2`.
pub fn template_ids(text: &str) -> Result<List<TemplateId>, String> {
    list(text, str::parse)
}

/// `0,2,5`.
pub fn indices(text: &str) -> Result<List<usize>, String> {
    list(text, natural)
}

fn list<T>(text: &str, item: impl Fn(&str) -> Result<T, String>) -> Result<List<T>, String> {
    let parts = text.split(',').map(str::trim);
    let one = |part: &str| match part {
        "" => Err("expected values between commas".to_owned()),
        part => item(part),
    };
    Ok(List(parts.map(one).collect::<Result<_, _>>()?))
}
