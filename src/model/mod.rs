//! A model's name, files, configuration, tokenizer and weights; the decoder itself belongs to `engine`.
//!
//! ```text
//! name ──► ModelRef ──► Files ──┬──► Config
//!                    (folder,   ├──► Tokenizer
//!                     hub, …)   └──► Weights (mapped)
//! ```

mod bytes;
mod config;
mod embedded;
mod error;
mod files;
mod gguf;
mod identity;
mod json;
mod lines;
mod registry;
mod rope;
mod shards;
mod spelled;
mod tokenizer;
mod weights;
mod words;

pub use config::{Architecture, Config};
pub use error::ModelError;
pub use files::Files;
pub use registry::{ALIASES, ModelRef};
pub use rope::{Rope, RopeScaling};
pub use tokenizer::Tokenizer;
pub use weights::{View, Weights};
