//! Arrow IPC: streams (`.arrows`, and the `.arrow` files that `datasets` saves) and files (`.arrow`, Feather 2). The
//! content decides, not the name.
//!
//! A file is read through the footer at its end, which lists its batches: the specification calls what stands in front
//! of them a stream, but not every writer (Polars 2.1) makes one.

mod check;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};

use crate::data::Error;
use crate::data::batch::Batches;
use crate::data::catch_panic::catch_panic;
use crate::data::columns::Shape;
use crate::data::fold::{Fold, Place};
use crate::data::progress::{Meter, Metered};

const FORMAT: &str = "Arrow IPC";

/// What a file begins and ends with.
const MAGIC: &[u8] = b"ARROW1";

/// Batches of a file or stream.
type Reader<'a> = Box<dyn RecordBatchReader + 'a>;

/// The shape of a file's table, `None` where it has no rows; also checks that the file is whole.
pub(super) fn shape(path: &Path) -> Result<Option<Shape>, Error> {
    catch_panic(path, FORMAT, || {
        let (kind, rows) = check(path)?;
        if rows == 0 {
            return Ok(None);
        }
        let schema = kind.reader(path, open(path)?, None)?.schema();
        Shape::of_schema(path, &schema).map(Some)
    })
}

/// The names of a file's columns; `None` where it has no row.
pub(super) fn names(path: &Path) -> Result<Option<Vec<String>>, Error> {
    catch_panic(path, FORMAT, || {
        let (kind, rows) = check(path)?;
        if rows == 0 {
            return Ok(None);
        }
        let schema = kind.reader(path, open(path)?, None)?.schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        Ok(Some(names.collect()))
    })
}

/// Reads some columns of a file, batch by batch.
pub(super) fn read_batches(
    path: &Path,
    wanted: &[String],
    meter: &Meter,
    take: &mut dyn FnMut(&RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    catch_panic(path, FORMAT, || each_batch(path, wanted, meter, take))
}

/// A whole file of any columns, batch by batch. No damage ends the program, whatever the `arrow_ipc` crate does with it.
pub(crate) struct ArrowFile {
    path: PathBuf,
    reader: Reader<'static>,
}

impl ArrowFile {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let open = || {
            let (kind, _) = check(path)?;
            kind.reader(path, open(path)?, None)
        };
        Ok(ArrowFile {
            path: path.to_owned(),
            reader: catch_panic(path, FORMAT, open)?,
        })
    }

    pub fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
}

impl Iterator for ArrowFile {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = catch_panic(&self.path, FORMAT, || {
            let batch = self.reader.next().transpose();
            batch.map_err(|e| Error::broken(&self.path, FORMAT, e))
        });
        next.transpose()
    }
}

/// Reads a file batch by batch, the needed columns only. Nothing where it has no rows.
pub(super) fn read(path: &Path, part: u32, fold: &mut Fold, meter: &Meter) -> Result<(), Error> {
    catch_panic(path, FORMAT, || fold_all(path, part, fold, meter))
}

fn fold_all(path: &Path, part: u32, fold: &mut Fold, meter: &Meter) -> Result<(), Error> {
    let mut folder = Batches::default();
    let mut row = 0;
    each_batch(path, &fold.shape.columns(), meter, &mut |batch| {
        folder
            .fold(fold, batch, Place { part, row })
            .map_err(|(index, what)| Error::row(path, row + index as u64 + 1, what))?;
        row += batch.num_rows() as u64;
        Ok(())
    })
}

fn each_batch(
    path: &Path,
    columns: &[String],
    meter: &Meter,
    take: &mut dyn FnMut(&RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    let (kind, rows) = check(path)?;
    if rows == 0 {
        return Ok(());
    }
    let schema = kind.reader(path, open(path)?, None)?.schema();
    let fields = schema.fields().iter().enumerate();
    let wanted = fields.filter(|(_, field)| columns.contains(field.name()));
    let wanted = wanted.map(|(index, _)| index).collect();
    let inner = open(path)?;
    for batch in kind.reader(path, Metered { inner, meter }, Some(wanted))? {
        meter.check()?;
        take(&batch.map_err(|e| Error::broken(path, FORMAT, e))?)?;
    }
    Ok(())
}

/// How the batches are laid out.
#[derive(Clone, Copy)]
enum Kind {
    Stream,
    File,
}

impl Kind {
    /// A reader of all columns, or of those with the `wanted` indices.
    fn reader<'a>(
        self,
        path: &Path,
        file: impl Read + Seek + 'a,
        wanted: Option<Vec<usize>>,
    ) -> Result<Reader<'a>, Error> {
        let file = BufReader::new(file);
        let reader = || -> Result<Reader<'a>, ArrowError> {
            Ok(match self {
                Kind::Stream => Box::new(StreamReader::try_new(file, wanted)?),
                Kind::File => Box::new(FileReader::try_new(file, wanted)?),
            })
        };
        reader().map_err(|e| Error::broken(path, FORMAT, e))
    }
}

fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(|e| Error::io(path, e))
}

/// Finds out the kind of a file, that it is whole, and how many rows it has.
fn check(path: &Path) -> Result<(Kind, u64), Error> {
    let io = |e| Error::io(path, e);
    let broken = |reason| Error::broken(path, FORMAT, reason);
    let mut file = BufReader::new(open(path)?);
    let mut magic = Vec::new();
    let length = MAGIC.len() as u64;
    file.by_ref()
        .take(length)
        .read_to_end(&mut magic)
        .map_err(io)?;
    match magic.as_slice() {
        MAGIC => Ok((Kind::File, check::file(&mut file).map_err(broken)?)),
        [b'F', b'E', b'A', b'1', ..] => {
            let reason = "Feather 1 is no longer read, write the table as Feather 2";
            Err(broken(reason.to_owned()))
        }
        _ => {
            file.seek(SeekFrom::Start(0)).map_err(io)?;
            Ok((Kind::Stream, check::stream(&mut file).map_err(broken)?))
        }
    }
}
