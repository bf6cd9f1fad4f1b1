//! GGUF: one file with configuration, tokenizer and (mostly quantized) tensors.
//!
//! Layout: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

mod config;
mod metadata;
mod names;
mod packed;
mod rope;
mod tensors;
mod tokenizer;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use candle_core::quantized::gguf_file::Content;

use self::packed::Renumbered;
use super::bytes::{Bytes, InFile, impostor};
use super::error::first_line;
use super::{Config, ModelError, Tokenizer};

/// An opened GGUF file: header parsed, tensors mapped.
#[derive(Debug)]
pub(super) struct Gguf {
    file: String,
    bytes: Bytes,
    content: Content,
    /// Tensors in MXFP4, whose type in `content` is another one.
    packed: HashSet<String>,
    config: Config,
}

impl Gguf {
    /// # Errors
    ///
    /// [`ModelError::Damaged`] for a file that is cut off or no GGUF file, [`ModelError::Unsupported`] for a model
    /// or number format that this program cannot run.
    pub(super) fn open(path: &Path) -> Result<Gguf, ModelError> {
        let file = path.to_string_lossy().into_owned();
        let bytes = Bytes::map(path)?;
        if let Some(what) = impostor(&bytes) {
            return Err(ModelError::damaged(&file, what));
        }
        let mut renumbered = Renumbered::of(&bytes);
        let read = || Content::read(&mut renumbered);
        // It divides by an alignment that may be 0.
        let content = catch_unwind(AssertUnwindSafe(read))
            .map_err(|_| ModelError::damaged(&file, "is no GGUF file"))?;
        let content = content.map_err(|error| {
            let error = first_line(&error.to_string());
            if error.starts_with("unknown dtype") {
                ModelError::Unsupported {
                    file: file.clone(),
                    what: format!("a number format ({error})"),
                    advice: "use F32, F16, BF16, Q4_0 to Q8_0, Q2_K to Q6_K or MXFP4".to_owned(),
                }
            } else {
                ModelError::damaged(&file, format!("is cut off or no GGUF file ({error})"))
            }
        })?;
        let packed = renumbered.names;
        tensors::check(&file, &bytes, &content, &packed)?;
        let config = config::read(&file, &bytes, &content)?;
        Ok(Gguf {
            file,
            bytes,
            content,
            packed,
            config,
        })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Where in the file bytes of a tensor lie.
    pub(super) fn in_file(&self, bytes: &[u8]) -> Option<InFile<'_>> {
        self.bytes.in_file(bytes)
    }

    pub(super) fn read_ahead(&self) {
        self.bytes.read_ahead();
    }

    pub(super) fn tokenizer(&self) -> Result<Tokenizer, ModelError> {
        let tokenizer = Tokenizer::new(&self.file, tokenizer::build(&self.file, &self.content)?)?;
        Ok(tokenizer.with_chat(tokenizer::chat(&self.file, &self.content)?))
    }
}
