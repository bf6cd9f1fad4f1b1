//! Is an Arrow stream whole? The `arrow` crate trusts the places and sizes that a message states
//! (a wrong one panics or asks for terabytes) and takes a stream that breaks off between two
//! messages for a complete one. This walk over the message headers refuses both beforehand; of the
//! data itself it reads eight bytes per compressed buffer.

use std::io::{Read, Seek, SeekFrom};

use arrow_ipc::{Message, RecordBatch, root_as_message};

/// Before a message's length, since Arrow 0.15.
const CONTINUATION: u32 = u32::MAX;

/// The most that a compressed buffer may grow.
const RATIO: u64 = 1 << 16;

const TRUNCATED: &str = "it ends before its end mark";

/// Walks from here to the end mark; the error says what is wrong.
pub(super) fn walk(file: &mut (impl Read + Seek)) -> Result<(), String> {
    let io = |e: std::io::Error| e.to_string();
    let mut at = file.stream_position().map_err(io)?;
    let end = file.seek(SeekFrom::End(0)).map_err(io)?;
    file.seek(SeekFrom::Start(at)).map_err(io)?;
    let mut header = Vec::new();
    loop {
        let mut length = word(file)?;
        at += 4;
        if length == CONTINUATION {
            length = word(file)?;
            at += 4;
        }
        if length == 0 {
            return Ok(());
        }
        header.clear();
        let read = file.take(length.into()).read_to_end(&mut header);
        if read.map_err(io)? != length as usize {
            return Err(TRUNCATED.to_owned());
        }
        at += u64::from(length);
        let message = root_as_message(&header).map_err(|_| "a message is damaged".to_owned())?;
        let body = u64::try_from(message.bodyLength()).unwrap_or(u64::MAX);
        if body > end - at {
            return Err(TRUNCATED.to_owned());
        }
        if let Some(batch) = batch_of(&message) {
            check_buffers(file, at, body, batch)?;
        }
        at += body;
        file.seek(SeekFrom::Start(at)).map_err(io)?;
    }
}

fn word(file: &mut impl Read) -> Result<u32, String> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)
        .map_err(|_| TRUNCATED.to_owned())?;
    Ok(u32::from_le_bytes(bytes))
}

fn batch_of<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    let batch = message.header_as_record_batch();
    batch.or_else(|| message.header_as_dictionary_batch()?.data())
}

/// Every buffer lies within the body, and unpacks to a size that can be.
fn check_buffers(
    file: &mut (impl Read + Seek),
    start: u64,
    body: u64,
    batch: RecordBatch,
) -> Result<(), String> {
    let damaged = || "a message states impossible sizes".to_owned();
    for buffer in batch.buffers().into_iter().flatten() {
        let offset = u64::try_from(buffer.offset()).map_err(|_| damaged())?;
        let length = u64::try_from(buffer.length()).map_err(|_| damaged())?;
        if offset.checked_add(length).is_none_or(|end| end > body) {
            return Err(damaged());
        }
        if batch.compression().is_some() && length > 0 {
            let mut bytes = [0; 8];
            file.seek(SeekFrom::Start(start + offset))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(|_| TRUNCATED.to_owned())?;
            // -1 says that the buffer is not compressed after all.
            let unpacked = i64::from_le_bytes(bytes);
            let possible = u64::try_from(unpacked).is_ok_and(|u| u / RATIO <= length);
            if length < 8 || !(possible || unpacked == -1) {
                return Err(damaged());
            }
        }
    }
    Ok(())
}
