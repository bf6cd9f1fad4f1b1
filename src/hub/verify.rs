//! Whether a file in the cache is what the hub sent.
//!
//! The cache names a large file's blob by its SHA-256, so the expected hash is at hand even
//! offline. Small files are named by a Git hash; of them the size is checked.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::{Error, memo};

/// Bytes hashed between two looks at the cancel flag.
const CHUNK: usize = 1 << 20;

/// Checks size and hash; the inner error says what is wrong.
///
/// Hashing runs at about 1 GB/s, so what was verified once is remembered by size and time of the
/// last change.
pub(super) fn check(
    path: &Path,
    size: Option<u64>,
    cancel: &AtomicBool,
) -> Result<Result<(), String>, Error> {
    let failed = |e: std::io::Error| cache_error(path, &e.to_string());
    let blob = blob(path);
    let found = fs::metadata(&blob).map_err(failed)?;
    if let Some(size) = size.filter(|&size| size != found.len()) {
        let reason = format!("{} bytes instead of {size}", found.len());
        return Ok(Err(reason));
    }
    let Some(expected) = expected_hash(&blob) else {
        return Ok(Ok(()));
    };
    if memo::is_verified(&expected, &blob, &found) {
        return Ok(Ok(()));
    }
    let mut file = File::open(&blob).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        match file.read(&mut chunk).map_err(failed)? {
            0 => break,
            read => hash.update(&chunk[..read]),
        }
    }
    let actual = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    if expected != String::as_str(&actual) {
        return Ok(Err("its SHA-256 differs".to_owned()));
    }
    memo::keep_verified(&expected, &blob, &found);
    Ok(Ok(()))
}

/// Deletes a file from the cache, blob and pointer.
pub(super) fn delete(path: &Path) -> Result<(), Error> {
    let blob = blob(path);
    for path in [path, &blob] {
        match fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(cache_error(path, &e.to_string()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The file that a snapshot's entry points to; itself where links are not available (Windows).
fn blob(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The SHA-256 in a blob's name. A Git hash is shorter.
fn expected_hash(blob: &Path) -> Option<String> {
    let name = blob.file_name()?.to_str()?;
    let is_hash = name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then(|| name.to_ascii_lowercase())
}

fn cache_error(path: &Path, reason: &str) -> Error {
    Error::Cache {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}
