//! `lamascope mask`: who may read whom in one prompt.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::{LayoutArgs, PromptArgs, named};
use super::plain::{count, stdout};
use super::prepare::{note, prepare};
use super::progress::Loading;
use super::{CliError, interrupt, one_fact};
use crate::engine::{Cancel, EngineError, Method};
use crate::evaluate::Plan;
use crate::layout::picture::{MOST_ROWS, drawing, png, svg, text, write_json};
use crate::layout::{Layers, Window};
use crate::model::{Files, Tokenizer, Watch};
use crate::prompt::Chat;
use crate::results;

/// Width of the text picture, in characters.
const COLUMNS: usize = 72;

/// Show who may read whom in the prompt about one fact
#[derive(Debug, Args)]
pub struct MaskArgs {
    /// The fact [default: the first selected one]
    #[arg(long, value_name = "U")]
    uuid: Option<String>,
    /// As what [default: what the name of --out ends with, else text]
    #[arg(long)]
    format: Option<Format>,
    /// Which layers' mask, of a model with sliding windows [default: full, where any layer is]
    #[arg(long, value_parser = named::<Layers>())]
    layers: Option<Layers>,
    /// JSON: spell out every cell, which is done without asking for prompts of up to 4,096 tokens
    #[arg(long)]
    cells: bool,
    /// Write a file instead of stdout
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    overwrite: bool,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,

    #[command(flatten)]
    ask: PromptArgs,
    #[command(flatten)]
    layout: LayoutArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Characters
    Text,
    /// Every token, and what each row reads
    Json,
    /// A vector drawing
    Svg,
    /// A pixel drawing
    Png,
}

impl Format {
    /// What a file's name promises; `None` where it promises nothing that can be drawn.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "txt" => Some(Format::Text),
            "json" => Some(Format::Json),
            "svg" => Some(Format::Svg),
            "png" => Some(Format::Png),
            _ => None,
        }
    }

    /// As it is typed.
    fn word(self) -> String {
        let word = self.to_possible_value();
        word.map_or_else(String::new, |word| word.get_name().to_owned())
    }

    /// The ending of a file that holds it.
    fn ending(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Json => "json",
            Format::Svg => "svg",
            Format::Png => "png",
        }
    }
}

pub fn mask(args: &MaskArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let format = args.format()?;
    match &args.out {
        Some(out) => results::check_free(out, args.overwrite)?,
        None if format == Format::Png && io::stdout().is_terminal() => {
            return Err(CliError::Usage(
                "a terminal cannot show a PNG: give --out FILE".to_owned(),
            ));
        }
        None => {}
    }
    let options = args.layout.options()?;
    let plan = Plan {
        method: Method::Flex,
        options,
        ..prepare(&args.ask, &cancel, args.quiet)?.plan
    };
    let fact = one_fact::find(&plan, args.uuid.as_deref())?;
    let (tokenizer, window) = args.model(&cancel)?;
    let layout = plan.layout(&tokenizer.until(cancel.flag()), fact);
    // A text that was cut short may be refused for what it lacks.
    if cancel.is_cancelled() {
        return Err(EngineError::Cancelled.into());
    }
    let layout = layout?;
    let layout = layout.in_window(one_fact::window_shown(args.layers, window)?);
    let labels = one_fact::labels(&plan, fact, &layout, window, &tokenizer);

    let cells = args.cells || layout.len() <= MOST_ROWS;
    if format == Format::Json && !cells {
        let tokens = count(layout.len(), "token");
        let left_out = "`rows` is left out, `reads` says the same in ranges; --cells writes it";
        note(&[format!("{tokens}: {left_out}")], args.quiet);
    }

    let draw = |to: &mut dyn Write| -> io::Result<()> {
        match format {
            Format::Text => to.write_all(text(&layout, &labels, COLUMNS).as_bytes()),
            Format::Json => write_json(to, &layout, window, cells, |id| tokenizer.text(id)),
            Format::Svg => writeln!(to, "{}", svg(&drawing(&layout, &labels))),
            Format::Png => {
                let bytes = png(&drawing(&layout, &labels)).map_err(io::Error::other)?;
                to.write_all(&bytes)
            }
        }
    };
    match &args.out {
        None => stdout(|out| draw(out)),
        Some(path) => results::write(path, args.overwrite, |to| {
            draw(to).map_err(|source| {
                results::Error::Write {
                    path: path.clone(),
                    source,
                }
                .into()
            })
        }),
    }
}

impl MaskArgs {
    /// All that a mask needs of a model: its tokenizer, and the window of some of its layers.
    fn model(&self, cancel: &Cancel) -> Result<(Tokenizer, Option<Window>), EngineError> {
        let loading = Loading::new(self.quiet);
        let watch = Watch {
            report: &|what, done, total| loading.download(what, done, total),
            cancel: cancel.flag(),
        };
        let files = Files::open(&self.ask.engine.model)?;
        let tokenizer = match self.ask.chat {
            Chat::Off => files.tokenizer_alone(watch)?,
            _ => files.tokenizer(watch)?,
        };
        let window = match files.config(watch) {
            Ok(config) => config.windows(),
            Err(error) if self.layers.is_some() => return Err(error.into()),
            // The mask of a model that cannot be run can be looked at all the same.
            Err(_) => None,
        };
        Ok((tokenizer, window))
    }

    /// What is asked for by name or by the file's name, which must not contradict each other.
    fn format(&self) -> Result<Format, CliError> {
        let Some(out) = &self.out else {
            return Ok(self.format.unwrap_or(Format::Text));
        };
        let named = Format::of(out);
        match (self.format, named) {
            (Some(asked), Some(named)) if asked != named => Err(CliError::Usage(format!(
                "{}: --format {} is asked for: name the file {}, or leave --format out",
                out.display(),
                asked.word(),
                out.with_extension(asked.ending()).display()
            ))),
            (Some(asked), _) => Ok(asked),
            (None, Some(named)) => Ok(named),
            (None, None) if out.extension().is_none() => Ok(Format::Text),
            (None, None) => Err(CliError::Usage(format!(
                "{}: which format is that? Give --format, or a name that ends with .txt, .json, .svg or .png",
                out.display()
            ))),
        }
    }
}
