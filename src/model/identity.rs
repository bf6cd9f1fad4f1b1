//! What files hold, told without reading all of a large one, so that two runs can be held against each other.
//!
//! A file up to 64 MiB is compared by its SHA-256, which does not ask for its name or time. A larger one is compared by
//! its size and the SHA-256 of a sample: its first MiB, where the header is, and 1,024 blocks of 4 KiB spread over the rest.
//! Other weights of the same shape differ nearly everywhere, so the sample tells them apart; a change between two blocks
//! alone it does not see, unless the file lies in the hub's cache, whose name for it is a hash of everything.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Largest file that is read as a whole.
const WHOLE: u64 = 64 << 20;
/// Bytes read from the start of a larger one.
const START: u64 = 1 << 20;
/// Blocks read from the rest, and bytes of each.
const BLOCKS: u64 = 1_024;
const BLOCK: u64 = 4 << 10;
/// Hex digits shown: as many as no chance makes equal.
const DIGITS: usize = 32;

/// The content of a file as text that says what was looked at: `4466352 bytes, sha256 9f2c…`.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size <= WHOLE {
        let mut hash = Sha256::new();
        io::copy(&mut file, &mut hash)?;
        return Ok(text(size, "sha256", hash));
    }
    let sample = sampled(&mut file, size)?;
    Ok(match hub_hash(path) {
        Some(hash) => format!("{sample}, the hub's sha256 {}", &hash[..DIGITS]),
        None => sample,
    })
}

/// The same of bytes in memory.
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    let hash = Sha256::new_with_prefix(bytes);
    text(bytes.len() as u64, "sha256", hash)
}

fn sampled(file: &mut (impl Read + Seek), size: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; START as usize];
    file.read_exact(&mut buffer)?;
    hash.update(&buffer);
    buffer.truncate(BLOCK as usize);
    let last = size - BLOCK;
    for block in 1..=BLOCKS {
        // 128 bits: no product overflows. The last block is the file's end.
        let step = u128::from(last - START) * u128::from(block) / u128::from(BLOCKS);
        file.seek(SeekFrom::Start(START + step as u64))?;
        file.read_exact(&mut buffer)?;
        hash.update(&buffer);
    }
    Ok(text(size, "sha256 of header and sample", hash))
}

fn text(size: u64, what: &str, hash: Sha256) -> String {
    let hash = format!("{:x}", hash.finalize());
    format!("{size} bytes, {what} {}", &hash[..DIGITS])
}

/// The hash under which the hub's cache keeps a file: `blobs/<sha256>`.
fn hub_hash(path: &Path) -> Option<String> {
    let blob = path.canonicalize().ok()?;
    let folder = blob.parent()?.file_name()?;
    let name = blob.file_name()?.to_str()?;
    let is_hash = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    (folder == "blobs" && is_hash).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_sample_reaches_every_part_of_a_large_file() {
        let size = START + 3 * BLOCKS * BLOCK;
        let mut bytes = vec![0u8; size as usize];
        let of = |bytes: &[u8]| sampled(&mut Cursor::new(bytes), size).expect("memory is read");
        let zeros = of(&bytes);
        // A change as wide as two gaps is seen wherever it is, and so is one of the header or the last byte.
        for start in (0..size - 8 * BLOCK).step_by(1_000_003) {
            let range = start as usize..(start + 8 * BLOCK) as usize;
            bytes[range.clone()].fill(1);
            assert_ne!(of(&bytes), zeros, "at {start}");
            bytes[range].fill(0);
        }
        for at in [0, 1_000, size as usize - 1] {
            bytes[at] = 1;
            assert_ne!(of(&bytes), zeros, "at {at}");
            bytes[at] = 0;
        }
        assert_eq!(of(&bytes), zeros);
    }
}
