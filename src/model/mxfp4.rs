//! MXFP4: blocks of 32 numbers of four bits with a power of two in common, in which gpt-oss's experts are published.

use half::bf16;
use rayon::prelude::*;

/// Numbers of a block, and its bytes without the scale.
pub(super) const BLOCK: usize = 32;
pub(super) const BYTES: usize = BLOCK / 2;

/// What four bits stand for: sign, two bits of exponent, one of mantissa.
const NUMBERS: [f32; 16] = [
    0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0,
];
/// Blocks of one task.
const TASK: usize = 1 << 12;

/// The numbers as bf16, which holds them exactly; `blocks` `[…, 16]`, `scales` one byte each, 127 more than the exponent.
pub(super) fn unpack(blocks: &[u8], scales: &[u8]) -> Vec<u8> {
    let mut unpacked = vec![0; scales.len() * BLOCK * 2];
    unpacked
        .par_chunks_mut(TASK * BLOCK * 2)
        .zip(blocks.par_chunks(TASK * BYTES))
        .zip(scales.par_chunks(TASK))
        .for_each(|((unpacked, blocks), scales)| {
            let of_block = unpacked.chunks_exact_mut(BLOCK * 2);
            for ((unpacked, block), scale) in of_block.zip(blocks.chunks_exact(BYTES)).zip(scales) {
                let scale = 2f64.powi(i32::from(*scale) - 127);
                let number =
                    |bits: u8| bf16::from_f64(f64::from(NUMBERS[usize::from(bits)]) * scale);
                for (two, byte) in unpacked.chunks_exact_mut(4).zip(block) {
                    two[..2].copy_from_slice(&number(byte & 15).to_le_bytes());
                    two[2..].copy_from_slice(&number(byte >> 4).to_le_bytes());
                }
            }
        });
    unpacked
}
