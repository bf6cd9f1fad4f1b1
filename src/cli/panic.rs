//! The last border: a panic becomes one line and exit status 1.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::CliError;

/// Runs a command; its panic, or one of a thread it waits for, comes back as an error. With `RUST_BACKTRACE` set the
/// trace is printed too.
pub fn caught(command: impl FnOnce() -> Result<(), CliError>) -> Result<(), CliError> {
    let trace = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    let place = Arc::new(Mutex::new(String::new()));
    let last = Arc::clone(&place);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if let Some(at) = info.location() {
            *last.lock().unwrap_or_else(PoisonError::into_inner) =
                format!(" ({}:{})", at.file(), at.line());
        }
        if trace {
            before(info);
        }
    }));
    // What the command touched is not used after a panic.
    let ended = catch_unwind(AssertUnwindSafe(command));
    drop(std::panic::take_hook());
    ended.unwrap_or_else(|payload| {
        let place = place.lock().unwrap_or_else(PoisonError::into_inner);
        Err(CliError::Panic(format!("{}{place}", said(&*payload))))
    })
}

fn said(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref().map(String::as_str))
        .unwrap_or("panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_status_1() {
        let ended = caught(|| panic!("at the border"));
        let error = ended.expect_err("it panicked");
        let line = error.to_string();
        assert!(
            line.starts_with("internal error: at the border ("),
            "{line}"
        );
        assert!(line.contains("RUST_BACKTRACE=1"), "{line}");
        assert_eq!(error.status(), 1);
        assert!(caught(|| Ok(())).is_ok());
    }
}
