//! What a call of `bench` found.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::limits::Ceilings;
use super::workload::{Plan, Sample};

/// All figures of one call.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub shape: String,
    pub device: String,
    pub hardware: String,
    pub dtype: String,
    pub ceilings: Ceilings,
    pub load_seconds: f64,
    pub rows: Vec<Row>,
}

/// One workload.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub workload: String,
    pub facts: usize,
    pub batch: usize,
    pub repeats: usize,
    /// Medians: of a whole run, and until the first tokens of all batches.
    pub seconds: f64,
    pub first_token_seconds: f64,
    /// The very first run of workload `single`: its context is new, unless a workload before it has read the same.
    pub cold_seconds: Option<f64>,
    pub cold_first_token_seconds: Option<f64>,
    /// Fastest and slowest run.
    pub fastest: f64,
    pub slowest: f64,
    pub prompt_tokens: usize,
    /// Of those, tokens that had to be computed.
    pub computed_tokens: usize,
    /// What bytes and operations allow.
    pub limit_seconds: f64,
}

/// Medians of a workload's runs.
pub(super) fn row(
    plan: &Plan<'_>,
    samples: &[Sample],
    cold: Option<Sample>,
    limit_seconds: f64,
) -> Row {
    let sorted = |of: fn(&Sample) -> Duration| {
        let mut times: Vec<f64> = samples
            .iter()
            .map(|sample| of(sample).as_secs_f64())
            .collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let total = sorted(|sample| sample.total);
    let first = sorted(|sample| sample.first);
    Row {
        workload: word(plan.workload),
        facts: plan.count,
        batch: plan.batch,
        repeats: samples.len(),
        seconds: total[total.len() / 2],
        first_token_seconds: first[first.len() / 2],
        cold_seconds: cold.map(|sample| sample.total.as_secs_f64()),
        cold_first_token_seconds: cold.map(|sample| sample.first.as_secs_f64()),
        fastest: total[0],
        slowest: total[total.len() - 1],
        prompt_tokens: samples[0].prompt_tokens,
        computed_tokens: samples[0].computed,
        limit_seconds,
    }
}

/// A value's word on the command line.
pub(super) fn word(value: impl clap::ValueEnum) -> String {
    value
        .to_possible_value()
        .map_or_else(String::new, |word| word.get_name().to_owned())
}

/// What the columns mean.
const LEGEND: &str = "
median s     the middle one of the runs that count; warm-up runs before them do not
first tok s  until the first tokens of all batches are known, added up
cold s       the first run of `single` after the warm-up of loading; its context is new unless a workload before it has
             read it
tok/fact     tokens in the prompts of one fact
computed     of those, tokens that had to be computed; the others stand in a part that was read before
limit s      what the bytes and operations of a run take at the two speeds above
x            median s / limit s
";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}, {} on {} ({}), loaded in {:.1} s; {} reaches {:.3} T operations/s, {} {:.0} GB/s",
            self.shape,
            self.dtype,
            self.device,
            self.hardware,
            self.load_seconds,
            self.ceilings.flops_by,
            self.ceilings.flops / 1e12,
            self.ceilings.bytes_by,
            self.ceilings.bytes / 1e9
        )?;
        writeln!(
            f,
            "{:<12} {:>6} {:>6} {:>11} {:>11} {:>9} {:>9} {:>9} {:>11} {:>6}",
            "workload",
            "facts",
            "batch",
            "median s",
            "first tok s",
            "cold s",
            "tok/fact",
            "computed",
            "limit s",
            "x"
        )?;
        for row in &self.rows {
            let facts = row.facts as f64;
            writeln!(
                f,
                "{:<12} {:>6} {:>6} {:>11.4} {:>11.4} {:>9} {:>9.1} {:>9.1} {:>11.4} {:>6.2}",
                row.workload,
                row.facts,
                row.batch,
                row.seconds,
                row.first_token_seconds,
                row.cold_seconds
                    .map_or(String::new(), |cold| format!("{cold:.4}")),
                row.prompt_tokens as f64 / facts,
                row.computed_tokens as f64 / facts,
                row.limit_seconds,
                row.seconds / row.limit_seconds
            )?;
        }
        f.write_str(LEGEND)
    }
}
