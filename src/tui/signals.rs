//! Signals: a friendly end on SIGTERM and SIGHUP, stop and go on SIGTSTP and SIGCONT.

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    End,
    Suspend,
    Resume,
}

/// Calls `say` for every signal, on a thread of its own.
#[cfg(unix)]
pub fn watch(say: impl Fn(Signal) + Clone + Send + 'static) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    // SIGTSTP and SIGCONT have no names in tokio, and their numbers differ between systems.
    let (stop, go) = if cfg!(target_os = "linux") {
        (20, 18)
    } else {
        (18, 19)
    };
    // Taken over before this returns: a signal in the first instant must find its handler.
    let (mut terminate, mut hangup, mut stop, mut go) = {
        let _inside = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
            signal(SignalKind::from_raw(stop))?,
            signal(SignalKind::from_raw(go))?,
        )
    };
    let watch = async move {
        loop {
            let signal = tokio::select! {
                _ = terminate.recv() => Signal::End,
                _ = hangup.recv() => Signal::End,
                _ = stop.recv() => Signal::Suspend,
                _ = go.recv() => Signal::Resume,
            };
            say(signal);
        }
    };
    super::panic::spawn("signals", |_| {}, move || runtime.block_on(watch))?;
    Ok(())
}

#[cfg(not(unix))]
pub fn watch(_: impl Fn(Signal) + Clone + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

/// Stops this process until somebody lets it go on. The terminal has been given back.
#[cfg(unix)]
pub fn stop_here() -> std::io::Result<()> {
    // SIGSTOP: our own handler has taken SIGTSTP. The shell knows how to send it without a C library at hand.
    let kill = format!("kill -STOP {}", std::process::id());
    std::process::Command::new("sh")
        .args(["-c", &kill])
        .status()
        .map(|_| ())
}

#[cfg(not(unix))]
pub fn stop_here() -> std::io::Result<()> {
    Err(std::io::Error::other(
        "this system cannot suspend a program",
    ))
}
