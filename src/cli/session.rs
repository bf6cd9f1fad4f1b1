//! A loaded model and what it is asked: `run` gives it one specification, `compare` several.

use std::fmt;
use std::path::PathBuf;

use super::CliError;
use super::plain::{count, percent};
use super::prepare::note;
use super::progress::{Facts, Loading};
use crate::engine::{About, Cancel, Engine, EngineError, EngineSettings, TaskError};
use crate::evaluate::{EvaluateError, Finished, Plan, Update, evaluate};
use crate::layout::Layout;
use crate::results::{self, Asked, Configuration, Output, Report, Run, Shard, Summary, Target};

/// A loaded model. What it has read of a context serves every run.
pub struct Session {
    engine: Engine,
    cancel: Cancel,
    quiet: bool,
    /// Answers that are looked into afterwards, where they are.
    kept: Option<Vec<Kept>>,
}

/// An answer and the prompt that it was given to.
pub struct Kept {
    pub fact: usize,
    pub layout: Layout,
    pub generated: Vec<u32>,
}

/// One run as the command line asks for it, built before the model is loaded.
pub struct RunSpec {
    /// Of the whole run.
    pub plan: Plan,
    pub asked: Asked,
    /// The part of it to run; all where `None`.
    pub shard: Option<Shard>,
    pub target: Target,
    /// Where it is one of several.
    pub turn: Option<Turn>,
}

/// Which of several runs is going on.
pub struct Turn {
    /// Counted from 1.
    pub number: usize,
    pub of: usize,
    /// `flex series`.
    pub name: String,
}

impl Session {
    /// Loads the model.
    pub fn open(settings: &EngineSettings, cancel: Cancel, quiet: bool) -> Result<Self, CliError> {
        let loading = Loading::new(quiet);
        let engine = Engine::load(settings, &mut |event| loading.engine(&event), &cancel)?;
        Ok(Session {
            engine,
            cancel,
            quiet,
            kept: None,
        })
    }

    /// Keeps the answers of the runs from here on, each with its prompt.
    pub fn keep_answers(&mut self) {
        self.kept = Some(Vec::new());
    }

    /// The answers that were kept, in data order, and what looks into them.
    pub fn look(&mut self) -> (Vec<Kept>, &mut Engine, &Cancel) {
        let mut kept = self.kept.take().unwrap_or_default();
        kept.sort_by_key(|kept| kept.fact);
        (kept, &mut self.engine, &self.cancel)
    }

    /// What runs the model, and what stops it.
    pub fn engine(&mut self) -> (&mut Engine, &Cancel) {
        (&mut self.engine, &self.cancel)
    }

    pub fn about(&self) -> &About {
        self.engine.about()
    }

    /// Why the device cannot compute a plan, where it cannot.
    pub fn refused(&self, plan: &Plan) -> Option<EngineError> {
        self.engine.check(&plan.request()).err()
    }

    /// Finds what would stop a run halfway. It takes a while where prompts are about as long as the model allows.
    pub fn check(&self, plan: &Plan, turn: Option<&Turn>) -> Result<(), CliError> {
        if self.cancel.is_cancelled() {
            return Err(EngineError::Cancelled.into());
        }
        let loading = Loading::new(self.quiet);
        loading.prompts();
        let tokenizer = self.engine.tokenizer().until(self.cancel.flag());
        let able = self.engine.check(&plan.request());
        let checked = able
            .map_err(EvaluateError::from)
            .and_then(|()| plan.check(&tokenizer, self.about().max_positions));
        if self.cancel.is_cancelled() {
            return Err(EngineError::Cancelled.into());
        }
        checked.map_err(|error| match turn {
            Some(turn) => CliError::Failed(format!("{}: {error}", turn.name)),
            None => error.into(),
        })
    }

    /// Runs what is asked for, or what is left of it, and makes its files.
    pub fn run(&mut self, spec: RunSpec) -> Result<Run, CliError> {
        let RunSpec {
            mut plan,
            asked,
            shard,
            target,
            turn,
        } = spec;
        let turn = turn.as_ref();
        let configuration = Configuration {
            shard,
            ..Configuration::new(self.about(), &plan, asked)
        };
        if let Some(shard) = shard {
            plan.facts = plan.facts[shard.range(plan.facts.len())].to_vec();
        }
        let files: Vec<PathBuf> = target.out.iter().cloned().collect();
        let mut summary = Summary::default();
        let mut no_answer = Vec::new();
        let output = Output::open(target, configuration.clone(), &plan, &mut |rows| {
            summary.add(rows);
        })?;
        match output {
            Some(output) => {
                if let Some((journal, lines)) = output.damaged() {
                    let lines = count(lines, "damaged line");
                    let journal = journal.display();
                    let again = "the facts that stood there are asked again";
                    note(&[format!("{journal}: {lines}: {again}")], self.quiet);
                }
                no_answer = self.finish(plan, output, &mut summary, turn)?;
            }
            None => {
                // Only `--out` can be complete.
                let mut runs = Report::read(&files)?.runs;
                summary = runs.swap_remove(0).summary;
                let complete = "the files are complete already: nothing to run";
                let turn = turn.map_or(String::new(), |turn| format!("run {turn}: "));
                note(&[format!("{turn}{complete}")], self.quiet);
            }
        }
        Ok(Run {
            files,
            shards: configuration.shard.into_iter().collect(),
            configuration: Some(Configuration {
                no_answer,
                ..configuration.whole()
            }),
            summary,
        })
    }

    /// Asks every fact of a plan and hands each finished one to `put`; tells the facts that have no answer.
    pub fn ask(
        &mut self,
        plan: &Plan,
        bar: &Facts,
        put: &mut dyn FnMut(&Finished) -> Result<(), results::Error>,
    ) -> Result<Vec<usize>, CliError> {
        let cancel = &self.cancel;
        let mut unanswered = Vec::new();
        let mut failed: Option<results::Error> = None;
        let mut sink = |update| {
            let finished = match update {
                Update::Engine(event) => return bar.engine(&event),
                Update::Failed {
                    fact,
                    error: TaskError::NotFinite,
                } => return unanswered.push(fact),
                Update::Finished(finished) => finished,
            };
            if let (Some(kept), [answer]) = (&mut self.kept, &finished.answers[..]) {
                kept.extend(answer.layouts.first().map(|layout| Kept {
                    fact: finished.fact,
                    layout: layout.clone(),
                    generated: answer.generated.clone(),
                }));
            }
            if let Err(e) = put(&finished) {
                failed = Some(e);
                cancel.cancel();
            }
        };
        let ended = evaluate(&mut self.engine, plan, &mut sink, cancel);
        match failed {
            Some(e) => Err(e.into()),
            None => Ok(ended.map(|()| unanswered)?),
        }
    }

    /// Runs the facts that are still open and makes the files; tells the facts that have no answer.
    fn finish(
        &mut self,
        plan: Plan,
        mut output: Output,
        summary: &mut Summary,
        turn: Option<&Turn>,
    ) -> Result<Vec<String>, CliError> {
        let all = plan.facts.clone();
        let open: Vec<usize> = all
            .iter()
            .copied()
            .filter(|&fact| !output.has(fact))
            .collect();
        let mut unanswered: Vec<usize> = Vec::new();
        if !open.is_empty() {
            let plan = Plan {
                facts: open,
                ..plan.clone()
            };
            let name = turn.map_or(String::new(), Turn::prefix);
            let done = all.len() - plan.facts.len();
            let bar = Facts::new(name, done, all.len(), self.quiet);
            let asked = self.ask(&plan, &bar, &mut |finished| {
                output.put(&plan, finished)?;
                summary.add(&finished.rows);
                bar.advance(&summary.tally);
                Ok(())
            });
            drop(bar);
            match asked {
                Ok(facts) => unanswered = facts,
                Err(error) => {
                    let keeps = output.keeps();
                    // The error that ended the run is the one to tell.
                    let _ = output.leave();
                    return Err(stopped(error, summary, all.len(), keeps, turn));
                }
            }
        }
        if unanswered.is_empty() {
            output.finish(&all)?;
            return Ok(Vec::new());
        }
        let uuid = |fact: &usize| plan.data.facts[*fact].uuid.clone();
        let mut no_answer: Vec<String> = unanswered.iter().map(uuid).collect();
        no_answer.sort();
        if no_answer.len() == all.len() {
            output.leave()?;
            return Err(no_answer_to(&no_answer, all.len()));
        }
        let mut answered = all;
        answered.retain(|fact| !unanswered.contains(fact));
        output.finish_without(&answered, &no_answer)?;
        Ok(no_answer)
    }
}

/// Ends a command whose runs have facts without an answer, when their tables have been shown.
pub fn check_answers<'a>(runs: impl IntoIterator<Item = &'a Run>) -> Result<(), CliError> {
    for run in runs {
        let facts = run.no_answer();
        if !facts.is_empty() {
            return Err(no_answer_to(facts, run.summary.tally.facts + facts.len()));
        }
    }
    Ok(())
}

pub fn no_answer_to(facts: &[String], of: usize) -> CliError {
    CliError::Failed(format!(
        "no answer to {} of {} ({}): {}",
        facts.len(),
        count(of, "fact"),
        some(facts),
        TaskError::NotFinite
    ))
}

/// The first of many.
pub fn some(uuids: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut said: Vec<String> = uuids.iter().take(SHOWN).cloned().collect();
    if uuids.len() > SHOWN {
        said.push(format!("{} more", uuids.len() - SHOWN));
    }
    said.join(", ")
}

/// What an interrupted run says last.
fn stopped(
    error: CliError,
    summary: &Summary,
    total: usize,
    keeps: bool,
    turn: Option<&Turn>,
) -> CliError {
    if !error.is_cancelled() {
        return error;
    }
    let done = summary.tally.facts;
    let accuracy = match done {
        0 => String::new(),
        _ => format!(
            " (accuracy so far {} %)",
            percent(summary.tally.total.accuracy())
        ),
    };
    let (turn, option) = match turn {
        Some(turn) => (format!(" in run {turn}"), "--out-dir DIR"),
        None => (String::new(), "--out FILE"),
    };
    let advice = if keeps {
        "go on with the same command and --resume".to_owned()
    } else {
        format!("give {option} to keep what is done")
    };
    CliError::Failed(format!(
        "stopped{turn} after {done} of {}{accuracy}: {advice}",
        count(total, "fact")
    ))
}

impl Turn {
    /// In front of a progress bar.
    fn prefix(&self) -> String {
        let Turn { number, of, name } = self;
        format!("{number} of {of}  {name}  ")
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Turn { number, of, name } = self;
        write!(f, "{number} of {of} ({name})")
    }
}
