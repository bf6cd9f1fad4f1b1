//! The last line of defence against damaged files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::Error;

/// Turns a panic of a format's crate, which a few kinds of damage inside a page or buffer still
/// cause, into an error. What `read` changes must not be used after an error.
pub(super) fn catch_panic<T>(
    path: &Path,
    format: &'static str,
    read: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Error::broken(path, format, "a part of it is damaged")))
}
