//! How much a file may stand for: compression and dictionaries can put gigabytes of text into a few kilobytes, which no
//! data set does and which would fill the memory.

use super::fold::What;

/// So much is read in every case.
const ALWAYS: u64 = 256 << 20;

/// And as much as this many times the packed size.
const RATIO: u64 = 1_000;

/// The most bytes that `packed` bytes may unpack to.
pub(super) fn most_unpacked(packed: u64) -> u64 {
    packed.saturating_mul(RATIO).max(ALWAYS)
}

/// Bytes of text that are kept of one column, held against the most that there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    kept: u64,
    most: u64,
}

impl Amount {
    /// Of data that takes so many bytes in its files.
    pub(super) fn of_files(packed: u64) -> Self {
        Amount {
            kept: 0,
            most: most_unpacked(packed),
        }
    }

    /// Counts a text of `column`.
    pub(super) fn add(&mut self, bytes: usize, column: &str) -> Result<(), What> {
        self.kept += bytes as u64;
        if self.kept <= self.most {
            return Ok(());
        }
        Err(format!(
            "with this row `{column}` holds more than {} bytes of text, {RATIO} times the size of the file: check where \
             it comes from",
            self.most
        ))
    }
}
