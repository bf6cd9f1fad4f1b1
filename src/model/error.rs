//! What can go wrong between a model's name and its weights.

use std::path::{Path, PathBuf};

use crate::hub;

/// Why a model cannot be named, found, understood or read. Each message is one line.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(
        "`{name}` is no model: expected `embedded`, an alias{nearest}, OWNER/NAME on the hub, a folder or a .gguf file"
    )]
    Name {
        name: String,
        /// ` (did you mean …?)`, or the way to all aliases.
        nearest: String,
    },
    #[error("{place}: {file} is missing: {advice}")]
    Missing {
        place: String,
        file: String,
        advice: &'static str,
    },
    #[error("{file}: cannot be read: {source}")]
    Read {
        file: PathBuf,
        source: std::io::Error,
    },
    /// A file is cut off, is a pointer to the file meant, or is something else altogether.
    #[error("{file}: {what}: copy or download it again")]
    Damaged { file: String, what: String },
    #[error("{file}: `{key}` is {found}, expected {expected}")]
    Value {
        file: String,
        key: String,
        found: String,
        expected: String,
    },
    /// Understood, but this program cannot run it rightly.
    #[error("{file}: {what} is not supported: {advice}")]
    Unsupported {
        file: String,
        what: String,
        advice: String,
    },
    #[error("{file}: tensor `{name}` {what}")]
    Tensor {
        file: String,
        name: String,
        what: String,
    },
    #[error(transparent)]
    Hub(hub::Error),
    #[error("cancelled while the model's files were fetched")]
    Cancelled,
}

impl From<hub::Error> for ModelError {
    fn from(error: hub::Error) -> Self {
        match error {
            hub::Error::Cancelled => ModelError::Cancelled,
            other => ModelError::Hub(other),
        }
    }
}

impl ModelError {
    pub(super) fn read(file: &Path) -> impl FnOnce(std::io::Error) -> ModelError {
        let file = file.to_owned();
        move |source| ModelError::Read { file, source }
    }

    pub(super) fn damaged(file: &str, what: impl ToString) -> ModelError {
        ModelError::Damaged {
            file: file.to_owned(),
            what: first_line(&what.to_string()),
        }
    }
}

/// Errors of other crates may carry a backtrace below their message.
pub(super) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
