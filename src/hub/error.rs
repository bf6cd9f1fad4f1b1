//! Why a file cannot be had from the hub, each in one line.

use std::path::PathBuf;

use hf_hub::HFError;

use super::Repo;

/// Every message names the repository or file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{repo}: {file} is not in the cache and HF_HUB_OFFLINE is set: unset it to download")]
    Offline { repo: String, file: String },

    #[error("{repo}: the hub cannot be reached ({reason}): check the network and HF_ENDPOINT")]
    Unreachable { repo: String, reason: String },

    #[error("{repo}: access denied ({reason}): accept its terms at {page} and set HF_TOKEN")]
    Denied {
        repo: String,
        page: String,
        reason: String,
    },

    #[error("{repo}: no such repository, or a private one: check its name, or set HF_TOKEN")]
    NoSuchRepo { repo: String },

    #[error("{repo}: no revision {revision}: check its name")]
    NoSuchRevision { repo: String, revision: String },

    #[error(
        "{repo}: no file {file} at revision {revision}: check that the repository is the one you mean"
    )]
    NoSuchFile {
        repo: String,
        file: String,
        revision: String,
    },

    #[error("{repo}: the hub refuses more requests{}: wait, or set HF_TOKEN for a higher limit", wait(*retry_after_s))]
    RateLimited {
        repo: String,
        /// Seconds, where the hub named them.
        retry_after_s: Option<u64>,
    },

    #[error("{repo}: nothing arrived for {seconds} s: check the network and try again")]
    Stalled { repo: String, seconds: u64 },

    /// The connection ended before the file did.
    #[error("{repo}: the download of {file} broke off ({reason}): try again")]
    BrokenOff {
        repo: String,
        file: String,
        reason: String,
    },

    /// The file was deleted, so that trying again starts afresh.
    #[error("{repo}: {file} was damaged ({reason}) and is deleted: try again")]
    Damaged {
        repo: String,
        file: String,
        reason: String,
    },

    #[error("{}: cannot be used ({reason}): check the folder that HF_HOME or HF_HUB_CACHE names", path.display())]
    Cache { path: PathBuf, reason: String },

    /// Anything else, in the words of the transfer.
    #[error("{repo}: {reason}: try again later")]
    Other { repo: String, reason: String },

    #[error("the download was cancelled")]
    Cancelled,
}

fn wait(seconds: Option<u64>) -> String {
    seconds.map_or_else(String::new, |s| format!(" for {s} s"))
}

impl Error {
    /// What an error of the transfer means for `file` of `repo`.
    pub(super) fn from_hub(error: HFError, repo: &Repo, file: &str) -> Self {
        let name = repo.name.clone();
        let denied = |reason: &str| Error::Denied {
            repo: repo.name.clone(),
            page: repo.page(),
            reason: reason.to_owned(),
        };
        // The hub's own code says more than the status: a missing repository is a 401 to strangers.
        match code(&error) {
            Some("RepoNotFound") => return Error::NoSuchRepo { repo: name },
            Some("RevisionNotFound") => {
                return Error::NoSuchRevision {
                    repo: name,
                    revision: repo.revision.clone(),
                };
            }
            Some("GatedRepo") => return denied("the repository is gated"),
            _ => {}
        }
        match error {
            HFError::AuthRequired { .. } => denied("the hub asks for a valid token"),
            HFError::Forbidden { .. } => denied("the token does not allow it"),
            HFError::RepoNotFound { .. } => Error::NoSuchRepo { repo: name },
            HFError::RevisionNotFound { revision, .. } => Error::NoSuchRevision {
                repo: name,
                revision,
            },
            HFError::EntryNotFound { .. } => Error::NoSuchFile {
                repo: name,
                file: file.to_owned(),
                revision: repo.revision.clone(),
            },
            HFError::LocalEntryNotFound { .. } => Error::Offline {
                repo: name,
                file: file.to_owned(),
            },
            HFError::RateLimited { retry_after, .. } => Error::RateLimited {
                repo: name,
                retry_after_s: retry_after.map(|wait| wait.as_secs()),
            },
            HFError::Request { source, .. } if source.is_body() || source.is_decode() => {
                Error::BrokenOff {
                    repo: name,
                    file: file.to_owned(),
                    reason: innermost(&source),
                }
            }
            HFError::Request { source, .. } => Error::Unreachable {
                repo: name,
                reason: innermost(&source),
            },
            HFError::Http { context } if context.status.is_server_error() => Error::Unreachable {
                repo: name,
                reason: context.status.to_string(),
            },
            HFError::CacheLockTimeout { path } => Error::Cache {
                path,
                reason: "another program is downloading the same file".to_owned(),
            },
            HFError::Io(source) => Error::Cache {
                path: hf_hub::resolve_cache_dir(),
                reason: source.to_string(),
            },
            other => Error::Other {
                repo: name,
                reason: one_line(&other.to_string()),
            },
        }
    }
}

/// The hub's code for an error, where it sent one.
fn code(error: &HFError) -> Option<&str> {
    let context = match error {
        HFError::Http { context }
        | HFError::AuthRequired { context }
        | HFError::Forbidden { context } => context,
        HFError::RepoNotFound { context, .. }
        | HFError::RevisionNotFound { context, .. }
        | HFError::EntryNotFound { context, .. } => context.as_ref()?,
        _ => return None,
    };
    context.error_code.as_deref()
}

/// The first cause, which names what happened; the outer layers name the address again.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    one_line(&error.to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
