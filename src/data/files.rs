//! From a path to a data set: which files, in which order, in which format.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::columns::Shape;
use super::fold::Fold;
use super::progress::{Meter, Stage, Watch};
use super::unpacked::Amount;
use super::{Dataset, Error, csv, ipc, jsonl, parquet, table};
use crate::text::read_to_string;

/// The formats that differ in how they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    /// Files and streams alike; the content tells which.
    Arrow,
    Jsonl,
    Csv,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "parquet" => Some(Format::Parquet),
            "arrow" | "arrows" | "feather" => Some(Format::Arrow),
            "jsonl" => Some(Format::Jsonl),
            "csv" => Some(Format::Csv),
            _ => None,
        }
    }
}

/// Loads a file, a folder of shards, or a saved `datasets` folder.
pub(super) fn load(path: &Path, watch: Watch) -> Result<Dataset, Error> {
    let (files, format) = resolve(path)?;
    let read = read(&files, format, watch);
    // Of other kinds of table, well-known ones are read by the columns that they are known for.
    if let Err(Error::MissingColumn { found, .. }) = &read
        && let Some(columns) = table::known(found)
    {
        return table::read(&files, format, &columns, watch);
    }
    let fold = read?;
    if fold.is_empty() {
        return Err(Error::NoRows {
            path: path.to_owned(),
        });
    }
    Ok(fold.finish())
}

/// Reads Parquet files that make one table, in the given order.
pub(super) fn load_parquet(paths: &[PathBuf], watch: Watch) -> Result<Dataset, Error> {
    Ok(read(paths, Format::Parquet, watch)?.finish())
}

fn read(files: &[PathBuf], format: Format, watch: Watch) -> Result<Fold, Error> {
    let shape = match format {
        Format::Parquet => return parquet::read(files, watch),
        Format::Arrow => common_shape(files, ipc::shape),
        Format::Jsonl => common_shape(files, jsonl::shape),
        Format::Csv => common_shape(files, csv::shape),
    }?;
    let mut bytes = 0;
    for path in files {
        bytes += fs::metadata(path).map_err(|e| Error::io(path, e))?.len();
    }
    let meter = Meter::new(watch, Stage::Bytes, bytes);
    let mut fold = Fold::new(shape, Amount::of_files(bytes));
    for (part, path) in files.iter().enumerate() {
        let part = part as u32;
        match format {
            Format::Jsonl => jsonl::read(path, part, &mut fold, &meter)?,
            Format::Csv => csv::read(path, part, &mut fold, &meter)?,
            Format::Arrow | Format::Parquet => ipc::read(path, part, &mut fold, &meter)?,
        }
    }
    Ok(fold)
}

/// The shape that all files share; files without a row have none of their own.
fn common_shape(
    files: &[PathBuf],
    shape: impl Fn(&Path) -> Result<Option<Shape>, Error>,
) -> Result<Shape, Error> {
    let mut shapes = Vec::new();
    for path in files {
        shapes.extend(shape(path)?.map(|shape| (path.as_path(), shape)));
    }
    if shapes.is_empty() {
        return Err(Error::NoRows {
            path: files[0].clone(),
        });
    }
    one_shape(shapes.into_iter())
}

/// The one shape of all shards.
///
/// # Errors
/// Names the first file that differs.
pub(super) fn one_shape<'a>(
    mut shapes: impl Iterator<Item = (&'a Path, Shape)>,
) -> Result<Shape, Error> {
    let Some((first, shape)) = shapes.next() else {
        return Ok(Shape::MyriadLama);
    };
    match shapes.find(|(_, other)| *other != shape) {
        None => Ok(shape),
        Some((path, other)) => Err(Error::MixedShapes {
            path: path.to_owned(),
            found: other.describe(),
            first: first.to_owned(),
            other: shape.describe(),
        }),
    }
}

/// The files behind a path and their format.
pub(super) fn resolve(path: &Path) -> Result<(Vec<PathBuf>, Format), Error> {
    let kind = fs::metadata(path).map_err(|e| Error::io(path, e))?;
    if !kind.is_dir() {
        let format = Format::of(path).ok_or_else(|| Error::UnknownFormat {
            path: path.to_owned(),
        })?;
        return Ok((vec![path.to_owned()], format));
    }
    let state = path.join("state.json");
    if state.is_file() {
        return Ok((saved(path, &state)?, Format::Arrow));
    }
    let splits = path.join("dataset_dict.json");
    if splits.is_file() {
        return split(path, &splits);
    }
    shards(path)
}

/// The files of a folder that `datasets` saved, in the order of its `state.json`.
fn saved(folder: &Path, state: &Path) -> Result<Vec<PathBuf>, Error> {
    #[derive(Deserialize)]
    struct State {
        #[serde(rename = "_data_files")]
        files: Vec<DataFile>,
    }
    #[derive(Deserialize)]
    struct DataFile {
        filename: PathBuf,
    }
    let state: State = parse(state)?;
    if state.files.is_empty() {
        return Err(folder_error(folder, "its state.json lists no data files"));
    }
    let files = state.files.into_iter();
    Ok(files.map(|file| folder.join(file.filename)).collect())
}

/// The only split, or `train`, of a folder in which `datasets` saved several.
fn split(folder: &Path, list: &Path) -> Result<(Vec<PathBuf>, Format), Error> {
    #[derive(Deserialize)]
    struct Splits {
        splits: Vec<String>,
    }
    let Splits { splits } = parse(list)?;
    let chosen = match splits.as_slice() {
        [only] => only,
        _ if splits.iter().any(|s| s == "train") => "train",
        _ => {
            let what = format!("holds the splits {}: give one of them", splits.join(", "));
            return Err(folder_error(folder, what));
        }
    };
    let chosen = folder.join(chosen);
    Ok((saved(&chosen, &chosen.join("state.json"))?, Format::Arrow))
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Error> {
    let text = read_to_string(path).map_err(|e| Error::io(path, e))?;
    serde_json::from_str(&text).map_err(|e| Error::broken(path, "saved `datasets`", e))
}

/// All data files of a folder, by name, which is how shards are numbered.
fn shards(folder: &Path) -> Result<(Vec<PathBuf>, Format), Error> {
    let io = |e| Error::io(folder, e);
    let mut files: Vec<(PathBuf, Format)> = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        // Hidden files are never data: tools leave copies such as `._train.parquet`.
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if let Some(format) = Format::of(&path).filter(|_| !hidden && path.is_file()) {
            files.push((path, format));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let Some(&(ref first, format)) = files.first() else {
        let what = "no data in this folder: expected .parquet, .arrow, .arrows, .feather, .jsonl \
                    or .csv files, or a saved `datasets` folder";
        return Err(folder_error(folder, what));
    };
    if let Some((other, _)) = files.iter().find(|(_, f)| *f != format) {
        let what = format!(
            "mixes formats, {} and {}: give one of the files, or keep one format in the folder",
            name(first),
            name(other),
        );
        return Err(folder_error(folder, what));
    }
    Ok((files.into_iter().map(|(path, _)| path).collect(), format))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    format!("`{}`", name.to_string_lossy())
}

fn folder_error(path: &Path, what: impl Into<String>) -> Error {
    Error::Folder {
        path: path.to_owned(),
        what: what.into(),
    }
}
