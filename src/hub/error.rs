//! Why a file cannot be had from the hub, each in one line.

use std::io;
use std::path::{Path, PathBuf};

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

    /// The connection ended before the file did. What arrived is kept, and the next try goes on from there.
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

    /// A proxy or a login page answers in the hub's place.
    #[error(
        "{repo}: {endpoint} answers with {found} instead of {wanted}: check HF_ENDPOINT, and whether a proxy or a login page stands in between"
    )]
    NotTheHub {
        repo: String,
        endpoint: String,
        found: String,
        wanted: String,
    },

    /// An answer that would lead to a path outside the cache or take the token elsewhere.
    #[error("{repo}: {endpoint} {what}, which no hub does: use another endpoint (HF_ENDPOINT)")]
    Untrusted {
        repo: String,
        endpoint: String,
        what: String,
    },

    /// No file system takes the name, or no hub has it.
    #[error("`{name}` {what}")]
    Name { name: String, what: String },

    #[error("HF_ENDPOINT is `{value}`, expected http://HOST or https://HOST: set or unset it")]
    Endpoint { value: String },

    #[error(
        "the token from {source} holds characters that no token has: copy it again from https://huggingface.co/settings/tokens",
        source = origin
    )]
    Token { origin: String },

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
    /// A failing operation on a path in the cache.
    pub(super) fn cache(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Error::Cache {
            path,
            reason: error.to_string(),
        }
    }

    /// Whether what is in the cache is good enough.
    pub(super) fn is_out_of_reach(&self) -> bool {
        matches!(self, Error::Unreachable { .. } | Error::Stalled { .. })
    }
}

/// Text of an answer, fit for a message: short, one line, and nothing that a terminal obeys.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut letters = text.escape_debug();
    let short: String = letters.by_ref().take(LONGEST).collect();
    match letters.next() {
        Some(_) => short + "…",
        None => short,
    }
}
