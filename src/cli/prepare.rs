//! From options to a plan: what `run`, `compare` and `mask` do before they need a model.

use std::path::Path;
use std::sync::Arc;

use super::CliError;
use super::args::{BlendArgs, DataArgs, LayoutArgs, PromptArgs, SelectionArgs};
use super::error::say;
use super::progress::Loading;
use crate::data::{Dataset, Source, Style, Watch};
use crate::engine::{Blend, Cancel, Method};
use crate::evaluate::Plan;
use crate::layout::Preset;
use crate::prompt::default_new_tokens;
use crate::results::Asked;
use crate::score::Extract;

/// A plan and what is worth saying about it.
pub struct Prepared {
    /// By the default method and preset; each command sets its own.
    pub plan: Plan,
    /// What the plan does not know; each command adds where it reads confidences.
    pub asked: Asked,
    pub notes: Vec<String>,
}

/// Loads the data and finds the selection in it.
pub fn prepare(args: &PromptArgs, cancel: &Cancel, quiet: bool) -> Result<Prepared, CliError> {
    let data = load_data(&args.selection.source, cancel, quiet)?;
    prepare_on(Arc::new(data), args)
}

/// Finds the selection in data that are loaded.
pub fn prepare_on(mut data: Arc<Dataset>, args: &PromptArgs) -> Result<Prepared, CliError> {
    let mut selected = args.selection.apply(&mut data)?;
    let named = args.selection.named_facts(&data, &selected.facts)?;
    let (shots, mut left_out) = args.selection.draw_shots(&data, &mut selected.facts)?;
    if let Some(named) = named {
        // Somebody wants to see them, even where the whole run would leave them out.
        let drawn = named.iter().filter(|fact| !selected.facts.contains(fact));
        for &fact in drawn {
            let uuid = &data.facts[fact].uuid;
            let note = format!("fact {uuid} is one of the shots: its answer stands in the prompt");
            selected.notes.push(note);
        }
        selected.facts = named;
        left_out = 0;
    }
    let selection = &args.selection;
    let asked = Asked {
        data: selection.source.source()?.to_string(),
        relations: relations(selection, &data),
        uuids: match &selection.fact {
            Some(uuids) => Some(uuids.to_string()),
            None => selection.uuids.as_deref().map(in_words),
        },
        templates: selection.describe_templates(),
        max_samples: selection.max_samples,
        path: args.engine.path.to_string(),
        confidence: None,
        seed: selection.shots.seed,
        left_out,
    };
    Ok(Prepared {
        asked,
        plan: Plan {
            stream: false,
            facts: selected.facts,
            templates: selected.templates,
            shots,
            chat: args.chat,
            method: Method::default(),
            options: Preset::default().options(),
            blend: Blend::default(),
            max_new_tokens: args
                .engine
                .max_new_tokens
                .unwrap_or(default_new_tokens(data.style)),
            extract: Extract::default(),
            confidence: Default::default(),
            thinking: None,
            data,
        },
        notes: selected.notes,
    })
}

/// Loads the data with a progress bar on a terminal.
pub fn load_data(source: &DataArgs, cancel: &Cancel, quiet: bool) -> Result<Dataset, CliError> {
    load_source(&source.source()?, source.dataset, cancel, quiet)
}

/// Loads data behind a bar.
pub fn load_source(
    source: &Source,
    style: Style,
    cancel: &Cancel,
    quiet: bool,
) -> Result<Dataset, CliError> {
    let bar = Loading::new(quiet);
    let report = |progress| bar.data(progress);
    let watch = Watch {
        cancel: cancel.flag(),
        report: &report,
    };
    Ok(Dataset::load(source, style, watch)?)
}

/// The chosen relations, however they were typed; none where all are.
fn relations(selection: &SelectionArgs, data: &Dataset) -> Vec<String> {
    let mut relations: Vec<String> = Vec::new();
    for asked in selection.relations() {
        let id = match data.relation(&asked) {
            Ok(relation) => data.relations[relation].id.clone(),
            Err(_) => asked,
        };
        if !relations.contains(&id) {
            relations.push(id);
        }
    }
    relations
}

/// Notes about options that a method does not read; `confidence` says whether confidences were asked for that it does not.
pub fn unread_options(
    method: Method,
    layout: &LayoutArgs,
    blend: Option<&BlendArgs>,
    confidence: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !method.has_layout() && layout.is_given() {
        notes.push(format!(
            "method {method} has no layout: layout options are not read"
        ));
    }
    if method.blended().is_none() && blend.is_some_and(BlendArgs::is_given) {
        notes.push(format!(
            "method {method} mixes nothing inside the model: --from-layer and --alpha are not read"
        ));
    }
    if confidence {
        notes.push(format!(
            "method {method} does not weight templates: --confidence is not read"
        ));
    }
    notes
}

/// A path as text.
pub fn in_words(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Says on stderr what the user should know.
pub fn note(notes: &[String], quiet: bool) {
    for note in notes.iter().filter(|_| !quiet) {
        say(&format!("note: {note}"));
    }
}
