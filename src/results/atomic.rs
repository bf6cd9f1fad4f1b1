//! Files that appear whole or not at all.

use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Error;

/// Writes a file through a temporary one in the same folder, renamed into place at the end.
///
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
    let mut file = BufWriter::new(temporary(folder(path)).map_err(wrong)?);
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
    Ok(())
}

/// Refuses what [`write()`] would refuse at the end: an existing file without `overwrite`, a folder or device, a missing
/// folder.
pub fn check_free(path: &Path, overwrite: bool) -> Result<(), Error> {
    let path_buf = || path.to_owned();
    if path.exists() && !path.is_file() {
        return Err(Error::NoFile { path: path_buf() });
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

/// A temporary file with the permissions of an ordinary new one.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lamascope-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// The path with a suffix after its extension.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
