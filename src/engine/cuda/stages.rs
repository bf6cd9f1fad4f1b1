//! One model on several devices: who gets which layers, and how a pass goes from one to the next.

use std::ops::Range;

use candle_core::DType;
use cudarc::driver::result;

use super::device::Device;
use super::shape::{Element, Shape};
use super::{Cuda, gib};
use crate::engine::cached::spread::{Sizes, Spread};
use crate::engine::error::EngineError;
use crate::engine::event::Event;
use crate::engine::settings::ordinals_in_words;
use crate::model::Config;

/// The devices of each engine. Where each was to have all weights and one of them has no room for that, all become one
/// engine, which spreads its layers over them.
pub(crate) fn arranged(
    config: &Config,
    engines: &[Vec<usize>],
    dtype: DType,
) -> Result<Vec<Vec<usize>>, EngineError> {
    if engines.len() == 1 || engines.iter().any(|engine| engine.len() > 1) {
        return Ok(engines.to_vec());
    }
    let weights = config.parameters() * Element::of(dtype)?.bytes();
    let all: Vec<usize> = engines.concat();
    for room in room(&all)? {
        if weights > room {
            return Ok(vec![all]);
        }
    }
    Ok(engines.to_vec())
}

/// Opens the devices of one engine, each for its share of the layers.
///
/// # Errors
/// As [`Cuda::new`]; [`EngineError::Device`] where the weights do not fit on all of them together.
pub(crate) fn open(
    config: &Config,
    ordinals: &[usize],
    dtype: DType,
    sink: &mut dyn FnMut(Event),
) -> Result<Spread<Cuda>, EngineError> {
    let layers = match ordinals {
        [_] => std::iter::once(0..config.layers).collect(),
        _ => shares(config, ordinals, dtype)?,
    };
    if ordinals.len() > 1 {
        sink(Event::Note(in_words(ordinals, &layers)));
    }
    let stages = ordinals.iter().zip(layers);
    let stages: Result<Vec<_>, EngineError> = stages
        .map(|(&ordinal, layers)| {
            sink(Event::Loading {
                what: format!("opening cuda:{ordinal}"),
                done: 0,
                total: 0,
            });
            let cuda = Cuda::of_layers(config, ordinal, layers.clone(), dtype)?;
            Ok((cuda, layers))
        })
        .collect();
    Ok(Spread::over(stages?))
}

/// Bytes that weights, keys and values may take on each device: a tenth of what is free is left to all else.
fn room(ordinals: &[usize]) -> Result<Vec<usize>, EngineError> {
    let of = |&ordinal: &usize| -> Result<usize, EngineError> {
        let free = Device::open(ordinal)?.free_memory()?;
        Ok(free - free / 10)
    };
    ordinals.iter().map(of).collect()
}

fn shares(
    config: &Config,
    ordinals: &[usize],
    dtype: DType,
) -> Result<Vec<Range<usize>>, EngineError> {
    let name = ordinals_in_words(ordinals);
    if config.layers < ordinals.len() {
        return Err(EngineError::Device(format!(
            "{name}: the model has {} layers, fewer than there are devices: name fewer",
            config.layers
        )));
    }
    let element = Element::of(dtype)?;
    let shape = Shape::new(config, element)?;
    let room = room(ordinals)?;
    let token = 2 * shape.slot_bytes();
    let shared = Sizes::of(config).shared(&room, element.bytes(), token);
    shared.ok_or_else(|| {
        let room: Vec<String> = room.iter().map(|room| gib(*room)).collect();
        EngineError::Device(format!(
            "{name}: the weights take {}, and there is room for {} on these devices, one after the other: free some, \
             name more devices or use --device cpu",
            gib(config.parameters() * element.bytes()),
            room.join(" and ")
        ))
    })
}

/// `layers 1 to 15 on cuda:0, 16 to 28 on cuda:1`
fn in_words(ordinals: &[usize], layers: &[Range<usize>]) -> String {
    let one = |(ordinal, layers): (&usize, &Range<usize>)| {
        format!("{} to {} on cuda:{ordinal}", layers.start + 1, layers.end)
    };
    let each: Vec<String> = ordinals.iter().zip(layers).map(one).collect();
    format!("layers {}", each.join(", "))
}

impl Spread<Cuda> {
    /// The devices' names, those of the same name counted: `2 × NVIDIA H100`.
    pub fn hardware(&mut self) -> Result<String, EngineError> {
        let mut names: Vec<(String, usize)> = Vec::new();
        for cuda in self.each() {
            let name = cuda.hardware()?;
            match names.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => names.push((name, 1)),
            }
        }
        let counted = names.into_iter().map(|(name, count)| match count {
            1 => name,
            _ => format!("{count} × {name}"),
        });
        Ok(counted.collect::<Vec<_>>().join(" + "))
    }
}

impl Cuda {
    /// Goes on where the device with the layers before has come to: copies its rows. They are few beside what a pass reads
    /// (64 MiB of 8,192 rows of 4,096 numbers), so that it does not matter which way the driver takes. A step is recorded on
    /// each device by itself; this stands between.
    pub(super) fn take_over(&mut self, before: &mut Cuda) -> Result<(), EngineError> {
        // Padding may differ between devices; nobody reads those rows.
        let rows = self.pass.rows.min(before.pass.rows);
        before.passed.record(&before.device.stream)?;
        self.device.stream.wait(&before.passed)?;
        // SAFETY: both hold that many rows; contexts and streams live as long as their devices.
        unsafe {
            result::memcpy_peer_async(
                self.device.context.cu_ctx(),
                self.working.x.address().0,
                before.device.context.cu_ctx(),
                before.working.x.address().0,
                rows * self.shape.hidden * self.shape.element.bytes(),
                self.device.stream.cu_stream(),
            )
        }?;
        // What comes next there must not change the rows while they are copied.
        self.passed.record(&self.device.stream)?;
        before.device.stream.wait(&self.passed)?;
        Ok(self.device.context.bind_to_thread()?)
    }
}
