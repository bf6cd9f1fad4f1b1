//! What the name of a file promises.

use std::path::Path;

use super::Error;

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
        // `.` and `..` are folders, and refused as such.
        if path.file_name().is_none() || Kind::of(path) == Some(self) {
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
            better: path.with_extension(ending),
        })
    }
}
