//! What the device reaches at best: a large product and a large copy.

use std::time::{Duration, Instant};

use candle_core::{Device as CandleDevice, Tensor};

use super::Cuda;
use super::device::Buffer;
use super::feed::Feed;
use super::weights::{Epilogue, Weight};
use crate::engine::error::EngineError;

/// Rows and columns of the product.
const SIZE: usize = 8192;
/// Bytes of the copy: many times the cache.
const COPY: usize = 2 << 30;
const TIMES: usize = 10;
/// How long each is kept up before it counts, and while it does. A device that draws all the power that it may slows down
/// within a second, and runs last longer.
const KEPT_UP: Duration = Duration::from_secs(1);

impl Cuda {
    /// Operations per second of a product of random matrices in the element type, and bytes per second of a copy
    /// within the device, read and written both counted.
    pub fn ceilings(&self) -> Result<(f64, f64), EngineError> {
        // Some devices run faster on zeros.
        let matrix = Tensor::rand(-1f32, 1.0, (SIZE, SIZE), &CandleDevice::Cpu)?;
        let mut feed = Feed::new(&self.device)?;
        let element = self.shape.element;
        let weight = Weight::upload(&self.device, &mut feed, element, &[matrix], None)?;
        self.wait()?;
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

    /// Seconds of one call, the mean of many.
    fn seconds(&self, call: &dyn Fn() -> Result<(), EngineError>) -> Result<f64, EngineError> {
        let keep_up = || -> Result<f64, EngineError> {
            let started = Instant::now();
            let mut calls = 0;
            while started.elapsed() < KEPT_UP {
                for _ in 0..TIMES {
                    call()?;
                }
                calls += TIMES;
                self.device.stream.synchronize()?;
            }
            Ok(started.elapsed().as_secs_f64() / calls as f64)
        };
        keep_up()?;
        keep_up()
    }
}
