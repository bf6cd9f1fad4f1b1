//! What an answer may name: nothing from outside becomes a path or part of an address before it went through here.

use std::path::{Component, Path};

use super::error::shown;
use super::{Error, Repo};

/// Bytes of one component that every common file system takes.
const COMPONENT: usize = 255;

/// Characters of an owner's or repository's name, which is the hub's own rule.
const REPOSITORY: usize = 96;

/// The hash under which the cache keeps a content: SHA-256 for large files, a Git hash for small ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Etag(String);

/// The commit whose files a snapshot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit(String);

impl Etag {
    /// Reads a header, strong or weak; `None` for what is no single word of `[0-9A-Za-z-]`.
    pub(super) fn parse(header: &str) -> Option<Etag> {
        let text = header
            .strip_prefix("W/")
            .unwrap_or(header)
            .trim_matches('"');
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let fits = !text.is_empty() && text.len() <= 128 && text.bytes().all(allowed);
        fits.then(|| Etag(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// In lower case, where it is one. A Git hash is shorter.
    pub(super) fn sha256(&self) -> Option<String> {
        let is_hash = self.0.len() == 64 && self.0.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then(|| self.0.to_ascii_lowercase())
    }
}

impl Commit {
    pub(super) fn parse(header: &str) -> Option<Commit> {
        let fits =
            (7..=64).contains(&header.len()) && header.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Commit(header.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Refuses a repository that no hub can have, before its name becomes a folder's.
pub(super) fn check_repo(repo: &Repo) -> Result<(), Error> {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= REPOSITORY
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    match repo.name.split_once('/') {
        Some((owner, name)) if part(owner) && part(name) && is_inside(&repo.revision) => Ok(()),
        _ => Err(Error::Name {
            name: shown(&repo.name),
            what: format!(
                "is no repository: expected OWNER/NAME, each of at most {REPOSITORY} letters, digits, `-`, `_` and `.`"
            ),
        }),
    }
}

/// Refuses a file name that does not lead to a file below the repository's root.
pub(super) fn check_file(repo: &Repo, file: &str) -> Result<(), Error> {
    if !is_inside(file) {
        return Err(Error::Untrusted {
            repo: repo.name.clone(),
            endpoint: super::settings::endpoint(),
            what: format!("names a file `{}`", shown(file)),
        });
    }
    match file.split('/').map(str::len).max() {
        Some(longest) if longest > COMPONENT => Err(Error::Name {
            name: shown(file),
            what: format!(
                "is a file name of {longest} bytes in {}, and {COMPONENT} are possible: rename it there, or download it by hand and give its path",
                repo.name
            ),
        }),
        _ => Ok(()),
    }
}

/// Normal components only, on this system and as written, without control characters.
fn is_inside(path: &str) -> bool {
    let normal = |part: &str| {
        let mut components = Path::new(part).components();
        let first = components.next();
        first == Some(Component::Normal(part.as_ref())) && components.next().is_none()
    };
    path.split('/').all(normal) && !path.chars().any(char::is_control)
}
