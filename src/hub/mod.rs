//! Verified downloads from the Hugging Face hub, for data and models.
//!
//! The `hf-hub` crate does the transfer, with the user's token, cache and endpoint. What it leaves
//! open is closed here: HF_HUB_OFFLINE is honoured, a stalled transfer ends, a caller can cancel,
//! and no file is handed out before its size and hash are right (a damaged one is deleted and
//! fetched once more).

mod call;
mod error;
mod memo;
mod verify;

pub use error::Error;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use call::Call;

/// A repository at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repo {
    kind: Kind,
    /// `OWNER/NAME`.
    name: String,
    revision: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Model,
    Dataset,
}

impl Repo {
    /// The model repository `OWNER/NAME` at its main branch.
    pub fn model(name: impl Into<String>) -> Self {
        Repo::new(Kind::Model, name.into())
    }

    /// The data set repository `OWNER/NAME` at its main branch.
    pub fn dataset(name: impl Into<String>) -> Self {
        Repo::new(Kind::Dataset, name.into())
    }

    fn new(kind: Kind, name: String) -> Self {
        Repo {
            kind,
            name,
            revision: "main".to_owned(),
        }
    }

    /// The same repository at a branch, a tag, or a commit.
    pub fn at(self, revision: impl Into<String>) -> Self {
        Repo {
            revision: revision.into(),
            ..self
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The page where a person reads about the repository and accepts its terms.
    fn page(&self) -> String {
        match self.kind {
            Kind::Model => format!("https://huggingface.co/{}", self.name),
            Kind::Dataset => format!("https://huggingface.co/datasets/{}", self.name),
        }
    }
}

/// A wait that the hub asks for is granted up to this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Brings one file of a repository into the cache and returns its path there. A cached file is
/// used where it is current, where the hub cannot be reached, or under HF_HUB_OFFLINE.
///
/// `progress` is told bytes done and bytes in all, on the calling thread. `cancel` is looked at
/// about ten times a second.
///
/// # Errors
/// See [`Error`]; each is one line that says what to do.
pub fn fetch(
    repo: &Repo,
    file: &str,
    progress: &dyn Fn(u64, u64),
    cancel: &AtomicBool,
) -> Result<PathBuf, Error> {
    let call = Call {
        repo,
        progress,
        cancel,
    };
    if offline() {
        return cached(&call, file);
    }
    let mut reason = String::new();
    for force in [false, true] {
        let path = match transfer(&call, file, force) {
            Ok((path, size)) => match verify::check(&path, Some(size), cancel)? {
                Ok(()) => return Ok(path),
                Err(wrong) => {
                    reason = wrong;
                    path
                }
            },
            Err(Error::BrokenOff { reason: broken, .. }) if !force => {
                reason = broken;
                continue;
            }
            // What is in the cache is good enough when the hub is out of reach.
            Err(error @ Error::Unreachable { .. }) => {
                return cached(&call, file).map_err(|_| error);
            }
            Err(error) => return Err(error),
        };
        verify::delete(&path)?;
    }
    Err(Error::Damaged {
        repo: repo.name.clone(),
        file: file.to_owned(),
        reason,
    })
}

/// All files of a repository, by path. Without the hub, those that it last listed.
///
/// # Errors
/// As [`fetch`].
pub fn list(repo: &Repo, cancel: &AtomicBool) -> Result<Vec<String>, Error> {
    let call = Call {
        repo,
        progress: &|_, _| {},
        cancel,
    };
    if offline() {
        return memo::list(repo).ok_or_else(|| Error::Offline {
            repo: repo.name.clone(),
            file: "the list of files".to_owned(),
        });
    }
    match patiently(&call, || call.list()) {
        Ok(files) => {
            memo::keep_list(repo, &files);
            Ok(files)
        }
        Err(error @ Error::Unreachable { .. }) => memo::list(repo).ok_or(error),
        Err(error) => Err(error),
    }
}

fn transfer(call: &Call, file: &str, force: bool) -> Result<(PathBuf, u64), Error> {
    patiently(call, || call.download(file, force))
}

/// A file that is in the cache already.
fn cached(call: &Call, file: &str) -> Result<PathBuf, Error> {
    let path = call.cached(file)?;
    match verify::check(&path, None, call.cancel)? {
        Ok(()) => Ok(path),
        Err(reason) => {
            verify::delete(&path)?;
            Err(Error::Damaged {
                repo: call.repo.name.clone(),
                file: file.to_owned(),
                reason,
            })
        }
    }
}

/// Waits once where the hub says how long.
fn patiently<T>(call: &Call, request: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    let wait = match request() {
        Err(Error::RateLimited {
            retry_after_s: Some(seconds),
            ..
        }) if seconds <= PATIENCE.as_secs() => Duration::from_secs(seconds),
        other => return other,
    };
    let until = Instant::now() + wait;
    while Instant::now() < until {
        if call.cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        std::thread::sleep(call::TICK);
    }
    request()
}

/// Whether the user forbids the network, in the words that `huggingface_hub` knows.
fn offline() -> bool {
    std::env::var("HF_HUB_OFFLINE").is_ok_and(|value| {
        matches!(
            value.to_ascii_uppercase().as_str(),
            "1" | "ON" | "YES" | "TRUE"
        )
    })
}
