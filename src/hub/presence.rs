//! What of the hub is on this machine already, without asking it.

use std::path::PathBuf;

use super::cache::RepoCache;
use super::{Error, Repo, cache, memo, settings};

/// How much of something is in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Nothing,
    Partly,
    Whole,
}

impl Presence {
    /// Of parts that are all needed.
    pub fn of(parts: impl IntoIterator<Item = bool>) -> Self {
        let (mut some, mut all) = (false, true);
        for part in parts {
            some |= part;
            all &= part;
        }
        match (some, all) {
            (true, true) => Presence::Whole,
            (true, false) => Presence::Partly,
            (false, _) => Presence::Nothing,
        }
    }
}

/// The path of a file in the cache; whether it is sound is seen when it is used.
pub fn find(repo: &Repo, file: &str) -> Option<PathBuf> {
    RepoCache::open(repo).ok()?.find(file)
}

/// The files that the hub last listed for a repository.
pub fn known_files(repo: &Repo) -> Option<Vec<String>> {
    memo::list(repo)
}

/// The folder that all repositories are kept in.
///
/// # Errors
/// Where no home folder is known.
pub fn cache_folder() -> Result<PathBuf, Error> {
    cache::folder().map(|cache| cache.path().clone())
}

/// HF_ENDPOINT, or that of the public hub.
pub fn endpoint() -> String {
    settings::endpoint()
}

/// Whether the user forbids the network: HF_HUB_OFFLINE.
pub fn is_offline() -> bool {
    settings::offline()
}

/// Where the user's token comes from, if there is one.
///
/// # Errors
/// A token that no request can carry.
pub fn token_origin() -> Result<Option<&'static str>, Error> {
    Ok(settings::authorization()?.map(|(_, origin)| origin))
}
