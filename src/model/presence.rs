//! Whether a model is on this machine, without loading it or asking the hub.

use super::ModelRef;
use super::files::{CONFIG, INDEX, Json, TOKENIZER, WEIGHTS};
use crate::hub::{self, Presence, Repo};

/// How much of what running a model takes is in the cache; a path is there or not.
pub fn presence(model: &ModelRef) -> Presence {
    match model {
        ModelRef::Embedded => Presence::Whole,
        ModelRef::Dir(path) | ModelRef::Gguf(path) => Presence::of([path.exists()]),
        ModelRef::Hub(repository) => {
            let repo = Repo::model(repository);
            let has = |file: &str| hub::find(&repo, file).is_some();
            let weights = has(WEIGHTS) || has_shards(&repo);
            Presence::of([has(CONFIG), has(TOKENIZER), weights])
        }
    }
}

/// Whether every shard that the index names is there.
fn has_shards(repo: &Repo) -> bool {
    let index = hub::find(repo, INDEX).and_then(|index| Json::read(&index).ok());
    let shards = index.and_then(|index| index.shards().ok());
    shards.is_some_and(|shards| shards.iter().all(|shard| hub::find(repo, shard).is_some()))
}
