//! Random weights, the same on every machine, made when they are asked for.

use candle_core::{Device, Tensor};
use half::bf16;
use rayon::prelude::*;

use crate::engine::cached::decoder::Tensors;
use crate::model::ModelError;

/// Half the width of the weights' uniform distribution: a standard deviation of 0.02.
const WIDTH: f32 = 0.035;
/// Elements of one task.
const TASK: usize = 1 << 16;

/// bf16 tensors: norms of ones, everything else uniform.
pub(crate) struct Random;

impl Tensors for Random {
    fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, ModelError> {
        let count: usize = shape.iter().product();
        let values = if name.contains("norm") {
            vec![bf16::ONE; count]
        } else {
            uniform(hash(name), count)
        };
        // The vector holds as many elements as the shape.
        Ok(Tensor::from_vec(values, shape, &Device::Cpu).expect("shape and elements agree"))
    }
}

/// One of 256 evenly spaced values per random byte.
fn uniform(seed: u64, count: usize) -> Vec<bf16> {
    let table: Vec<bf16> = (0..256)
        .map(|byte| bf16::from_f32(WIDTH * (byte as f32 - 127.5) / 127.5))
        .collect();
    let mut values = vec![bf16::ZERO; count];
    values
        .par_chunks_mut(TASK)
        .enumerate()
        .for_each(|(task, values)| {
            let mut state = mix(seed ^ mix(task as u64));
            for values in values.chunks_mut(8) {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                for (value, byte) in values.iter_mut().zip(mix(state).to_le_bytes()) {
                    *value = table[usize::from(byte)];
                }
            }
        });
    values
}

/// FNV-1a, mixed.
pub(super) fn hash(text: &str) -> u64 {
    mix(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    }))
}

/// The finalizer of SplitMix64.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
