//! A Parquet file: its footer, checked, and readers over parts of it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{DataType, FieldRef, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use crate::data::Error;
use crate::data::columns::{Shape, is_text};
use crate::data::unpacked::most_unpacked;

pub(super) const FORMAT: &str = "Parquet";

/// Rows per batch: the keys of one batch stay in the nearest cache.
const BATCH: usize = 8_192;

/// Small row groups are read together up to this many rows, to spare openings and merges.
const RUN: usize = 65_536;

/// A file whose footer has been read.
pub(super) struct Table {
    pub(super) path: PathBuf,
    /// `None` for a file without rows, whose columns pandas gives any type, and where no shape is asked for.
    pub(super) shape: Option<Shape>,
    metadata: ArrowReaderMetadata,
    /// Of the file.
    pub(super) bytes: u64,
}

/// Consecutive row groups of one table.
pub(super) struct Run<'a> {
    pub(super) table: &'a Table,
    groups: Vec<usize>,
    /// Row of the file with which the run begins, from 0.
    pub(super) first: u64,
    pub(super) rows: usize,
}

impl Table {
    /// Reads the footer and checks that the needed columns are there and can be read.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let (found, bytes) = footer(path)?;
        if !has_rows(&found) {
            return Ok(Table {
                path: path.to_owned(),
                metadata: found,
                shape: None,
                bytes,
            });
        }
        let shape = Shape::of_schema(path, found.schema())?;
        Ok(Table {
            path: path.to_owned(),
            metadata: checked(path, &found, &shape.columns(), bytes)?,
            shape: Some(shape),
            bytes,
        })
    }

    /// Reads the footer and checks that some columns can be read, whatever they hold.
    pub(super) fn of_any(path: &Path, columns: &[String]) -> Result<Self, Error> {
        let (found, bytes) = footer(path)?;
        Ok(Table {
            path: path.to_owned(),
            metadata: checked(path, &found, columns, bytes)?,
            shape: None,
            bytes,
        })
    }

    /// All rows, in order, in pieces that are worth a reader of their own.
    pub(super) fn runs(&self) -> Vec<Run<'_>> {
        let mut runs: Vec<Run> = Vec::new();
        let mut first = 0;
        for (group, rows) in self.metadata.metadata().row_groups().iter().enumerate() {
            let rows = rows.num_rows() as usize;
            match runs.last_mut() {
                Some(run) if run.rows + rows <= RUN => {
                    run.groups.push(group);
                    run.rows += rows;
                }
                _ => runs.push(Run {
                    table: self,
                    groups: vec![group],
                    first,
                    rows,
                }),
            }
            first += rows as u64;
        }
        runs
    }
}

/// What the footer says, and the size of the file.
pub(super) fn footer(path: &Path) -> Result<(ArrowReaderMetadata, u64), Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let bytes = file.metadata().map_err(|e| Error::io(path, e))?.len();
    let options = ArrowReaderOptions::new();
    let found = ArrowReaderMetadata::load(&file, options);
    Ok((found.map_err(|e| Error::broken(path, FORMAT, e))?, bytes))
}

pub(super) fn has_rows(footer: &ArrowReaderMetadata) -> bool {
    let groups = footer.metadata().row_groups().iter();
    groups.map(RowGroupMetaData::num_rows).any(|rows| rows != 0)
}

/// Checks some columns, and has their texts read as dictionaries.
fn checked(
    path: &Path,
    footer: &ArrowReaderMetadata,
    columns: &[String],
    bytes: u64,
) -> Result<ArrowReaderMetadata, Error> {
    check_chunks(path, footer.metadata(), columns, bytes)?;
    let schema = with_dictionaries(footer.schema(), columns);
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(footer.metadata().clone(), options)
        .map_err(|e| Error::broken(path, FORMAT, e))
}

/// The places that the footer states lie within the file (the `parquet` crate panics at some that
/// do not), and the needed columns are packed in a way that this build unpacks.
fn check_chunks(
    path: &Path,
    footer: &ParquetMetaData,
    columns: &[String],
    bytes: u64,
) -> Result<(), Error> {
    let within = |chunk: &ColumnChunkMetaData| {
        let start = chunk
            .dictionary_page_offset()
            .unwrap_or(chunk.data_page_offset());
        let length = chunk.compressed_size();
        let end = start.checked_add(length);
        start >= 0 && length >= 0 && end.is_some_and(|end| end as u64 <= bytes)
    };
    let (mut packed, mut unpacked) = (0_u64, 0_u64);
    for group in footer.row_groups() {
        if group.num_rows() < 0 || !group.columns().iter().all(within) {
            let reason = "its footer states impossible sizes";
            return Err(Error::broken(path, FORMAT, reason));
        }
        for chunk in group.columns() {
            let column = &chunk.column_path().parts()[0];
            let codec = chunk.compression();
            if !columns.contains(column) {
                continue;
            }
            if codec == Compression::LZO {
                return Err(Error::Packing {
                    path: path.to_owned(),
                    column: column.clone(),
                    codec: "LZO",
                });
            }
            packed = packed.saturating_add(chunk.compressed_size().unsigned_abs());
            unpacked = unpacked.saturating_add(chunk.uncompressed_size().unsigned_abs());
        }
    }
    let most = most_unpacked(packed);
    if unpacked > most {
        return Err(Error::Bomb {
            path: path.to_owned(),
            packed,
            unpacked,
            most,
        });
    }
    Ok(())
}

/// The file's schema, but the strings among `columns` as dictionaries, also those in lists: few long strings may stand
/// in many rows, and no string is built or hashed per row.
fn with_dictionaries(schema: &Schema, columns: &[String]) -> Schema {
    let fields = schema
        .fields()
        .iter()
        .map(|field| match columns.contains(field.name()) {
            true => with_dictionary(field),
            false => Arc::clone(field),
        });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}

fn with_dictionary(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        kind if is_text(kind) => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        DataType::List(item) => DataType::List(with_dictionary(item)),
        DataType::LargeList(item) => DataType::LargeList(with_dictionary(item)),
        DataType::FixedSizeList(item, size) => {
            DataType::FixedSizeList(with_dictionary(item), *size)
        }
        other => other.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(kind))
}

impl Run<'_> {
    /// A reader over some columns, and over some rows where not all are wanted.
    pub(super) fn reader(
        &self,
        columns: &[String],
        rows: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, Error> {
        let Table { path, metadata, .. } = self.table;
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        let fields = metadata.schema().fields().iter().enumerate();
        let wanted = fields.filter(|(_, f)| columns.contains(f.name()));
        let mask = ProjectionMask::roots(metadata.parquet_schema(), wanted.map(|(i, _)| i));
        let mut builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
                .with_projection(mask)
                .with_row_groups(self.groups.clone())
                .with_batch_size(BATCH);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(rows);
        }
        builder.build().map_err(|e| Error::broken(path, FORMAT, e))
    }
}
