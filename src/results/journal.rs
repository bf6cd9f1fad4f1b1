//! Finished facts, appended one line each while a run or a sweep goes on.
//!
//! ```text
//! lamascope journal 2
//! 5f0c…91 {"configuration":{…},"trace":false}
//! 0b77…e4 {"fact":4,"rows":[…]}
//! ```
//!
//! Every line after the first begins with a checksum of the rest. A line that was damaged since, or does not fit what
//! the run asks, counts for nothing: its fact is asked again. In the journal of a sweep an entry also names its cell, and a
//! line in front of a cell's first entry says what that cell was.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::atomic::with_suffix;
use super::configuration::hex;
use super::locked::{is_at, obstacle, open_locked};
use super::{Configuration, Error};
use crate::evaluate::{Plan, Row};

/// After the name of the file that the run will write.
const ENDING: &str = ".partial";

/// The first line.
const MAGIC: &[u8] = b"lamascope journal 2\n";

/// How a journal of version 0.1.0 begins.
const OLD: &[u8] = b"{\"configuration\":";

/// Hex digits of a line's checksum.
const CHECKSUM: usize = 16;

/// What decides the rows of a file and stands at the head of its journal: a run's configuration, or a sweep's.
pub(super) trait Head: Clone + Serialize + DeserializeOwned {
    /// Whether entries count only behind a line that says what their cell was.
    const CELLS: bool;

    /// Refuses to go on as `now` with what stands at `path`, written under this head.
    fn require(&self, now: &Self, path: &Path) -> Result<(), Error>;
}

/// The second line.
#[derive(Serialize, Deserialize)]
struct Header<H> {
    configuration: H,
    /// Whether entries carry trace lines.
    trace: bool,
}

/// How the text of such a line starts.
const BEGUN: &[u8] = b"{\"begun\":";

/// What a cell of a sweep was: known when its model is loaded.
#[derive(Serialize, Deserialize)]
struct Begun {
    begun: usize,
    configuration: Configuration,
}

/// Every other line.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    /// Index into the data set's facts.
    pub fact: usize,
    /// Which cell of a sweep, counted from 0; a run is one cell.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cell: usize,
    pub rows: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<String>,
}

/// A cell and a fact of it.
pub(super) type Place = (usize, usize);

/// How a file begins.
enum Start {
    /// With nothing, or with less than a first line.
    Empty,
    Journal,
    /// As journals of another version do.
    Old,
    Other,
}

/// An open journal: locked, and known by where each fact stands in it.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the next entry goes.
    end: u64,
    /// Where each finished fact's line starts.
    offsets: HashMap<Place, u64>,
    /// What the cells were that have begun.
    begun: BTreeMap<usize, Configuration>,
    /// Lines that counted for nothing.
    damaged: usize,
}

impl Journal {
    /// Starts an empty one, over an old one if there is any.
    ///
    /// # Errors
    /// Where the name belongs to anything else than a journal, or another run is writing it.
    pub fn create(path: &Path, head: &impl Head, trace: bool) -> Result<Self, Error> {
        let (journal, _) = Journal::open(path)?;
        journal.begin(head, trace)
    }

    fn begin(mut self, head: &impl Head, trace: bool) -> Result<Self, Error> {
        let header = Header {
            configuration: head.clone(),
            trace,
        };
        self.file.set_len(0).map_err(self.wrong())?;
        self.append(MAGIC)?;
        let line = self.line(&header)?;
        self.append(&line)?;
        Ok(self)
    }

    /// Takes up an old one: tells `seen` what it holds, passes over what is damaged, and cuts off a line that was never
    /// finished. There is one plan per cell.
    ///
    /// # Errors
    /// As [`Journal::create`]; where it belongs to another run or its configuration is damaged.
    pub fn resume<H: Head>(
        path: &Path,
        head: &H,
        trace: bool,
        plans: &[Plan],
        seen: &mut dyn FnMut(usize, &[Row]),
    ) -> Result<Self, Error> {
        let (mut journal, start) = Journal::open(path)?;
        match start {
            Start::Journal => {}
            Start::Empty => return journal.begin(head, trace),
            Start::Old | Start::Other => return Err(of_another_version(path)),
        }
        let mut lines = journal.lines(MAGIC.len() as u64)?;
        let header: Header<H> = match lines.next()? {
            // Interrupted before it was whole.
            None => return journal.begin(head, trace),
            Some(None) => {
                return Err(Error::Journal {
                    path: path.to_owned(),
                    what: "what its run was has been damaged",
                });
            }
            Some(Some(text)) => {
                serde_json::from_slice(text).map_err(|_| of_another_version(path))?
            }
        };
        header.configuration.require(head, path)?;
        if header.trace != trace {
            let word = |trace: bool| if trace { "yes" } else { "no" }.to_owned();
            return Err(Error::OtherRun {
                path: path.to_owned(),
                key: "trace".to_owned(),
                old: word(header.trace),
                new: word(trace),
            });
        }
        let mut expected: HashMap<Place, _> = HashMap::new();
        for (cell, plan) in plans.iter().enumerate() {
            let rows = |&fact: &usize| ((cell, fact), plan.row_templates(fact));
            expected.extend(plan.facts.iter().map(rows));
        }
        loop {
            let start = lines.offset;
            let Some(line) = lines.next()? else { break };
            if let Some(begun) = line.filter(|_| H::CELLS)
                && let Ok(Begun {
                    begun,
                    configuration,
                }) = serde_json::from_slice(begun)
            {
                journal.begun.insert(begun, configuration);
                continue;
            }
            let entry = line.and_then(|text| serde_json::from_slice::<Entry>(text).ok());
            let fits = |entry: &Entry| {
                let Some(templates) = expected.get(&(entry.cell, entry.fact)) else {
                    return false;
                };
                if H::CELLS && !journal.begun.contains_key(&entry.cell) {
                    return false;
                }
                let uuid = &plans[entry.cell].data.facts[entry.fact].uuid;
                let mut rows = entry.rows.iter().zip(templates);
                entry.rows.len() == templates.len()
                    && entry.trace.len() == if trace { templates.len() } else { 0 }
                    && rows.all(|(row, templates)| row.uuid == *uuid && row.templates == *templates)
            };
            match entry.filter(fits) {
                Some(entry) => {
                    let place = (entry.cell, entry.fact);
                    if journal.offsets.insert(place, start).is_none() {
                        seen(entry.cell, &entry.rows);
                    }
                }
                None => journal.damaged += 1,
            }
        }
        journal.end = lines.offset;
        journal.file.set_len(journal.end).map_err(journal.wrong())?;
        Ok(journal)
    }

    /// The journal of the run that writes this file.
    pub fn beside(path: &Path) -> PathBuf {
        with_suffix(path, ENDING)
    }

    /// Whether a file is named as a journal.
    pub fn is_at(path: &Path) -> bool {
        path.as_os_str()
            .as_encoded_bytes()
            .ends_with(ENDING.as_bytes())
    }

    /// How many facts the journal of this name holds, without taking it up; one without any is as good as none.
    ///
    /// # Errors
    /// Where the name belongs to anything else than a journal.
    pub fn count(path: &Path) -> Result<usize, Error> {
        let wrong = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        if let Some(what) = obstacle(path) {
            return Err(Error::Taken {
                path: path.to_owned(),
                what,
            });
        }
        let file = match File::open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
            file => file.map_err(wrong)?,
        };
        let mut file = BufReader::new(file);
        let before = match Start::of(&mut file).map_err(wrong)? {
            Start::Empty => return Ok(0),
            Start::Journal => 2,
            Start::Old => 1,
            Start::Other => return Err(taken(path)),
        };
        let mut facts: usize = 0;
        let mut line = Vec::new();
        loop {
            line.clear();
            file.read_until(b'\n', &mut line).map_err(wrong)?;
            if !line.ends_with(b"\n") {
                return Ok(facts.saturating_sub(before));
            }
            let text = line.get(CHECKSUM + 1..).unwrap_or_default();
            facts += usize::from(!text.starts_with(BEGUN));
        }
    }

    fn open(path: &Path) -> Result<(Self, Start), Error> {
        let mut journal = Journal {
            path: path.to_owned(),
            file: open_locked(path)?,
            end: 0,
            offsets: HashMap::new(),
            begun: BTreeMap::new(),
            damaged: 0,
        };
        match Start::of(&mut journal.file).map_err(journal.wrong())? {
            Start::Other => Err(taken(path)),
            start => Ok((journal, start)),
        }
    }

    pub fn has(&self, place: Place) -> bool {
        self.offsets.contains_key(&place)
    }

    /// What the cells were that have begun.
    pub fn begun(&self) -> &BTreeMap<usize, Configuration> {
        &self.begun
    }

    /// Keeps what a cell is, before its first fact.
    ///
    /// # Errors
    /// Where the cell was begun as something else.
    pub fn begin_cell(&mut self, cell: usize, configuration: &Configuration) -> Result<(), Error> {
        if let Some(before) = self.begun.get(&cell) {
            return before.require(configuration, &self.path);
        }
        let line = self.line(&Begun {
            begun: cell,
            configuration: configuration.clone(),
        })?;
        self.append(&line)?;
        self.begun.insert(cell, configuration.clone());
        Ok(())
    }

    /// How many lines of an interrupted run were damaged.
    pub fn damaged(&self) -> usize {
        self.damaged
    }

    pub fn put(&mut self, entry: &Entry) -> Result<(), Error> {
        let start = self.end;
        let line = self.line(entry)?;
        self.append(&line)?;
        self.offsets.insert((entry.cell, entry.fact), start);
        Ok(())
    }

    /// A line with its checksum.
    fn line(&self, content: &impl Serialize) -> Result<Vec<u8>, Error> {
        let text = serde_json::to_vec(content).map_err(|e| self.wrong()(e.into()))?;
        let mut line = checksum(&text).into_bytes();
        line.push(b' ');
        line.extend(text);
        line.push(b'\n');
        Ok(line)
    }

    /// One write per line, so that an interruption tears at most the last one.
    ///
    /// # Errors
    /// Also where the file has gone: nobody would find again what goes on being written to it.
    fn append(&mut self, line: &[u8]) -> Result<(), Error> {
        if !is_at(&self.file, &self.path).map_err(self.wrong())? {
            return Err(Error::Gone {
                path: self.path.clone(),
            });
        }
        let written = self.file.seek(SeekFrom::Start(self.end));
        written
            .and_then(|_| self.file.write_all(line))
            .map_err(self.wrong())?;
        self.end += line.len() as u64;
        Ok(())
    }

    /// The entries of these places, in this order.
    pub fn entries(
        &self,
        places: impl IntoIterator<Item = Place>,
    ) -> Result<impl Iterator<Item = Result<Entry, Error>>, Error> {
        let mut lines = self.lines(0)?;
        Ok(places.into_iter().map(move |place| {
            let entry = match self.offsets.get(&place) {
                Some(&offset) => lines.at(offset)?,
                None => None,
            };
            let entry = entry.and_then(|text| serde_json::from_slice(text).ok());
            entry.ok_or_else(|| Error::Changed {
                path: self.path.clone(),
            })
        }))
    }

    /// Removes the file; what it held stands elsewhere by now.
    pub fn remove(self) -> Result<(), Error> {
        let wrong = self.wrong();
        let Journal { path, file, .. } = self;
        // Some systems do not remove a file that is open.
        drop(file);
        std::fs::remove_file(path).map_err(wrong)
    }

    /// Leaves the file for a later run, unless nothing was finished.
    pub fn leave(self) -> Result<(), Error> {
        if self.offsets.is_empty() {
            return self.remove();
        }
        Ok(())
    }

    /// All lines from here on. Through the same file: some systems let nobody else read a locked one.
    fn lines(&self, offset: u64) -> Result<Lines, Error> {
        let file = self.file.try_clone().and_then(|mut file| {
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        });
        Ok(Lines {
            path: self.path.clone(),
            file: BufReader::new(file.map_err(self.wrong())?),
            offset,
            buffer: Vec::new(),
        })
    }

    fn wrong(&self) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.path.clone();
        move |source| Error::Write {
            path: path.clone(),
            source,
        }
    }
}

impl Start {
    /// Reads the start of a file and goes back to it.
    fn of(file: &mut (impl Read + Seek)) -> io::Result<Self> {
        let mut start = Vec::new();
        file.by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut start)?;
        file.rewind()?;
        Ok(if start == MAGIC {
            Start::Journal
        } else if MAGIC.starts_with(&start) {
            Start::Empty
        } else if start.starts_with(OLD) {
            Start::Old
        } else {
            Start::Other
        })
    }
}

fn taken(path: &Path) -> Error {
    Error::Taken {
        path: path.to_owned(),
        what: "another file",
    }
}

fn of_another_version(path: &Path) -> Error {
    Error::Journal {
        path: path.to_owned(),
        what: "was written by another version of lamascope",
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Of a line's text; long enough that no chance damage passes.
fn checksum(text: &[u8]) -> String {
    let mut digits = hex(&Sha256::digest(text));
    digits.truncate(CHECKSUM);
    digits
}

/// Reads whole lines and knows where it is.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    /// Start of the next line.
    offset: u64,
    buffer: Vec<u8>,
}

impl Lines {
    /// The line that starts here, where it is whole and as it was written.
    fn at(&mut self, offset: u64) -> Result<Option<&[u8]>, Error> {
        let step = offset as i64 - self.offset as i64;
        self.file
            .seek_relative(step)
            .map_err(|source| self.wrong(source))?;
        self.offset = offset;
        Ok(self.next()?.flatten())
    }

    /// The text of the next line, `Some(None)` where it is damaged; `None` at the end, and where the last line has no
    /// end.
    fn next(&mut self) -> Result<Option<Option<&[u8]>>, Error> {
        self.buffer.clear();
        let read = self.file.by_ref().read_until(b'\n', &mut self.buffer);
        read.map_err(|source| self.wrong(source))?;
        let Some(line) = self.buffer.strip_suffix(b"\n") else {
            return Ok(None);
        };
        self.offset += self.buffer.len() as u64;
        let parts = line.split_at_checked(CHECKSUM);
        let text = parts.and_then(|(sum, rest)| {
            let text = rest.strip_prefix(b" ")?;
            (checksum(text).as_bytes() == sum).then_some(text)
        });
        Ok(Some(text))
    }

    fn wrong(&self, source: io::Error) -> Error {
        Error::Read {
            path: self.path.clone(),
            source,
        }
    }
}
