//! What earlier runs learned about the hub: which blobs were verified, and which files a
//! repository has. All of it can be deleted at any time; failing to write it is no error.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::{Kind, Repo};

/// Whether the blob with this hash was verified and has not changed since.
pub(super) fn is_verified(hash: &str, blob: &Path, found: &Metadata) -> bool {
    let known = place("verified", hash).and_then(|place| fs::read_to_string(place).ok());
    known.is_some() && known == stamp(blob, found)
}

pub(super) fn keep_verified(hash: &str, blob: &Path, found: &Metadata) {
    if let (Some(place), Some(stamp)) = (place("verified", hash), stamp(blob, found)) {
        write(&place, &stamp);
    }
}

/// The files that the hub last listed for a repository.
pub(super) fn list(repo: &Repo) -> Option<Vec<String>> {
    let text = fs::read_to_string(place("lists", &key(repo))?).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

pub(super) fn keep_list(repo: &Repo, files: &[String]) {
    if let Some(place) = place("lists", &key(repo)) {
        write(&place, &files.join("\n"));
    }
}

/// What changes when a blob is written again.
fn stamp(blob: &Path, found: &Metadata) -> Option<String> {
    let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let (size, nanos) = (found.len(), modified.as_nanos());
    Some(format!("{size} {nanos} {}", blob.display()))
}

fn key(repo: &Repo) -> String {
    let kind = match repo.kind {
        Kind::Model => "model",
        Kind::Dataset => "dataset",
    };
    // Names and revisions hold slashes, and the endpoint decides whose repository it is.
    let endpoint = std::env::var("HF_ENDPOINT").unwrap_or_default();
    let text = format!("{endpoint} {kind} {} {}", repo.name, repo.revision);
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn place(kind: &str, key: &str) -> Option<PathBuf> {
    let cache = etcetera::choose_base_strategy().ok()?.cache_dir();
    Some(cache.join("lamascope").join("hub").join(kind).join(key))
}

/// Writes beside and renames, so that no reader sees half a file.
fn write(place: &Path, text: &str) {
    let Some(folder) = place.parent() else {
        return;
    };
    let _ = fs::create_dir_all(folder).and_then(|()| {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(place).map(drop).map_err(|e| e.error)
    });
}
