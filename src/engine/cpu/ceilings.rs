//! What the processor reaches at best: a large product and a large copy by all threads.

use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::Cpu;
use super::matmul::{Epilogue, Scratch};
use crate::engine::cached::kernels::Kernels;
use crate::engine::error::EngineError;

/// Rows and columns of the product.
const SIZE: usize = 1024;
/// Bytes of the copy, many times the caches of most machines, and of one task.
const COPY: usize = 256 << 20;
const TASK: usize = 8 << 20;
const TIMES: usize = 5;

impl Cpu {
    /// Operations per second of a product of random matrices, and bytes per second of a copy, read and written both
    /// counted. The product is this engine's own with weights held as asked, or candle's in f32 where that is faster.
    pub fn ceilings(&mut self) -> Result<(f64, f64), EngineError> {
        let matrix = Tensor::rand(-1f32, 1.0, (SIZE, SIZE), &Device::Cpu)?;
        let weight = self.weight(std::slice::from_ref(&matrix), None)?;
        let x: Vec<f32> = matrix.flatten_all()?.to_vec1()?;
        let (mut y, mut scratch) = (vec![0.0; SIZE * SIZE], Scratch::default());
        let own =
            best(|| weight.multiply(self.isa, &x, &mut y, SIZE, Epilogue::Replace, &mut scratch))?;
        let candle = best(|| matrix.matmul(&matrix).map(drop))?;
        let source = vec![1u8; COPY];
        let mut target = vec![0u8; COPY];
        let copy = best(|| {
            target
                .par_chunks_mut(TASK)
                .zip(source.par_chunks(TASK))
                .for_each(|(target, source)| target.copy_from_slice(source));
            Ok(())
        })?;
        let product = own.min(candle).as_secs_f64();
        Ok((
            2.0 * (SIZE as f64).powi(3) / product,
            2.0 * COPY as f64 / copy.as_secs_f64(),
        ))
    }
}

/// The shortest of several calls.
fn best(mut call: impl FnMut() -> candle_core::Result<()>) -> Result<Duration, EngineError> {
    let mut shortest = Duration::MAX;
    for _ in 0..TIMES {
        let started = Instant::now();
        call()?;
        shortest = shortest.min(started.elapsed());
    }
    Ok(shortest)
}
