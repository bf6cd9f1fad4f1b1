//! Finished facts, appended one line each while a run goes on.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic::with_suffix;
use super::{Configuration, Error};
use crate::evaluate::Row;

/// After the name of the file that the run will write.
const ENDING: &str = ".partial";

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    configuration: Configuration,
    /// Whether entries carry trace lines.
    trace: bool,
}

/// Every other line.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    /// Index into the data set's facts.
    pub fact: usize,
    pub rows: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<String>,
}

/// An open journal: locked, and known by where each fact stands in it.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the next entry goes.
    end: u64,
    /// Where each finished fact's line starts.
    offsets: HashMap<usize, u64>,
}

impl Journal {
    /// Starts an empty one, over an old one if there is any.
    pub fn create(path: &Path, configuration: &Configuration, trace: bool) -> Result<Self, Error> {
        Journal::locked(path)?.begin(configuration, trace)
    }

    fn begin(mut self, configuration: &Configuration, trace: bool) -> Result<Self, Error> {
        let header = Header {
            configuration: configuration.clone(),
            trace,
        };
        self.file.set_len(0).map_err(self.wrong())?;
        self.append(&header)?;
        Ok(self)
    }

    /// Takes up an old one: tells `seen` what it holds, and cuts off a line that was never finished.
    pub fn resume(
        path: &Path,
        configuration: &Configuration,
        trace: bool,
        seen: &mut dyn FnMut(&[Row]),
    ) -> Result<Self, Error> {
        let mut journal = Journal::locked(path)?;
        let mut lines = journal.lines()?;
        let Some(header) = lines.next_as::<Header>()? else {
            // Interrupted before its first line was whole.
            return journal.begin(configuration, trace);
        };
        if let Some((key, old, new)) = header.configuration.difference(configuration) {
            let path = path.to_owned();
            return Err(Error::OtherRun {
                path,
                key,
                old,
                new,
            });
        }
        if header.trace != trace {
            let word = |trace: bool| if trace { "yes" } else { "no" }.to_owned();
            return Err(Error::OtherRun {
                path: path.to_owned(),
                key: "trace".to_owned(),
                old: word(header.trace),
                new: word(trace),
            });
        }
        loop {
            let start = lines.offset;
            let Some(entry) = lines.next_as::<Entry>()? else {
                break;
            };
            if journal.offsets.insert(entry.fact, start).is_none() {
                seen(&entry.rows);
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

    /// How many facts a journal holds, without taking it up; 0 where it cannot be read.
    pub fn count(path: &Path) -> usize {
        let file = File::open(path).map(BufReader::new);
        file.map_or(0, |file| file.split(b'\n').count().saturating_sub(1))
    }

    fn locked(path: &Path) -> Result<Self, Error> {
        let wrong = |source| Error::Write {
            path: path.to_owned(),
            source,
        };
        let mut options = File::options();
        let file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path);
        let file = file.map_err(wrong)?;
        match file.try_lock() {
            // A file system without locks cannot tell of another run; that is no reason not to run.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Busy {
                    path: path.to_owned(),
                });
            }
        }
        Ok(Journal {
            path: path.to_owned(),
            file,
            end: 0,
            offsets: HashMap::new(),
        })
    }

    pub fn has(&self, fact: usize) -> bool {
        self.offsets.contains_key(&fact)
    }

    pub fn put(&mut self, entry: &Entry) -> Result<(), Error> {
        let start = self.end;
        self.append(entry)?;
        self.offsets.insert(entry.fact, start);
        Ok(())
    }

    /// One write per line, so that an interruption tears at most the last one.
    fn append(&mut self, line: &impl Serialize) -> Result<(), Error> {
        let mut text = serde_json::to_vec(line).map_err(|e| self.wrong()(e.into()))?;
        text.push(b'\n');
        let written = self.file.seek(io::SeekFrom::Start(self.end));
        written
            .and_then(|_| self.file.write_all(&text))
            .map_err(self.wrong())?;
        self.end += text.len() as u64;
        Ok(())
    }

    /// The entries of these facts, in this order.
    pub fn entries(
        &self,
        facts: &[usize],
    ) -> Result<impl Iterator<Item = Result<Entry, Error>>, Error> {
        let mut lines = self.lines()?;
        let missing = |fact: usize| Error::Journal {
            path: self.path.clone(),
            line: 1,
            what: format!("fact number {fact} is missing"),
        };
        Ok(facts.iter().map(move |fact| {
            let offset = *self.offsets.get(fact).ok_or_else(|| missing(*fact))?;
            lines.seek(offset)?;
            lines.next_as()?.ok_or_else(|| missing(*fact))
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

    /// All lines from the start. Through the same file: some systems let nobody else read a locked one.
    fn lines(&self) -> Result<Lines, Error> {
        let file = self
            .file
            .try_clone()
            .and_then(|mut file| file.rewind().map(|()| file));
        Ok(Lines {
            path: self.path.clone(),
            file: BufReader::new(file.map_err(self.wrong())?),
            offset: 0,
            line: 0,
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

/// Reads whole lines and knows where it is.
struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    /// Start of the next line.
    offset: u64,
    line: usize,
    buffer: Vec<u8>,
}

impl Lines {
    fn seek(&mut self, offset: u64) -> Result<(), Error> {
        let step = offset as i64 - self.offset as i64;
        self.file
            .seek_relative(step)
            .map_err(|source| self.wrong(source))?;
        self.offset = offset;
        Ok(())
    }

    /// The next line; `None` at the end, and where the last line has no end.
    fn next_as<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>, Error> {
        self.buffer.clear();
        let read = self.file.by_ref().read_until(b'\n', &mut self.buffer);
        read.map_err(|source| self.wrong(source))?;
        if self.buffer.last() != Some(&b'\n') {
            return Ok(None);
        }
        self.line += 1;
        let parsed = serde_json::from_slice(&self.buffer).map_err(|e| Error::Journal {
            path: self.path.clone(),
            line: self.line,
            what: e.to_string(),
        })?;
        self.offset += self.buffer.len() as u64;
        Ok(Some(parsed))
    }

    fn wrong(&self, source: io::Error) -> Error {
        Error::Read {
            path: self.path.clone(),
            source,
        }
    }
}
