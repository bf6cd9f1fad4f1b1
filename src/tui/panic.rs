//! Panics in the explorer's threads: they stop at the thread's border and become words on screen.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::{self, JoinHandle, ThreadId};

/// How the names of the program's own threads begin.
const OURS: &str = "lamascope-";

/// What the last panic outside the main thread said, wherever in the engine's pool it happened.
static LAST: Mutex<Option<String>> = Mutex::new(None);

thread_local! {
    /// What the last panic on this thread said.
    static HERE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs a panic hook. Whose thread panics decides what it does:
///
/// - the main thread: it restores the terminal and goes on as before;
/// - one that hands its panics on: it keeps the message, since printing would tear the screen and the border reports it;
/// - any other: nobody would ever hear of it, so `end` is told. Where nobody listens, the explorer is over, and the hook
///   goes on as before.
pub fn install(
    main: ThreadId,
    restore: impl Fn() + Send + Sync + 'static,
    end: impl Fn(String) -> bool + Send + Sync + 'static,
) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() == main {
            restore();
            return before(info);
        }
        let message = words(info);
        if !hands_on() {
            if !end(message) {
                before(info);
            }
            return;
        }
        HERE.set(Some(message.clone()));
        *LAST
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(message);
    }));
}

/// Whether somebody waits for this thread and gets its panic: the program's own threads, by their name, and the pool's.
fn hands_on() -> bool {
    let ours = thread::current()
        .name()
        .is_some_and(|name| name.starts_with(OURS));
    ours || rayon::current_thread_index().is_some()
}

fn words(info: &std::panic::PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic");
    match info.location() {
        Some(at) => format!("{text} ({}:{})", at.file(), at.line()),
        None => text.to_owned(),
    }
}

/// Runs something that may panic; a panic comes back as its message.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // What the closure touched is thrown away after a panic.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let anywhere = LAST
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        HERE.take()
            .or(anywhere)
            .unwrap_or_else(|| "a thread panicked".to_owned())
    })
}

/// Starts a named thread whose panic is handed to `failed`.
pub fn spawn(
    name: &str,
    failed: impl FnOnce(String) + Send + 'static,
    work: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(format!("{OURS}{name}"))
        .spawn(move || {
            if let Err(message) = guarded(work) {
                failed(message);
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_message() {
        assert_eq!(guarded(|| 3), Ok(3));
        assert!(guarded(|| panic!("at the border")).is_err());
    }

    #[test]
    fn threads_with_a_border_are_told_from_others() {
        let (say, heard) = std::sync::mpsc::channel();
        let ask = || {
            let say = say.clone();
            move || say.send(hands_on()).expect("the test listens")
        };
        spawn("test", |_| {}, ask()).expect("a thread starts");
        assert_eq!(heard.recv(), Ok(true));
        rayon::spawn(ask());
        assert_eq!(heard.recv(), Ok(true));
        thread::spawn(ask());
        assert_eq!(heard.recv(), Ok(false));
    }
}
