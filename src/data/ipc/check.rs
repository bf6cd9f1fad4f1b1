//! Is an Arrow stream or file whole? The `arrow_ipc` crate trusts the places and sizes that a message states (a wrong
//! one panics or asks for terabytes) and takes a stream that breaks off between two messages for a complete one. A walk
//! over the message headers refuses both beforehand; of the data itself it reads eight bytes per compressed buffer.

use std::io::{Read, Seek, SeekFrom};

use arrow_ipc::{Block, Message, RecordBatch, root_as_footer, root_as_message};

use crate::data::unpacked::most_unpacked;

/// Before a message's length, since Arrow 0.15.
const CONTINUATION: u32 = u32::MAX;

/// Behind a file's footer: its length and the magic.
const TRAILER: usize = 10;

const TRUNCATED: &str = "it ends before its end mark";

const IMPOSSIBLE: &str = "a message states impossible sizes";

/// Walks a stream from here to its end mark and counts its rows; the error says what is wrong.
pub(super) fn stream(file: &mut (impl Read + Seek)) -> Result<u64, String> {
    let mut at = file.stream_position().map_err(|e| e.to_string())?;
    let end = length(file)?;
    seek(file, at)?;
    let mut rows = 0;
    loop {
        let mut length = word(file)?;
        at += 4;
        if length == CONTINUATION {
            length = word(file)?;
            at += 4;
        }
        if length == 0 {
            return Ok(rows);
        }
        let header = bytes(file, length.into())?;
        at += u64::from(length);
        let message = message(&header)?;
        let body = u64::try_from(message.bodyLength()).unwrap_or(u64::MAX);
        if body > end - at {
            return Err(TRUNCATED.to_owned());
        }
        rows += batch(file, &message, at, body)?;
        at += body;
        seek(file, at)?;
    }
}

/// Walks the messages that a file's footer lists and counts their rows; the error says what is wrong.
pub(super) fn file(file: &mut (impl Read + Seek)) -> Result<u64, String> {
    let end = length(file)?;
    let start = end.checked_sub(TRAILER as u64).ok_or(TRUNCATED)?;
    seek(file, start)?;
    let trailer = bytes(file, TRAILER as u64)?;
    if !trailer.ends_with(super::MAGIC) {
        return Err("its end is missing".to_owned());
    }
    let length = u32::from_le_bytes([trailer[0], trailer[1], trailer[2], trailer[3]]);
    let end = start
        .checked_sub(length.into())
        .ok_or("its footer is damaged")?;
    seek(file, end)?;
    let footer = bytes(file, length.into())?;
    let footer = root_as_footer(&footer).map_err(|_| "its footer is damaged")?;
    let blocks = footer.dictionaries().into_iter().flatten();
    let mut rows = 0;
    for block in blocks.chain(footer.recordBatches().into_iter().flatten()) {
        rows += self::block(file, block, end)?;
    }
    Ok(rows)
}

/// One message of a file, which ends before `end`.
fn block(file: &mut (impl Read + Seek), block: &Block, end: u64) -> Result<u64, String> {
    let part = |value: i64| u64::try_from(value).map_err(|_| IMPOSSIBLE);
    let start = part(block.offset())?;
    let length = part(block.metaDataLength().into())?;
    let body = part(block.bodyLength())?;
    let at = start.checked_add(length).ok_or(IMPOSSIBLE)?;
    if at.checked_add(body).is_none_or(|last| last > end) || length < 8 {
        return Err(IMPOSSIBLE.to_owned());
    }
    seek(file, start)?;
    let header = bytes(file, length)?;
    let skipped = match header.starts_with(&CONTINUATION.to_le_bytes()) {
        true => 8,
        false => 4,
    };
    batch(file, &message(&header[skipped..])?, at, body)
}

/// Checks a message's buffers; returns its rows if it holds some of the table.
fn batch(
    file: &mut (impl Read + Seek),
    message: &Message,
    at: u64,
    body: u64,
) -> Result<u64, String> {
    let rows = message.header_as_record_batch();
    let dictionary = || message.header_as_dictionary_batch()?.data();
    if let Some(batch) = rows.or_else(dictionary) {
        check_buffers(file, at, body, batch)?;
    }
    let count = rows.map_or(0, |batch| batch.length());
    u64::try_from(count).map_err(|_| IMPOSSIBLE.to_owned())
}

/// Every buffer lies within the body, and all of them unpack to a size that can be.
fn check_buffers(
    file: &mut (impl Read + Seek),
    start: u64,
    body: u64,
    batch: RecordBatch,
) -> Result<(), String> {
    let mut unpacked = 0_u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let offset = u64::try_from(buffer.offset()).map_err(|_| IMPOSSIBLE)?;
        let length = u64::try_from(buffer.length()).map_err(|_| IMPOSSIBLE)?;
        if offset.checked_add(length).is_none_or(|end| end > body) {
            return Err(IMPOSSIBLE.to_owned());
        }
        if batch.compression().is_some() && length > 0 {
            if length < 8 {
                return Err(IMPOSSIBLE.to_owned());
            }
            seek(file, start + offset)?;
            let mut size = [0; 8];
            file.read_exact(&mut size).map_err(|_| TRUNCATED)?;
            unpacked = unpacked.saturating_add(match i64::from_le_bytes(size) {
                // Not compressed after all.
                -1 => length,
                size => u64::try_from(size).map_err(|_| IMPOSSIBLE)?,
            });
        }
    }
    let most = most_unpacked(body);
    if unpacked > most {
        return Err(format!(
            "{body} bytes of it unpack to {unpacked}, expected at most {most}"
        ));
    }
    Ok(())
}

fn message(header: &[u8]) -> Result<Message<'_>, String> {
    root_as_message(header).map_err(|_| "a message is damaged".to_owned())
}

fn length(file: &mut impl Seek) -> Result<u64, String> {
    file.seek(SeekFrom::End(0)).map_err(|e| e.to_string())
}

fn seek(file: &mut impl Seek, at: u64) -> Result<(), String> {
    file.seek(SeekFrom::Start(at))
        .map(|_| ())
        .map_err(|e| e.to_string())
}

fn word(file: &mut impl Read) -> Result<u32, String> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes).map_err(|_| TRUNCATED)?;
    Ok(u32::from_le_bytes(bytes))
}

/// The next so many bytes; no more memory than the file has of them.
fn bytes(file: &mut impl Read, count: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = file.take(count).read_to_end(&mut bytes);
    if read.map_err(|e| e.to_string())? as u64 != count {
        return Err(TRUNCATED.to_owned());
    }
    Ok(bytes)
}
