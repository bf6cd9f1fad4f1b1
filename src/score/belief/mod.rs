//! How much an accuracy owes to the choice of templates: the figures of BELIEF (Zhao et al., arXiv 2406.12277).
//!
//! Every template of a relation was asked about every fact of it, alone. [`Verdicts`] holds what was right; everything
//! else is counted from that.
//!
//! | file | idea |
//! |---|---|
//! | `verdicts` | right or wrong, facts × templates of one relation |
//! | `fluctuation` | the accuracies that a random choice of one template per relation gives, exactly |
//! | `maximum` | the best template of each relation, and what it is worth on facts that did not choose it |
//! | `spread` | mean, deviation and range of the accuracies of several sets of templates |

mod fluctuation;
mod maximum;
mod spread;
mod verdicts;

pub use fluctuation::Fluctuation;
pub use maximum::Maximum;
pub use spread::Spread;
pub use verdicts::Verdicts;

/// Whether the first line of a generation is a single word.
///
/// ```
/// use lamascope::score::belief::is_one_word;
/// assert!(is_one_word(" Paris\n\nQ: The"));
/// assert!(!is_one_word(" New York") && !is_one_word("\nParis"));
/// ```
pub fn is_one_word(generation: &str) -> bool {
    let line = generation.split('\n').next().unwrap_or_default();
    line.split_whitespace().count() == 1
}
