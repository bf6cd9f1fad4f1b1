//! A model's name, files, configuration, tokenizer and weights; the decoder itself belongs to `engine`.
//!
//! ```text
//! name ──► ModelRef ──► Files ──┬──► Config      (kilobytes)
//!                    (folder,   ├──► Tokenizer   (megabytes)
//!                     hub, …)   └──► Weights     (gigabytes, mapped)
//! ```

mod architecture;
mod ascii_pretokenizer;
mod byte_fallback;
mod bytes;
mod chat;
mod config;
mod embedded;
mod encode_cache;
mod error;
mod files;
mod form;
mod gguf;
mod identity;
mod json;
mod mxfp4;
mod presence;
mod registry;
mod rope;
mod shards;
mod tokenizer;
mod weights;

pub use architecture::Architecture;
pub use config::{Activation, Config, Experts, Norms, QkNorm};
pub use error::ModelError;
pub use files::{Files, Watch};
pub use presence::presence;
pub use registry::{ALIASES, ModelRef};
pub use rope::{Growth, Rope, RopeScaling, Rotation};
pub use tokenizer::{Tokenizer, Until};
pub(crate) use weights::dequantize;
pub use weights::{View, Weights};
