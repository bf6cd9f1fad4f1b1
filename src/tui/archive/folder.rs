//! The folder of the kept runs: `RUN.feather`, as `lamascope run --out` writes it, `RUN.json` beside it, and `pinned`,
//! which names the pinned run.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::Entry;
use crate::results::{self, Error};

/// Most runs that are kept, and most bytes of them; the oldest go first, the pinned one and the newest never.
pub const MOST: usize = 500;
pub const MOST_BYTES: u64 = 256 << 20;

/// Longest part of a file's name that says what was run, in characters.
const LONGEST: usize = 120;

const RESULT: &str = "feather";
const ENTRY: &str = "json";
const PINNED: &str = "pinned";

/// The folder; made when the first run is kept.
pub struct Folder {
    path: PathBuf,
    most: usize,
    most_bytes: u64,
}

impl Folder {
    pub fn new(path: PathBuf, most: usize, most_bytes: u64) -> Self {
        Folder {
            path,
            most,
            most_bytes,
        }
    }

    /// The result file of a run.
    pub fn result(&self, id: &str) -> PathBuf {
        self.path.join(format!("{id}.{RESULT}"))
    }

    fn entry(&self, id: &str) -> PathBuf {
        self.path.join(format!("{id}.{ENTRY}"))
    }

    /// Keeps a run; `write` makes its result file. Returns its id: the time and `what`, with a number where another
    /// explorer was there first.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn keep(
        &self,
        what: &str,
        entry: &Entry,
        write: impl Fn(&Path) -> Result<(), Error>,
    ) -> Result<String, Error> {
        fs::create_dir_all(&self.path).map_err(|source| Error::Write {
            path: self.path.clone(),
            source,
        })?;
        let what: String = what.chars().take(LONGEST).collect();
        let first = format!("{}-{what}", stamp(entry.time));
        let (mut id, mut number) = (first.clone(), 1);
        loop {
            match write(&self.result(&id)) {
                Err(Error::Exists { .. } | Error::Busy { .. }) => number += 1,
                written => break written?,
            }
            id = format!("{first}-{number}");
        }
        self.write_entry(&id, entry)?;
        self.prune(&id);
        Ok(id)
    }

    fn write_entry(&self, id: &str, entry: &Entry) -> Result<(), Error> {
        let path = self.entry(id);
        let text = serde_json::to_string(entry).unwrap_or_default();
        put(&path, &text)
    }

    /// All runs, the newest first. What cannot be read is left where it is, and out of the list.
    pub fn list(&self) -> Vec<Entry> {
        let mut runs: Vec<Entry> = (self.files().into_iter())
            .filter_map(|file| self.read(&file.id, file.modified))
            .collect();
        runs.sort_by(|a, b| (b.time, &b.id).cmp(&(a.time, &a.id)));
        runs
    }

    /// One run.
    pub fn read(&self, id: &str, modified: u64) -> Option<Entry> {
        let text = fs::read_to_string(self.entry(id)).ok();
        let known = text.as_deref().and_then(Entry::parse);
        let mut entry = known.or_else(|| {
            let made = Entry::of_file(&self.result(id), modified).ok()?;
            // Made anew next time where it cannot be kept.
            let _ = self.write_entry(id, &made);
            Some(made)
        })?;
        entry.id = id.to_owned();
        Some(entry)
    }

    /// Gives a run a name; its own title again where that is empty.
    pub fn rename(&self, id: &str, name: &str) -> Result<(), Error> {
        let missing = || Error::NoSuchFile {
            path: self.result(id),
        };
        let mut entry = self.read(id, 0).ok_or_else(missing)?;
        entry.name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        self.write_entry(id, &entry)
    }

    /// Removes a run; one that is gone already is as good.
    pub fn delete(&self, id: &str) -> Result<(), Error> {
        remove(&self.result(id))?;
        remove(&self.entry(id))
    }

    /// The pinned run, if it is still there.
    pub fn pinned(&self) -> Option<String> {
        let id = fs::read_to_string(self.path.join(PINNED)).ok()?;
        let id = id.trim();
        // A name, not a way out of the folder.
        let is_name = Path::new(id).file_name() == Some(OsStr::new(id));
        (is_name && self.result(id).is_file()).then(|| id.to_owned())
    }

    pub fn pin(&self, id: Option<&str>) -> Result<(), Error> {
        let path = self.path.join(PINNED);
        match id {
            Some(id) => put(&path, id),
            None => remove(&path),
        }
    }

    /// Removes the oldest runs until the rest fits.
    fn prune(&self, newest: &str) {
        let mut files = self.files();
        files.sort_by(|a, b| (a.modified, &a.id).cmp(&(b.modified, &b.id)));
        let (mut count, mut bytes) = (
            files.len(),
            files.iter().map(|file| file.bytes).sum::<u64>(),
        );
        let pinned = self.pinned();
        for file in files {
            if count <= self.most && bytes <= self.most_bytes {
                return;
            }
            let stays = file.id == newest || Some(&file.id) == pinned.as_ref();
            if !stays && self.delete(&file.id).is_ok() {
                count -= 1;
                bytes -= file.bytes;
            }
        }
    }

    /// Result files; none where the folder is not there.
    fn files(&self) -> Vec<File> {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return Vec::new();
        };
        let file = |entry: fs::DirEntry| {
            let path = entry.path();
            let id = path.file_stem()?.to_str()?.to_owned();
            let is_result = path.extension()? == RESULT && !id.starts_with('.');
            let metadata = entry.metadata().ok().filter(|_| is_result)?;
            // A clock that stood before 1970 hides no run.
            let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH);
            metadata.is_file().then_some(File {
                id,
                modified: modified.map_or(0, |since| since.as_secs()),
                bytes: metadata.len(),
            })
        };
        entries.flatten().filter_map(file).collect()
    }
}

struct File {
    id: String,
    /// Seconds since 1970.
    modified: u64,
    bytes: u64,
}

fn put(path: &Path, text: &str) -> Result<(), Error> {
    results::write(path, true, |file| {
        file.write_all(text.as_bytes())
            .map_err(|source| Error::Write {
                path: path.to_owned(),
                source,
            })
    })
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::Write {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// `20261127T114000Z`: sorts as time does.
fn stamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day so many days after 1970-01-01 in the Gregorian calendar, counted in eras of 400 years that begin
/// in March (H. Hinnant, *chrono-compatible low-level date algorithms*).
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year + era * 400 + carry, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_dates() {
        assert_eq!(stamp(0), "19700101T000000Z");
        assert_eq!(stamp(951_782_400), "20000229T000000Z");
        assert_eq!(stamp(1_795_779_599), "20261127T113959Z");
    }

    fn entry(time: u64) -> Entry {
        let text = format!(
            r#"{{"version":1,"title":"P36","templates":"m1","model":"embedded","time":{time},
            "counts":{{"rows":4,"right":3,"facts":4,"of":4}}}}"#
        );
        Entry::parse(&text).expect("an entry")
    }

    fn keep(folder: &Folder, time: u64) -> String {
        let write = |path: &Path| {
            results::write(path, false, |file| {
                file.write_all(&[0; 100]).expect("room");
                Ok::<_, Error>(())
            })
        };
        folder.keep("P36-flex", &entry(time), write).expect("kept")
    }

    #[test]
    fn runs_of_one_second_stand_beside_each_other_and_the_oldest_go_first() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(home.path().join("runs"), 3, 1_000);
        assert_eq!((folder.list(), folder.pinned()), (Vec::new(), None));
        let (a, b) = (keep(&folder, 5), keep(&folder, 5));
        assert_eq!(
            (&*a, &*b),
            ("19700101T000005Z-P36-flex", "19700101T000005Z-P36-flex-2")
        );
        folder.pin(Some(&a)).expect("pinned");
        folder.rename(&b, " mine ").expect("renamed");
        assert_eq!(folder.list()[0].label(), "mine");
        let (c, d) = (keep(&folder, 6), keep(&folder, 7));
        let ids: Vec<String> = folder.list().into_iter().map(|run| run.id).collect();
        // The pinned one stays although it is the oldest.
        assert_eq!(ids, [d.clone(), c, a.clone()]);
        folder.delete(&a).expect("deleted");
        folder.delete(&a).expect("as good");
        assert_eq!(folder.pinned(), None);
        let small = Folder::new(home.path().join("runs"), 9, 150);
        let last = keep(&small, 8);
        assert_eq!(small.list().len(), 1);
        assert_eq!(small.list()[0].id, last);
    }

    #[test]
    fn a_clock_that_goes_back_hides_no_run() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(home.path().to_owned(), 99, 1_000_000);
        let ids = [9_000_000_000, 7, 0, 0].map(|time| keep(&folder, time));
        let before = UNIX_EPOCH - std::time::Duration::from_secs(86_400);
        let file = fs::File::options().write(true).open(folder.result(&ids[1]));
        let dated = file.and_then(|file| file.set_modified(before));
        dated.expect("a file can be dated before 1970");
        let list: Vec<String> = folder.list().into_iter().map(|run| run.id).collect();
        let [future, seven, first, second] = ids;
        assert_eq!(list, [future, seven, second, first]);
    }

    #[test]
    fn two_explorers_share_a_folder() {
        let home = tempfile::tempdir().expect("a folder");
        let keep_ten = || {
            let folder = Folder::new(home.path().to_owned(), 99, 1_000_000);
            for _ in 0..10 {
                keep(&folder, 5);
                assert!(!folder.list().is_empty());
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(keep_ten);
            scope.spawn(keep_ten);
        });
        let folder = Folder::new(home.path().to_owned(), 99, 1_000_000);
        assert_eq!(folder.list().len(), 20);
    }

    #[test]
    fn what_is_no_run_is_left_alone_and_a_name_leads_nowhere_else() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(home.path().to_owned(), 3, 1_000);
        fs::write(home.path().join("x.feather"), "none").expect("a file");
        fs::write(home.path().join("x.json"), "{").expect("a file");
        fs::write(home.path().join("pinned"), "../../etc/x").expect("a file");
        assert_eq!((folder.list(), folder.pinned()), (Vec::new(), None));
        assert!(home.path().join("x.feather").exists());
    }
}
