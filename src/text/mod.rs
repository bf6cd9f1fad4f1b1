//! Text from outside: read as UTF-8 from files, made harmless before a terminal shows it.
//!
//! | file | idea |
//! |---|---|
//! | `read` | byte order marks skipped, UTF-16 named, records and whole files of a limited size |
//! | `python_json` | JSON with Python's `NaN` and `Infinity` |
//! | `harmless` | control, bidi and zero-width characters as visible escapes, also inside JSON |
//! | `shell` | words as a shell takes them |
//!
//! Every reader of a text file and every writer to a terminal goes through here, so that both rules hold everywhere.

mod harmless;
mod python_json;
mod read;
mod shell;

pub use harmless::{harmless, is_hidden, write_json};
pub use python_json::replace_non_finite;
pub use read::{Lines, NOT_UTF8, TextReader, read_text, read_to_string};
pub use shell::{shell_line, shell_word};
