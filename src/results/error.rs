//! What can go wrong with result files.

use std::path::PathBuf;

/// Why a result file cannot be written, read or compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: no such file: check the name", path.display())]
    NoSuchFile { path: PathBuf },
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}: exists already: choose another name, or replace it with --overwrite", path.display())]
    Exists { path: PathBuf },
    #[error("{}: the folder {} does not exist: make it first", path.display(), folder.display())]
    NoFolder { path: PathBuf, folder: PathBuf },
    #[error("{}: is {what}: give the name of a file", path.display())]
    NoFile { path: PathBuf, what: &'static str },
    /// Under a name that the program chooses.
    #[error(
        "{}: {what} has the name under which the run keeps what is not complete: move it away, or choose another --out",
        path.display()
    )]
    Taken { path: PathBuf, what: &'static str },
    /// A name that promises another kind of file than what is written.
    #[error("{}: {what} are written as {kind}: name it {}", path.display(), better.display())]
    Name {
        path: PathBuf,
        what: &'static str,
        kind: &'static str,
        better: PathBuf,
    },
    #[error(
        "{}: holds {facts} facts of an interrupted run: continue it with --resume, or start over with --overwrite",
        path.display()
    )]
    Interrupted { path: PathBuf, facts: usize },
    #[error("{}: another run is writing it: wait for that, or choose another --out", path.display())]
    Busy { path: PathBuf },
    #[error(
        "{}: belongs to a run with another `{key}` ({old}, now {new}): repeat that run's options, or start over \
         with --overwrite",
        path.display()
    )]
    OtherRun {
        path: PathBuf,
        key: String,
        old: String,
        new: String,
    },
    #[error(
        "{}: belongs to a run whose {what} held something else ({old}, now {new}): put that back, or start over with \
         --overwrite",
        path.display()
    )]
    OtherContent {
        path: PathBuf,
        what: String,
        old: String,
        new: String,
    },
    #[error("{}: {what}: start over with --overwrite", path.display())]
    Journal { path: PathBuf, what: &'static str },
    #[error(
        "{}: has been moved or removed while the run went on: bring it back and repeat the command with --resume, or start \
         over",
        path.display()
    )]
    Gone { path: PathBuf },
    /// Finished facts that cannot be read back.
    #[error("{}: has changed while the run went on: repeat the command with --resume", path.display())]
    Changed { path: PathBuf },
    #[error("{}: unknown kind of file: expected .feather, .csv or .jsonl", path.display())]
    UnknownKind { path: PathBuf },
    #[error(
        "{}: {what}: expected a whole Feather file, as `lamascope run --out` writes it: copy or make it again",
        path.display()
    )]
    Feather { path: PathBuf, what: String },
    #[error(
        "{}: {source}; expected CSV in UTF-8, a line with the columns' names and as many values in every row: copy or \
         make it again",
        path.display()
    )]
    Csv { path: PathBuf, source: csv::Error },
    #[error(
        "{}: line {line}: {source}; expected one JSON object per line: copy or make it again",
        path.display()
    )]
    Json {
        path: PathBuf,
        line: u64,
        source: serde_json::Error,
    },
    #[error("{}: line {line}: {source}", path.display())]
    Line {
        path: PathBuf,
        line: u64,
        source: std::io::Error,
    },
    #[error("{}: has no column `{column}`: expected {expected}", path.display())]
    NoColumn {
        path: PathBuf,
        column: String,
        expected: &'static str,
    },
    #[error("{}: row {row}, column `{column}`: expected {expected}, found {found}", path.display())]
    Cell {
        path: PathBuf,
        row: usize,
        column: String,
        expected: &'static str,
        found: String,
    },
    #[error(
        "{}: holds no masses or influences: expected a file of `run --attention` or `run --influence`",
        path.display()
    )]
    NotInside { path: PathBuf },
    #[error(
        "{}: holds a sweep, not one run: `lamascope report` shows it where it is the only file, or take the rows of one \
         cell by the column `cell`",
        path.display()
    )]
    Sweep { path: PathBuf },
    #[error("{}: carries no lamascope configuration: it was not written by `lamascope run`", path.display())]
    NoConfiguration { path: PathBuf },
    #[error(
        "{}: its configuration is not understood ({source}): another version of lamascope wrote it, read it with that one",
        path.display()
    )]
    OtherConfiguration {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{}: fact {uuid} occurs in rows that do not follow each other", path.display())]
    Scattered { path: PathBuf, uuid: String },
    #[error("{}: holds no rows: expected {expected}", path.display())]
    Empty {
        path: PathBuf,
        expected: &'static str,
    },
    #[error("{}: {what}", path.display())]
    Shards { path: PathBuf, what: String },
}
