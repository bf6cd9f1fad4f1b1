//! The cache that `huggingface_hub` and `hf-hub` share, seen from one repository.
//!
//! ```text
//! hub/models--OWNER--NAME/refs/main                  the commit that the branch was at
//!                        /snapshots/COMMIT/FILE      a link to …
//!                        /blobs/ETAG                 … the content
//!                        /blobs/ETAG.incomplete      what has arrived of it
//! hub/.locks/models--OWNER--NAME/ETAG.lock           held by the program that downloads it
//! ```
//!
//! Whatever is written, read or deleted here really lies below the repository's folder, links followed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use hf_hub::{Cache, CacheRepo};

use super::names::{Commit, Etag};
use super::{Error, Repo};

pub(super) struct RepoCache {
    layout: CacheRepo,
    /// `models--OWNER--NAME`.
    folder: PathBuf,
    locks: PathBuf,
    revision: String,
}

/// The cache in the user's hub folder, which holds the token too: HF_HOME, or where XDG and the home folder say.
pub(super) fn home() -> Result<Cache, Error> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match (set("HF_HOME"), set("XDG_CACHE_HOME")) {
        (None, Some(xdg)) => Ok(Cache::new(Path::new(&xdg).join("huggingface").join("hub"))),
        (Some(home), _) => Ok(Cache::new(Path::new(&home).join("hub"))),
        (None, None) => {
            // hf-hub would panic without one.
            etcetera::home_dir().map_err(|error| Error::Cache {
                path: PathBuf::from("~/.cache/huggingface"),
                reason: error.to_string(),
            })?;
            Ok(Cache::from_env())
        }
    }
}

/// The cache of repositories: HF_HUB_CACHE, or in the user's hub folder.
pub(super) fn folder() -> Result<Cache, Error> {
    let named = ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"];
    let named = named
        .iter()
        .find_map(|name| std::env::var_os(name).filter(|v| !v.is_empty()));
    match named {
        Some(folder) => Ok(Cache::new(folder.into())),
        None => home(),
    }
}

impl RepoCache {
    pub(super) fn open(repo: &Repo) -> Result<Self, Error> {
        let cache = folder()?;
        let name = repo.hub().folder_name();
        Ok(RepoCache {
            folder: cache.path().join(&name),
            locks: cache.path().join(".locks").join(&name),
            layout: cache.repo(repo.hub()),
            revision: repo.revision.clone(),
        })
    }

    /// The path of a file in the snapshot that the revision was last at.
    pub(super) fn find(&self, file: &str) -> Option<PathBuf> {
        let path = self.layout.get(file)?;
        self.real(&path).ok().map(|_| path)
    }

    /// Where the content with this hash belongs. Its folder is there afterwards.
    pub(super) fn blob(&self, etag: &Etag) -> Result<PathBuf, Error> {
        let path = self.layout.blob_path(etag.as_str());
        self.make_folder(&path)?;
        Ok(path)
    }

    /// What a path in the cache leads to.
    ///
    /// # Errors
    /// Where that lies elsewhere, or does not exist.
    pub(super) fn real(&self, path: &Path) -> Result<PathBuf, Error> {
        let real = fs::canonicalize(path).map_err(Error::cache(path))?;
        let root = fs::canonicalize(&self.folder).map_err(Error::cache(&self.folder))?;
        match real.starts_with(root) {
            true => Ok(real),
            false => Err(outside(path)),
        }
    }

    /// Puts a content into a commit's snapshot under a file's name, and the revision at that commit.
    pub(super) fn publish(
        &self,
        etag: &Etag,
        commit: &Commit,
        file: &str,
    ) -> Result<PathBuf, Error> {
        let blob = self.blob(etag)?;
        let pointer = self.layout.pointer_path(commit.as_str()).join(file);
        self.make_folder(&pointer)?;
        if fs::canonicalize(&pointer).ok() != fs::canonicalize(&blob).ok() {
            let up = "../".repeat(2 + file.split('/').count() - 1);
            let to = Path::new(&up).join("blobs").join(etag.as_str());
            replace_link(&to, &blob, &pointer).map_err(Error::cache(&pointer))?;
        }
        let reference = self.folder.join("refs").join(&self.revision);
        if fs::read_to_string(&reference).ok().as_deref() != Some(commit.as_str()) {
            self.make_folder(&reference)?;
            self.layout
                .create_ref(commit.as_str())
                .map_err(Error::cache(&reference))?;
        }
        Ok(pointer)
    }

    /// Deletes an entry and what it leads to, if that lies in the cache.
    pub(super) fn delete(&self, path: &Path) -> Result<(), Error> {
        let real = self.real(path);
        self.make_folder(path)?;
        for path in real.iter().map(PathBuf::as_path).chain([path]) {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::cache(path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The lock for downloading one content; `None` while another program holds it.
    pub(super) fn try_lock(&self, etag: &Etag) -> Result<Option<File>, Error> {
        let path = self.locks.join(format!("{}.lock", etag.as_str()));
        fs::create_dir_all(&self.locks).map_err(Error::cache(&self.locks))?;
        let file = File::create(&path).map_err(Error::cache(&path))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(None),
            // Some network drives know no locks; downloads are renamed into place all the same.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
        }
    }

    /// Makes the folder that a path is to lie in.
    fn make_folder(&self, path: &Path) -> Result<(), Error> {
        let folder = path.parent().unwrap_or(&self.folder);
        // No link below the repository's folder may lead elsewhere, not even on the way to a new folder.
        fs::create_dir_all(&self.folder).map_err(Error::cache(&self.folder))?;
        let mut there = folder;
        while !there.exists() {
            there = there.parent().unwrap_or(&self.folder);
        }
        self.real(there)?;
        fs::create_dir_all(folder).map_err(Error::cache(folder))
    }
}

fn outside(path: &Path) -> Error {
    Error::Cache {
        path: path.to_owned(),
        reason: "it leads out of the repository's folder".to_owned(),
    }
}

/// Lets `pointer` lead to `blob`, which lies at `to` as seen from there, in one step that no reader notices.
fn replace_link(to: &Path, blob: &Path, pointer: &Path) -> io::Result<()> {
    let mut name = pointer.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    // The name alone may be as long as a name can be.
    let fresh = match name.len() {
        ..=255 => pointer.with_file_name(name),
        _ => pointer.with_file_name(format!("{}.tmp", std::process::id())),
    };
    let _ = fs::remove_file(&fresh);
    link(to, blob, &fresh)?;
    fs::rename(&fresh, pointer).inspect_err(|_| drop(fs::remove_file(&fresh)))
}

#[cfg(unix)]
fn link(to: &Path, _: &Path, pointer: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, pointer)
}

/// Symbolic links need a privilege elsewhere.
#[cfg(not(unix))]
fn link(_: &Path, blob: &Path, pointer: &Path) -> io::Result<()> {
    fs::hard_link(blob, pointer).or_else(|_| fs::copy(blob, pointer).map(drop))
}
