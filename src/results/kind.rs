//! What the name of a file promises.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Error;
use super::atomic::with_suffix;

/// A kind of file with rows, told by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Arrow IPC, which pandas calls Feather: results.
    Feather,
    /// Predictions of other programs.
    Csv,
    /// Traces and rows that were scored anew.
    JsonLines,
}

impl Kind {
    /// `None` for a name that promises none of them.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "feather" | "arrow" => Some(Kind::Feather),
            "csv" => Some(Kind::Csv),
            "jsonl" | "ndjson" => Some(Kind::JsonLines),
            _ => None,
        }
    }

    /// Refuses to write this kind under a name that promises another: nothing could read the file as what it seems to
    /// be. `what` is what would be written, in the plural.
    pub fn check(self, path: &Path, what: &'static str) -> Result<(), Error> {
        // Folders and devices are refused as such.
        let file = path.file_name().is_some() && (path.is_file() || !path.exists());
        if !file || Kind::of(path) == Some(self) {
            return Ok(());
        }
        let (kind, ending) = match self {
            Kind::Feather => ("Feather", "feather"),
            Kind::Csv => ("CSV", "csv"),
            Kind::JsonLines => ("JSON lines", "jsonl"),
        };
        Err(Error::Name {
            path: path.to_owned(),
            what,
            kind,
            better: with_ending(path, ending),
        })
    }
}

/// The name with this ending, in place of one that names a format: `run.txt`, but not `run.2026-11`.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let format = |extension: &OsStr| {
        extension
            .as_encoded_bytes()
            .iter()
            .all(u8::is_ascii_alphabetic)
    };
    match path.extension() {
        Some(extension) if !format(extension) => with_suffix(path, &format!(".{ending}")),
        _ => path.with_extension(ending),
    }
}
