//! `lamascope inspect`: what an answer read, and what each question did to it.

mod json;
mod page;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{LayoutArgs, OUTPUT, PromptArgs, positive};
use super::plain::stdout;
use super::prepare::{note, prepare};
use super::progress::Loading;
use super::{CliError, interrupt, one_fact};
use crate::engine::{Cancel, Engine, Method};
use crate::evaluate::Plan;
use crate::inspect::{Heads, Heat, Inside, Wanted, look};
use crate::layout::picture::{Grid, Labels, Shade, heat_drawing, png, svg};
use crate::model::Tokenizer;
use crate::numbers::count;
use crate::prompt::Encode;
use crate::results::{self, MassTable, read_confidences};

/// Blocks along a side of a picture of attention.
const CELLS: usize = 150;

/// Show what the answer about one fact read, and what each question did to it
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub struct InspectArgs {
    /// The fact [default: the first selected one]
    #[arg(long, value_name = "U")]
    uuid: Option<String>,
    /// The layer of a picture, counted from 1
    #[arg(long, value_name = "N|mean", default_value = "mean", value_parser = chosen)]
    layer: Chosen,
    /// The head of a picture, counted from 1
    #[arg(long, value_name = "N|mean", default_value = "mean", value_parser = chosen)]
    head: Chosen,
    /// Orders drawn for Shapley values of more than 8 questions, each with its reverse
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = positive, allow_negative_numbers = true)]
    orders: usize,
    /// Confidences for the bias weighted [default: measured], as for run
    #[arg(long, value_name = "FILE")]
    confidence: Option<PathBuf>,

    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    /// JSON: add the whole row that emits the first answer token, for every layer and head
    #[arg(long, requires = "json", help_heading = OUTPUT)]
    rows: bool,
    /// Write a file instead: .svg or .png (attention on the mask), .html (a page of everything), .csv or .feather (mass
    /// per token, layer, head and part)
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
lens: what the model would say after each layer. JSON and files count steps, layers and heads from 0.";

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

/// What the ending of a file's name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Svg,
    Png,
    Html,
    Csv,
    Feather,
}

impl Kind {
    fn of(path: &Path) -> Result<Self, CliError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.unwrap_or_default().to_lowercase().as_str() {
            "svg" => Ok(Kind::Svg),
            "png" => Ok(Kind::Png),
            "html" | "htm" => Ok(Kind::Html),
            "csv" => Ok(Kind::Csv),
            "feather" | "arrow" => Ok(Kind::Feather),
            _ => Err(CliError::Usage(format!(
                "{}: which format is that? Give a name that ends with .svg, .png, .html, .csv or .feather",
                path.display()
            ))),
        }
    }
}

/// Everything that a report shows.
struct Seen<'a> {
    plan: &'a Plan,
    fact: usize,
    inside: Inside,
    labels: Labels,
    tokenizer: &'a Tokenizer,
    /// The first token of the first accepted answer.
    gold: Option<u32>,
}

pub fn inspect(args: &InspectArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let kind = args.out.as_deref().map(Kind::of).transpose()?;
    if let Some(out) = &args.out {
        results::check_free(out, args.overwrite)?;
    }
    let options = args.layout.options()?;
    let prepared = prepare(&args.ask, &cancel, args.quiet)?;
    note(&prepared.notes, args.quiet);
    let weighted = Method::Flex.is_weighted(&options);
    let confidence = args.confidence.as_deref().filter(|_| weighted);
    let confidences = confidence.map(read_confidences).transpose()?;
    let mut plan = Plan {
        method: Method::Flex,
        options,
        confidences: confidences.map(std::sync::Arc::new),
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
    let gold = gold.and_then(|answer| tokenizer.encode(&format!(" {answer}")).first().copied());
    let wanted = Wanted {
        gold,
        orders: args.orders,
        seed: prepared.asked.seed,
    };
    let (request, task) = (plan.request(), plan.task(fact));
    let inside = look(
        &mut engine,
        &request,
        &task,
        wanted,
        &mut |event| loading.engine(event),
        &cancel,
    )?;
    drop(loading);
    let shape = inside.attention.shape();
    let heads = Heads {
        layer: args.layer.among("layer", shape.layers)?,
        head: args.head.among("head", shape.heads)?,
    };
    let labels = one_fact::labels(&plan, fact, inside.attention.layout(), &tokenizer);
    let seen = Seen {
        plan: &plan,
        fact,
        inside,
        labels,
        tokenizer: &tokenizer,
        gold,
    };
    match (&args.out, kind) {
        (Some(out), Some(kind)) => seen.write(out, kind, heads, args.overwrite),
        _ if args.json => stdout(|out| json::write(out, &seen, args.rows)),
        _ => stdout(|out| text::write(out, &seen)),
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

impl Seen<'_> {
    fn write(
        &self,
        path: &Path,
        kind: Kind,
        heads: Heads,
        overwrite: bool,
    ) -> Result<(), CliError> {
        let wrong = |source| results::Error::Write {
            path: path.to_owned(),
            source,
        };
        match kind {
            Kind::Csv => return Ok(self.table().write_csv(path, overwrite)?),
            Kind::Feather => {
                return results::write_batches(path, overwrite, "masses", |put| {
                    Ok(put(self.table().batch())?)
                });
            }
            Kind::Svg | Kind::Png | Kind::Html => {}
        }
        results::write(path, overwrite, |to| {
            let written = match kind {
                Kind::Svg => writeln!(to, "{}", svg(&self.drawing(heads))),
                Kind::Png => png(&self.drawing(heads))
                    .map_err(std::io::Error::other)
                    .and_then(|bytes| to.write_all(&bytes)),
                _ => page::write(to, self),
            };
            Ok::<_, CliError>(written.map_err(wrong)?)
        })
    }

    /// Attention on the mask.
    fn drawing(&self, heads: Heads) -> crate::layout::picture::canvas::Canvas {
        let attention = &self.inside.attention;
        let layout = attention.layout();
        let grid = Grid::fit(layout, layout.len(), CELLS, CELLS);
        let (rows, keys) = (grid.rows.len(), grid.keys.len());
        let heat = Heat::new(attention, heads, &grid, 0..rows, 0..keys);
        let mut shades = Vec::new();
        for row in 0..rows {
            for key in 0..keys {
                let read = grid.cell(layout, row, key).reason.reads();
                // Where nothing to speak of is read, the mask's pale colour shows.
                let share = heat.at(row, key).filter(|share| read && *share > 1e-4);
                shades.extend(share.map(|share| Shade {
                    rows: grid.rows.block(row),
                    keys: grid.keys.block(key),
                    share,
                }));
            }
        }
        heat_drawing(layout, &self.labels, &self.whose(heads), &shades)
    }

    /// `375 tokens: attention of layer 3, head 2`.
    fn whose(&self, heads: Heads) -> String {
        let tokens = count(self.inside.attention.layout().len(), "token");
        let of = |chosen: Option<usize>, what: &str| match chosen {
            Some(number) => format!("{what} {}", number + 1),
            None => format!("mean of all {what}s"),
        };
        format!(
            "{tokens}: attention, {}, {}",
            of(heads.layer, "layer"),
            of(heads.head, "head")
        )
    }

    /// Names of the parts: templates, `front`, `rest`.
    fn parts(&self) -> Vec<String> {
        let names = self.labels.segments.iter().map(|(name, _)| name.clone());
        names.chain(["front", "rest"].map(str::to_owned)).collect()
    }

    fn table(&self) -> MassTable {
        let mut table = MassTable::default();
        let uuid = &self.plan.data.facts[self.fact].uuid;
        let text = |id: &u32| self.tokenizer.text(*id);
        let tokens: Vec<String> = self.inside.answer.generated.iter().map(text).collect();
        table.add(uuid, &tokens, &self.parts(), &self.inside.mass);
        table
    }
}
