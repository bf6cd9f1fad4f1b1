//! Signals: a friendly end on SIGTERM and SIGHUP, stop and go on SIGTSTP and SIGCONT.

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    End,
    Suspend,
    Resume,
}

/// Calls `say` for every signal, on a thread of its own. The handlers stand when this returns.
///
/// # Errors
/// Where the system takes no handler or gives no thread.
#[cfg(unix)]
pub fn watch(say: impl Fn(Signal) + Clone + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGTERM, SIGTSTP};

    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGTSTP, SIGCONT])?;
    let watch = move || {
        for signal in signals.forever() {
            say(match signal {
                SIGTSTP => Signal::Suspend,
                SIGCONT => Signal::Resume,
                _ => Signal::End,
            });
        }
    };
    super::panic::spawn("signals", |_| {}, watch)?;
    Ok(())
}

#[cfg(not(unix))]
pub fn watch(_: impl Fn(Signal) + Clone + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

/// Stops this process until somebody lets it go on. The terminal has been given back.
#[cfg(unix)]
pub fn stop_here() -> std::io::Result<()> {
    // Our own handler has taken SIGTSTP; this does what the system would have done.
    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
}

#[cfg(not(unix))]
pub fn stop_here() -> std::io::Result<()> {
    Err(std::io::Error::other(
        "this system cannot suspend a program",
    ))
}
