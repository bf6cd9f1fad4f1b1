//! Where the explorer keeps what it does by itself: `$XDG_STATE_HOME/lamascope`, with the runs and `session.json`, what the
//! last session left.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::workspace::memory::Memory;
use crate::results::{self, Error};

/// The state folder; that for data on systems without one, the temporary one where there is no home.
pub fn state_folder() -> PathBuf {
    let folder = match etcetera::choose_base_strategy() {
        Ok(strategy) => strategy.state_dir().unwrap_or(strategy.data_dir()),
        Err(_) => std::env::temp_dir(),
    };
    folder.join("lamascope")
}

/// What the last session left; `None` where there was none.
///
/// # Errors
/// One line where the file is not understood.
pub fn read_memory(folder: &Path) -> Result<Option<Memory>, String> {
    let path = session(folder);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| format!("cannot be read ({error})")),
    };
    let memory = text.and_then(|text| Memory::parse(&text));
    memory.map(Some).map_err(|why| {
        format!(
            "{} {why}: nothing of the last session comes back",
            path.display()
        )
    })
}

/// Leaves a session to the next one.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write_memory(folder: &Path, memory: &Memory) -> Result<(), Error> {
    let path = session(folder);
    let failed = |source| Error::Write {
        path: path.clone(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let text = serde_json::to_string_pretty(memory).map_err(|error| failed(error.into()))?;
    results::write(&path, true, |file| {
        file.write_all(text.as_bytes()).map_err(failed)
    })
}

fn session(folder: &Path) -> PathBuf {
    folder.join("session.json")
}
