//! Ctrl-C: the first one asks a run to stop, the second one ends the program.

use std::thread;

use crate::engine::Cancel;

/// Watches for interrupts on a thread of its own. Where signals cannot be watched, they end the program as usual.
pub fn watch(cancel: &Cancel) {
    let cancel = cancel.clone();
    let watcher = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            while stop_asked().await {
                if cancel.is_cancelled() {
                    // Files are renamed into place when they are whole, so nothing is left half-written.
                    std::process::exit(1);
                }
                cancel.cancel();
            }
        });
    };
    let _ = thread::Builder::new()
        .name("interrupt".to_owned())
        .spawn(watcher);
}

/// Waits for the user, or on Unix the system, to ask for an end; false where that cannot be watched.
async fn stop_asked() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return tokio::signal::ctrl_c().await.is_ok();
        };
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
            told = terminate.recv() => told.is_some(),
        }
    }
    #[cfg(not(unix))]
    {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
