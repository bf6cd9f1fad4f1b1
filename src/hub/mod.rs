//! Verified downloads from the Hugging Face hub, for data and models.
//!
//! ```text
//! fetch ──► client: size, hash, commit ──► download ──► cache: blob, snapshot ──► path
//!              │ (names: nothing unchecked becomes a path)     ▲
//!              └── out of reach, or HF_HUB_OFFLINE ────────────┘
//! ```
//!
//! `hf-hub` knows the cache's layout and the repositories' addresses; the transfer is our own, on `ureq`, because no
//! version of it resumes, verifies, ends a stalled transfer, lets a caller cancel, and distrusts the answer. A mirror, or
//! whoever answers in the hub's place, gets neither the token nor a path outside the cache, and no file is handed out
//! before its size and hash are right (a damaged one is deleted and fetched once more).

mod address;
mod cache;
mod client;
mod download;
mod error;
mod exchange;
mod memo;
mod names;
mod presence;
mod settings;
mod verify;

pub use error::Error;
pub use presence::{Presence, cache_folder, endpoint, find, is_offline, known_files, token_origin};

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cache::RepoCache;
use client::{Client, FileInfo, LIST};
use download::Download;

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

    /// As `hf-hub` calls it.
    fn hub(&self) -> hf_hub::Repo {
        let kind = match self.kind {
            Kind::Model => hf_hub::RepoType::Model,
            Kind::Dataset => hf_hub::RepoType::Dataset,
        };
        hf_hub::Repo::with_revision(self.name.clone(), kind, self.revision.clone())
    }

    /// The path of its list of files below the endpoint.
    fn tree(&self) -> String {
        let kind = match self.kind {
            Kind::Model => "models",
            Kind::Dataset => "datasets",
        };
        format!(
            "api/{kind}/{}/tree/{}",
            self.name,
            self.hub().url_revision()
        )
    }

    /// The page where a person reads about the repository and accepts its terms.
    fn page(&self) -> String {
        format!("https://huggingface.co/{}", self.hub().url())
    }
}

/// When the hub was last out of reach. For a while the cache is asked first then, or every file of a model would wait for
/// the network again.
static OUT_OF_REACH: Mutex<Option<Instant>> = Mutex::new(None);
const FOR_A_WHILE: Duration = Duration::from_secs(60);

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
    names::check_repo(repo)?;
    names::check_file(repo, file)?;
    let cache = RepoCache::open(repo)?;
    if settings::offline() {
        return cached(repo, &cache, file, cancel);
    }
    let lost = *OUT_OF_REACH.lock().unwrap_or_else(PoisonError::into_inner);
    let recently = lost.is_some_and(|since| since.elapsed() < FOR_A_WHILE);
    if recently && let Ok(path) = cached(repo, &cache, file, cancel) {
        return Ok(path);
    }
    let client = Client::new(repo, cancel)?;
    match client.info(file) {
        Ok(info) => current(&Download {
            client: &client,
            cache: &cache,
            file,
            info: &info,
            progress,
        }),
        // What is in the cache is good enough when the hub is out of reach.
        Err(error) if error.is_out_of_reach() => {
            *OUT_OF_REACH.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            cached(repo, &cache, file, cancel).map_err(|_| error)
        }
        Err(error) => Err(error),
    }
}

/// All files of a repository, by path. Without the hub, those that it last listed.
///
/// # Errors
/// As [`fetch`].
pub fn list(repo: &Repo, cancel: &AtomicBool) -> Result<Vec<String>, Error> {
    names::check_repo(repo)?;
    if settings::offline() {
        return memo::list(repo).ok_or_else(|| Error::Offline {
            repo: repo.name.clone(),
            file: LIST.to_owned(),
        });
    }
    match Client::new(repo, cancel)?.list() {
        Ok(files) => {
            memo::keep_list(repo, &files);
            Ok(files)
        }
        Err(error) if error.is_out_of_reach() => memo::list(repo).ok_or(error),
        Err(error) => Err(error),
    }
}

/// The content that the hub names, from the cache or from the hub; a damaged one is fetched once more.
fn current(download: &Download) -> Result<PathBuf, Error> {
    let (client, cache) = (download.client, download.cache);
    let FileInfo { etag, commit, size } = download.info;
    let blob = cache.blob(etag)?;
    if let Ok(real) = cache.real(&blob)
        && verify::check(&real, Some(*size), client.cancel)?.is_ok()
    {
        return cache.publish(etag, commit, download.file);
    }
    cache.delete(&blob)?;
    match download.run(&blob) {
        Err(Error::Damaged { .. }) => download.run(&blob)?,
        other => other?,
    }
    cache.publish(etag, commit, download.file)
}

/// A file that is in the cache already.
fn cached(
    repo: &Repo,
    cache: &RepoCache,
    file: &str,
    cancel: &AtomicBool,
) -> Result<PathBuf, Error> {
    let path = cache.find(file).ok_or_else(|| Error::Offline {
        repo: repo.name.clone(),
        file: file.to_owned(),
    })?;
    match verify::check(&cache.real(&path)?, None, cancel)? {
        Ok(()) => Ok(path),
        Err(reason) => {
            cache.delete(&path)?;
            Err(Error::Damaged {
                repo: repo.name.clone(),
                file: file.to_owned(),
                reason,
            })
        }
    }
}
