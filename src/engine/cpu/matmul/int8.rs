//! Products of Q8_0 weights with rows quantized in the same way: AVX-512 VNNI.
//!
//! 32 inputs make a block: 8-bit integers and one scale. Rows get a scale per block too, the largest magnitude over
//! 127. Within a block sums are exact integers; blocks are summed in f32, in order, so results do not depend on rows,
//! tiles or threads. The instruction multiplies unsigned by signed bytes: weights are stored 128 higher, and what that
//! adds, 128 · Σ x, is taken off beforehand.

use std::arch::x86_64::*;

use rayon::prelude::*;

use super::tiles::{COLUMNS, Format, Sums};

/// Inputs of one block.
pub(super) const BLOCK: usize = 32;
/// Bytes of a block as Q8_0 files store it: an f16 and the integers.
pub(super) const STORED: usize = 2 + BLOCK;
/// Four inputs that one step takes together.
const QUADS: usize = BLOCK / 4;
/// Rows of one register tile: each has two vectors of integer sums and two of f32.
const TILE_ROWS: usize = 6;

/// Says that this machine has the instructions: only [`Vnni::detect`] makes one.
#[derive(Clone, Copy)]
pub(crate) struct Vnni(());

impl Vnni {
    pub fn detect() -> Option<Vnni> {
        let there = is_x86_feature_detected!("avx512vnni")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw");
        there.then_some(Vnni(()))
    }
}

/// Packed Q8_0 weights.
pub(super) struct Blocks {
    vnni: Vnni,
    /// `[panel][block][32]` as f16 bits.
    scales: Vec<u16>,
    /// `[panel][block][quad][32]`, four bytes each, 128 higher than stored.
    values: Vec<u32>,
    blocks: usize,
}

impl Blocks {
    /// Takes blocks as Q8_0 stores them, `[out, in / 32]`.
    pub fn pack(vnni: Vnni, stored: &[u8], outputs: usize, inputs: usize) -> Blocks {
        let blocks = inputs / BLOCK;
        let panels = outputs.div_ceil(COLUMNS);
        let mut scales = vec![0; panels * blocks * COLUMNS];
        let mut values = vec![0; panels * blocks * QUADS * COLUMNS];
        scales
            .par_chunks_mut(blocks * COLUMNS)
            .zip(values.par_chunks_mut(blocks * QUADS * COLUMNS))
            .zip(stored.par_chunks(COLUMNS * blocks * STORED))
            .for_each(|((scales, values), rows)| {
                for (column, row) in rows.chunks_exact(blocks * STORED).enumerate() {
                    for (i, block) in row.chunks_exact(STORED).enumerate() {
                        let (scale, integers) = block.split_at(2);
                        scales[i * COLUMNS + column] = u16::from_le_bytes([scale[0], scale[1]]);
                        for (quad, bytes) in integers.chunks_exact(4).enumerate() {
                            let raised = std::array::from_fn(|i| bytes[i] ^ 0x80);
                            values[(i * QUADS + quad) * COLUMNS + column] =
                                u32::from_le_bytes(raised);
                        }
                    }
                }
            });
        Blocks {
            vnni,
            scales,
            values,
            blocks,
        }
    }
}

/// Rows quantized block by block.
#[derive(Default)]
pub(super) struct Quantized {
    /// `[rows][block][quad]`, four signed bytes each.
    values: Vec<u32>,
    /// `[rows][block]`
    scales: Vec<f32>,
    /// -128 · Σ x `[rows][block]`
    excess: Vec<i32>,
}

impl Quantized {
    /// Takes rows `[rows, in]` for a product with these weights.
    pub fn fill(&mut self, weight: &Blocks, x: &[f32]) {
        let Vnni(()) = weight.vnni;
        let blocks = weight.blocks;
        let inputs = blocks * BLOCK;
        let rows = x.len() / inputs;
        self.values.resize(rows * blocks * QUADS, 0);
        self.scales.resize(rows * blocks, 0.0);
        self.excess.resize(rows * blocks, 0);
        x.par_chunks(inputs)
            .zip(self.values.par_chunks_mut(blocks * QUADS))
            .zip(self.scales.par_chunks_mut(blocks))
            .zip(self.excess.par_chunks_mut(blocks))
            // SAFETY: `vnni` says that the instructions are there.
            .for_each(|(((x, values), scales), excess)| unsafe {
                quantize_row(x, values, scales, excess);
            });
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn quantize_row(x: &[f32], values: &mut [u32], scales: &mut [f32], excess: &mut [i32]) {
    let blocks = x
        .chunks_exact(BLOCK)
        .zip(values.chunks_exact_mut(QUADS))
        .zip(scales.iter_mut().zip(excess));
    for ((x, values), (scale, excess)) in blocks {
        // SAFETY: a block is 32 values in and 32 bytes out.
        unsafe {
            let parts = [
                _mm512_loadu_ps(x.as_ptr()),
                _mm512_loadu_ps(x[16..].as_ptr()),
            ];
            let largest = _mm512_reduce_max_ps(_mm512_max_ps(
                _mm512_abs_ps(parts[0]),
                _mm512_abs_ps(parts[1]),
            ));
            // What is not finite stays visible, as it does in f32; the integers are then of no account.
            let sum = _mm512_reduce_add_ps(_mm512_add_ps(parts[0], parts[1]));
            *scale = largest / 127.0 + sum * 0.0;
            let inverse = 127.0 / largest;
            let inverse = if inverse.is_finite() { inverse } else { 0.0 };
            let inverse = _mm512_set1_ps(inverse);
            let whole = parts.map(|part| _mm512_cvtps_epi32(_mm512_mul_ps(part, inverse)));
            let sum = _mm512_reduce_add_epi32(_mm512_add_epi32(whole[0], whole[1]));
            *excess = sum.wrapping_mul(-128);
            let to: *mut __m128i = values.as_mut_ptr().cast();
            _mm_storeu_si128(to, _mm512_cvtsepi32_epi8(whole[0]));
            _mm_storeu_si128(to.add(1), _mm512_cvtsepi32_epi8(whole[1]));
        }
    }
}

/// Packed weights and quantized rows.
pub(super) struct Integers<'a> {
    pub weight: &'a Blocks,
    pub x: &'a Quantized,
}

impl Format for Integers<'_> {
    fn columns(&self) -> usize {
        COLUMNS
    }

    fn rows(&self) -> usize {
        TILE_ROWS
    }

    unsafe fn tile(&self, panel: usize, first: usize, rows: usize, sums: &mut Sums) {
        // SAFETY: `weight.vnni` says that the instructions are there; rows and panel exist.
        unsafe {
            match rows {
                1 => self.of_rows::<1>(panel, first, sums),
                2 => self.of_rows::<2>(panel, first, sums),
                3 => self.of_rows::<3>(panel, first, sums),
                4 => self.of_rows::<4>(panel, first, sums),
                5 => self.of_rows::<5>(panel, first, sums),
                _ => self.of_rows::<TILE_ROWS>(panel, first, sums),
            }
        }
    }
}

impl Integers<'_> {
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn of_rows<const N: usize>(&self, panel: usize, first: usize, out: &mut Sums) {
        let blocks = self.weight.blocks;
        let size = blocks * COLUMNS;
        let scales = self.weight.scales[panel * size..(panel + 1) * size].as_ptr();
        let weight = self.weight.values[panel * size * QUADS..(panel + 1) * size * QUADS].as_ptr();
        let rows = first * blocks..(first + N) * blocks;
        let x = self.x.values[rows.start * QUADS..rows.end * QUADS].as_ptr();
        let x_scales = self.x.scales[rows.clone()].as_ptr();
        let excess = self.x.excess[rows].as_ptr();
        let mut sums = [[_mm512_setzero_ps(); 2]; N];
        // SAFETY: the slices above hold all blocks of the panel and of N rows.
        unsafe {
            let mut whole = [[_mm512_setzero_si512(); 2]; N];
            // One loop over all quads: one over the quads of a block would be unrolled beyond the registers there are.
            for quad in 0..blocks * QUADS {
                let weight = weight.add(quad * COLUMNS);
                let low = _mm512_loadu_si512(weight.cast());
                let high = _mm512_loadu_si512(weight.add(16).cast());
                for (row, whole) in whole.iter_mut().enumerate() {
                    let value = _mm512_set1_epi32(*x.add(row * blocks * QUADS + quad) as i32);
                    whole[0] = _mm512_dpbusd_epi32(whole[0], low, value);
                    whole[1] = _mm512_dpbusd_epi32(whole[1], high, value);
                }
                if quad % QUADS < QUADS - 1 {
                    continue;
                }
                let block = quad / QUADS;
                let both = _mm512_loadu_si512(scales.add(block * COLUMNS).cast());
                let low = _mm512_cvtph_ps(_mm512_castsi512_si256(both));
                let high = _mm512_cvtph_ps(_mm512_extracti64x4_epi64::<1>(both));
                for (row, (sums, whole)) in sums.iter_mut().zip(&mut whole).enumerate() {
                    let scale = _mm512_set1_ps(*x_scales.add(row * blocks + block));
                    let excess = _mm512_set1_epi32(*excess.add(row * blocks + block));
                    for ((sum, whole), weight) in sums.iter_mut().zip(whole).zip([low, high]) {
                        let exact = _mm512_cvtepi32_ps(_mm512_add_epi32(*whole, excess));
                        *sum = _mm512_fmadd_ps(exact, _mm512_mul_ps(scale, weight), *sum);
                        *whole = _mm512_setzero_si512();
                    }
                }
            }
            for (out, sums) in out.iter_mut().zip(sums) {
                _mm512_storeu_ps(out.as_mut_ptr(), sums[0]);
                _mm512_storeu_ps(out[16..].as_mut_ptr(), sums[1]);
            }
        }
    }
}
