//! From options to a plan: what `run` and `mask` do before they need a model.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::CliError;
use super::args::{DataArgs, SelectionArgs};
use super::error::say;
use super::plain::printable;
use super::progress::Loading;
use crate::data::{Dataset, Watch};
use crate::engine::{Cancel, Method};
use crate::evaluate::Plan;
use crate::layout::Options;
use crate::prompt::default_new_tokens;
use crate::results::{Selected, fingerprint, read_confidences};
use crate::score::Extract;

/// What is asked and how, beside the selection.
pub struct Asked {
    pub method: Method,
    pub options: Options,
    pub max_new_tokens: Option<usize>,
    pub extract: Extract,
    pub confidence: Option<PathBuf>,
}

/// A plan and what is worth saying about it.
pub struct Prepared {
    pub plan: Plan,
    /// Selected facts that were drawn as shots.
    pub left_out: usize,
    pub notes: Vec<String>,
}

/// Loads the data and finds the selection in it.
pub fn prepare(
    selection: &SelectionArgs,
    asked: Asked,
    cancel: &Cancel,
    quiet: bool,
) -> Result<Prepared, CliError> {
    asked.options.check().map_err(CliError::Usage)?;
    let data = load_data(&selection.source, cancel, quiet)?;
    let mut selected = selection.apply(&data)?;
    let (shots, left_out) = selection.shots.of(&data, &mut selected.facts)?;
    let confidences = asked
        .confidence
        .as_deref()
        .map(read_confidences)
        .transpose()?;
    Ok(Prepared {
        plan: Plan {
            stream: false,
            facts: selected.facts,
            templates: selected.templates,
            shots,
            method: asked.method,
            options: asked.options,
            max_new_tokens: asked
                .max_new_tokens
                .unwrap_or(default_new_tokens(data.style)),
            extract: asked.extract,
            confidences: confidences.map(Arc::new),
            data: Arc::new(data),
        },
        left_out,
        notes: selected.notes,
    })
}

/// Loads the data with a progress bar on a terminal.
pub fn load_data(source: &DataArgs, cancel: &Cancel, quiet: bool) -> Result<Dataset, CliError> {
    let bar = Loading::new(quiet);
    let report = |progress| bar.data(progress);
    let watch = Watch {
        cancel: cancel.flag(),
        report: &report,
    };
    Ok(Dataset::load(&source.data, source.dataset, watch)?)
}

/// The selection as a result file records it.
pub fn record(selection: &SelectionArgs, plan: &Plan) -> Selected {
    Selected {
        relations: selection.relations(),
        uuids: selection.uuids.as_deref().map(in_words),
        templates: selection.templates.describe(),
        max_samples: selection.max_samples,
        facts: plan.facts.len(),
        sha256: fingerprint(plan),
    }
}

/// A path as text.
pub fn in_words(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Says on stderr what the user should know.
pub fn note(notes: &[String], quiet: bool) {
    for note in notes.iter().filter(|_| !quiet) {
        say(&format!("note: {}", printable(note)));
    }
}
