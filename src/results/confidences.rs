//! Reading `--confidence` files.

use std::path::Path;

use super::{Error, Table};
use crate::evaluate::Confidences;

/// Reads rows of `uuid, template, confidence` from .jsonl, .csv or .feather; other columns do not matter, so the
/// trace of a `per-prompt` run is such a file, and so is its result file where confidences were drawn (`templates` of one
/// stands for `template`).
///
/// # Errors
/// A file that cannot be read; a confidence outside 0 to 1. Another result file has no confidences: its probability is a
/// product over the tokens and depends on the answer's length.
pub fn read_confidences(path: &Path) -> Result<Confidences, Error> {
    let mut all = Confidences::default();
    for record in Table::open(path)? {
        let record = record?;
        if !record.has("confidence") {
            return Err(Error::NoColumn {
                path: path.to_owned(),
                column: "confidence".to_owned(),
                expected: "uuid, template and confidence, as in a --trace of --method per-prompt",
            });
        }
        let (column, id) = match record.has("template") {
            true => ("template", record.text("template")?.to_owned()),
            false => ("templates", record.texts("templates")?.join(",")),
        };
        let template = id.parse().map_err(|_| {
            record.wrong(
                column,
                "one template id such as m1 or a2",
                &id.as_str().into(),
            )
        })?;
        let confidence = record.number("confidence")?;
        if !(0.0..=1.0).contains(&confidence) {
            return Err(record.wrong("confidence", "a number from 0 to 1", &confidence.into()));
        }
        all.insert(record.text("uuid")?.to_owned(), template, confidence as f32);
    }
    Ok(all)
}
