//! Data through the public API: every format, every kind of bad input, selections.
//!
//! All files are written by the tests. Where `../shared/data` exists, its files are read too.

#[path = "data/formats.rs"]
mod formats;
#[path = "data/named.rs"]
mod named;
#[path = "data/selection.rs"]
mod selection;
#[path = "data/tables.rs"]
mod tables;
#[path = "data/writers.rs"]
mod writers;
#[path = "data/wrong.rs"]
mod wrong;

use std::path::Path;

use lamascope::data::{Dataset, Error, Source, Style, Watch};

fn load(path: &Path) -> Result<Dataset, Error> {
    let source = Source::Path(path.to_owned());
    Dataset::load(&source, Style::default(), Watch::none())
}
