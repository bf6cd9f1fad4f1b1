//! Where data comes from, and loading it.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::progress::{Progress, Stage, Watch};
use super::{Columns, Dataset, Error, Style, files, sample, table};
use crate::hub::{self, Presence, Repo};

/// The published data set and the branch on which the hub keeps it as Parquet.
const HUB_NAME: &str = "iszhaoxin/MyriadLAMA";
const HUB_REVISION: &str = "refs/convert/parquet";
const HUB_SPLIT: &str = "train";

/// What `--data` names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Source {
    /// The sample that is built into the program.
    #[default]
    Embedded,
    /// The published data set, downloaded once into the hub's cache.
    Hub,
    /// A file, a folder of shards, or a folder that `datasets` saved.
    Path(PathBuf),
    /// The same with a table of any kind, its columns named.
    Table(PathBuf, Columns),
}

/// Stands between a path and its columns where both are one name.
const COLUMNS: &str = " --columns ";

impl Source {
    /// The same data with its columns named.
    ///
    /// # Errors
    /// Data whose columns are known.
    pub fn with_columns(self, columns: Columns) -> Result<Self, String> {
        match self {
            Source::Path(path) | Source::Table(path, _) => Ok(Source::Table(path, columns)),
            known => Err(format!(
                "--columns names the columns of a table of yours, those of --data {known} are known: leave it out, or \
                 give a path to --data"
            )),
        }
    }

    /// What a name stands for, as [`Source`]'s display writes it.
    ///
    /// # Errors
    /// Columns that are none.
    pub fn named(name: &str) -> Result<Self, String> {
        match name.split_once(COLUMNS) {
            None => Ok(Source::from(OsString::from(name))),
            Some((path, columns)) => {
                let columns = columns.trim().parse()?;
                Source::from(OsString::from(path.trim())).with_columns(columns)
            }
        }
    }

    /// The columns that are named.
    pub fn columns(&self) -> Option<&Columns> {
        match self {
            Source::Table(_, columns) => Some(columns),
            Source::Embedded | Source::Hub | Source::Path(_) => None,
        }
    }

    /// What `--data` takes for it.
    pub fn place(&self) -> String {
        match self {
            Source::Embedded => "embedded".to_owned(),
            Source::Hub => "hub".to_owned(),
            Source::Path(path) | Source::Table(path, _) => path.display().to_string(),
        }
    }
}

impl From<OsString> for Source {
    /// `embedded`, `hub`, or a path, whatever bytes are in its name. A file that bears one of these names is `./hub`.
    fn from(text: OsString) -> Self {
        match text.to_str() {
            Some("embedded") => Source::Embedded,
            Some("hub") => Source::Hub,
            _ => Source::Path(text.into()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())?;
        match self.columns() {
            Some(columns) => write!(f, "{COLUMNS}{columns}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Style {
    type Err = String;

    /// The words of `--dataset`: `myriadlama` or `webqa`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "myriadlama" => Ok(Style::MyriadLama),
            "webqa" => Ok(Style::WebQuestions),
            _ => Err(format!(
                "`{text}` is no data set: expected myriadlama or webqa"
            )),
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Style::MyriadLama => "myriadlama",
            Style::WebQuestions => "webqa",
            Style::MultipleChoice => "choice",
        })
    }
}

impl Dataset {
    /// Loads data. `style` chooses among embedded and hub data; any other tell their style themselves.
    ///
    /// # Errors
    /// One line that names the file, row or column, what was expected and what to do.
    pub fn load(source: &Source, style: Style, watch: Watch) -> Result<Self, Error> {
        match (source, style) {
            (Source::Embedded, Style::MyriadLama) => sample::myriadlama(),
            (Source::Embedded, Style::WebQuestions) => sample::webqa(),
            (Source::Hub, Style::MyriadLama) => published(watch),
            (Source::Hub, Style::WebQuestions) => Err(Error::NotOnHub(
                "no WebQuestions data with paraphrases is published on the hub: \
                 use --data embedded, or --data PATH with columns uuid, paraphrase0, …, answers",
            )),
            (Source::Path(path), _) => files::load(path, watch),
            (Source::Table(path, columns), _) => table::load(path, columns, watch),
            (_, Style::MultipleChoice) => Err(Error::NotOnHub(
                "no questions with choices are built in or published with MyriadLAMA: \
                 give a table of them as --data PATH",
            )),
        }
    }
}

/// The published data set where the hub keeps it as Parquet.
fn repository() -> Repo {
    Repo::dataset(HUB_NAME).at(HUB_REVISION)
}

/// Its files among all of a repository, in the order of the rows.
fn shards(files: Vec<String>) -> Vec<String> {
    let is_shard =
        |file: &String| file.ends_with(".parquet") && file.split('/').any(|p| p == HUB_SPLIT);
    let mut shards: Vec<String> = files.into_iter().filter(is_shard).collect();
    shards.sort();
    shards
}

/// How much of the published data is in the cache.
pub fn hub_presence() -> Presence {
    let repo = repository();
    let known = hub::known_files(&repo).map(shards);
    let has = |shard: &String| hub::find(&repo, shard).is_some();
    known.map_or(Presence::Nothing, |known| {
        Presence::of(known.iter().map(has))
    })
}

/// Downloads and reads the published data.
fn published(watch: Watch) -> Result<Dataset, Error> {
    let repo = repository();
    let shards = shards(hub::list(&repo, watch.cancel)?);
    if shards.is_empty() {
        return Err(Error::NotOnHub(
            "the hub lists no Parquet files for split `train` of iszhaoxin/MyriadLAMA: \
             download the data by hand and give its path to --data",
        ));
    }
    let mut paths = Vec::new();
    for shard in &shards {
        let report = |done, total| {
            (watch.report)(Progress {
                stage: Stage::Download,
                done,
                total,
            });
        };
        paths.push(hub::fetch(&repo, shard, &report, watch.cancel)?);
    }
    files::load_parquet(&paths, watch)
}
