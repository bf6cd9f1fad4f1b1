//! Which templates: sets of them.

mod subsets;

pub use subsets::{choose, disjoint_subsets, shuffled, some_subsets, subsets};
