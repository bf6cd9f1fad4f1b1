//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::Error;
use super::locked::{obstacle, open_locked};

/// Writes a file through a temporary one in the same folder, renamed into place at the end.
///
/// The temporary file of `r.feather` is `.r.feather.lamascope-tmp`: what a killed program leaves, the next one replaces.
/// An existing file is replaced only with `overwrite`; see [`check_free`] to ask early.
pub fn write<E: From<Error>>(
    path: &Path,
    overwrite: bool,
    content: impl FnOnce(&mut BufWriter<NamedTempFile>) -> Result<(), E>,
) -> Result<(), E> {
    check_free(path, overwrite)?;
    let wrong = |source: io::Error| Error::Write {
        path: path.to_owned(),
        source,
    };
    let mut file = BufWriter::new(temporary(path)?);
    content(&mut file)?;
    let file = file.into_inner().map_err(|e| wrong(e.into_error()))?;
    file.as_file().sync_all().map_err(wrong)?;
    let placed = if overwrite {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    placed.map_err(|e| match e.error.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists {
            path: path.to_owned(),
        },
        _ => wrong(e.error),
    })?;
    keep_name(path);
    Ok(())
}

/// Has the system write down the new name before anything follows from it: after a power cut the journal must not be gone
/// and the result not be there. What cannot be opened as a folder (on Windows) keeps names in its own time.
fn keep_name(path: &Path) {
    if let Ok(folder) = fs::File::open(folder(path)) {
        let _ = folder.sync_all();
    }
}

/// Refuses what [`write()`] would refuse at the end: an existing file without `overwrite`, a folder, link or device, a
/// missing folder.
pub fn check_free(path: &Path, overwrite: bool) -> Result<(), Error> {
    let path_buf = || path.to_owned();
    if let Some(what) = obstacle(path) {
        return Err(Error::NoFile {
            path: path_buf(),
            what,
        });
    }
    let beside = temporary_name(path);
    if let Some(what) = obstacle(&beside) {
        return Err(Error::Taken { path: beside, what });
    }
    if !overwrite && fs::symlink_metadata(path).is_ok() {
        return Err(Error::Exists { path: path_buf() });
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(Error::NoFolder {
            path: path_buf(),
            folder: folder.to_owned(),
        });
    }
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// An empty file beside `path`, locked while it is written and removed unless it is renamed.
fn temporary(path: &Path) -> Result<NamedTempFile, Error> {
    let beside = temporary_name(path);
    let wrong = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    let file = open_locked(&beside)?;
    let beside = TempPath::try_from_path(beside).map_err(wrong)?;
    file.set_len(0).map_err(wrong)?;
    Ok(NamedTempFile::from_parts(file, beside))
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".lamascope-tmp");
    folder(path).join(name)
}

/// The path with a suffix after its extension.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
