//! What every reader of lamascope makes of damaged and hostile files.
//!
//! ```sh
//! cargo install cargo-fuzz
//! cargo +nightly fuzz build reader          # in the main folder; a quarter of an hour
//! fuzz/fuzz-all.sh 600                      # every reader for ten minutes, as many at once as there are cores
//! READER=parquet cargo +nightly fuzz run reader fuzz/corpus/parquet
//! ```
//!
//! One binary for all: it is 100 MB with its sanitizer, and takes minutes to link. `READER` names a row of [`READERS`];
//! with `SEEDS=FOLDER` the binary writes a folder of seeds for each of them instead, made of the embedded sample and by the
//! code that the tests make their files with.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

mod data;
mod model;
mod results;
mod settings;

// What the tests make files with.
#[path = "../../tests/model/gguf.rs"]
#[allow(dead_code, unused_imports)]
mod gguf;
#[path = "../../tests/results/made.rs"]
#[allow(dead_code)]
mod made;
#[path = "../../tests/model/support.rs"]
#[allow(dead_code)]
mod support;
#[path = "../../tests/data/tables.rs"]
#[allow(dead_code)]
mod tables;

/// A reader of the program.
pub struct Reader {
    pub name: &'static str,
    /// What its file is called; the program goes by endings and fixed names.
    file: &'static str,
    /// Puts what belongs beside the file into its folder.
    prepare: fn(&Path),
    /// Reads the file and uses what was accepted, as the program would.
    read: fn(&Path),
    /// Writes good files into a folder.
    seeds: fn(&Path),
}

pub const READERS: [&Reader; 20] = [
    &data::PARQUET,
    &data::ARROW,
    &data::CSV,
    &data::JSON_LINES,
    &data::SAVED,
    &model::CONFIG,
    &model::TOKENIZER,
    &model::SAFETENSORS,
    &model::INDEX,
    &model::GGUF,
    &model::CHAT_TEMPLATE,
    &model::CHAT_CONFIG,
    &results::FEATHER,
    &results::CSV,
    &results::JSON_LINES,
    &results::JOURNAL,
    &settings::SETTINGS,
    &settings::SHOTS,
    &settings::SET,
    &settings::SWEEP,
];

/// A reader and its file, in a folder of its own.
struct Stage {
    reader: &'static Reader,
    path: PathBuf,
}

impl Stage {
    fn new(reader: &'static Reader) -> Self {
        let name = format!("lamascope-{}-{}", reader.name, std::process::id());
        let folder = std::env::temp_dir().join(name);
        let path = folder.join(reader.file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for the file");
        (reader.prepare)(&folder);
        Stage { reader, path }
    }

    /// Has a file of these bytes read; the message of a panic that left the reader.
    fn read(&self, bytes: &[u8]) -> Result<(), String> {
        fs::write(&self.path, bytes).expect("room for the file");
        let read = catch_unwind(AssertUnwindSafe(|| (self.reader.read)(&self.path)));
        read.map_err(|_| PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

static STAGE: OnceLock<Stage> = OnceLock::new();

/// The last panic, caught or not.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Remembers panics. In place of a hook that ends the process: the program catches those of some crates and makes errors of
/// them.
fn remember_panics() {
    std::panic::set_hook(Box::new(|info| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
}

/// Chooses the reader, or writes the seeds of all and ends.
pub fn begin() {
    if let Some(folder) = std::env::var_os("SEEDS") {
        for reader in READERS {
            let folder = Path::new(&folder).join(reader.name);
            fs::create_dir_all(&folder).expect("a folder for seeds");
            (reader.seeds)(&folder);
        }
        std::process::exit(0);
    }
    let name = std::env::var("READER").unwrap_or_default();
    let Some(reader) = READERS.into_iter().find(|reader| reader.name == name) else {
        let list = READERS.map(|reader| reader.name).join(", ");
        eprintln!("READER is `{name}`: expected one of {list}");
        std::process::exit(2);
    };
    let _ = STAGE.set(Stage::new(reader));
    remember_panics();
}

/// Has the chosen reader read a file of these bytes.
pub fn read(bytes: &[u8]) {
    let stage = STAGE.get().expect("a reader is chosen first");
    if let Err(panic) = stage.read(bytes) {
        eprintln!("{} {panic}", stage.reader.name);
        std::process::abort();
    }
}

/// Nothing belongs beside the file.
fn alone(_: &Path) {}

/// Writes seeds by their names.
fn put(folder: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("room for a seed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Good files are read, and with a few bytes changed they break nothing. `ROUNDS` asks for more of that.
    #[test]
    fn seeds_are_read() {
        remember_panics();
        let rounds = std::env::var("ROUNDS").map_or(20, |rounds| rounds.parse().expect("a number"));
        let mut state = 1u64;
        let mut random = move |below: usize| {
            // Knuth's MMIX generator.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below.max(1)
        };
        let mut broken = Vec::new();
        for reader in READERS {
            let seeds = tempfile::tempdir().expect("a folder");
            (reader.seeds)(seeds.path());
            let stage = Stage::new(reader);
            for seed in fs::read_dir(seeds.path()).expect("the folder") {
                let good = fs::read(seed.expect("a seed").path()).expect("the seed");
                let mut check = |bytes: &[u8]| broken.extend(stage.read(bytes).err());
                check(&good);
                for _ in 0..rounds {
                    let mut bytes = good.clone();
                    for _ in 0..=random(4) {
                        let at = random(bytes.len());
                        bytes[at] = [0, 0xff, b'"', bytes[at] ^ 1, random(256) as u8][random(5)];
                    }
                    bytes.truncate(bytes.len() - [0, 0, random(bytes.len())][random(3)]);
                    check(&bytes);
                }
            }
        }
        drop(std::panic::take_hook());
        broken.sort();
        broken.dedup();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}
