//! The content of a file that is not read until it is used.

use std::fs::File;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

use super::ModelError;

/// A mapped file, or bytes of the program itself.
#[derive(Debug)]
pub(super) enum Bytes {
    Mapped(Mmap),
    Embedded(&'static [u8]),
}

impl Bytes {
    pub(super) fn map(path: &Path) -> Result<Bytes, ModelError> {
        let file = File::open(path).map_err(ModelError::read(path))?;
        // SAFETY: a mapped file must not be changed or cut by others while it is mapped. No program can rule that
        // out; model files are written once, the hub's under a name that carries their hash, and `Weights` says so.
        let mapped = unsafe { Mmap::map(&file) }.map_err(ModelError::read(path))?;
        Ok(Bytes::Mapped(mapped))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(mapped) => mapped,
            Bytes::Embedded(bytes) => bytes,
        }
    }
}

/// What a file really is where it should be something else, if it can be told from its start.
pub(super) fn impostor(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        Some("is empty")
    } else if bytes.starts_with(b"version https://git-lfs") {
        Some("is a Git LFS pointer, not the file itself (`git lfs pull` fetches that)")
    } else if bytes.starts_with(b"<") {
        Some("is a web page")
    } else {
        None
    }
}
