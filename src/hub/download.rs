//! Bringing one content into the cache: resumed where an earlier try ended, never longer than it may be, and under its
//! name only when its hash is right.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::cache::RepoCache;
use super::client::{ATTEMPTS, Client, FileInfo};
use super::exchange::Reply;
use super::{Error, memo, verify};

/// Another program that downloads the same file is waited for while its file grows.
const OTHERS: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(200);

/// The transfer of one file.
pub(super) struct Download<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) cache: &'a RepoCache,
    pub(super) file: &'a str,
    pub(super) info: &'a FileInfo,
    /// Told bytes done and in all.
    pub(super) progress: &'a dyn Fn(u64, u64),
}

/// What has arrived, on disk and in the hash.
struct Partial {
    path: PathBuf,
    file: File,
    size: u64,
    hash: Sha256,
}

impl Download<'_> {
    /// Brings the content to `blob`, unless another program has done so meanwhile.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a content of another size or hash, of which nothing stays.
    pub(super) fn run(&self, blob: &Path) -> Result<(), Error> {
        let partial = blob.with_extension("incomplete");
        let _lock = self.lock(&partial)?;
        if blob.exists() {
            return Ok(());
        }
        let mut partial = self.open(partial)?;
        let (mut attempt, mut furthest) = (1, partial.size);
        while partial.size < self.info.size {
            let error = match self.go_on(&mut partial) {
                Ok(()) => break,
                Err(error @ Error::BrokenOff { .. }) => error,
                Err(error) => return Err(error),
            };
            if partial.size > furthest {
                (attempt, furthest) = (0, partial.size);
            }
            if attempt == ATTEMPTS {
                return Err(error);
            }
            attempt += 1;
            self.client.sleep(LOOK)?;
        }
        self.finish(partial, blob)
    }

    /// One request for what is missing.
    fn go_on(&self, partial: &mut Partial) -> Result<(), Error> {
        let mut reply = match self.client.get(self.file, partial.size) {
            Ok(reply) => reply,
            Err(
                error @ (Error::Unreachable { .. }
                | Error::Stalled { .. }
                | Error::RateLimited { .. }
                | Error::Cancelled),
            ) => return Err(error),
            // Whatever is wrong with it, the next try starts afresh.
            Err(error) => {
                partial.remove()?;
                return Err(error);
            }
        };
        if partial.size > 0 && !self.continues(&reply, partial.size) {
            partial.clear()?;
            if reply.is_partial() {
                return Err(self.broken_off("another part than asked for"));
            }
        }
        let total = self.info.size;
        if let Some(length) = reply
            .header("content-length")
            .and_then(|l| l.parse::<u64>().ok())
            && length != total - partial.size
        {
            let whole = partial.size.saturating_add(length);
            return Err(self.damaged(partial, format!("{whole} bytes instead of {total}")));
        }
        while let Some(chunk) = self.client.chunk(&mut reply, self.file)? {
            if chunk.len() as u64 > total - partial.size {
                return Err(self.damaged(partial, format!("more than {total} bytes")));
            }
            partial.append(&chunk)?;
            (self.progress)(partial.size, total);
        }
        match partial.size < total {
            true => Err(self.broken_off("its end is missing")),
            false => Ok(()),
        }
    }

    /// Whether a reply goes on from byte `start` of the same content.
    fn continues(&self, reply: &Reply, start: u64) -> bool {
        let expected = format!("bytes {start}-{}/{}", self.info.size - 1, self.info.size);
        reply.is_partial() && reply.header("content-range") == Some(expected.as_str())
    }

    fn finish(&self, partial: Partial, blob: &Path) -> Result<(), Error> {
        let expected = self.info.etag.sha256();
        let actual = verify::hex(partial.hash.clone());
        if expected
            .as_ref()
            .is_some_and(|expected| *expected != actual)
        {
            return Err(self.damaged(&partial, verify::OTHER_HASH.to_owned()));
        }
        partial
            .file
            .sync_all()
            .map_err(Error::cache(&partial.path))?;
        fs::rename(&partial.path, blob).map_err(Error::cache(blob))?;
        if let (Some(hash), Ok(found)) = (expected, fs::metadata(blob)) {
            memo::keep_verified(&hash, &self.cache.real(blob)?, &found);
        }
        Ok(())
    }

    fn open(&self, path: PathBuf) -> Result<Partial, Error> {
        // A link would be followed to wherever it leads.
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            self.cache.delete(&path)?;
        }
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let mut partial = Partial {
            file: file.map_err(Error::cache(&path))?,
            path,
            size: 0,
            hash: Sha256::new(),
        };
        let mut chunk = vec![0; 1 << 20];
        loop {
            self.client.sleep(Duration::ZERO)?;
            let read = partial
                .file
                .read(&mut chunk)
                .map_err(Error::cache(&partial.path))?;
            if read == 0 {
                break;
            }
            partial.hash.update(&chunk[..read]);
            partial.size += read as u64;
        }
        if partial.size > self.info.size {
            partial.clear()?;
        }
        Ok(partial)
    }

    /// Waits for another program's download of the same content, as long as that gets on.
    fn lock(&self, partial: &Path) -> Result<File, Error> {
        let mut grown = (0, Instant::now());
        loop {
            if let Some(lock) = self.cache.try_lock(&self.info.etag)? {
                return Ok(lock);
            }
            let size = fs::metadata(partial).map_or(0, |found| found.len());
            if size != grown.0 {
                grown = (size, Instant::now());
                (self.progress)(size.min(self.info.size), self.info.size);
            }
            if grown.1.elapsed() > OTHERS {
                return Err(Error::Cache {
                    path: partial.to_owned(),
                    reason: "another program is downloading the same file".to_owned(),
                });
            }
            self.client.sleep(LOOK)?;
        }
    }

    fn damaged(&self, partial: &Partial, reason: String) -> Error {
        if let Err(error) = partial.remove() {
            return error;
        }
        Error::Damaged {
            repo: self.client.repo.name.clone(),
            file: self.file.to_owned(),
            reason,
        }
    }

    fn broken_off(&self, reason: &str) -> Error {
        Error::BrokenOff {
            repo: self.client.repo.name.clone(),
            file: self.file.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

impl Partial {
    fn append(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.file
            .write_all(chunk)
            .map_err(Error::cache(&self.path))?;
        self.hash.update(chunk);
        self.size += chunk.len() as u64;
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Error> {
        let emptied = self
            .file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(Error::cache(&self.path))?;
        (self.size, self.hash) = (0, Sha256::new());
        Ok(())
    }

    fn remove(&self) -> Result<(), Error> {
        fs::remove_file(&self.path).map_err(Error::cache(&self.path))
    }
}
