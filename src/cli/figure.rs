//! `lamascope figure`: saved results as pictures for a paper.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::args::named;
use crate::canvas::{Canvas, png, svg};
use crate::figure::{Content, Figure, Order};
use crate::results::{self, Cell, Report, read_cells};

/// Draw saved results: runs, reliability, templates, flips, accuracy by k
#[derive(Debug, Args)]
pub struct FigureArgs {
    /// What is drawn
    #[arg(value_parser = named::<Figure>())]
    kind: Figure,
    /// Files of `run --out`, `sweep` (accuracy-k) or the Python originals
    #[arg(required = true, value_name = "R.feather")]
    files: Vec<PathBuf>,
    /// Where to; the ending says as what
    #[arg(long, value_name = "F.svg|png")]
    out: PathBuf,
    /// Names of the runs in the order of the files [default: method and preset]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    names: Vec<String>,
    /// Above the figure; empty for none [default: facts and model]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Only these relations
    #[arg(long, value_name = "P36,P17", value_delimiter = ',')]
    relation: Vec<String>,
    /// How facts and templates are sorted (templates)
    #[arg(long, default_value_t, value_name = "ORDER", value_parser = named::<Order>())]
    order: Order,
    /// Replace an existing file
    #[arg(long)]
    overwrite: bool,
}

pub fn figure(args: &FigureArgs) -> Result<(), CliError> {
    let format = Format::of(&args.out)?;
    results::check_free(&args.out, args.overwrite)?;
    let mut cells: Vec<Cell> = Vec::new();
    let mut files = Vec::new();
    for file in &args.files {
        match read_cells(file, &args.relation)? {
            Some(_) if args.kind != Figure::AccuracyK => {
                return Err(CliError::Usage(format!(
                    "{}: holds many runs: figure accuracy-k shows a sweep, the other figures show single runs",
                    file.display()
                )));
            }
            Some(of_sweep) => cells.extend(of_sweep),
            None => files.push(file.clone()),
        }
    }
    let report = Report::read_relations(&files, &args.relation)?;
    args.check_relations(&report, &cells)?;
    if !args.names.is_empty() && !cells.is_empty() {
        return Err(CliError::Usage(
            "--names is for single runs: the lines of a sweep are named by their options"
                .to_owned(),
        ));
    }
    if !args.names.is_empty() && args.names.len() != report.runs.len() {
        return Err(CliError::Usage(format!(
            "--names has {} for {}: give one per run, with commas between",
            crate::numbers::count(args.names.len(), "name"),
            crate::numbers::count(report.runs.len(), "run")
        )));
    }
    let content = Content {
        report: &report,
        cells: &cells,
        names: &args.names,
        title: args.title.as_deref(),
        order: args.order,
    };
    let drawn = (args.kind.draw(content))
        .map_err(|error| CliError::Failed(format!("figure {}: {error}", args.kind)))?;
    format.write(&drawn, &args.out, args.overwrite)
}

impl FigureArgs {
    fn check_relations(&self, report: &Report, cells: &[Cell]) -> Result<(), CliError> {
        let known = |id: &String| {
            let runs = report.runs.iter().map(|run| &run.summary);
            let summaries = runs.chain(cells.iter().map(|cell| &cell.summary));
            let mut relations = summaries.flat_map(|summary| &summary.tally.relations);
            relations.any(|relation| relation.id == *id)
        };
        match self.relation.iter().find(|id| !known(id)) {
            Some(unknown) => Err(CliError::Failed(format!(
                "--relation {unknown}: no file has it: `lamascope report` lists the relations of a file"
            ))),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Svg,
    Png,
}

impl Format {
    fn of(path: &Path) -> Result<Self, CliError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_lowercase).as_deref() {
            Some("svg") => Ok(Format::Svg),
            Some("png") => Ok(Format::Png),
            _ => Err(CliError::Usage(format!(
                "{}: figures are SVG or PNG: give a name that ends with .svg or .png",
                path.display()
            ))),
        }
    }

    fn write(self, canvas: &Canvas, path: &Path, overwrite: bool) -> Result<(), CliError> {
        let bytes = match self {
            Format::Svg => svg(canvas).into_bytes(),
            Format::Png => {
                let drawn = png(canvas);
                drawn.map_err(|error| CliError::Failed(error.to_string()))?
            }
        };
        results::write(path, overwrite, |to| {
            to.write_all(&bytes).map_err(|source| {
                let path = path.to_owned();
                results::Error::Write { path, source }.into()
            })
        })
    }
}
