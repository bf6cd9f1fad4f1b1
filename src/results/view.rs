//! A view of an answer as a file: what the ending of its name promises.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};

use super::{Error, write, write_batches};
use crate::inspect::view::{
    Column, Columns, Sighted, View, attention_drawing, chart, chart_drawing, columns, mask_columns,
};
use crate::layout::Layout;
use crate::layout::picture::canvas::Canvas;
use crate::layout::picture::{Labels, drawing, png, svg};

/// What a view is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Svg,
    Png,
    Csv,
    Feather,
}

impl Form {
    /// The endings that are understood.
    pub const ENDINGS: &'static str = ".svg, .png, .csv or .feather";

    /// What a name promises; `None` where it promises something else.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "svg" => Some(Form::Svg),
            "png" => Some(Form::Png),
            "csv" => Some(Form::Csv),
            "feather" | "arrow" => Some(Form::Feather),
            _ => None,
        }
    }
}

/// Writes a view; the file appears whole or not at all.
///
/// # Errors
/// A view of what is not known; an existing file without `overwrite`, a full disk.
pub fn write_view(
    path: &Path,
    overwrite: bool,
    form: Form,
    view: View,
    sighted: &Sighted<'_>,
) -> Result<(), Error> {
    let unknown = || Error::Write {
        path: path.to_owned(),
        source: std::io::Error::other("the view has not been computed"),
    };
    match form {
        Form::Svg | Form::Png => {
            let canvas = match view {
                View::Attention => attention_drawing(sighted),
                _ => chart_drawing(&chart(view, sighted).ok_or_else(unknown)?, sighted.labels),
            };
            write_picture(path, overwrite, form, &canvas)
        }
        Form::Csv | Form::Feather => {
            let columns = columns(view, sighted).ok_or_else(unknown)?;
            write_columns(path, overwrite, form, &columns)
        }
    }
}

/// Writes who may read whom.
///
/// # Errors
/// As [`write_view`].
pub fn write_mask(
    path: &Path,
    overwrite: bool,
    form: Form,
    layout: &Layout,
    labels: &Labels,
) -> Result<(), Error> {
    match form {
        Form::Svg | Form::Png => write_picture(path, overwrite, form, &drawing(layout, labels)),
        Form::Csv | Form::Feather => write_columns(path, overwrite, form, &mask_columns(layout)),
    }
}

/// Writes a canvas as SVG, or as PNG.
fn write_picture(path: &Path, overwrite: bool, form: Form, canvas: &Canvas) -> Result<(), Error> {
    write(path, overwrite, |to| {
        let written = match form {
            Form::Png => png(canvas)
                .map_err(std::io::Error::other)
                .and_then(|bytes| to.write_all(&bytes)),
            _ => writeln!(to, "{}", svg(canvas)),
        };
        written.map_err(|source| Error::Write {
            path: path.to_owned(),
            source,
        })
    })
}

fn write_columns(path: &Path, overwrite: bool, form: Form, columns: &Columns) -> Result<(), Error> {
    match form {
        Form::Feather => write_batches(path, overwrite, "views", |put| {
            put(RecordBatch::try_from_iter(arrays(columns)))
        }),
        _ => write_csv(path, overwrite, columns),
    }
}

fn arrays(columns: &Columns) -> Vec<(&'static str, ArrayRef)> {
    let array = |column: &Column| -> ArrayRef {
        match column {
            Column::Text(values) => Arc::new(StringArray::from_iter_values(values)),
            Column::Count(values) => Arc::new(UInt32Array::from(values.clone())),
            Column::Number(values) => Arc::new(Float64Array::from(values.clone())),
        }
    };
    let columns = columns.0.iter();
    columns
        .map(|(name, column)| (*name, array(column)))
        .collect()
}

fn write_csv(path: &Path, overwrite: bool, columns: &Columns) -> Result<(), Error> {
    let wrong = |error: csv::Error| Error::Write {
        path: path.to_owned(),
        source: error.into(),
    };
    let cell = |column: &Column, row: usize| match column {
        Column::Text(values) => values[row].clone(),
        Column::Count(values) => values[row].to_string(),
        Column::Number(values) => values[row].to_string(),
    };
    let len = columns.0.first().map_or(0, |(_, column)| column.len());
    write(path, overwrite, |file| {
        let mut csv = csv::Writer::from_writer(file);
        let names = columns.0.iter().map(|(name, _)| *name);
        csv.write_record(names).map_err(wrong)?;
        for row in 0..len {
            let cells = columns.0.iter().map(|(_, column)| cell(column, row));
            csv.write_record(cells).map_err(wrong)?;
        }
        csv.flush().map_err(|error| wrong(error.into()))
    })
}
