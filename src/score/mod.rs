//! score
mod chars;
mod exceptions;
mod lemma;
mod tables;
mod tokenize;
mod verb;
pub use lemma::lemmas;
pub use tokenize::tokenize;
