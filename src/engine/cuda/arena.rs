//! Keys and values of all tokens that are kept.

use super::device::{Address, Buffer, Device, is_out_of_memory};
use super::shape::Shape;
use crate::engine::error::EngineError;

/// Slots of the first arena: some hundred prompts.
const FIRST_SLOTS: usize = 1 << 16;

/// Per layer `[slots, kv_heads, head_pad]`, keys and values apart. One slot more than is handed out stands at the
/// end: rows that fill up a batch leave theirs there.
pub(super) struct Arena {
    /// The first of the layers in the whole model.
    first: usize,
    layers: Vec<Layer>,
    slots: usize,
}

struct Layer {
    keys: Buffer,
    values: Buffer,
}

impl Arena {
    pub fn new(device: &Device, shape: &Shape, first: usize) -> Result<Arena, EngineError> {
        let empty = || Buffer::zeroed(device, shape.slot_bytes());
        let layers = (0..shape.layers)
            .map(|_| {
                Ok(Layer {
                    keys: empty()?,
                    values: empty()?,
                })
            })
            .collect::<Result<_, EngineError>>()?;
        Ok(Arena {
            first,
            layers,
            slots: 0,
        })
    }

    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The slot that nobody reads.
    pub fn spare(&self) -> u32 {
        self.slots as u32
    }

    pub fn of(&self, layer: usize) -> (Address, Address) {
        let Layer { keys, values } = &self.layers[layer - self.first];
        (keys.address(), values.address())
    }

    /// Makes room for `slots` tokens if `budget` bytes more suffice, else for as many as they do; by half again as
    /// many at least, so that copying costs little over a run.
    pub fn grow(
        &mut self,
        device: &Device,
        shape: &Shape,
        slots: usize,
        budget: usize,
    ) -> Result<(), EngineError> {
        if slots <= self.slots {
            return Ok(());
        }
        // A layer's old copy goes only after its new one is filled.
        let fits = self.slots
            + budget.saturating_sub(2 * self.slots * shape.slot_bytes()) / shape.token_bytes();
        let mut wanted = slots
            .max(self.slots + self.slots / 2)
            .max(FIRST_SLOTS)
            .min(fits)
            // Slots carry a mark in their top bit.
            .min((1 << 31) - 2);
        while wanted > self.slots {
            if self.resize(device, shape, wanted)? {
                return Ok(());
            }
            wanted = self.slots + (wanted - self.slots) / 2;
        }
        Ok(())
    }

    /// Whether memory sufficed.
    fn resize(
        &mut self,
        device: &Device,
        shape: &Shape,
        slots: usize,
    ) -> Result<bool, EngineError> {
        let bytes = (slots + 1) * shape.slot_bytes();
        let kept = self.slots * shape.slot_bytes();
        for layer in &mut self.layers {
            for buffer in [&mut layer.keys, &mut layer.values] {
                // An earlier attempt may have got this far.
                if buffer.bytes() >= bytes {
                    continue;
                }
                match Buffer::zeroed(device, bytes) {
                    Ok(larger) => {
                        larger.copy_from(device, buffer, kept)?;
                        *buffer = larger;
                    }
                    Err(error) if is_out_of_memory(&error) => return Ok(false),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.slots = slots;
        Ok(true)
    }
}
