//! `lamascope run`: facts through a model, scored and written.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::args::{
    BlendArgs, ConfidenceArgs, DataArgs, LayoutArgs, OUTPUT, OutputArgs, PromptArgs, ShardArg,
    named, positive,
};
use super::plain::{stdout, write_json};
use super::prepare::{Prepared, note, prepare, prepare_on, unread_options};
use super::progress::Loading;
use super::report::{RunView, write_run};
use super::session::{Kept, RunSpec, Session, check_answers};
use super::{CliError, interrupt};
use crate::data::Dataset;
use crate::engine::{Cancel, EngineSettings, Method};
use crate::evaluate::Plan;
use crate::inspect::{Attention, Mass, Values, Wanted};
use crate::layout::Options;
use crate::results::{self, Asked, InfluenceTable, MassTable, Sameness, Target};
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
    #[command(flatten)]
    confidence: ConfidenceArgs,
    /// Let each question think alone first, for at most N tokens, in a chat (--chat) with a model that thinks; its thoughts
    /// stand behind it
    #[arg(long, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    thinking: Option<usize>,

    /// Write the scored answers
    #[arg(long, value_name = "R.feather", help_heading = OUTPUT)]
    out: Option<PathBuf>,
    /// Write what was read and generated, token by token
    #[arg(long, value_name = "T.jsonl", help_heading = OUTPUT)]
    trace: Option<PathBuf>,
    /// Write what each answer of method flex read: mass per token, layer, head and part of the prompt
    #[arg(long, value_name = "F.feather", help_heading = OUTPUT, conflicts_with_all = ["resume", "shard"])]
    attention: Option<PathBuf>,
    /// Write what each question did to the answers of method flex: left out, Shapley value
    #[arg(long, value_name = "F.feather", help_heading = OUTPUT, conflicts_with_all = ["resume", "shard"])]
    influence: Option<PathBuf>,
    /// Run part i of n, counted from 1, or the part of this task of a Slurm array; `merge` and `report` put the parts together
    #[arg(long, value_name = "i/n|auto", help_heading = OUTPUT)]
    shard: Option<ShardArg>,
    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    ask: PromptArgs,
    #[command(flatten)]
    layout: LayoutArgs,
    #[command(flatten)]
    blend: BlendArgs,
}

pub fn run(args: &RunArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let target = args.target()?;
    target.check()?;
    args.check_looks()?;
    let options = args.layout.options()?;
    let prepared = args.asking(prepare(&args.ask, &cancel, args.output.quiet)?, options)?;
    note(&prepared.notes, args.output.quiet);
    let spec = RunSpec {
        plan: prepared.plan,
        asked: prepared.asked,
        shard: args.shard.map(ShardArg::shard).transpose()?,
        target,
        turn: None,
    };
    let settings = args.ask.engine.settings();
    let mut session = Session::open(&settings, cancel, args.output.quiet)?;
    if args.attention.is_some() || args.influence.is_some() {
        session.keep_answers();
    }
    let plan = spec.plan.clone();
    let run = session.run(spec)?;
    args.look(&mut session, &plan)?;
    stdout(|out| {
        if args.output.json {
            return write_json(out, &RunView::of(&run));
        }
        write_run(out, &run, Some(session.about()), Sameness::default())
    })?;
    check_answers([&run])
}

impl RunArgs {
    /// What was prepared, asked by the method under the options.
    fn asking(&self, prepared: Prepared, options: Options) -> Result<Prepared, CliError> {
        if self.thinking.is_some() && self.ask.chat.is_off() {
            return Err(CliError::Usage(
                "--thinking goes with --chat user or turns: give one of them, or leave --thinking out"
                    .to_owned(),
            ));
        }
        let mut notes = prepared.notes;
        let unread = self.confidence.is_unread(self.method, &options);
        let (layout, blend) = (&self.layout, Some(&self.blend));
        notes.extend(unread_options(self.method, layout, blend, unread));
        Ok(Prepared {
            asked: Asked {
                confidence: self.confidence.words(self.method, &options),
                ..prepared.asked
            },
            plan: Plan {
                method: self.method,
                extract: self.extract,
                thinking: self.thinking,
                confidence: self.confidence.of(self.method, &options)?,
                options,
                blend: self.blend.blend(),
                ..prepared.plan
            },
            notes,
        })
    }

    /// The plan of these options on data that are loaded.
    pub fn prepared_on(&self, data: Arc<Dataset>) -> Result<Prepared, CliError> {
        self.asking(prepare_on(data, &self.ask)?, self.layout.options()?)
    }

    /// How the model is loaded.
    pub fn engine(&self) -> EngineSettings {
        self.ask.engine.settings()
    }

    /// Where the data come from.
    pub fn source(&self) -> &DataArgs {
        &self.ask.selection.source
    }

    /// Ids of the chosen relations; all where empty.
    pub fn relations(&self) -> Vec<String> {
        self.ask.selection.relations()
    }

    pub fn method(&self) -> Method {
        self.method
    }

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

    /// Refuses what could not be written, before anything is computed.
    fn check_looks(&self) -> Result<(), CliError> {
        let files = [&self.out, &self.trace, &self.attention, &self.influence];
        let files: Vec<&PathBuf> = files.into_iter().flatten().collect();
        let again = (0..files.len()).find(|&at| files[..at].contains(&files[at]));
        if let Some(at) = again {
            return Err(CliError::Usage(format!(
                "{}: two files of this name are asked for: name one of them otherwise",
                files[at].display()
            )));
        }
        for (option, path) in [
            ("attention", &self.attention),
            ("influence", &self.influence),
        ] {
            let Some(path) = path else { continue };
            if !self.method.has_layout() {
                return Err(CliError::Usage(format!(
                    "--{option} goes with method flex, not with {}: leave it out, or change the method",
                    self.method
                )));
            }
            results::Kind::Feather.check(path, "rows")?;
            results::check_free(path, self.output.overwrite)?;
        }
        Ok(())
    }

    /// Looks into the answers, where that is asked for.
    fn look(&self, session: &mut Session, plan: &Plan) -> Result<(), CliError> {
        let overwrite = self.output.overwrite;
        let loading = Loading::new(self.output.quiet);
        let (kept, engine, cancel) = session.look();
        let mut done = 0;
        let files = [&self.attention, &self.influence].into_iter().flatten();
        let all = kept.len() * files.count();
        let mut advance = || {
            loading.looking(done, all);
            done += 1;
        };
        let names = |fact: usize| -> Vec<String> {
            let ids = plan.template_ids(fact);
            ids.iter().map(ToString::to_string).collect()
        };
        let whose = |fact: usize| {
            let fact = &plan.data.facts[fact];
            (fact.uuid.as_str(), plan.data.relation_of(fact).id.as_str())
        };
        if let Some(path) = &self.attention {
            results::write_batches(path, overwrite, "masses", |put| {
                for kept in &kept {
                    advance();
                    let (layout, answer) = (kept.layout.clone(), &kept.generated);
                    let read = &answer[..answer.len().saturating_sub(1)];
                    let attention =
                        Attention::new(layout.clone(), engine.observe(&layout, read, cancel)?);
                    let text = |id: &u32| engine.tokenizer().text(*id);
                    let tokens: Vec<String> = answer.iter().map(text).collect();
                    let mut parts = names(kept.fact);
                    parts.extend(["front", "rest"].map(str::to_owned));
                    let mut table = MassTable::default();
                    let mass = Mass::of_all(&attention);
                    table.add(whose(kept.fact), &tokens, &parts, &mass);
                    put(table.batch())?;
                }
                Ok::<_, CliError>(())
            })?;
        }
        if let Some(path) = &self.influence {
            let Wanted { orders, seed, .. } = Wanted::default();
            results::write_batches(path, overwrite, "influences", |put| {
                for Kept {
                    fact,
                    layout,
                    generated,
                } in &kept
                {
                    advance();
                    let mut values = Values::compute(engine, layout, generated, cancel)?;
                    let drawn = (orders, seed);
                    let shapley = values.shapley(engine, layout, generated, drawn, cancel)?;
                    let mut table = InfluenceTable::default();
                    table.add(whose(*fact), &names(*fact), &values, &shapley);
                    put(table.batch())?;
                }
                Ok::<_, CliError>(())
            })?;
        }
        Ok(())
    }
}
