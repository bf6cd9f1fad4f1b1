//! Decode steps recorded once per number of rows and replayed.
//!
//! A step of few rows is some hundred kernels of a few microseconds each: launching them one by one would take
//! longer than running them. Everything that changes from step to step lies in device memory at fixed places.

use std::collections::HashMap;

use cudarc::driver::CudaGraph;

/// Rows up to which steps are recorded; beyond, the device is slower than the host's launches.
const MOST_ROWS: usize = 64;

/// What is known about a number of rows.
pub(super) enum Recording {
    /// Run once, so that all that is loaded lazily is loaded.
    Warm,
    Recorded(CudaGraph),
    /// Cannot be recorded here: run kernel by kernel.
    Refused,
}

/// Recorded steps by number of rows.
#[derive(Default)]
pub(super) struct Graphs {
    steps: HashMap<usize, Recording>,
}

// SAFETY: a graph is used by the thread that holds the engine, one at a time; CUDA ties it to no thread.
unsafe impl Send for Graphs {}

impl Graphs {
    /// The number of rows that a step of `rows` is filled up to, where it is to be recorded.
    pub fn bucket(rows: usize) -> Option<usize> {
        let step = match rows {
            0..=4 => 1,
            5..=16 => 4,
            _ => 16,
        };
        (rows <= MOST_ROWS).then(|| rows.next_multiple_of(step))
    }

    pub fn get(&self, rows: usize) -> Option<&Recording> {
        self.steps.get(&rows)
    }

    pub fn set(&mut self, rows: usize, step: Recording) {
        self.steps.insert(rows, step);
    }

    /// Forgets what was recorded: memory that it refers to has moved.
    pub fn clear(&mut self) {
        self.steps
            .retain(|_, step| matches!(step, Recording::Refused));
    }
}
