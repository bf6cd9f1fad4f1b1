//! Where the explorer keeps what it does by itself: `$XDG_STATE_HOME/lamascope`.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The state folder; that for data on systems without one, the temporary one where there is no home.
pub fn state_folder() -> PathBuf {
    let folder = match etcetera::choose_base_strategy() {
        Ok(strategy) => strategy.state_dir().unwrap_or(strategy.data_dir()),
        Err(_) => std::env::temp_dir(),
    };
    folder.join("lamascope")
}
