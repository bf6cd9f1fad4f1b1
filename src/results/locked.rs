//! Files under names that this program chooses: plain, locked, and nobody else's.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::Error;

/// What stands under a name, if it is something else than a plain file. Links are not followed.
pub(super) fn obstacle(path: &Path) -> Option<&'static str> {
    let kind = fs::symlink_metadata(path).ok()?.file_type();
    if kind.is_file() {
        return None;
    }
    if kind.is_symlink() {
        return Some("a link");
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a FIFO");
        }
    }
    Some("a device")
}

/// Opens a plain file for reading and writing, its content kept, or makes an empty one, and locks it. Follows no link and
/// waits for nobody.
///
/// # Errors
/// [`Error::Taken`] where the name belongs to something else, [`Error::Busy`] where another run has the file.
pub(super) fn open_locked(path: &Path) -> Result<File, Error> {
    let failed = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    loop {
        let mut options = File::options();
        options.read(true).write(true);
        let made = options.clone().create_new(true).open(path);
        let file = match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if let Some(what) = obstacle(path) {
                    return Err(Error::Taken {
                        path: path.to_owned(),
                        what,
                    });
                }
                match options.open(path) {
                    // Renamed or removed in between by the run that had it.
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    opened => opened.map_err(failed)?,
                }
            }
            made => made.map_err(failed)?,
        };
        match file.try_lock() {
            // A file system without locks cannot tell of another run; that is no reason not to run.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Busy {
                    path: path.to_owned(),
                });
            }
        }
        // The run that had the lock before may have renamed the file meanwhile.
        if is_at(&file, path).map_err(failed)? {
            return Ok(file);
        }
    }
}

/// Whether an open file is still the one under its name.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let mine = file.metadata()?;
    Ok(fs::symlink_metadata(path)
        .is_ok_and(|there| (there.dev(), there.ino()) == (mine.dev(), mine.ino())))
}

/// Other systems do not rename a file that somebody holds open.
#[cfg(not(unix))]
pub(super) fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    Ok(path.is_file())
}
