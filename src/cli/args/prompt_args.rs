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

impl PromptArgs {
    /// What a command line must repeat to ask the same model in the same way about other facts and templates: options of
    /// data, shots, chat and engine that differ from the defaults.
    pub fn words(&self) -> Vec<String> {
        let chat = (!self.chat.is_off()).then(|| ("chat", self.chat.to_string()));
        let tokens = self.engine.max_new_tokens;
        let tokens = tokens.map(|tokens| ("max-new-tokens", tokens.to_string()));
        let words = self.selection.words_around().into_iter().chain(chat);
        let words = words.chain(self.engine.words()).chain(tokens);
        words
            .flat_map(|(name, value)| [format!("--{name}"), value])
            .collect()
    }
}
