//! A model's files, found and complete.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use super::bytes::{Bytes, impostor};
use super::gguf::Gguf;
use super::shards::Shards;
use super::weights::Source;
use super::{Config, ModelError, ModelRef, Tokenizer, embedded, identity};
use crate::hub::{self, Repo};

/// The files of one model, all of them on this machine.
#[derive(Debug)]
pub struct Files(Kind);

#[derive(Debug)]
enum Kind {
    /// The demo model.
    Embedded,
    Folder(Folder),
    Gguf(PathBuf, Arc<Gguf>),
}

/// The files of a hub repository that matter here.
#[derive(Debug)]
struct Folder {
    config: PathBuf,
    generation: Option<PathBuf>,
    tokenizer: PathBuf,
    weights: Vec<PathBuf>,
}

const CONFIG: &str = "config.json";
const GENERATION: &str = "generation_config.json";
const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

impl Files {
    /// Finds a model's files; those on the hub are fetched, with `progress` told what is done (`downloading
    /// config.json`), bytes done and bytes in all.
    ///
    /// # Errors
    ///
    /// [`ModelError::Missing`] names the first file that is not there, [`ModelError::Cancelled`] follows `cancel`.
    pub fn locate(
        model: &ModelRef,
        progress: &mut dyn FnMut(&str, u64, u64),
        cancel: &AtomicBool,
    ) -> Result<Files, ModelError> {
        let kind = match model {
            ModelRef::Embedded => Kind::Embedded,
            ModelRef::Hub(repository) => Kind::Folder(fetch(repository, progress, cancel)?),
            ModelRef::Dir(folder) => Kind::Folder(find(folder)?),
            ModelRef::Gguf(file) => Kind::Gguf(file.clone(), Arc::new(Gguf::open(file)?)),
        };
        Ok(Files(kind))
    }

    /// What each file holds, as text that says what was looked at: all of a small file, size, header and a sample of a
    /// large one.
    ///
    /// # Errors
    ///
    /// [`ModelError::Read`] for a file that has gone.
    pub fn identity(&self) -> Result<BTreeMap<String, String>, ModelError> {
        let paths: Vec<&PathBuf> = match &self.0 {
            Kind::Embedded => {
                let files = [
                    embedded::CONFIG,
                    embedded::GENERATION,
                    embedded::TOKENIZER,
                    embedded::WEIGHTS,
                ];
                let one =
                    |(file, bytes): (&str, &[u8])| (file.to_owned(), identity::of_bytes(bytes));
                return Ok(files.into_iter().map(one).collect());
            }
            Kind::Folder(folder) => [&folder.config, &folder.tokenizer]
                .into_iter()
                .chain(&folder.generation)
                .chain(&folder.weights)
                .collect(),
            Kind::Gguf(file, _) => vec![file],
        };
        let one = |path: &PathBuf| -> Result<_, ModelError> {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let identity = identity::of_file(path).map_err(ModelError::read(path))?;
            Ok((name.to_string_lossy().into_owned(), identity))
        };
        paths.into_iter().map(one).collect()
    }

    pub(super) fn config(&self) -> Result<Config, ModelError> {
        match &self.0 {
            Kind::Embedded => {
                let config = Json::parse(embedded::CONFIG)?;
                let generation = Json::parse(embedded::GENERATION)?;
                Config::from_json(config.pair(), Some(generation.pair()))
            }
            Kind::Folder(folder) => folder.config(),
            Kind::Gguf(_, gguf) => Ok(gguf.config().clone()),
        }
    }

    pub(super) fn tokenizer(&self) -> Result<Tokenizer, ModelError> {
        match &self.0 {
            Kind::Embedded => {
                let (file, json) = embedded::TOKENIZER;
                Tokenizer::from_json(file, json)
            }
            Kind::Folder(Folder { tokenizer, .. }) => {
                Tokenizer::from_json(&tokenizer.to_string_lossy(), &read(tokenizer)?)
            }
            Kind::Gguf(_, gguf) => gguf.tokenizer(),
        }
    }

    pub(super) fn weights(&self) -> Result<Source, ModelError> {
        let shards = match &self.0 {
            Kind::Embedded => {
                let (file, bytes) = embedded::WEIGHTS;
                vec![(file.to_owned(), Bytes::Embedded(bytes))]
            }
            Kind::Folder(folder) => folder
                .weights
                .iter()
                .map(|path| Ok((path.to_string_lossy().into_owned(), Bytes::map(path)?)))
                .collect::<Result<_, ModelError>>()?,
            Kind::Gguf(_, gguf) => return Ok(Source::Gguf(Arc::clone(gguf))),
        };
        Shards::open(shards).map(Source::Shards)
    }
}

impl Folder {
    fn config(&self) -> Result<Config, ModelError> {
        let config = Json::read(&self.config)?;
        let generation = self.generation.as_deref().map(Json::read).transpose()?;
        Config::from_json(config.pair(), generation.as_ref().map(Json::pair))
    }
}

/// A parsed JSON file with its name.
struct Json {
    file: String,
    value: Value,
}

impl Json {
    fn read(path: &Path) -> Result<Json, ModelError> {
        Json::parse((&path.to_string_lossy(), &read(path)?))
    }

    fn parse((file, bytes): (&str, &[u8])) -> Result<Json, ModelError> {
        let value = serde_json::from_slice(bytes)
            .map_err(|e| ModelError::damaged(file, format!("is no JSON ({e})")))?;
        Ok(Json {
            file: file.to_owned(),
            value,
        })
    }

    fn pair(&self) -> (&str, &Value) {
        (&self.file, &self.value)
    }

    /// The files that an index of shards names, each once.
    fn shards(&self) -> Result<Vec<String>, ModelError> {
        let wrong = |what| ModelError::damaged(&self.file, what);
        let map = self.value.get("weight_map").and_then(Value::as_object);
        let mut names = BTreeSet::new();
        for name in map.ok_or_else(|| wrong("holds no `weight_map`"))?.values() {
            let Some(name) = name.as_str() else {
                return Err(wrong(
                    "has a `weight_map` to something else than file names",
                ));
            };
            // A name from elsewhere must not lead out of its folder.
            if name.contains(['/', '\\']) {
                return Err(wrong("names a weight file in another folder"));
            }
            names.insert(name.to_owned());
        }
        if names.is_empty() {
            return Err(wrong("names no weight file"));
        }
        Ok(names.into_iter().collect())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    let bytes = std::fs::read(path).map_err(ModelError::read(path))?;
    match impostor(&bytes) {
        Some(what) => Err(ModelError::damaged(&path.to_string_lossy(), what)),
        None => Ok(bytes),
    }
}

/// The files of a folder that is laid out like a hub repository.
fn find(folder: &Path) -> Result<Folder, ModelError> {
    let missing = |file: &str, advice| ModelError::Missing {
        place: folder.to_string_lossy().into_owned(),
        file: file.to_owned(),
        advice,
    };
    if !folder.is_dir() {
        return Err(missing(
            "the folder",
            "name a folder, or OWNER/NAME on the hub",
        ));
    }
    let find = |file: &str| {
        let path = folder.join(file);
        let advice = "a model folder holds config.json, tokenizer.json and all safetensors files";
        if path.is_file() {
            Ok(path)
        } else {
            Err(missing(file, advice))
        }
    };
    let config = find(CONFIG)?;
    let tokenizer = find(TOKENIZER)?;
    // As in transformers, a single file wins over an index.
    let weights = match (find(WEIGHTS), find(INDEX)) {
        (Ok(single), _) => vec![single],
        (Err(_), Ok(index)) => Json::read(&index)?
            .shards()?
            .iter()
            .map(|shard| find(shard))
            .collect::<Result<_, _>>()?,
        (Err(neither), Err(_)) => return Err(neither),
    };
    Ok(Folder {
        config,
        generation: find(GENERATION).ok(),
        tokenizer,
        weights,
    })
}

/// The same from the hub. What cannot be run is refused before its weights are fetched.
fn fetch(
    repository: &str,
    progress: &mut dyn FnMut(&str, u64, u64),
    cancel: &AtomicBool,
) -> Result<Folder, ModelError> {
    let repo = Repo::model(repository);
    let progress = RefCell::new(progress);
    let fetch = |file: &str| {
        let what = format!("downloading {file}");
        // The hub reports from within one call only, so nobody else holds the borrow.
        let report = |done, total| (progress.borrow_mut())(&what, done, total);
        hub::fetch(&repo, file, &report, cancel)
    };
    let mut folder = Folder {
        config: fetch(CONFIG)?,
        generation: match fetch(GENERATION) {
            Ok(path) => Some(path),
            // Not every repository has one; without the hub, a cache that lacks it cannot tell.
            Err(
                hub::Error::NoSuchFile { .. }
                | hub::Error::Offline { .. }
                | hub::Error::Unreachable { .. },
            ) => None,
            Err(error) => return Err(error.into()),
        },
        tokenizer: fetch(TOKENIZER)?,
        weights: Vec::new(),
    };
    folder.config()?;
    folder.weights = match fetch(WEIGHTS) {
        Ok(single) => vec![single],
        Err(absent @ (hub::Error::NoSuchFile { .. } | hub::Error::Offline { .. })) => {
            match fetch(INDEX) {
                Ok(index) => Json::read(&index)?
                    .shards()?
                    .iter()
                    .map(|shard| fetch(shard))
                    .collect::<Result<_, _>>()?,
                Err(hub::Error::NoSuchFile { .. } | hub::Error::Offline { .. }) => {
                    return Err(absent.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(folder)
}
