//! What is asked of which model.

use clap::Args;

use super::{EngineArgs, SelectionArgs};

/// The options that every command shares that builds prompts for a model.
#[derive(Debug, Clone, Args)]
pub struct AskArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
}
