//! Options that several commands share.

mod engine;
mod layout;
mod selection;

pub use engine::EngineArgs;
pub use layout::LayoutArgs;
pub use selection::SelectionArgs;

/// A number of at least one.
fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number from 1".to_owned()),
    }
}

/// A number of at least zero.
fn natural(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number from 0".to_owned())
}
