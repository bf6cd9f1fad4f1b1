//! `lamascope tune`: bias, temperature and scale for a model, without right answers, and what that is worth.

mod text;

use std::collections::BTreeSet;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use self::text::{Judged, Line, Tuned};
use super::args::{LayoutArgs, OUTPUT, PromptArgs, natural, positive};
use super::plain::{stdout, write_json};
use super::prepare::{note, prepare};
use super::progress::{Facts, Loading};
use super::session::Session;
use super::{CliError, interrupt};
use crate::engine::Cancel;
use crate::evaluate::select::shuffled;
use crate::evaluate::{EvaluateError, Plan, Tally, Teacher, Tried, Tune};
use crate::layout::{Bias, LayoutOption, Options, Preset};
use crate::score::{mcnemar_exact, paired_interval, wilson_interval};
use crate::text::shell_line;

/// Options in the table at most: the best, and what was there before.
const SHOWN: usize = 8;

/// Choose bias, temperature and scale of a layout for a model, without looking at right answers
#[derive(Debug, Args)]
#[command(after_long_help = EXPLAINED)]
pub struct TuneArgs {
    /// What the first token of an answer should be like
    #[arg(long, default_value = AVG, value_name = "TEACHER", value_parser = teacher())]
    teacher: Teacher,
    /// How many facts are drawn: half to choose on, half to judge by
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = positive, allow_negative_numbers = true)]
    facts: usize,
    /// Draws the facts and their halves
    #[arg(long, default_value_t = 42, value_name = "S", value_parser = natural::<u64>, allow_negative_numbers = true)]
    half_seed: u64,
    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    /// Print neither progress nor notes
    #[arg(long, short, help_heading = OUTPUT)]
    quiet: bool,
    #[command(flatten)]
    ask: PromptArgs,
    #[command(flatten)]
    layout: LayoutArgs,
}

const EXPLAINED: &str = "\
The options that are given (preset and others) are what is tuned; bias, --temperature and --scale are what is changed. A \
coarse grid first, then ever smaller steps around the best.
KL seen    mean KL(teacher || flex) of the first answer token in nats, on the facts that the search saw
KL unseen  the same on the others: only this is honest
accuracy   on the unseen facts, by their right answers, which the search never reads; p by McNemar's exact test";

const AVG: &str = "avg";
const CAUSAL: &str = "causal";

fn teacher() -> impl TypedValueParser<Value = Teacher> {
    let values = [
        PossibleValue::new(AVG).help("The mean of the logits of every template's prompt alone"),
        PossibleValue::new(CAUSAL).help("The same questions one after the other, preset causal"),
    ];
    PossibleValuesParser::new(values).map(|name| match name.as_str() {
        CAUSAL => Teacher::Layout(Box::new(Preset::Causal.options())),
        _ => Teacher::Avg,
    })
}

pub fn tune(args: &TuneArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let options = args.layout.options()?;
    if options.bias == Bias::Weighted {
        return Err(CliError::Usage(
            "tune chooses the bias: leave --bias weighted out".to_owned(),
        ));
    }
    let prepared = prepare(&args.ask, &cancel, args.quiet)?;
    note(&prepared.notes, args.quiet);
    let drawn = args.drawn(&prepared.plan.facts)?;
    let plan = Plan {
        options,
        facts: drawn.concat(),
        ..prepared.plan
    };
    let [seen, unseen] = drawn;
    let mut session = Session::open(&args.ask.engine.settings(), cancel, args.quiet)?;
    session.check(&plan, None)?;
    let loading = Loading::new(args.quiet);
    let (engine, cancel) = session.engine();
    let mut tune = Tune {
        engine,
        plan: &plan,
        teacher: &args.teacher,
        heard: &mut |tuning| loading.tuning(tuning),
        cancel,
    };
    let tried = tune.search(&seen)?;
    let (chosen, number) = (tried[0].options.clone(), tried.len());
    let is_default = |tried: &Tried| tried.options == plan.options;
    let shown: Vec<Tried> = (tried.into_iter().enumerate())
        .filter(|(at, tried)| *at < SHOWN || is_default(tried))
        .map(|(_, tried)| tried)
        .collect();
    let options = shown.iter().map(|tried| tried.options.clone()).collect();
    let judged = tune.judge(&unseen, options)?;
    let unseen_divergence = |options: &Options| {
        let same = judged.iter().find(|tried| tried.options == *options);
        same.map_or(f64::NAN, |tried| tried.divergence)
    };
    drop(loading);
    let mut right = |options: &Options| -> Result<BTreeSet<usize>, CliError> {
        let plan = Plan {
            options: options.clone(),
            facts: unseen.clone(),
            ..plan.clone()
        };
        let bar = Facts::new(
            format!("{}  ", options.setting()),
            0,
            unseen.len(),
            args.quiet,
        );
        let (mut tally, mut right) = (Tally::default(), BTreeSet::new());
        session.ask(&plan, &bar, &mut |finished| {
            tally.add(&finished.rows);
            bar.advance(&tally);
            let is_right = finished.rows.iter().any(|row| row.verdict.correct);
            right.extend(is_right.then_some(finished.fact));
            Ok(())
        })?;
        Ok(right)
    };
    let (before, after) = (right(&plan.options)?, right(&chosen)?);
    let of = unseen.len();
    let one = |options: &Options, right: &BTreeSet<usize>| Judged {
        setting: options.setting().to_string(),
        correct: right.len(),
        accuracy: right.len() as f64 / of as f64,
        interval: wilson_interval(right.len() as u64, of as u64),
        divergence: unseen_divergence(options),
    };
    let both = before.intersection(&after).count() as u64;
    let (lost, gained) = (before.len() as u64 - both, after.len() as u64 - both);
    let tuned = Tuned {
        teacher: args.teacher_name(),
        seen: seen.len(),
        unseen: of,
        tried: number,
        options: shown
            .iter()
            .map(|tried| Line {
                bias: word("bias", &tried.options),
                temperature: word("temperature", &tried.options),
                scale: word("scale", &tried.options),
                divergence_seen: tried.divergence,
                divergence_unseen: unseen_divergence(&tried.options),
                chosen: tried.options == chosen,
                default: is_default(tried),
            })
            .collect(),
        default: one(&plan.options, &before),
        chosen: one(&chosen, &after),
        difference: (after.len() as f64 - before.len() as f64) / of as f64,
        interval: paired_interval(both, lost, gained, of as u64),
        p: mcnemar_exact(lost, gained),
        command: args.command(&chosen),
    };
    stdout(|out| match args.json {
        true => write_json(out, &tuned),
        false => text::write(out, &tuned),
    })
}

impl TuneArgs {
    /// Facts of the selection, drawn: those to choose on, and those to judge by.
    fn drawn(&self, facts: &[usize]) -> Result<[Vec<usize>; 2], CliError> {
        if facts.is_empty() {
            return Err(EvaluateError::NoFacts.into());
        }
        let mut first = shuffled(facts.len(), self.half_seed);
        first.truncate(self.facts);
        let second = first.split_off(first.len().div_ceil(2));
        if second.is_empty() {
            return Err(CliError::Failed(
                "one fact is not enough: tune chooses on half of the facts and judges by the others".to_owned(),
            ));
        }
        let of_data = |mut half: Vec<usize>| -> Vec<usize> {
            half.sort_unstable();
            half.into_iter().map(|at| facts[at]).collect()
        };
        Ok([of_data(first), of_data(second)])
    }

    fn teacher_name(&self) -> &'static str {
        match self.teacher {
            Teacher::Avg => AVG,
            Teacher::Layout(_) => CAUSAL,
        }
    }

    /// What runs the model under these options.
    fn command(&self, options: &Options) -> String {
        let mut words = vec!["lamascope".to_owned(), "run".to_owned()];
        words.extend(self.ask.words());
        words.push("--preset".to_owned());
        words.extend(options.setting().to_string().split(' ').map(str::to_owned));
        if options.manual_cross_attention {
            words.push("--manual-cross-attention".to_owned());
        }
        shell_line(&words)
    }
}

/// An option's value as it is typed.
fn word(name: &str, options: &Options) -> String {
    LayoutOption::of(name).map_or(String::new(), |row| row.get(options))
}
