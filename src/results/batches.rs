//! Tables beside the results, written batch by batch.

use std::io;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::ArrowError;

use super::{Error, Kind, write};

/// Takes one batch after the other.
pub type Put<'a> = dyn FnMut(Result<RecordBatch, ArrowError>) -> Result<(), Error> + 'a;

/// Writes a Feather file that appears whole or not at all; `fill` hands its batches over, all of one schema, of which
/// there is at least one. `what` is in it, in the plural.
///
/// # Errors
/// A name that does not promise Feather, an existing file without `overwrite`, a full disk; what `fill` fails with.
pub fn write_batches<E: From<Error>>(
    path: &Path,
    overwrite: bool,
    what: &'static str,
    fill: impl FnOnce(&mut Put<'_>) -> Result<(), E>,
) -> Result<(), E> {
    Kind::Feather.check(path, what)?;
    let wrong = |error: ArrowError| Error::Write {
        path: path.to_owned(),
        source: match error {
            ArrowError::IoError(_, source) => source,
            other => io::Error::other(other),
        },
    };
    write(path, overwrite, |file| {
        // The first batch says of what columns the file is.
        let (mut file, mut feather) = (Some(file), None);
        fill(&mut |batch| {
            let batch = batch.map_err(wrong)?;
            if let Some(file) = file.take() {
                let lz4 = Some(CompressionType::LZ4_FRAME);
                let options = IpcWriteOptions::default().try_with_compression(lz4);
                let options = options.map_err(wrong)?;
                let made = FileWriter::try_new_with_options(file, &batch.schema(), options);
                feather = Some(made.map_err(wrong)?);
            }
            let feather = feather.as_mut();
            feather.map_or(Ok(()), |feather| feather.write(&batch).map_err(wrong))
        })?;
        let finished = feather.map_or(Ok(()), |mut feather| feather.finish());
        Ok(finished.map_err(wrong)?)
    })
}
