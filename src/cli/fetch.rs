//! `lamascope fetch`: data and models into the cache, for machines that have no network when they compute.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::plain::stdout;
use super::prepare::load_source;
use super::progress::Loading;
use super::{CliError, interrupt};
use crate::data::{Source, Style};
use crate::engine::Cancel;
use crate::model::{Files, ModelRef, Watch};
use crate::numbers::count;

/// Download data and models into the cache, and check that they can be read
///
/// What is there already is not downloaded again; what broke off goes on. Afterwards HF_HUB_OFFLINE=1 keeps every command
/// off the network.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// `hub` for the data, or models: an alias such as llama3.2_3b_it, or OWNER/NAME on the hub
    #[arg(required = true, value_name = "hub|MODEL")]
    what: Vec<String>,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
}

/// A name, as what it stands for.
enum Wanted {
    Data,
    Model(ModelRef),
}

impl Wanted {
    fn parse(name: &str) -> Result<Wanted, CliError> {
        if name == "hub" {
            return Ok(Wanted::Data);
        }
        match name.parse()? {
            model @ ModelRef::Hub(_) => Ok(Wanted::Model(model)),
            _ => Err(CliError::Usage(format!(
                "{name} is on this machine already: expected `hub`, an alias, or OWNER/NAME"
            ))),
        }
    }
}

pub fn fetch(args: &FetchArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    // A name that means nothing is refused before anything is downloaded.
    let wanted: Vec<Wanted> = (args.what.iter())
        .map(|name| Wanted::parse(name))
        .collect::<Result<_, _>>()?;
    for (name, wanted) in args.what.iter().zip(wanted) {
        let said = match wanted {
            Wanted::Data => fetch_data(&cancel, args.quiet)?,
            Wanted::Model(model) => fetch_model(&model, &cancel, args.quiet)?,
        };
        stdout(|out| writeln!(out, "{name}: {said}"))?;
    }
    Ok(())
}

fn fetch_data(cancel: &Cancel, quiet: bool) -> Result<String, CliError> {
    let data = load_source(&Source::Hub, Style::default(), cancel, quiet)?;
    Ok(format!(
        "ready, {} of {}",
        count(data.facts.len(), "fact"),
        count(data.relations.len(), "relation")
    ))
}

fn fetch_model(model: &ModelRef, cancel: &Cancel, quiet: bool) -> Result<String, CliError> {
    let loading = Loading::new(quiet);
    let report = |what: &str, done: u64, total: u64| loading.download(what, done, total);
    let watch = Watch {
        report: &report,
        cancel: cancel.flag(),
    };
    let files = Files::open(model)?;
    // The small ones first: what cannot run is refused before gigabytes have come.
    let config = files.config(watch)?;
    files.tokenizer(watch)?;
    files.weights(watch)?.check(&config)?;
    let paths: Vec<PathBuf> = files.located();
    let size = |path: &PathBuf| fs::metadata(path).map_or(0, |found| found.len());
    let bytes: u64 = paths.iter().map(size).sum();
    let folder = paths.first().and_then(|path| path.parent());
    Ok(format!(
        "ready, {:.1} GB in {}",
        bytes as f64 / 1e9,
        folder.map_or_else(String::new, |folder| folder.display().to_string())
    ))
}
