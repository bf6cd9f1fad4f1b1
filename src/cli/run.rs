//! `lamascope run`: facts through a model, scored and written.

use std::path::PathBuf;

use clap::Args;

use super::args::{EngineArgs, LayoutArgs, SelectionArgs};
use super::plain::{count, percent, stdout, write_json};
use super::prepare::{Asked, Prepared, in_words, note, prepare, record};
use super::progress::{Facts, Loading};
use super::report::{RunView, write_run};
use super::{CliError, interrupt};
use crate::engine::{Cancel, Engine, Method};
use crate::evaluate::{EvaluateError, Plan, Update, evaluate};
use crate::results::{self, Configuration, Output, Report, Run, Shard, Summary, Target};
use crate::score::Extract;

/// Ask a model about facts, score its answers and write them to a file
#[derive(Debug, Args)]
pub struct RunArgs {
    /// How the questions about one fact become answers
    #[arg(long, default_value_t, value_name = "METHOD")]
    method: Method,
    /// What the prediction is: the generation's first line, or the first word of it
    #[arg(long, default_value_t, value_name = "line|word")]
    extract: Extract,
    /// Confidences for the weighted methods [default: measured]: rows of uuid, template, confidence (.jsonl .csv
    /// .feather), as `run --method per-prompt --trace` writes them
    #[arg(long, value_name = "FILE")]
    confidence: Option<PathBuf>,

    /// Write the scored answers
    #[arg(long, value_name = "R.feather", help_heading = OUTPUT)]
    out: Option<PathBuf>,
    /// Write what was read and generated, token by token
    #[arg(long, value_name = "T.jsonl", help_heading = OUTPUT)]
    trace: Option<PathBuf>,
    /// Replace existing files
    #[arg(long, help_heading = OUTPUT)]
    overwrite: bool,
    /// Go on where an interrupted run with the same options stopped
    #[arg(long, help_heading = OUTPUT, conflicts_with = "overwrite")]
    resume: bool,
    /// Run part i of n, counted from 1; `merge` and `report` put the parts together
    #[arg(long, value_name = "i/n", help_heading = OUTPUT)]
    shard: Option<Shard>,
    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    /// Print neither progress nor notes
    #[arg(long, short, help_heading = OUTPUT)]
    quiet: bool,

    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    layout: LayoutArgs,
}

const OUTPUT: &str = "Output";

pub fn run(args: &RunArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let target = args.target()?;
    target.check()?;
    let mut prepared = prepare(&args.selection, args.asked(), &cancel, args.quiet)?;
    prepared.notes.extend(args.unread_options());
    note(&prepared.notes, args.quiet);

    let loading = Loading::new(args.quiet);
    let mut engine = Engine::load(
        &args.engine.settings(),
        &mut |event| loading.engine(&event),
        &cancel,
    )?;
    drop(loading);

    let configuration = args.configuration(&prepared, &engine);
    let mut plan = prepared.plan;
    if let Some(shard) = args.shard {
        plan.facts = plan.facts[shard.range(plan.facts.len())].to_vec();
    }
    let mut summary = Summary::default();
    let output = Output::open(target, configuration.clone(), &mut |rows| {
        summary.add(rows);
    })?;
    match output {
        Some(output) => finish(&mut engine, plan, output, &mut summary, &cancel, args.quiet)?,
        None => {
            note(
                &["the files are complete already: nothing to run".to_owned()],
                args.quiet,
            );
            // Only `--out` can be complete.
            let mut runs = Report::read(args.out.as_slice())?.runs;
            summary = runs.swap_remove(0).summary;
        }
    }
    let run = Run {
        files: args.out.iter().cloned().collect(),
        shards: args.shard.map(|shard| (1, shard.count())),
        configuration: Some(configuration.whole()),
        summary,
    };
    stdout(|out| {
        if args.json {
            return write_json(out, &RunView::of(&run));
        }
        write_run(out, &run, Some(engine.about()))
    })
}

/// Runs the facts that are still open and makes the files.
fn finish(
    engine: &mut Engine,
    plan: Plan,
    mut output: Output,
    summary: &mut Summary,
    cancel: &Cancel,
    quiet: bool,
) -> Result<(), CliError> {
    let all = plan.facts.clone();
    let open: Vec<usize> = all
        .iter()
        .copied()
        .filter(|&fact| !output.has(fact))
        .collect();
    if !open.is_empty() {
        let plan = Plan {
            facts: open,
            ..plan
        };
        let bar = Facts::new(all.len() - plan.facts.len(), all.len(), quiet);
        let mut failed: Option<results::Error> = None;
        let mut sink = |update| {
            let finished = match update {
                Update::Engine(event) => return bar.engine(&event),
                Update::Finished(finished) => finished,
            };
            if let Err(e) = output.put(&plan, &finished) {
                failed = Some(e);
                cancel.cancel();
                return;
            }
            summary.add(&finished.rows);
            bar.advance(&summary.tally);
        };
        let ended = evaluate(engine, &plan, &mut sink, cancel);
        drop(bar);
        if let Some(e) = failed {
            return Err(e.into());
        }
        ended.map_err(|e| stopped(e, summary, all.len(), output.keeps()))?;
    }
    Ok(output.finish(&all)?)
}

/// What an interrupted run says last.
fn stopped(error: EvaluateError, summary: &Summary, total: usize, keeps: bool) -> CliError {
    if !error.is_cancelled() {
        return error.into();
    }
    let done = summary.tally.facts;
    let accuracy = match done {
        0 => String::new(),
        _ => format!(
            " (accuracy so far {} %)",
            percent(summary.tally.total.accuracy())
        ),
    };
    let advice = if keeps {
        "go on with the same command and --resume"
    } else {
        "give --out FILE to keep what is done"
    };
    CliError::Failed(format!(
        "stopped after {done} of {}{accuracy}: {advice}",
        count(total, "fact")
    ))
}

impl RunArgs {
    fn target(&self) -> Result<Target, CliError> {
        if self.resume && self.out.is_none() && self.trace.is_none() {
            return Err(CliError::Usage(
                "--resume goes on with the file of --out: give that too".to_owned(),
            ));
        }
        Ok(Target {
            out: self.out.clone(),
            trace: self.trace.clone(),
            overwrite: self.overwrite,
            resume: self.resume,
        })
    }

    fn asked(&self) -> Asked {
        Asked {
            method: self.method,
            options: self.layout.options(),
            max_new_tokens: self.engine.max_new_tokens,
            extract: self.extract,
            confidence: self
                .confidence
                .clone()
                .filter(|_| self.method.is_weighted()),
        }
    }

    /// Options that the method does not read.
    fn unread_options(&self) -> Vec<String> {
        let method = self.method;
        let mut notes = Vec::new();
        if method != Method::Flex && self.layout.is_given() {
            notes.push(format!(
                "method {method} has no layout: layout options are not read"
            ));
        }
        if !method.is_weighted() && self.confidence.is_some() {
            notes.push(format!(
                "method {method} does not weight templates: --confidence is not read"
            ));
        }
        notes
    }

    fn configuration(&self, prepared: &Prepared, engine: &Engine) -> Configuration {
        let plan = &prepared.plan;
        let about = engine.about();
        let flex = self.method == Method::Flex;
        Configuration {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: about.model.clone(),
            device: about.device.clone(),
            dtype: about.dtype.clone(),
            path: self.engine.path.to_string(),
            method: self.method.to_string(),
            preset: flex.then(|| self.layout.preset.to_string()),
            options: flex.then(|| serde_json::json!(plan.options)),
            max_new_tokens: plan.max_new_tokens,
            extract: plan.extract.to_string(),
            confidence: plan
                .confidences
                .as_ref()
                .and(self.confidence.as_deref().map(in_words)),
            data: self.selection.source.data.to_string(),
            dataset: plan.data.style.to_string(),
            selection: record(&self.selection, plan),
            seed: self.selection.shots.seed,
            shots: plan.shots.clone(),
            left_out: prepared.left_out,
            shard: self.shard,
        }
    }
}
