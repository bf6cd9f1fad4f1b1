//! MXFP4: blocks of 32 numbers of four bits with a power of two in common, in which gpt-oss's experts are published.

use half::bf16;
use rayon::prelude::*;

/// Numbers of a block, and its bytes without the scale.
pub(super) const BLOCK: usize = 32;
pub(super) const BYTES: usize = BLOCK / 2;
/// Bytes of a block in a GGUF file, where the scale stands in front.
pub(super) const WITH_SCALE: usize = 1 + BYTES;

/// What four bits stand for: sign, two bits of exponent, one of mantissa.
const NUMBERS: [f32; 16] = [
    0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0,
];
/// Blocks of one task.
const TASK: usize = 1 << 12;
/// Bytes of an unpacked block.
const UNPACKED: usize = 2 * BLOCK;

/// The numbers as bf16, which holds them exactly; `blocks` `[…, 16]`, two neighbours to a byte; `scales` one byte each, 127
/// more than the exponent.
pub(super) fn unpack(blocks: &[u8], scales: &[u8]) -> Vec<u8> {
    let mut unpacked = vec![0; scales.len() * UNPACKED];
    unpacked
        .par_chunks_mut(TASK * UNPACKED)
        .zip(blocks.par_chunks(TASK * BYTES))
        .zip(scales.par_chunks(TASK))
        .for_each(|((unpacked, blocks), scales)| {
            let blocks = blocks.chunks_exact(BYTES).zip(scales);
            for (unpacked, (block, scale)) in unpacked.chunks_exact_mut(UNPACKED).zip(blocks) {
                unpack_block(unpacked, block, *scale, |byte| [2 * byte, 2 * byte + 1]);
            }
        });
    unpacked
}

/// The same of blocks with their scales in front, a number and the one sixteen behind it to a byte: GGUF.
pub(super) fn unpack_scaled(blocks: &[u8]) -> Vec<u8> {
    let mut unpacked = vec![0; blocks.len() / WITH_SCALE * UNPACKED];
    unpacked
        .par_chunks_mut(TASK * UNPACKED)
        .zip(blocks.par_chunks(TASK * WITH_SCALE))
        .for_each(|(unpacked, blocks)| {
            let blocks = blocks.chunks_exact(WITH_SCALE);
            for (unpacked, block) in unpacked.chunks_exact_mut(UNPACKED).zip(blocks) {
                unpack_block(unpacked, &block[1..], block[0], |byte| [byte, byte + BYTES]);
            }
        });
    unpacked
}

/// `places` says which numbers of the block a byte's low and high bits are.
fn unpack_block(
    unpacked: &mut [u8],
    block: &[u8],
    scale: u8,
    places: impl Fn(usize) -> [usize; 2],
) {
    let scale = 2f64.powi(i32::from(scale) - 127);
    let numbers = NUMBERS.map(|it| bf16::from_f64(f64::from(it) * scale).to_le_bytes());
    for (at, byte) in block.iter().enumerate() {
        for (place, bits) in places(at).into_iter().zip([byte & 15, byte >> 4]) {
            unpacked[2 * place..2 * place + 2].copy_from_slice(&numbers[usize::from(bits)]);
        }
    }
}
