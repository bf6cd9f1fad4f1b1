//! Files with tensors in MXFP4, a type that candle does not know: their header is read as if they were of another one.

use std::collections::HashSet;
use std::io::{Cursor, Error, Read, Seek, SeekFrom};

/// The number of MXFP4 in a file, and that of a type that candle takes.
const MXFP4: u32 = 39;
const KNOWN: u32 = 2;
/// Of metadata values.
const STRING: u32 = 8;
const ARRAY: u32 = 9;
/// Levels of lists in lists.
const DEEPEST: usize = 8;

/// A file's bytes, its header without MXFP4.
pub(super) struct Renumbered<'a> {
    bytes: Cursor<&'a [u8]>,
    /// Where type numbers stand that are read as [`KNOWN`], ascending.
    places: Vec<usize>,
    /// The tensors that they are of.
    pub names: HashSet<String>,
}

impl<'a> Renumbered<'a> {
    /// Looks through a header, as far as it makes sense: what is wrong with one is said by whoever reads it.
    pub fn of(bytes: &'a [u8]) -> Renumbered<'a> {
        let mut found = Renumbered {
            bytes: Cursor::new(bytes),
            places: Vec::new(),
            names: HashSet::new(),
        };
        found.look(Header { bytes, at: 0 });
        found
    }

    fn look(&mut self, mut header: Header<'_>) -> Option<()> {
        header.skip(4)?;
        // Of version 1, in which lengths are shorter, no file holds such tensors.
        if header.u32()? < 2 {
            return None;
        }
        let (tensors, values) = (header.u64()?, header.u64()?);
        for _ in 0..values {
            header.text()?;
            let kind = header.u32()?;
            header.value(kind, 0)?;
        }
        for _ in 0..tensors {
            let name = header.text()?;
            let dims = header.u32()?;
            header.skip(8 * u64::from(dims))?;
            if header.u32()? == MXFP4 {
                self.places.push(header.at - 4);
                self.names
                    .insert(String::from_utf8_lossy(name).into_owned());
            }
            header.u64()?;
        }
        Some(())
    }
}

impl Read for Renumbered<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Error> {
        let start = self.bytes.position() as usize;
        let read = self.bytes.read(into)?;
        let known = KNOWN.to_le_bytes();
        for at in start..start + read {
            // Those that begin at this byte or up to three before it.
            let before = self.places.partition_point(|place| *place <= at);
            let place = before.checked_sub(1).map(|last| self.places[last]);
            if let Some(byte) = place.and_then(|place| known.get(at - place)) {
                into[at - start] = *byte;
            }
        }
        Ok(read)
    }
}

impl Seek for Renumbered<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64, Error> {
        self.bytes.seek(to)
    }
}

/// A header being walked through.
struct Header<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Header<'a> {
    fn skip(&mut self, count: u64) -> Option<&'a [u8]> {
        let end = self.at.checked_add(usize::try_from(count).ok()?)?;
        let skipped = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(skipped)
    }

    fn u32(&mut self) -> Option<u32> {
        let bytes = self.skip(4)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    fn u64(&mut self) -> Option<u64> {
        let bytes = self.skip(8)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.u64()?;
        self.skip(length)
    }

    fn value(&mut self, kind: u32, depth: usize) -> Option<()> {
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            STRING => return self.text().map(drop),
            ARRAY if depth < DEEPEST => {
                let (kind, count) = (self.u32()?, self.u64()?);
                for _ in 0..count {
                    self.value(kind, depth + 1)?;
                }
                return Some(());
            }
            _ => return None,
        };
        self.skip(size).map(drop)
    }
}
