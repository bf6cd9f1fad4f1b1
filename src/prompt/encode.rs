//! What prompts and layouts need of a tokenizer.

use super::Template;

/// Text to token ids. Implemented by the model's tokenizer, and by stand-ins that need no model.
pub trait Encode {
    /// Token ids of a text, without special tokens added; those that the text spells out are found.
    fn encode(&self, text: &str) -> Vec<u32>;

    /// The token that the tokenizer puts in front of every text, if it does.
    fn bos(&self) -> Option<u32>;

    /// How the model writes a conversation, where its makers say so.
    fn chat(&self) -> Option<&Template> {
        None
    }
}
