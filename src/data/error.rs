//! What can be wrong with data or with a choice from it, each in one line.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::did_you_mean::did_you_mean;
use crate::hub;
use crate::text::harmless;

/// Why data could not be loaded or selected.
///
/// Every message is one line that names the file, the row (counted from 1, a CSV header not
/// included) or the column, what was expected, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: no such file or folder: check the path, or use `embedded` or `hub`", path.display())]
    NoSuchFile { path: PathBuf },

    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },

    #[error("{}: unknown kind of file: expected .parquet, .arrow, .arrows, .feather, .jsonl or .csv", path.display())]
    UnknownFormat { path: PathBuf },

    /// A folder without data, or one whose order of files is unclear.
    #[error("{}: {what}", path.display())]
    Folder { path: PathBuf, what: String },

    #[error(
        "{}: no column `{column}` among {}: expected {}",
        path.display(), Names(found), super::columns::EXPECTED
    )]
    MissingColumn {
        path: PathBuf,
        column: String,
        found: Vec<String>,
    },

    /// A column that `--columns` names.
    #[error(
        "{}: no column `{column}` ({key}) among {}{}",
        path.display(), Names(found), hint(column, found)
    )]
    NoSuchColumn {
        path: PathBuf,
        /// What the column was to hold.
        key: &'static str,
        column: String,
        found: Vec<String>,
    },

    #[error(
        "{}: column `{column}` holds {found}, expected {expected}: convert the column",
        path.display()
    )]
    WrongType {
        path: PathBuf,
        column: String,
        expected: &'static str,
        found: String,
    },

    /// One row is wrong; `what` names the column, what was expected and what to do.
    #[error("{}, row {row}: {what}", path.display())]
    Row {
        path: PathBuf,
        /// Counted from 1 within the file.
        row: u64,
        what: String,
    },

    /// The file as a whole does not parse: truncated, damaged, or of another format.
    #[error("{}: not a complete {format} file: {reason}: copy or download it again", path.display())]
    Broken {
        path: PathBuf,
        format: &'static str,
        reason: String,
    },

    #[error(
        "{}: column `{column}` is compressed with {codec}, expected none, Snappy, Zstandard, gzip, Brotli or LZ4: \
         write the file again",
        path.display()
    )]
    Packing {
        path: PathBuf,
        column: String,
        codec: &'static str,
    },

    /// So small a file with so much in it was made to fill the memory.
    #[error(
        "{}: {packed} bytes of text unpack to {unpacked}, expected at most {most}: check where the file comes from",
        path.display()
    )]
    Bomb {
        path: PathBuf,
        packed: u64,
        unpacked: u64,
        most: u64,
    },

    #[error("{}: holds no rows: expected one row per fact and template", path.display())]
    NoRows { path: PathBuf },

    /// Files of one folder that do not belong together.
    #[error("{}: {found}, but {} {other}: keep one kind of data in a folder", path.display(), first.display())]
    MixedShapes {
        path: PathBuf,
        found: &'static str,
        first: PathBuf,
        other: &'static str,
    },

    #[error(transparent)]
    Hub(#[from] hub::Error),

    #[error("{0}")]
    NotOnHub(&'static str),

    /// A choice that the data cannot satisfy.
    #[error("{0}")]
    Selection(String),

    #[error("loading the data was cancelled")]
    Cancelled,
}

impl Error {
    /// An error of the operating system while opening or reading `path`.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            return Error::NoSuchFile {
                path: path.to_owned(),
            };
        }
        Error::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// A parser's complaint about a whole file, kept to one line.
    pub(super) fn broken(path: &Path, format: &'static str, reason: impl fmt::Display) -> Self {
        Error::Broken {
            path: path.to_owned(),
            format,
            reason: one_line(&reason.to_string()),
        }
    }

    pub(super) fn row(path: &Path, row: u64, what: impl Into<String>) -> Self {
        Error::Row {
            path: path.to_owned(),
            row,
            what: what.into(),
        }
    }
}

/// Libraries wrap their messages; a status line and a log line must not.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Which column was perhaps meant, behind a message.
fn hint(column: &str, found: &[String]) -> String {
    let near = did_you_mean(column, found.iter().map(String::as_str));
    match near.trim() {
        "" => ": name one of these in --columns".to_owned(),
        near => format!(": {near}"),
    }
}

/// At most this many characters of a value are quoted in a message.
const QUOTED: usize = 60;

/// A value as it stands in a message: on one line, shortened, in backquotes.
pub(super) fn quote(text: &str) -> String {
    let line: String = text.chars().take(QUOTED).collect();
    let line = harmless(&line);
    let more = if text.chars().nth(QUOTED).is_some() {
        "…"
    } else {
        ""
    };
    format!("`{line}{more}`")
}

/// Column names as a list, or the word for none.
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        // A table of another kind may have hundreds of columns.
        let shown: Vec<String> = self.0.iter().take(12).map(|n| quote(n)).collect();
        f.write_str(&shown.join(", "))?;
        match self.0.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
