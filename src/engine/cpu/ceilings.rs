//! What the processor reaches at best, all threads at once: the instruction that products are made with, on numbers
//! in registers, and reading or copying as many bytes as the weights have.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::Cpu;
use super::matmul::Instruction;
use super::simd::{Simd, dispatch};

/// Bytes read at most, many times the caches of most machines. Less where a model is smaller, whose weights a cache may
/// hold.
const MOST_BYTES: usize = 512 << 20;
const LEAST_BYTES: usize = 1 << 20;
/// Numbers of one task.
const TASK: usize = 64 << 10;
/// Steps of one run of the instruction: about a millisecond.
const STEPS: usize = 200_000;
/// The best of many short runs: on a machine that does something else too, some of them have it for themselves.
const RUNS: usize = 40;
const READS: usize = 12;

impl Cpu {
    /// The most operations and bytes per second for a model whose weights have so many bytes, and what reached them. Of a
    /// copy, bytes read and written are both counted.
    pub fn ceilings(&self, weight_bytes: usize) -> [(f64, &'static str); 2] {
        let (isa, threads) = (self.isa, rayon::current_num_threads());
        let instruction = Instruction::of(isa, self.weight_kind(None));
        // Each thread's best by itself: while another program runs, no moment may be all of theirs.
        let operations = rayon::broadcast(|_| {
            let mut of_run = 0.0;
            let shortest = best(RUNS, || of_run = instruction.run(STEPS));
            of_run / shortest.as_secs_f64()
        });
        let operations: f64 = operations.into_iter().sum();
        let bytes = weight_bytes.clamp(LEAST_BYTES, MOST_BYTES);
        let source = vec![1f32; bytes / size_of::<f32>()];
        // Several tasks per thread where the memory is small.
        let task = TASK.min(source.len().div_ceil(4 * threads));
        let reading = best(READS, || {
            source
                .par_chunks(task)
                .for_each(|numbers| add_up(isa, numbers));
        });
        let (source, mut target) = (&source[..source.len() / 2], vec![0f32; source.len() / 2]);
        let copying = best(READS, || {
            target
                .par_chunks_mut(task)
                .zip(source.par_chunks(task))
                .for_each(|(target, source)| target.copy_from_slice(source));
        });
        let bytes = bytes as f64;
        let moving = if reading < copying {
            (bytes / reading.as_secs_f64(), "reading by all threads")
        } else {
            (bytes / copying.as_secs_f64(), "a copy by all threads")
        };
        [(operations, instruction.name()), moving]
    }
}

dispatch!(fn add_up(numbers: &[f32]) => add_up_kernel);

/// Reads all numbers but what is left of whole steps.
///
/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn add_up_kernel<S: Simd>(numbers: &[f32]) {
    // SAFETY: the caller's promise; every chunk holds four vectors.
    unsafe {
        let mut sums = [S::splat(0.0); 4];
        for chunk in numbers.chunks_exact(4 * S::LANES) {
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = S::add(*sum, S::load(chunk.as_ptr().add(i * S::LANES)));
            }
        }
        std::hint::black_box(sums);
    }
}

/// The shortest of several calls.
fn best(times: usize, mut call: impl FnMut()) -> Duration {
    let times = (0..times).map(|_| {
        let started = Instant::now();
        call();
        started.elapsed()
    });
    times.min().unwrap_or(Duration::MAX)
}
