//! Which templates: sets of them, and the search for good ones.
//!
//! ```text
//! per-prompt rows ─► Matrix ─► FromAnswers ┐
//!                             the model    ┴─ Judge ─► beam_search on half of the facts ─► Choice, judged on the other
//! ```

mod choice;
mod matrix;
mod rasch;
mod search;
mod subsets;

pub use choice::{Choice, Wanted, mean};
pub use matrix::{Cell, Matrix};
pub use rasch::{Seen, rasch};
pub use search::{Counted, FromAnswers, Judge, Remembering, beam_search, halves};
pub use subsets::{choose, disjoint_subsets, shuffled, some_subsets, subsets};
