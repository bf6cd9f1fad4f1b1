//! Arrow IPC: streams (`.arrows`, and the `.arrow` files that `datasets` saves) and files
//! (`.arrow`, Feather 2). The content decides, not the name.
//!
//! A file is a stream behind a few bytes, with an index at its end. Rows are wanted in order, so
//! the index is left alone and both are read as streams.

mod check;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::SchemaRef;

use crate::data::Error;
use crate::data::batch::Batches;
use crate::data::columns::Shape;
use crate::data::fold::{Fold, Place};
use crate::data::guard::guard;
use crate::data::watch::{Meter, Metered};

const FORMAT: &str = "Arrow IPC";

/// What a file begins with; padding follows, of which writers put 2 to 58 bytes.
const MAGIC: &[u8] = b"ARROW1";

/// The padding ends at a multiple of this.
const PADDING: u64 = 8;

/// The shape of a file's table; also checks that the file is whole.
pub(super) fn shape(path: &Path) -> Result<Shape, Error> {
    guard(path, FORMAT, || shape_of(path))
}

fn shape_of(path: &Path) -> Result<Shape, Error> {
    Shape::of_schema(path, &whole(path)?.schema())
}

/// Opens a file after a walk that found it whole.
fn whole(path: &Path) -> Result<StreamReader<BufReader<File>>, Error> {
    let (file, start) = open(path)?;
    let mut file = BufReader::new(file);
    check::walk(&mut file).map_err(|reason| Error::broken(path, FORMAT, reason))?;
    file.seek(SeekFrom::Start(start))
        .map_err(|e| Error::io(path, e))?;
    StreamReader::try_new(file, None).map_err(|e| Error::broken(path, FORMAT, e))
}

/// A whole file of any columns, batch by batch. No damage ends the program, whatever the `arrow` crate does with it.
pub(crate) struct ArrowFile {
    path: PathBuf,
    reader: StreamReader<BufReader<File>>,
}

impl ArrowFile {
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(ArrowFile {
            path: path.to_owned(),
            reader: guard(path, FORMAT, || whole(path))?,
        })
    }

    pub fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
}

impl Iterator for ArrowFile {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = guard(&self.path, FORMAT, || {
            let batch = self.reader.next().transpose();
            batch.map_err(|e| Error::broken(&self.path, FORMAT, e))
        });
        next.transpose()
    }
}

/// Reads a file batch by batch, the needed columns only.
pub(super) fn read(path: &Path, part: u32, fold: &mut Fold, meter: &Meter) -> Result<(), Error> {
    guard(path, FORMAT, || fold_all(path, part, fold, meter))
}

fn fold_all(path: &Path, part: u32, fold: &mut Fold, meter: &Meter) -> Result<(), Error> {
    let broken = |e| Error::broken(path, FORMAT, e);
    let (file, _) = open(path)?;
    let schema = StreamReader::try_new(BufReader::new(file), None)
        .map_err(broken)?
        .schema();
    let columns = fold.shape.columns();
    let fields = schema.fields().iter().enumerate();
    let wanted = fields.filter(|(_, field)| columns.contains(field.name()));
    let wanted = wanted.map(|(index, _)| index).collect();

    let (inner, _) = open(path)?;
    let file = BufReader::new(Metered { inner, meter });
    let mut folder = Batches::default();
    let mut row = 0;
    for batch in StreamReader::try_new(file, Some(wanted)).map_err(broken)? {
        meter.check()?;
        let batch = batch.map_err(broken)?;
        folder
            .fold(fold, &batch, Place { part, row })
            .map_err(|(index, what)| Error::row(path, row + index as u64 + 1, what))?;
        row += batch.num_rows() as u64;
    }
    Ok(())
}

/// Opens a file where its stream begins, and says where that is.
fn open(path: &Path) -> Result<(File, u64), Error> {
    let io = |e| Error::io(path, e);
    let mut file = File::open(path).map_err(io)?;
    let mut magic = Vec::new();
    let length = MAGIC.len() as u64;
    file.by_ref()
        .take(length)
        .read_to_end(&mut magic)
        .map_err(io)?;
    let start = match magic.as_slice() {
        MAGIC => stream_start(&mut file).map_err(io)?,
        [b'F', b'E', b'A', b'1', ..] => {
            let reason = "Feather 1 is no longer read, write the table as Feather 2";
            return Err(Error::broken(path, FORMAT, reason));
        }
        _ => 0,
    };
    file.seek(SeekFrom::Start(start)).map_err(io)?;
    Ok((file, start))
}

/// Where the stream inside a file begins. Its first word is never all zeros.
fn stream_start(file: &mut File) -> std::io::Result<u64> {
    let mut start = PADDING;
    let mut word = [0; PADDING as usize];
    file.seek(SeekFrom::Start(start))?;
    while file.read_exact(&mut word).is_ok() && word == [0; PADDING as usize] {
        start += PADDING;
    }
    Ok(start)
}
