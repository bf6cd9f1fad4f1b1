//! `lamascope sweep`: a grid of runs as one run, with one plan, one journal and one file.
//!
//! ```text
//! FILE.toml ─► Grid ─► cells, each a command line of `run` ─► plans ─► SweepOutput ─► S.feather, table, plot
//! ```

mod grid;
mod sets;
mod table;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use self::grid::Cell;
pub use self::grid::Grid;
use super::args::{OUTPUT, OutputArgs};
use super::error::say;
use super::plain::{count, stdout, thousands, write_json};
use super::prepare::{load_data, note};
use super::progress::Facts;
use super::report::{WaysView, write_ways};
use super::session::{Session, Turn, no_answer_to};
use super::{CliError, interrupt};
use crate::cli::args::ShardArg;
use crate::data::Dataset;
use crate::engine::{Cancel, EngineSettings};
use crate::evaluate::{Plan, Row, Tally};
use crate::results::{
    Asked, Configuration, Shard, SweepCell, SweepConfiguration, SweepOutput, Target, fingerprint,
    read_cells,
};
use crate::text::shell_line;
use crate::tui::SweepPlans;

/// Run a grid of settings, written down in a file
#[derive(Debug, Args)]
#[command(after_long_help = FILE)]
pub struct SweepArgs {
    /// The grid: options of `run` as keys, lists of values (see --help)
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
    /// Show the cells and their size, and stop
    #[arg(long)]
    dry_run: bool,
    /// Write the scored answers of all cells
    #[arg(long, value_name = "S.feather", help_heading = OUTPUT, required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// Run part i of n, counted from 1, or the part of this task of a Slurm array; `merge` puts the parts together
    #[arg(long, value_name = "i/n|auto", help_heading = OUTPUT)]
    shard: Option<ShardArg>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What may stand in the file.
const FILE: &str = r#"FILE.toml holds options of `run` as keys, without dashes in front; a list of values spans the grid:
  relation = ["P36", "P30"]           # "each": every relation alone; "P36,P30": both in one cell
  method = ["avg", "flex"]
  preset = ["fused", "series"]        # layout options are read by flex alone
  manual-cross-attention = [false, true]
  few-shot = [0, 5]
  model = ["embedded", "llama3.2_1b_it"]
  templates = [
    "m1,m2,m3",                                  # this set
    { subsets = 2, of = "m1,m2,a1", most = 20 }, # every set of two; drawn ones where there are more than `most`
    { draws = 5, k = [1, 3, 5], seed = 42 },     # 5 orders drawn of all templates, the first k of each
    { disjoint = 3 },                            # sets of three without a common template
  ]
The file has the columns of `run --out`, and behind them cell, cell_options (what `run` is given for the same rows), model,
method, preset, manual_cross_attention, k (templates asked about a fact) and shots."#;

/// A cell and what it asks.
struct Asking {
    cell: Cell,
    /// Of the whole cell, whatever the shard.
    plan: Plan,
    asked: Asked,
    settings: EngineSettings,
}

/// A sweep that goes on.
struct Going {
    cells: Vec<Asking>,
    /// What this part of the sweep asks, one per cell.
    plans: Vec<Plan>,
    /// Uuids of the facts without an answer, one list per cell.
    no_answer: Vec<Vec<String>>,
    /// Facts of all cells that are done.
    done: usize,
    cancel: Cancel,
    quiet: bool,
}

pub fn sweep(args: &SweepArgs) -> Result<(), CliError> {
    let cancel = Cancel::new();
    interrupt::watch(&cancel);
    let quiet = args.output.quiet;
    let grid = Grid::read(&args.file)?;
    let target = Target {
        out: args.out.clone(),
        trace: None,
        overwrite: args.output.overwrite,
        resume: args.output.resume,
    };
    target.check()?;
    let data = Arc::new(load_data(grid.common()?.source(), &cancel, quiet)?);
    let (cells, notes) = askings(&args.file, &grid, &data)?;
    note(&notes, quiet);
    let plan_size = table::size(&cells);
    if args.dry_run {
        return stdout(|out| match args.output.json {
            true => write_json(out, &table::cells(&cells)),
            false => table::write_plan(out, &cells, &plan_size),
        });
    }
    if !quiet {
        say(&plan_size);
    }
    let shard = args.shard.map(ShardArg::shard).transpose()?;
    let configuration = configuration(&cells, shard);
    let ranges = configuration.ranges();
    let part = |(asking, range): (&Asking, std::ops::Range<usize>)| Plan {
        facts: asking.plan.facts[range].to_vec(),
        ..asking.plan.clone()
    };
    let mut going = Going {
        plans: cells.iter().zip(ranges).map(part).collect(),
        no_answer: vec![Vec::new(); cells.len()],
        done: 0,
        cells,
        cancel,
        quiet,
    };
    going.run(target, configuration)?;
    if let Some(out) = &args.out {
        let cells = read_cells(out, &[])?.unwrap_or_default();
        stdout(|to| match args.output.json {
            true => write_json(to, &WaysView::of(&cells)),
            false => write_ways(to, &cells),
        })?;
    }
    going.check_answers()
}

/// The cells of a file for the explorer, which has data and a model of its own.
///
/// # Errors
/// What is wrong with the file or a cell.
pub fn on_screen(path: &Path, data: &Arc<Dataset>) -> Result<SweepPlans, String> {
    let wrong = |error: CliError| error.to_string();
    let (cells, mut notes) =
        askings(path, &Grid::read(path).map_err(wrong)?, data).map_err(wrong)?;
    let first = &cells[0].settings;
    if !cells.iter().all(|cell| same_model(&cell.settings, first)) {
        let file = path.display();
        return Err(format!(
            "{file}: asks several models, and the explorer has one: run it with `lamascope sweep`"
        ));
    }
    notes
        .push("the sweep asks the data and the model on screen, whatever its file says".to_owned());
    let name = path.file_name().unwrap_or(path.as_os_str());
    let labels = labels(&cells);
    let plan = |asking: Asking| Plan {
        stream: true,
        ..asking.plan
    };
    Ok(SweepPlans {
        name: name.to_string_lossy().into_owned(),
        cells: labels
            .into_iter()
            .zip(cells.into_iter().map(plan))
            .collect(),
        notes,
    })
}

/// What tells each cell from the others: the values of options that do not stand in all.
fn labels(cells: &[Asking]) -> Vec<String> {
    let options = |asking: &Asking| -> Vec<Vec<String>> {
        let words = asking
            .cell
            .words
            .chunk_by(|_, next| !next.starts_with("--"));
        words.map(<[String]>::to_vec).collect()
    };
    let all: Vec<Vec<Vec<String>>> = cells.iter().map(options).collect();
    let mut times: HashMap<&[String], usize> = HashMap::new();
    for option in all.iter().flatten() {
        *times.entry(option).or_default() += 1;
    }
    let label = |options: &Vec<Vec<String>>| {
        // No option stands twice in a cell.
        let own = options
            .iter()
            .filter(|option| times[option.as_slice()] < all.len());
        let said = own.map(|option| match &option[..] {
            [_, values @ ..] if !values.is_empty() => values.join(" "),
            _ => option[0].trim_start_matches('-').to_owned(),
        });
        said.collect::<Vec<String>>().join(" ")
    };
    all.iter().map(label).collect()
}

/// What the cells of a grid ask, and what the reader should know of them.
fn askings(
    file: &Path,
    grid: &Grid,
    data: &Arc<Dataset>,
) -> Result<(Vec<Asking>, Vec<String>), CliError> {
    let mut notes = Vec::new();
    let mut cells = Vec::new();
    for cell in grid.cells(data)? {
        match asking(cell, data, &mut notes) {
            Ok(asking) => cells.push(asking),
            Err(CliError::Usage(why)) => notes.push(format!("left out: {why}")),
            Err(error) => {
                return Err(CliError::Failed(format!("{}: {error}", file.display())));
            }
        }
    }
    match cells.is_empty() {
        true => Err(CliError::Failed(format!(
            "{}: no cell is left: change the layout options that exclude each other",
            file.display()
        ))),
        false => Ok((cells, notes)),
    }
}

/// What a cell asks. Every note is said once.
fn asking(cell: Cell, data: &Arc<Dataset>, notes: &mut Vec<String>) -> Result<Asking, CliError> {
    let wrong = |error: CliError| {
        let message = format!("cell `{}`: {error}", shell_line(&cell.words));
        match error {
            CliError::Usage(_) => CliError::Usage(message),
            _ => CliError::Failed(message),
        }
    };
    let prepared = cell.run.prepared_on(data.clone()).map_err(wrong)?;
    for note in prepared.notes {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    Ok(Asking {
        settings: cell.run.engine(),
        plan: prepared.plan,
        asked: prepared.asked,
        cell,
    })
}

fn configuration(cells: &[Asking], shard: Option<Shard>) -> SweepConfiguration {
    let cell = |asking: &Asking| SweepCell {
        options: shell_line(&asking.cell.words),
        way: asking.cell.way.clone(),
        facts: asking.plan.facts.len(),
        sha256: fingerprint(&asking.plan),
    };
    SweepConfiguration {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        cells: cells.iter().map(cell).collect(),
        shard,
        runs: Default::default(),
    }
}

impl Going {
    /// Runs what is asked for, or what is left of it, and makes the file.
    fn run(&mut self, target: Target, configuration: SweepConfiguration) -> Result<(), CliError> {
        let done = &mut self.done;
        let mut seen = |_: usize, _: &[Row]| *done += 1;
        let opened = SweepOutput::open(target, configuration, &self.plans, &mut seen)?;
        let Some(mut output) = opened else {
            let complete = "the file is complete already: nothing to run".to_owned();
            note(&[complete], self.quiet);
            return Ok(());
        };
        if let Some((journal, lines)) = output.damaged() {
            let (journal, lines) = (journal.display(), count(lines, "damaged line"));
            let again = "the facts that stood there are asked again";
            note(&[format!("{journal}: {lines}: {again}")], self.quiet);
        }
        if let Err(error) = self.run_cells(&mut output) {
            // The error that ended the sweep is the one to tell.
            let _ = output.leave();
            return Err(error);
        }
        let unanswered = self.no_answer.iter().map(Vec::len).sum::<usize>();
        if unanswered > 0 && self.done == 0 {
            output.leave()?;
            return self.check_answers();
        }
        Ok(output.finish(&self.plans, &self.no_answer)?)
    }

    /// One model after the other, each with its cells.
    fn run_cells(&mut self, output: &mut SweepOutput) -> Result<(), CliError> {
        let mut start = 0;
        while start < self.cells.len() {
            let same = |asking: &Asking| same_model(&asking.settings, &self.cells[start].settings);
            let cells = start..start + self.cells[start..].iter().take_while(|a| same(a)).count();
            start = cells.end;
            let is_done = |cell: usize| {
                let facts = &self.plans[cell].facts;
                let done = facts.iter().all(|&fact| output.has(cell, fact));
                facts.is_empty() || (done && output.has_begun(cell))
            };
            if cells.clone().all(is_done) {
                continue;
            }
            let settings = &self.cells[cells.start].settings;
            let mut session = Session::open(settings, self.cancel.clone(), self.quiet)
                .map_err(|error| self.stopped(error, cells.start))?;
            // Better now than when the cells before it are done; and no cell of this model may have run on another.
            for cell in cells
                .clone()
                .filter(|&cell| !self.plans[cell].facts.is_empty())
            {
                let turn = self.turn(cell);
                session
                    .check(&self.plans[cell], Some(&turn))
                    .map_err(|error| self.stopped(error, cell))?;
                let Asking { plan, asked, .. } = &self.cells[cell];
                let configuration = Configuration::new(session.about(), plan, asked.clone());
                output.begin(cell, &configuration)?;
            }
            // Of the whole sweep: who waits wants to know for how long.
            let name = format!("{}  ", count(self.cells.len(), "cell"));
            let bar = Facts::new(name, self.done, self.facts(), self.quiet);
            for cell in cells {
                self.run_cell(cell, &mut session, output, &bar)?;
            }
        }
        Ok(())
    }

    /// Asks what is still open of a cell.
    fn run_cell(
        &mut self,
        cell: usize,
        session: &mut Session,
        output: &mut SweepOutput,
        bar: &Facts,
    ) -> Result<(), CliError> {
        let plan = &self.plans[cell];
        let open = |fact: &usize| !output.has(cell, *fact);
        let facts: Vec<usize> = plan.facts.iter().copied().filter(open).collect();
        if facts.is_empty() {
            return Ok(());
        }
        let plan = Plan {
            facts,
            ..plan.clone()
        };
        let mut tally = Tally::default();
        let done = &mut self.done;
        let asked = session.ask(&plan, bar, &mut |finished| {
            output.put(cell, finished)?;
            *done += 1;
            tally.add(&finished.rows);
            bar.advance(&tally);
            Ok(())
        });
        let unanswered = asked.map_err(|error| self.stopped(error, cell))?;
        let uuid = |&fact: &usize| plan.data.facts[fact].uuid.clone();
        self.no_answer[cell] = unanswered.iter().map(uuid).collect();
        self.no_answer[cell].sort();
        Ok(())
    }

    fn turn(&self, cell: usize) -> Turn {
        Turn {
            number: cell + 1,
            of: self.cells.len(),
            name: shell_line(&self.cells[cell].cell.words),
        }
    }

    /// What an interrupted sweep says last.
    fn stopped(&self, error: CliError, cell: usize) -> CliError {
        if !error.is_cancelled() {
            return error;
        }
        CliError::Failed(format!(
            "stopped in cell {} after {} of {}: go on with the same command and --resume",
            self.turn(cell),
            thousands(self.done),
            count(self.facts(), "fact")
        ))
    }

    /// How many facts this part of the sweep asks, all cells together.
    fn facts(&self) -> usize {
        self.plans.iter().map(|plan| plan.facts.len()).sum()
    }

    /// Ends a sweep with facts without an answer.
    fn check_answers(&self) -> Result<(), CliError> {
        let facts: Vec<String> = self.no_answer.iter().flatten().cloned().collect();
        match facts.is_empty() {
            true => Ok(()),
            false => Err(no_answer_to(&facts, self.done + facts.len())),
        }
    }
}

/// Whether one loaded model serves both.
fn same_model(a: &EngineSettings, b: &EngineSettings) -> bool {
    let key = |s: &EngineSettings| (s.model.clone(), s.device.clone(), s.dtype, s.path, s.batch);
    key(a) == key(b)
}
