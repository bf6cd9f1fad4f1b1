//! Text files as UTF-8, whatever wrote them.
//!
//! Windows tools put a byte order mark in front, or write UTF-16. A device or a damaged file may go on without an end
//! of its line, so nothing is read without a limit.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

/// Bytes of one line, one CSV record or one file that is read as a whole, at most.
const LONGEST: u64 = 64 << 20;

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// What is wrong with bytes that are no UTF-8, and what to do.
pub const NOT_UTF8: &str = "is not UTF-8: save the file as UTF-8";

/// Bytes of a text file without its byte order mark.
///
/// # Errors
/// `InvalidData` for UTF-16 and UTF-32, and for more than 64 MiB between two calls of [`TextReader::next_record`].
pub struct TextReader<R> {
    inner: R,
    /// The file's first bytes, looked at before anything is handed out.
    start: Vec<u8>,
    started: bool,
    /// Bytes that may still come before the next record.
    left: u64,
}

impl<R: Read> TextReader<R> {
    pub fn new(inner: R) -> Self {
        TextReader {
            inner,
            start: Vec::new(),
            started: false,
            left: LONGEST,
        }
    }

    /// Starts the count of the limit anew.
    pub fn next_record(&mut self) {
        self.left = LONGEST;
    }

    fn begin(&mut self) -> io::Result<()> {
        self.started = true;
        (&mut self.inner).take(4).read_to_end(&mut self.start)?;
        if let Some(encoding) = other_encoding(&self.start) {
            return Err(invalid(format!("is {encoding}: save the file as UTF-8")));
        }
        if self.start.starts_with(UTF8_MARK) {
            self.start.drain(..UTF8_MARK.len());
        }
        Ok(())
    }
}

impl<R: Read> Read for TextReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            self.begin()?;
        }
        let read = if self.start.is_empty() {
            self.inner.read(buffer)?
        } else {
            let count = self.start.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.start[..count]);
            self.start.drain(..count);
            count
        };
        self.left = match self.left.checked_sub(read as u64) {
            Some(left) => left,
            None => {
                let most = LONGEST >> 20;
                return Err(invalid(format!(
                    "is larger than {most} MiB: expected text in lines; check what the file is"
                )));
            }
        };
        Ok(read)
    }
}

/// The encoding that a file's first bytes speak of, where it is not UTF-8. Without a mark, every second byte of Latin
/// letters in UTF-16 is zero.
fn other_encoding(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xFF, 0xFE, 0, 0] | [0, 0, 0xFE, 0xFF] => Some("UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("UTF-16"),
        [a, 0, b, 0] | [0, a, 0, b] if *a != 0 && *b != 0 => Some("UTF-16"),
        _ => None,
    }
}

/// The lines of a text that hold something.
pub struct Lines<R> {
    reader: BufReader<TextReader<R>>,
    number: u64,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub fn new(inner: R) -> Self {
        Lines {
            reader: BufReader::new(TextReader::new(inner)),
            number: 0,
            line: Vec::new(),
        }
    }

    /// The next line that is not blank, with its end and without a byte order mark (files may have been joined), and
    /// its number from 1.
    ///
    /// # Errors
    /// As [`TextReader`]; `InvalidData` for a line that is not UTF-8. The line's number comes with the error.
    pub fn next_line(&mut self) -> Result<Option<(u64, &str)>, (u64, io::Error)> {
        loop {
            self.line.clear();
            self.number += 1;
            self.reader.get_mut().next_record();
            let read = self.reader.read_until(b'\n', &mut self.line);
            if read.map_err(|error| (self.number, error))? == 0 {
                return Ok(None);
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let line = std::str::from_utf8(&self.line);
        let line = line.map_err(|_| (self.number, invalid(NOT_UTF8)))?;
        Ok(Some((self.number, line.trim_start_matches('\u{feff}'))))
    }
}

/// Reads a whole text file, as [`std::fs::read_to_string`] does, without its byte order mark.
///
/// # Errors
/// As [`TextReader`]; `InvalidData` for text that is not UTF-8, and for folders.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    read_text(File::open(path)?)
}

/// As [`read_to_string`], from any source.
///
/// # Errors
/// As [`read_to_string`].
pub fn read_text(from: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    TextReader::new(from).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| invalid(NOT_UTF8))
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        let read = TextReader::new(bytes).read_to_string(&mut text);
        read.map(|_| text).map_err(|e| e.to_string())
    }

    #[test]
    fn marks_are_skipped_and_other_encodings_named() {
        assert_eq!(text(b"\xEF\xBB\xBFa,b"), Ok("a,b".into()));
        for short in ["", "a", "ab", "abc", "é"] {
            assert_eq!(text(short.as_bytes()), Ok(short.into()));
        }
        let utf16: Vec<u8> = "uuid".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            b"\xFF\xFEa\0".as_slice(),
            b"\xFE\xFF\0a",
            b"u\0u\0i\0",
            &utf16,
        ] {
            assert_eq!(text(bytes), Err("is UTF-16: save the file as UTF-8".into()));
        }
        assert_eq!(
            text(b"\xFF\xFE\0\0a\0\0\0"),
            Err("is UTF-32: save the file as UTF-8".into())
        );
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut lines = Lines::new(b"a\n\n".chain(io::repeat(b'x')));
        assert!(matches!(lines.next_line(), Ok(Some((1, "a\n")))));
        let Err((number, error)) = lines.next_line() else {
            panic!("it has no end");
        };
        assert!(error.to_string().starts_with("is larger than 64 MiB"));
        assert_eq!(number, 3);
    }
}
