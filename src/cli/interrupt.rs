//! Signals: the first Ctrl-C asks a run to stop, the second one ends the program.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::engine::Cancel;

/// Watches for interrupts. Where signals cannot be watched, they end the program as usual.
///
/// The second one ends it at once, from within the signal's handler: what a run has finished stands in its journal, a
/// result that is being written is renamed into place when it is whole, and the next run replaces what is left of it.
pub fn watch(cancel: &Cancel) {
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag down, raises it and returns.
        let _ = flag::register_conditional_shutdown(signal, 1, cancel.shared());
        let _ = flag::register(signal, cancel.shared());
    }
}

/// A file that grows beyond the limit of `ulimit -f` is an error that names the file, not the end of the program.
pub fn outlive_file_limits() {
    #[cfg(unix)]
    {
        let reached = Arc::new(AtomicBool::new(false));
        let _ = flag::register(signal_hook::consts::SIGXFSZ, reached);
    }
}
