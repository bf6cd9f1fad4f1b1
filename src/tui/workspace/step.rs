//! A long step before there is something to show.

use std::fmt;

/// What is being done, in words that stand alone (`loading weights`), and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub what: String,
    /// Bytes or parts done of a total (0: unknown).
    pub done: u64,
    pub total: u64,
}

impl Step {
    /// A step of unknown length that begins.
    pub fn new(what: &str) -> Self {
        Step {
            what: what.to_owned(),
            done: 0,
            total: 0,
        }
    }
}

/// `loading weights 25 %`, `compiling kernels`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match self.total {
            0 => Ok(()),
            total => write!(f, " {} %", 100 * u128::from(self.done) / u128::from(total)),
        }
    }
}
