//! `lamascope run`: facts through a model, scored and written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::args::{LayoutArgs, OUTPUT, OutputArgs, PromptArgs, named};
use super::plain::{stdout, write_json};
use super::prepare::{in_words, note, prepare};
use super::report::{RunView, write_run};
use super::session::{RunSpec, Session, check_answers};
use super::{CliError, interrupt};
use crate::engine::{Cancel, Method};
use crate::evaluate::{Confidences, Plan};
use crate::layout::Options;
use crate::results::{Asked, Shard, Target, read_confidences};
use crate::score::Extract;

/// Ask a model about facts, score its answers and write them to a file
#[derive(Debug, Args)]
#[command(after_long_help = "`lamascope help report` explains the figures of the table.")]
pub struct RunArgs {
    /// How the questions about one fact become answers
    #[arg(long, default_value_t, value_name = "METHOD", value_parser = named::<Method>())]
    method: Method,
    /// What the prediction is: the generation's first line, or the first word of it
    #[arg(long, default_value_t, value_name = "line|word")]
    extract: Extract,
    /// Confidences for the weighted methods and the bias weighted [default: measured]: rows of uuid, template, confidence (.jsonl .csv
    /// .feather), as `run --method per-prompt --trace` writes them
    #[arg(long, value_name = "FILE")]
    confidence: Option<PathBuf>,

    /// Write the scored answers
    #[arg(long, value_name = "R.feather", help_heading = OUTPUT)]
    out: Option<PathBuf>,
    /// Write what was read and generated, token by token
    #[arg(long, value_name = "T.jsonl", help_heading = OUTPUT)]
    trace: Option<PathBuf>,
    /// Run part i of n, counted from 1; `merge` and `report` put the parts together
    #[arg(long, value_name = "i/n", help_heading = OUTPUT)]
    shard: Option<Shard>,
    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    ask: PromptArgs,
    #[command(flatten)]
    layout: LayoutArgs,
}

pub fn run(args: &RunArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let target = args.target()?;
    target.check()?;
    let options = args.layout.options()?;
    let mut prepared = prepare(&args.ask, &cancel, args.output.quiet)?;
    prepared.notes.extend(args.unread_options(&options));
    note(&prepared.notes, args.output.quiet);
    let spec = RunSpec {
        plan: Plan {
            method: args.method,
            extract: args.extract,
            confidences: args.confidences(&options)?,
            options: options.clone(),
            ..prepared.plan
        },
        asked: Asked {
            confidence: args.confidence(&options).map(in_words),
            ..prepared.asked
        },
        shard: args.shard,
        target,
        turn: None,
    };
    let settings = args.ask.engine.settings();
    let mut session = Session::open(&settings, cancel, args.output.quiet)?;
    let run = session.run(spec)?;
    stdout(|out| {
        if args.output.json {
            return write_json(out, &RunView::of(&run));
        }
        write_run(out, &run, Some(session.about()))
    })?;
    check_answers([&run])
}

impl RunArgs {
    fn target(&self) -> Result<Target, CliError> {
        if self.output.resume && self.out.is_none() && self.trace.is_none() {
            return Err(CliError::Usage(
                "--resume goes on with the file of --out: give that too".to_owned(),
            ));
        }
        Ok(Target {
            out: self.out.clone(),
            trace: self.trace.clone(),
            overwrite: self.output.overwrite,
            resume: self.output.resume,
        })
    }

    /// The file of confidences, where the method reads it.
    fn confidence(&self, options: &Options) -> Option<&Path> {
        let file = self.confidence.as_deref();
        file.filter(|_| self.method.is_weighted(options))
    }

    fn confidences(&self, options: &Options) -> Result<Option<Arc<Confidences>>, CliError> {
        let read = self.confidence(options).map(read_confidences).transpose()?;
        Ok(read.map(Arc::new))
    }

    /// Options that the method does not read.
    fn unread_options(&self, options: &Options) -> Vec<String> {
        let method = self.method;
        let mut notes = Vec::new();
        if !method.has_layout() && self.layout.is_given() {
            notes.push(format!(
                "method {method} has no layout: layout options are not read"
            ));
        }
        if !method.is_weighted(options) && self.confidence.is_some() {
            notes.push(format!(
                "method {method} does not weight templates: --confidence is not read"
            ));
        }
        notes
    }
}
