//! The options of every command that builds prompts for a model.

use clap::Args;

use super::{EngineArgs, SelectionArgs};

/// What is asked, and of which model.
#[derive(Debug, Clone, Args)]
pub struct PromptArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
}
