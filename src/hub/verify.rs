//! Whether a content in the cache is what the hub sent.
//!
//! The cache names a large file's blob by its SHA-256, so the expected hash is at hand even
//! offline. Small files are named by a Git hash; of them the size is checked.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::names::Etag;
use super::{Error, memo};

/// Bytes hashed between two looks at the cancel flag.
const CHUNK: usize = 1 << 20;

/// What is wrong with a content of the right size.
pub(super) const OTHER_HASH: &str = "its SHA-256 differs";

/// Checks size and hash of a blob, links resolved; the inner error says what is wrong.
///
/// Hashing runs at about 1 GB/s, so what was verified once is remembered by size and time of the
/// last change.
pub(super) fn check(
    blob: &Path,
    size: Option<u64>,
    cancel: &AtomicBool,
) -> Result<Result<(), String>, Error> {
    let found = fs::metadata(blob).map_err(Error::cache(blob))?;
    if let Some(size) = size.filter(|&size| size != found.len()) {
        let reason = format!("{} bytes instead of {size}", found.len());
        return Ok(Err(reason));
    }
    let name = blob.file_name().and_then(|name| name.to_str());
    let Some(expected) = name.and_then(Etag::parse).and_then(|etag| etag.sha256()) else {
        return Ok(Ok(()));
    };
    if memo::is_verified(&expected, blob, &found) {
        return Ok(Ok(()));
    }
    let mut file = File::open(blob).map_err(Error::cache(blob))?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        match file.read(&mut chunk).map_err(Error::cache(blob))? {
            0 => break,
            read => hash.update(&chunk[..read]),
        }
    }
    if expected != hex(hash) {
        return Ok(Err(OTHER_HASH.to_owned()));
    }
    memo::keep_verified(&expected, blob, &found);
    Ok(Ok(()))
}

pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
