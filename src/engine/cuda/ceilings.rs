//! What the device reaches at best: a large product and a large copy.

use std::time::Instant;

use candle_core::{Device as CandleDevice, Tensor};

use super::Cuda;
use super::device::Buffer;
use super::weights::{Epilogue, Weight};
use crate::engine::error::EngineError;

/// Rows and columns of the product.
const SIZE: usize = 8192;
/// Bytes of the copy: many times the cache.
const COPY: usize = 2 << 30;
const WARM: usize = 3;
const TIMES: usize = 10;

impl Cuda {
    /// Operations per second of a product of random matrices in the element type, and bytes per second of a copy
    /// within the device, read and written both counted.
    pub fn ceilings(&self) -> Result<(f64, f64), EngineError> {
        // Some devices run faster on zeros.
        let matrix = Tensor::rand(-1f32, 1.0, (SIZE, SIZE), &CandleDevice::Cpu)?;
        let weight = Weight::upload(&self.device, self.shape.element, &[matrix], None)?;
        let out = Buffer::new(&self.device, SIZE * SIZE * self.shape.element.bytes())?;
        let x_y = (weight.data.address(), out.address());
        let product = self.seconds(&|| {
            self.products.many(
                &self.device,
                &self.functions,
                &weight,
                x_y,
                SIZE,
                Epilogue::Replace,
            )
        })?;
        let source = Buffer::zeroed(&self.device, COPY)?;
        let target = Buffer::new(&self.device, COPY)?;
        let copy = self.seconds(&|| Ok(target.copy_from(&self.device, &source, COPY)?))?;
        Ok((
            2.0 * (SIZE as f64).powi(3) / product,
            2.0 * COPY as f64 / copy,
        ))
    }

    /// Seconds of one call, the mean of several.
    fn seconds(&self, call: &dyn Fn() -> Result<(), EngineError>) -> Result<f64, EngineError> {
        for _ in 0..WARM {
            call()?;
        }
        self.device.stream.synchronize()?;
        let started = Instant::now();
        for _ in 0..TIMES {
            call()?;
        }
        self.device.stream.synchronize()?;
        Ok(started.elapsed().as_secs_f64() / TIMES as f64)
    }
}
