//! `lamascope bench`: how fast this machine runs a model of a known shape, and how fast it could.
//!
//! Weights are random and questions come from the embedded sample, so that nothing is downloaded. The path is the
//! one that `run` takes: packed prefill, shared prefixes, decoding in batches. Every figure is the median over
//! repeats, each over facts that were not seen before; a run before them warms up. Next to it stands what the
//! bytes and operations allow at the best speed of the same kind of numbers on the same device ([`Ceilings`]).

mod limits;
pub(crate) mod random;
mod report;
mod runners;
mod shape;
pub(crate) mod text;
mod workload;

pub use limits::Ceilings;
pub use report::{Report, Row};
pub use shape::Shape;
pub use workload::Workload;

use self::limits::Costs;
use self::report::{row, word};
use self::text::{Facts, HashTokenizer};
use self::workload::Plan;
use crate::engine::{Device, Dtype, EngineError};
use crate::layout::LayoutError;

/// Options of `lamascope bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Model whose shape is filled with random weights
    #[arg(long, default_value = "demo")]
    pub shape: Shape,
    /// auto, cpu, cuda:0,cuda:1 (the model on each) or cuda:0+1 (its layers spread)
    #[arg(long, default_value = "auto")]
    pub device: Device,
    /// How weights are held: auto, f32, bf16, f16, q8_0 or q4k
    #[arg(long, default_value = "auto")]
    pub dtype: Dtype,
    /// Facts per run
    #[arg(long, default_value_t = 2000)]
    pub facts: usize,
    /// Facts worked on together [default: 512 on a GPU, 64 on the CPU]
    #[arg(long)]
    pub batch: Option<usize>,
    /// Runs of each workload that count
    #[arg(long, default_value_t = 3)]
    pub repeats: usize,
    /// What to measure
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "fused,fused-cross,series,avg,single"
    )]
    pub workload: Vec<Workload>,
    /// Tokens per answer
    #[arg(long, default_value_t = 10)]
    pub max_new_tokens: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Data(#[from] crate::data::Error),
    #[error("--{0} 0: expected at least 1")]
    Zero(&'static str),
}

/// Loads the model and measures.
///
/// # Errors
/// A device that cannot be used, or numbers of 0.
pub fn run(args: &Args, progress: &mut dyn FnMut(&str)) -> Result<Report, Error> {
    for (name, value) in [
        ("facts", args.facts),
        ("repeats", args.repeats),
        ("max-new-tokens", args.max_new_tokens),
        ("batch", args.batch.unwrap_or(1)),
    ] {
        if value == 0 {
            return Err(Error::Zero(name));
        }
    }
    let config = args.shape.config();
    let started = std::time::Instant::now();
    let mut loaded = runners::load(&config, &args.device, args.dtype, progress)?;
    let load_seconds = started.elapsed().as_secs_f64();
    let facts = Facts::load()?;
    let words = HashTokenizer {
        vocabulary: config.vocab_size,
    };
    let costs = Costs::new(&config, loaded.bytes);
    // Every run asks about other subjects.
    let mut run = 0;
    let mut rows = Vec::new();
    for &workload in &args.workload {
        let single = workload == Workload::Single;
        let plan = Plan {
            workload,
            facts: &facts,
            words: &words,
            count: if single { 1 } else { args.facts },
            batch: if single {
                1
            } else {
                args.batch.unwrap_or(loaded.batch)
            },
            new_tokens: args.max_new_tokens,
        };
        let repeats = if single {
            args.repeats.max(20)
        } else {
            args.repeats
        };
        let warm = if single { 5 } else { 1 };
        let mut samples = Vec::new();
        let mut cold = None;
        for repeat in 0..warm + repeats {
            let (what, number, of) = match repeat.checked_sub(warm) {
                None => ("warm-up", repeat, warm),
                Some(counted) => ("run", counted, repeats),
            };
            let name = word(workload);
            progress(&format!("{name}, {what} {} of {of}", number + 1));
            // A small warm-up for large runs, in whole batches.
            let plan = Plan {
                count: if repeat < warm {
                    plan.count.min(plan.batch * loaded.runners.len())
                } else {
                    plan.count
                },
                ..plan
            };
            let sample = plan.run(&mut loaded.runners, run + 1_000 * usize::from(single))?;
            run += 1;
            cold.get_or_insert(sample);
            if repeat >= warm {
                samples.push(sample);
            }
        }
        let batches = plan.count.div_ceil(plan.batch);
        let limit = costs.limit(&samples[0], batches, args.max_new_tokens, loaded.ceilings)
            / loaded.runners.len().min(batches) as f64;
        rows.push(row(&plan, &samples, cold.filter(|_| single), limit));
    }
    Ok(Report {
        shape: word(args.shape),
        device: loaded.device,
        hardware: loaded.hardware,
        dtype: loaded.dtype,
        ceilings: loaded.ceilings,
        load_seconds,
        rows,
    })
}
