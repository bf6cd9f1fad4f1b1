//! Progress out, cancellation in: loading may run for a while behind a screen.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Error;

/// How far loading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    /// In the stage's unit; never above `total`.
    pub done: u64,
    pub total: u64,
}

/// What is being done, and in which unit it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Bytes from the hub.
    Download,
    /// Rows of Parquet files.
    Rows,
    /// Bytes of files of any other format.
    Bytes,
}

/// A caller's view of a long load: `report` is called from any thread, `cancel` is looked at
/// between batches of rows.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    pub cancel: &'a AtomicBool,
    pub report: &'a (dyn Fn(Progress) + Sync),
}

impl Watch<'static> {
    /// Nobody looks and nobody cancels.
    pub fn none() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Watch {
            cancel: &NEVER,
            report: &|_| {},
        }
    }
}

/// Counts one stage.
pub(super) struct Meter<'a> {
    watch: Watch<'a>,
    stage: Stage,
    done: AtomicU64,
    total: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(watch: Watch<'a>, stage: Stage, total: u64) -> Self {
        Meter {
            watch,
            stage,
            done: AtomicU64::new(0),
            total,
        }
    }

    /// Counts `more` units as done.
    pub(super) fn add(&self, more: u64) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        (self.watch.report)(Progress {
            stage: self.stage,
            done: done.min(self.total),
            total: self.total,
        });
    }

    /// Fails once the caller has cancelled.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.watch.cancel.load(Ordering::Relaxed) {
            true => Err(Error::Cancelled),
            false => Ok(()),
        }
    }
}

/// A reader that counts the bytes it hands out.
pub(super) struct Metered<'a, R> {
    pub(super) inner: R,
    pub(super) meter: &'a Meter<'a>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.meter.add(read as u64);
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
