//! A model's files, found or fetched when they are asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use super::bytes::{Bytes, impostor};
use super::gguf::Gguf;
use super::shards::Shards;
use super::weights::{Source, Weights};
use super::{Config, ModelError, ModelRef, Tokenizer, chat, embedded, identity};
use crate::hub::{self, Repo};

/// Where a model's files are. Each is found or fetched when it is asked for, so that whoever needs the tokenizer alone,
/// which is some megabytes, does not wait for many gigabytes of weights.
#[derive(Debug)]
pub struct Files(Place);

#[derive(Debug)]
enum Place {
    /// The demo model.
    Embedded,
    /// One file with everything.
    Gguf(PathBuf, Arc<Gguf>),
    Repository(Repository),
}

/// Files by the names that they have on the hub.
#[derive(Debug)]
struct Repository {
    place: RepositoryPlace,
    /// Those that were asked for, each located once.
    found: RefCell<BTreeMap<String, PathBuf>>,
}

#[derive(Debug)]
enum RepositoryPlace {
    Hub(Repo),
    Folder(PathBuf),
}

/// Hears of downloads and may stop them.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Told what is done (`downloading config.json`), bytes done and bytes in all.
    pub report: &'a dyn Fn(&str, u64, u64),
    /// Looked at about ten times a second.
    pub cancel: &'a AtomicBool,
}

impl Watch<'static> {
    /// Nobody looks and nobody cancels.
    pub fn none() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Watch {
            report: &|_, _, _| {},
            cancel: &NEVER,
        }
    }
}

pub(super) const CONFIG: &str = "config.json";
const GENERATION: &str = "generation_config.json";
pub(super) const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const CHAT_TEMPLATE: &str = "chat_template.jinja";
pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const INDEX: &str = "model.safetensors.index.json";

/// Weights that belong on top of others.
const ADAPTER: [&str; 2] = ["adapter_config.json", "adapter_model.safetensors"];

impl Files {
    /// Finds where a model is. Nothing is fetched yet; of a GGUF file the header is read.
    ///
    /// # Errors
    ///
    /// [`ModelError::Missing`] for a folder that is not there, and whatever is wrong with a GGUF file.
    pub fn open(model: &ModelRef) -> Result<Files, ModelError> {
        Ok(Files(match model {
            ModelRef::Embedded => Place::Embedded,
            ModelRef::Gguf(file) => Place::Gguf(file.clone(), Arc::new(Gguf::open(file)?)),
            ModelRef::Hub(name) => Place::at(RepositoryPlace::Hub(Repo::model(name))),
            ModelRef::Dir(folder) if folder.is_dir() => {
                Place::at(RepositoryPlace::Folder(folder.clone()))
            }
            ModelRef::Dir(folder) => {
                let advice = "name a folder, or OWNER/NAME on the hub";
                return Err(missing(folder, "the folder", advice));
            }
        }))
    }

    /// # Errors
    ///
    /// As [`Config::from_json`], and [`ModelError::Unsupported`] for an adapter.
    pub fn config(&self, watch: Watch) -> Result<Config, ModelError> {
        match &self.0 {
            Place::Embedded => {
                let config = Json::parse(embedded::CONFIG)?;
                let generation = Json::parse(embedded::GENERATION)?;
                Config::from_json(config.pair(), Some(generation.pair()))
            }
            Place::Gguf(_, gguf) => Ok(gguf.config().clone()),
            Place::Repository(files) => {
                files.refuse_adapter(watch)?;
                let config = Json::read(&files.need(CONFIG, watch)?)?;
                let generation = files.find(GENERATION, watch)?;
                let generation = generation.as_deref().map(Json::read).transpose()?;
                Config::from_json(config.pair(), generation.as_ref().map(Json::pair))
            }
        }
    }

    /// The tokenizer without the chat template, which has files of its own.
    ///
    /// # Errors
    ///
    /// As [`Tokenizer::from_json`].
    pub fn tokenizer_alone(&self, watch: Watch) -> Result<Tokenizer, ModelError> {
        match &self.0 {
            Place::Embedded => {
                let (file, json) = embedded::TOKENIZER;
                Tokenizer::from_json(file, json)
            }
            Place::Gguf(_, gguf) => gguf.tokenizer(),
            Place::Repository(files) => {
                let path = files.need(TOKENIZER, watch)?;
                Tokenizer::from_json(&path.to_string_lossy(), &read(&path)?)
            }
        }
    }

    /// # Errors
    ///
    /// As [`Tokenizer::from_json`]; [`ModelError::Damaged`] and [`ModelError::Value`] for a damaged chat template.
    pub fn tokenizer(&self, watch: Watch) -> Result<Tokenizer, ModelError> {
        let tokenizer = self.tokenizer_alone(watch)?;
        match &self.0 {
            // In a GGUF file it stands with the tokenizer.
            Place::Embedded | Place::Gguf(..) => Ok(tokenizer),
            Place::Repository(files) => {
                let config = files.find(TOKENIZER_CONFIG, watch)?;
                let config = config.as_deref().map(Json::read).transpose()?;
                let own = files.find(CHAT_TEMPLATE, watch)?;
                let own = own.as_deref().map(read_text).transpose()?;
                let template = chat::template(config.as_ref().map(Json::pair), own)?;
                Ok(tokenizer.with_chat(template))
            }
        }
    }

    /// Maps the weight files and reads their headers.
    ///
    /// # Errors
    ///
    /// [`ModelError::Missing`] names the first file that is not there; [`ModelError::Damaged`] for a file that is cut
    /// off or is no weight file.
    pub fn weights(&self, watch: Watch) -> Result<Weights, ModelError> {
        let shards = match &self.0 {
            Place::Embedded => {
                let (file, bytes) = embedded::WEIGHTS;
                vec![(file.to_owned(), Bytes::Embedded(bytes))]
            }
            Place::Gguf(_, gguf) => return Ok(Weights::new(Source::Gguf(Arc::clone(gguf)))),
            Place::Repository(files) => files
                .weights(watch)?
                .iter()
                .map(|path| Ok((path.to_string_lossy().into_owned(), Bytes::map(path)?)))
                .collect::<Result<_, ModelError>>()?,
        };
        Ok(Weights::new(Source::Shards(Shards::open(shards)?)))
    }
}

impl Files {
    /// Paths of the files that have been located; none for the demo model.
    pub fn located(&self) -> Vec<PathBuf> {
        match &self.0 {
            Place::Embedded => Vec::new(),
            Place::Gguf(file, _) => vec![file.clone()],
            Place::Repository(files) => files.found.borrow().values().cloned().collect(),
        }
    }

    /// What each file that has been read holds, as text that says what was looked at: all of a small file, size, header
    /// and a sample of a large one.
    ///
    /// # Errors
    ///
    /// [`ModelError::Read`] for a file that has gone.
    pub fn identity(&self) -> Result<BTreeMap<String, String>, ModelError> {
        let one = |path: &Path| -> Result<_, ModelError> {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let identity = identity::of_file(path).map_err(ModelError::read(path))?;
            Ok((name.to_string_lossy().into_owned(), identity))
        };
        match &self.0 {
            Place::Embedded => {
                let files = [
                    embedded::CONFIG,
                    embedded::GENERATION,
                    embedded::TOKENIZER,
                    embedded::WEIGHTS,
                ];
                let one =
                    |(file, bytes): (&str, &[u8])| (file.to_owned(), identity::of_bytes(bytes));
                Ok(files.into_iter().map(one).collect())
            }
            Place::Gguf(file, _) => Ok([one(file)?].into()),
            Place::Repository(files) => {
                let found = files.found.borrow();
                found.values().map(|path| one(path)).collect()
            }
        }
    }
}

impl Place {
    fn at(place: RepositoryPlace) -> Place {
        Place::Repository(Repository {
            place,
            found: RefCell::default(),
        })
    }
}

impl Repository {
    /// A file that must be there.
    fn need(&self, file: &str, watch: Watch) -> Result<PathBuf, ModelError> {
        if let Some(path) = self.found.borrow().get(file) {
            return Ok(path.clone());
        }
        let path = self.locate(file, watch)?;
        let mut found = self.found.borrow_mut();
        Ok(found.entry(file.to_owned()).or_insert(path).clone())
    }

    fn locate(&self, file: &str, watch: Watch) -> Result<PathBuf, ModelError> {
        match &self.place {
            RepositoryPlace::Hub(repo) => {
                let what = format!("downloading {file}");
                let report = |done, total| (watch.report)(&what, done, total);
                Ok(hub::fetch(repo, file, &report, watch.cancel)?)
            }
            RepositoryPlace::Folder(folder) => {
                let advice =
                    "a model folder holds config.json, tokenizer.json and all safetensors files";
                Some(folder.join(file))
                    .filter(|path| path.is_file())
                    .ok_or_else(|| missing(folder, file, advice))
            }
        }
    }

    /// A file that not every model has. Without the hub, a cache that lacks it cannot tell.
    fn find(&self, file: &str, watch: Watch) -> Result<Option<PathBuf>, ModelError> {
        match self.need(file, watch) {
            Ok(path) => Ok(Some(path)),
            Err(
                ModelError::Missing { .. }
                | ModelError::Hub(
                    hub::Error::NoSuchFile { .. }
                    | hub::Error::Offline { .. }
                    | hub::Error::Unreachable { .. }
                    | hub::Error::Stalled { .. },
                ),
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Run without a word, the weights would answer as if there were no adapter.
    fn refuse_adapter(&self, watch: Watch) -> Result<(), ModelError> {
        for file in ADAPTER {
            if let Some(path) = self.find(file, watch)? {
                let advice = "merge it into the weights (peft's `merge_and_unload`) and save the result, or move it away";
                return Err(ModelError::Unsupported {
                    file: path.to_string_lossy().into_owned(),
                    what: "an adapter beside the model".to_owned(),
                    advice: advice.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// As in transformers, a single file wins over an index.
    fn weights(&self, watch: Watch) -> Result<Vec<PathBuf>, ModelError> {
        if let Some(single) = self.find(WEIGHTS, watch)? {
            return Ok(vec![single]);
        }
        let Some(index) = self.find(INDEX, watch)? else {
            // Says what is missing.
            return Ok(vec![self.need(WEIGHTS, watch)?]);
        };
        let shards = Json::read(&index)?.shards()?;
        shards.iter().map(|shard| self.need(shard, watch)).collect()
    }
}

fn missing(folder: &Path, file: &str, advice: &'static str) -> ModelError {
    ModelError::Missing {
        place: folder.to_string_lossy().into_owned(),
        file: file.to_owned(),
        advice,
    }
}

/// A parsed JSON file with its name.
pub(super) struct Json {
    file: String,
    value: Value,
}

impl Json {
    pub(super) fn read(path: &Path) -> Result<Json, ModelError> {
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
    pub(super) fn shards(&self) -> Result<Vec<String>, ModelError> {
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

fn read_text(path: &Path) -> Result<String, ModelError> {
    String::from_utf8(read(path)?)
        .map_err(|_| ModelError::damaged(&path.to_string_lossy(), "is not UTF-8 text"))
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    let bytes = std::fs::read(path).map_err(ModelError::read(path))?;
    match impostor(&bytes) {
        Some(what) => Err(ModelError::damaged(&path.to_string_lossy(), what)),
        None => Ok(bytes),
    }
}
