//! `lamascope compare`: methods and presets on the same facts, with one loaded model.

mod table;

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};

use super::args::{BlendArgs, OUTPUT, OptionArgs, OutputArgs, PromptArgs, named};
use super::plain::{stdout, write_json};
use super::prepare::{note, prepare};
use super::report::ReportView;
use super::session::{RunSpec, Session, Turn, check_answers};
use super::{CliError, interrupt};
use crate::engine::{Cancel, Method};
use crate::evaluate::{Compared, Plan};
use crate::layout::{Options, Preset};
use crate::results::{Report, Run, Target};
use crate::score::Extract;

/// Compare methods and presets on the same facts
#[derive(Debug, Args)]
#[command(after_long_help = "`lamascope help report` explains the figures of the table.")]
pub struct CompareArgs {
    /// Which methods; the first is what the others are compared with [default: per-prompt and all others]
    #[arg(long, value_name = "LIST", value_delimiter = ',', action = ArgAction::Set, value_parser = named::<Method>())]
    methods: Vec<Method>,
    /// Which presets of method flex [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',', action = ArgAction::Set, value_parser = named::<Preset>())]
    presets: Vec<Preset>,
    /// What the prediction is: the generation's first line, or the first word of it
    #[arg(long, default_value_t, value_name = "line|word")]
    extract: Extract,

    /// Also what the probabilities of answers are worth
    #[arg(long)]
    calibration: bool,

    /// Write the scored answers of each run into this folder: avg.feather, flex-series.feather, …
    #[arg(long, value_name = "DIR", help_heading = OUTPUT)]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    ask: PromptArgs,
    #[command(flatten)]
    on_top: OptionArgs,
    #[command(flatten)]
    blend: BlendArgs,
}

pub fn compare(args: &CompareArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let compared = args.compared()?;
    let targets = args.targets(&compared)?;
    let mut prepared = prepare(&args.ask, &cancel, args.output.quiet)?;
    prepared.notes.extend(args.unread_options());
    note(&prepared.notes, args.output.quiet);
    let of = compared.len();
    let specs = compared.into_iter().zip(targets).enumerate();
    let mut specs: Vec<RunSpec> = specs
        .map(|(i, ((one, options), target))| RunSpec {
            plan: Plan {
                method: one.method,
                options,
                blend: args.blend.blend(),
                extract: args.extract,
                ..prepared.plan.clone()
            },
            asked: prepared.asked.clone(),
            shard: None,
            target,
            turn: Some(Turn {
                number: i + 1,
                of,
                name: one.to_string(),
            }),
        })
        .collect();

    let settings = args.ask.engine.settings();
    let mut session = Session::open(&settings, cancel, args.output.quiet)?;
    // What nobody asked for by name is left out where the device cannot compute it.
    let named = |method: Method| match method.has_layout() {
        true => !args.presets.is_empty(),
        false => !args.methods.is_empty(),
    };
    specs.retain(|spec| {
        if named(spec.plan.method) {
            return true;
        }
        let refused = session.refused(&spec.plan);
        let name = spec.turn.as_ref().map_or("", |turn| turn.name.as_str());
        let why = refused.map(|e| format!("{name} is left out: {e}"));
        note(why.as_slice(), args.output.quiet);
        why.is_none()
    });
    // Better now than when the runs before it are done.
    specs
        .iter()
        .try_for_each(|spec| session.check(&spec.plan, spec.turn.as_ref()))?;
    let mut done: Vec<Run> = Vec::new();
    let ended = specs.into_iter().try_for_each(|spec| {
        done.push(session.run(spec)?);
        Ok(())
    });
    // What was finished is worth seeing, however the rest ended.
    if !done.is_empty() {
        let report = Report::of(done);
        let shown = stdout(|out| {
            if args.output.json {
                return write_json(out, &ReportView::of(&report));
            }
            let on_top = args.on_top.words();
            table::write(out, &report, session.about(), &on_top, args.calibration)
        });
        return ended.and(shown).and(check_answers(&report.runs));
    }
    ended
}

impl CompareArgs {
    /// The runs in the order asked for, each with its layout options.
    fn compared(&self) -> Result<Vec<(Compared, Options)>, CliError> {
        let all = Compared::methods();
        let methods = or_all(&self.methods, &all, "methods")?;
        let presets = or_all(&self.presets, Preset::ALL, "presets")?;
        let with_options = |one: Compared| match one.preset {
            None => Ok((one, Preset::default().options())),
            Some(preset) => match self.on_top.on(preset) {
                Ok(options) => Ok((one, options)),
                Err(e) => Err(CliError::Usage(format!(
                    "preset {preset}: {e}, or leave this preset out of --presets"
                ))),
            },
        };
        Compared::list(methods, presets)
            .into_iter()
            .map(with_options)
            .collect()
    }

    /// Where each run is written, the folder made where there is none.
    fn targets(&self, compared: &[(Compared, Options)]) -> Result<Vec<Target>, CliError> {
        if self.output.resume && self.out_dir.is_none() {
            return Err(CliError::Usage(
                "--resume goes on with the files of --out-dir: give that too".to_owned(),
            ));
        }
        if let Some(folder) = &self.out_dir {
            make(folder)?;
        }
        let target = |(one, _): &(Compared, Options)| {
            let file = format!("{}.feather", one.to_string().replace(' ', "-"));
            let target = Target {
                out: self.out_dir.as_ref().map(|folder| folder.join(file)),
                trace: None,
                overwrite: self.output.overwrite,
                resume: self.output.resume,
            };
            target.check()?;
            Ok(target)
        };
        compared.iter().map(target).collect()
    }

    /// Options that no chosen method reads.
    fn unread_options(&self) -> impl Iterator<Item = String> {
        let read = self.methods.is_empty() || self.methods.iter().any(|m| m.has_layout());
        let given = !self.presets.is_empty() || !self.on_top.words().is_empty();
        let layout = (given && !read).then(|| {
            "no chosen method has a layout: presets and layout options are not read".to_owned()
        });
        let mixes = self.methods.is_empty() || self.methods.iter().any(|m| m.blended().is_some());
        let blend = (self.blend.is_given() && !mixes).then(|| {
            "no chosen method mixes rows inside the model: --from-layer and --alpha are not read"
                .to_owned()
        });
        layout.into_iter().chain(blend)
    }
}

/// Makes the folder of `--out-dir` where there is none.
fn make(folder: &Path) -> Result<(), CliError> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir(folder).map_err(|e| {
        let folder = folder.display();
        CliError::Failed(format!(
            "{folder}: the folder of --out-dir cannot be made: {e}"
        ))
    })
}

/// What was asked for, or everything; refuses what stands twice.
fn or_all<'a, T: ToString + PartialEq>(
    asked: &'a [T],
    all: &'a [T],
    option: &str,
) -> Result<&'a [T], CliError> {
    if asked.is_empty() {
        return Ok(all);
    }
    let twice = |(i, item): &(usize, &T)| asked[..*i].contains(item);
    match asked.iter().enumerate().find(twice) {
        Some((_, item)) => Err(CliError::Usage(format!(
            "--{option} names {} twice: name it once",
            item.to_string()
        ))),
        None => Ok(asked),
    }
}
