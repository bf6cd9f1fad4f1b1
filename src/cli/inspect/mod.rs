//! `lamascope inspect`: what an answer read, and what each question did to it.

mod apart;
mod bars;
mod contrast;
mod depth;
mod files;
mod json;
mod page;
mod seen;
mod text;

use std::path::PathBuf;

use clap::Args;

use self::apart::SeenApart;
use self::files::{Kind, To};
use self::seen::Seen;
use super::args::{ConfidenceArgs, LayoutArgs, OUTPUT, PromptArgs, named, positive};
use super::plain::stdout;
use super::prepare::{note, prepare, unread_options};
use super::progress::Loading;
use super::{CliError, interrupt, one_fact};
use crate::engine::{Cancel, Engine, Event, Method};
use crate::evaluate::{Confidence, Plan, weighed_task};
use crate::inspect::view::View;
use crate::inspect::{Attention, Contrast, ContrastApart, Heads, Wanted, look, look_apart};
use crate::layout::LayoutError;
use crate::numbers::count;
use crate::prompt::Frame;
use crate::results;

/// Show what the answer about one fact read, and what each question did to it
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub struct InspectArgs {
    /// The fact [default: the first selected one]
    #[arg(long, value_name = "U")]
    uuid: Option<String>,
    /// How the questions become answers; without a mask every prompt is shown by itself
    #[arg(long, default_value_t, value_name = "METHOD", value_parser = named::<Method>())]
    method: Method,
    /// What a picture or table shows [default: attention; of a table, the masses of tokens]
    #[arg(long, value_parser = named::<View>())]
    view: Option<View>,
    /// The layer of a picture, counted from 1
    #[arg(long, value_name = "N|mean", default_value = "mean", value_parser = chosen)]
    layer: Chosen,
    /// The head of a picture, counted from 1
    #[arg(long, value_name = "N|mean", default_value = "mean", value_parser = chosen)]
    head: Chosen,
    /// Orders drawn for Shapley values of more than 8 questions, each with its reverse
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = positive, allow_negative_numbers = true)]
    orders: usize,
    /// Another answer: say why the model prefers its own, per question and layer, or per prompt where there is no mask
    #[arg(long, value_name = "TEXT", value_parser = some_words)]
    contrast: Option<String>,
    /// The answer that --contrast is held against [default: the generated one, or where that is the same the first
    /// accepted one]
    #[arg(long, value_name = "TEXT", value_parser = some_words, requires = "contrast")]
    why: Option<String>,
    #[command(flatten)]
    confidence: ConfidenceArgs,

    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    /// JSON: add the whole row that emits the first answer token, for every layer and head
    #[arg(long, requires = "json", help_heading = OUTPUT)]
    rows: bool,
    /// Write a file instead: .svg or .png (a picture of a view), .html (a page of everything), .csv or .feather (a table
    /// of a view: mass per token, layer, head and part)
    #[arg(long, value_name = "F", help_heading = OUTPUT, conflicts_with = "json")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, help_heading = OUTPUT)]
    overwrite: bool,
    /// Print neither progress nor notes
    #[arg(long, short, help_heading = OUTPUT)]
    quiet: bool,

    #[command(flatten)]
    ask: PromptArgs,
    #[command(flatten)]
    layout: LayoutArgs,
}

const HELP: &str = "\
mass: the attention of the row that makes a token, summed over one question, over what stands in front (shared, context), \
over the rest. left out: how much less likely the answer is when no row that fuses reads the question, in nats. Shapley: \
what the question adds, mean over the orders in which questions may be added; the values sum to what all add together. \
lens: what the model would say after each layer. contrast: ln p of one answer less that of another. gives: a prompt's part \
of the lead over the runner-up (avg, weighted-avg) or of the probability (mix, max). JSON and files count steps, layers and heads from 0.";

/// A layer or head, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chosen(Option<usize>);

fn chosen(text: &str) -> Result<Chosen, String> {
    match text.parse::<usize>() {
        _ if text == "mean" => Ok(Chosen(None)),
        Ok(number) if number > 0 => Ok(Chosen(Some(number - 1))),
        _ => Err("expected a whole number from 1, or mean".to_owned()),
    }
}

fn some_words(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected an answer".to_owned()),
        text => Ok(text.to_owned()),
    }
}

pub fn inspect(args: &InspectArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let kind = args.out.as_deref().map(Kind::of).transpose()?;
    args.check(kind)?;
    let to = args.out.as_deref().zip(kind).map(|(path, kind)| To {
        path,
        kind,
        view: args.view,
        overwrite: args.overwrite,
    });
    if let Some(to) = to {
        results::check_free(to.path, to.overwrite)?;
    }
    let options = args.layout.options()?;
    let prepared = prepare(&args.ask, &cancel, args.quiet)?;
    note(&prepared.notes, args.quiet);
    // What is looked into is weighted by confidences, or has none.
    let weighted = args.method.is_weighted(&options);
    let unread = args.confidence.is_given() && !weighted;
    let unread = unread_options(args.method, &args.layout, None, unread);
    note(&unread, args.quiet);
    let mut plan = Plan {
        method: args.method,
        confidence: match weighted {
            true => args.confidence.of(args.method, &options)?,
            false => Confidence::Measured,
        },
        options,
        ..prepared.plan
    };
    let fact = one_fact::find(&plan, args.uuid.as_deref())?;
    plan.facts = vec![fact];
    let loading = Loading::new(args.quiet);
    let settings = args.ask.engine.settings();
    let mut engine = Engine::load(&settings, &mut |event| loading.engine(&event), &cancel)?;
    let tokenizer = engine.tokenizer().clone();
    plan.check(
        &tokenizer.until(cancel.flag()),
        engine.about().max_positions,
    )?;
    let gold = plan.data.facts[fact].answers.first();
    let frame = plan
        .context()
        .frame(&tokenizer)
        .map_err(LayoutError::from)?;
    let gold = gold.map(|answer| frame.answer(&tokenizer, answer));
    let gold = gold.unwrap_or_default();
    let wanted = Wanted {
        gold: gold.first().copied(),
        orders: args.orders,
        seed: prepared.asked.seed,
    };
    let window = engine.about().window;
    let engine = &mut engine;
    let task = weighed_task(engine, &plan, fact, &cancel)?;
    let request = plan.request();
    let mut heard = |event: &Event| loading.engine(event);
    if !args.method.has_layout() {
        let apart = look_apart(engine, &request, &task, wanted, &mut heard, &cancel)?;
        let one = match apart.answers.as_slice() {
            [answer] => engine.without_end(&answer.generated).to_vec(),
            // Each prompt has its own.
            _ => Vec::new(),
        };
        let rivals = args.rivals(engine, &one, (&frame, gold))?;
        let contrast = rivals
            .map(|[one, other]| {
                let of = (args.method, &apart);
                ContrastApart::compute(engine, of, [&one, &other], &cancel)
            })
            .transpose()?;
        drop(loading);
        let attention = &apart.prompts[0].attention;
        let heads = args.heads(attention)?;
        let seen = SeenApart {
            labels: one_fact::labels(&plan, fact, attention.layout(), window, &tokenizer),
            plan: &plan,
            fact,
            tokenizer: &tokenizer,
            gold: wanted.gold,
            apart,
            contrast,
        };
        return match to {
            Some(to) => seen.write(to, heads),
            None if args.json => stdout(|out| seen.write_json(out, args.rows)),
            None => stdout(|out| seen.write_text(out)),
        };
    }
    let inside = look(engine, &request, &task, wanted, &mut heard, &cancel)?;
    let said = engine.without_end(&inside.answer.generated).to_vec();
    let rivals = args.rivals(engine, &said, (&frame, gold))?;
    let contrast = rivals
        .map(|[one, other]| {
            let (layout, drawn) = (inside.attention.layout(), (wanted.orders, wanted.seed));
            Contrast::compute(engine, layout, [&one, &other], drawn, &cancel)
        })
        .transpose()?;
    drop(loading);
    let heads = args.heads(&inside.attention)?;
    let labels = one_fact::labels(&plan, fact, inside.attention.layout(), window, &tokenizer);
    let seen = Seen {
        plan: &plan,
        fact,
        inside,
        labels,
        tokenizer: &tokenizer,
        gold: wanted.gold,
        contrast,
    };
    match to {
        Some(to) => seen.write(to, heads),
        None if args.json => stdout(|out| json::write(out, &seen, args.rows)),
        None => stdout(|out| text::write(out, &seen)),
    }
}

impl InspectArgs {
    /// Refuses what has no meaning: for a page, or without a mask.
    fn check(&self, kind: Option<Kind>) -> Result<(), CliError> {
        if kind == Some(Kind::Html) && self.view.is_some() {
            let words = "a page shows everything: leave --view out, or name another kind of file";
            return Err(CliError::Usage(words.to_owned()));
        }
        if self.method.blended().is_some() {
            return Err(CliError::Usage(format!(
                "method {} mixes the prompts inside the model, and inspect looks at each by itself: take --method avg",
                self.method
            )));
        }
        if self.view == Some(View::Contrast) && self.contrast.is_none() {
            let words = "--view contrast shows two answers: name the other one with --contrast";
            return Err(CliError::Usage(words.to_owned()));
        }
        let what = match kind {
            _ if self.method.has_layout() => return Ok(()),
            _ if self.view == Some(View::Contrast) => "--view contrast",
            Some(Kind::Html) => "a page (.html)",
            _ => return Ok(()),
        };
        Err(CliError::Usage(format!(
            "{what} goes with method flex, not with {}: leave it out, or change the method",
            self.method
        )))
    }

    /// Whose attention a picture shows.
    fn heads(&self, attention: &Attention) -> Result<Heads, CliError> {
        let shape = attention.shape();
        Ok(Heads {
            layer: self.layer.among("layer", shape.layers)?,
            head: self.head.among("head", shape.heads)?,
        })
    }

    /// The tokens of the answers that --contrast and --why name; `said` are those of the generated one, if there is one
    /// alone, `gold` those of the first accepted one in this frame.
    fn rivals(
        &self,
        engine: &Engine,
        said: &[u32],
        (frame, gold): (&Frame, Vec<u32>),
    ) -> Result<Option<[Vec<u32>; 2]>, CliError> {
        let Some(text) = &self.contrast else {
            return Ok(None);
        };
        let tokens = |text: &str| frame.answer(engine.tokenizer(), text);
        let other = tokens(text);
        let one = match &self.why {
            Some(text) => tokens(text),
            None if said.is_empty() || said == other => gold,
            None => said.to_vec(),
        };
        if one == other && self.why.is_none() {
            return Err(CliError::Failed(format!(
                "--contrast {text}: that is the answer already: name another one, or say with --why what it is held \
                 against"
            )));
        }
        Ok(Some([one, other]))
    }
}

impl Chosen {
    /// Refuses what the model does not have.
    fn among(self, what: &str, all: usize) -> Result<Option<usize>, CliError> {
        match self.0 {
            Some(number) if number >= all => Err(CliError::Failed(format!(
                "--{what} {}: the model has {}, counted from 1",
                number + 1,
                count(all, what)
            ))),
            chosen => Ok(chosen),
        }
    }
}
