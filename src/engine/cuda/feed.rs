//! Weights on their way to a device: threads fill pinned memory, out of which the device copies by itself.
//!
//! A copy from pageable memory goes through one thread and a small area of the driver's. Here every thread reads a piece of
//! the file (or converts one) into an area of its own while the device copies the piece before; for files in the page cache
//! that is bound by the bus.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::quantized::QTensor;
use cudarc::driver::{CudaEvent, PinnedHostSlice, result};
use half::{bf16, f16};
use rayon::prelude::*;

use super::device::{Address, Device};
use super::shape::Element;
use crate::engine::error::EngineError;
use crate::model::{View, dequantize};

/// Bytes of one copy: a whole number of elements and of quantized blocks, and long enough that starting it costs nothing.
const PIECE: usize = 2 << 20;
/// Threads that fill, at most: as many as keep up with the bus.
const MOST_LANES: usize = 12;

/// The pinned memory of all threads.
pub(super) struct Feed {
    device: Device,
    /// Per lane two pieces: one is filled while the other is copied.
    host: PinnedHostSlice<u8>,
    lanes: Vec<Lane>,
}

struct Lane {
    /// The last copy out of each piece has been made.
    copied: [CudaEvent; 2],
    /// The piece that is filled next.
    next: usize,
}

/// Fills memory with bytes of a weight from an offset on, as the device holds them.
type Fill<'a> = dyn Fn(usize, &mut [u8]) -> Result<(), EngineError> + Sync + 'a;

impl Feed {
    pub fn new(device: &Device) -> Result<Feed, EngineError> {
        let count = rayon::current_num_threads().clamp(1, MOST_LANES);
        let event = || device.context.new_event(None);
        let lane = |_| {
            Ok(Lane {
                copied: [event()?, event()?],
                next: 0,
            })
        };
        let lanes = (0..count).map(lane).collect::<Result<_, EngineError>>()?;
        // SAFETY: any bits are a u8, and pieces are filled before they are copied.
        let host = unsafe {
            device
                .context
                .alloc_pinned_with_flags::<u8>(2 * PIECE * count, 0)
        }?;
        Ok(Feed {
            device: device.clone(),
            host,
            lanes,
        })
    }

    /// Copies plain numbers, converted where the device holds another type; returns once they may change.
    pub fn plain(
        &mut self,
        target: Address,
        element: Element,
        view: &View<'_>,
    ) -> Result<usize, EngineError> {
        let from = Element::of(view.dtype)?;
        let bytes = view.bytes.len() / from.bytes() * element.bytes();
        self.send(target, bytes, &|at, piece| {
            if view.dtype == element.dtype() {
                return view.read(at, piece).map_err(unread);
            }
            let at = at / element.bytes() * from.bytes();
            let len = piece.len() / element.bytes() * from.bytes();
            convert(from, &view.bytes[at..at + len], element, piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// The same of numbers in quantized blocks.
    pub fn blocks(
        &mut self,
        target: Address,
        element: Element,
        blocks: &QTensor,
    ) -> Result<usize, EngineError> {
        let (dtype, data) = (blocks.dtype(), blocks.data()?);
        let bytes = blocks.shape().elem_count() * element.bytes();
        self.send(target, bytes, &|at, piece| {
            let of_blocks =
                |bytes: usize| bytes / element.bytes() / dtype.block_size() * dtype.type_size();
            let (at, len) = (of_blocks(at), of_blocks(piece.len()));
            let mut numbers = vec![0.0; piece.len() / element.bytes()];
            dequantize(dtype, &data[at..at + len], &mut numbers)?;
            match element {
                Element::F32 => each(&numbers, piece, f32::to_le_bytes),
                Element::Bf16 => each(&numbers, piece, |it| bf16::from_f32(it).to_le_bytes()),
                Element::F16 => each(&numbers, piece, |it| f16::from_f32(it).to_le_bytes()),
            }
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Copies `bytes` bytes to the device in pieces, each from the thread that gets to it. What follows on the device's
    /// stream finds them there.
    fn send(&mut self, target: Address, bytes: usize, fill: &Fill<'_>) -> Result<(), EngineError> {
        let next = AtomicUsize::new(0);
        let device = &self.device;
        let host = self.host.as_mut_slice()?.par_chunks_exact_mut(2 * PIECE);
        host.zip(&mut self.lanes).try_for_each(|(host, lane)| {
            device.context.bind_to_thread()?;
            loop {
                let at = PIECE * next.fetch_add(1, Ordering::Relaxed);
                if at >= bytes {
                    return Ok(());
                }
                let len = PIECE.min(bytes - at);
                let piece = &mut host[PIECE * lane.next..][..len];
                let copied = &lane.copied[lane.next];
                copied.synchronize()?;
                fill(at, piece)?;
                // SAFETY: callers have allocated `bytes` at `target` on the same stream; the piece stays as it is until
                // `copied`, and allocated until `self` is dropped.
                unsafe {
                    let stream = device.stream.cu_stream();
                    result::memcpy_htod_async(target.plus(at).0, piece, stream)
                }?;
                copied.record(&device.stream)?;
                lane.next = 1 - lane.next;
            }
        })
    }
}

impl Drop for Feed {
    /// Waits for the copies out of the memory that goes.
    fn drop(&mut self) {
        // A device that has failed says so at the next step.
        let _ = self.device.stream.synchronize();
    }
}

fn unread(error: io::Error) -> EngineError {
    EngineError::Device(format!(
        "a weight file cannot be read ({error}): see to the disk or network that it is on, or copy it elsewhere"
    ))
}

/// Elements of one type from those of another.
fn convert(from: Element, bytes: &[u8], to: Element, out: &mut [u8]) {
    let (halves, _) = bytes.as_chunks::<2>();
    let (words, _) = bytes.as_chunks::<4>();
    let of_half = |half| match from {
        Element::F16 => f16::from_le_bytes(half).to_f32(),
        _ => bf16::from_le_bytes(half).to_f32(),
    };
    let to_bf16 = |number| bf16::from_f32(number).to_le_bytes();
    let to_f16 = |number| f16::from_f32(number).to_le_bytes();
    match (from, to) {
        (Element::F32, Element::F16) => each(words, out, |it| to_f16(f32::from_le_bytes(it))),
        (Element::F32, _) => each(words, out, |it| to_bf16(f32::from_le_bytes(it))),
        (_, Element::F32) => each(halves, out, |it| of_half(it).to_le_bytes()),
        (_, Element::Bf16) => each(halves, out, |it| to_bf16(of_half(it))),
        (_, Element::F16) => each(halves, out, |it| to_f16(of_half(it))),
    }
}

fn each<T: Copy, const N: usize>(from: &[T], out: &mut [u8], bytes: impl Fn(T) -> [u8; N]) {
    for (out, from) in out.as_chunks_mut().0.iter_mut().zip(from) {
        *out = bytes(*from);
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device as CandleDevice, Tensor};

    use super::*;

    #[test]
    fn elements_are_converted_as_candle_does() -> candle_core::Result<()> {
        let numbers = [0.0, 1.0, -1.0009766, 5.4321012, 65504.0, -1e-7, 0.33333334];
        let elements = [Element::F32, Element::Bf16, Element::F16];
        for from in elements {
            for to in elements.into_iter().filter(|to| *to != from) {
                let bytes = from.to_bytes(&numbers);
                let mut out = vec![0; numbers.len() * to.bytes()];
                convert(from, &bytes, to, &mut out);
                let tensor = Tensor::new(&numbers, &CandleDevice::Cpu)?;
                let tensor = tensor.to_dtype(from.dtype())?.to_dtype(to.dtype())?;
                let want: Vec<f32> = tensor.to_dtype(DType::F32)?.to_vec1()?;
                assert_eq!(to.widen(&out), want, "{from:?} to {to:?}");
            }
        }
        Ok(())
    }
}
