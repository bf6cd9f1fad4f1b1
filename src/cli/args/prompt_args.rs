//! The options of every command that builds prompts for a model.

use clap::Args;

use super::{EngineArgs, SelectionArgs, named};
use crate::prompt::Chat;

/// What is asked, and of which model.
#[derive(Debug, Clone, Args)]
pub struct PromptArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Ask through the model's own chat template
    #[arg(long, default_value_t, value_name = "TURNS", value_parser = named::<Chat>(), help_heading = "Selection")]
    pub chat: Chat,
    #[command(flatten)]
    pub engine: EngineArgs,
}
