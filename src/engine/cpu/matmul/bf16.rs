//! Products of bf16 weights with rows rounded to bf16, summed in f32: AVX-512 BF16.
//!
//! A panel is stored as `[in / 2][32][2]`, inputs filled up with zeros to a multiple of 32: one instruction multiplies
//! pairs of inputs for 16 outputs. Every output is one chain of such steps over `in`, in order, so results do not depend
//! on rows, tiles or threads.

use std::arch::x86_64::*;

use half::bf16;
use rayon::prelude::*;

use super::tiles::{COLUMNS, Format, Sums};

/// Rows of one register tile: 24 of 32 registers are sums.
const TILE_ROWS: usize = 12;

/// Says that this machine has the instructions: only [`DotBf16::detect`] makes one.
#[derive(Clone, Copy)]
pub(crate) struct DotBf16(());

impl DotBf16 {
    pub fn detect() -> Option<DotBf16> {
        let there = is_x86_feature_detected!("avx512bf16")
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw");
        there.then_some(DotBf16(()))
    }
}

/// Two bf16 values as the instructions read them, the first in the lower half.
pub(super) type Pair = u32;

/// Pairs that so many inputs make, filled up.
pub(super) fn padded(inputs: usize) -> usize {
    inputs.div_ceil(32) * 16
}

/// `[out, in]` to `[panel][in / 2][32]` pairs; what is missing is zero.
pub(super) fn pack(values: &[bf16], outputs: usize, inputs: usize) -> Vec<Pair> {
    let pairs = padded(inputs);
    let mut packed = vec![0; outputs.div_ceil(COLUMNS) * pairs * COLUMNS];
    packed
        .par_chunks_mut(pairs * COLUMNS)
        .zip(values.par_chunks(COLUMNS * inputs))
        .for_each(|(panel, rows)| {
            for (column, row) in rows.chunks_exact(inputs).enumerate() {
                let slots = panel[column..].iter_mut().step_by(COLUMNS);
                for (slot, two) in slots.zip(row.chunks(2)) {
                    *slot = pair(two[0], two.get(1).copied().unwrap_or_default());
                }
            }
        });
    packed
}

fn pair(low: bf16, high: bf16) -> Pair {
    u32::from(low.to_bits()) | u32::from(high.to_bits()) << 16
}

/// Rounds rows `[rows, in]` to pairs `[rows, in / 2]`.
pub(super) fn round(DotBf16(()): DotBf16, x: &[f32], inputs: usize, rounded: &mut Vec<Pair>) {
    let pairs = padded(inputs);
    rounded.clear();
    rounded.resize(x.len() / inputs * pairs, 0);
    x.par_chunks(inputs)
        .zip(rounded.par_chunks_mut(pairs))
        // SAFETY: the first argument says that the instructions are there.
        .for_each(|(x, pairs)| unsafe { round_row(x, pairs) });
}

#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn round_row(x: &[f32], pairs: &mut [Pair]) {
    let whole = x.len() / 32 * 32;
    for (x, pairs) in x[..whole].chunks_exact(32).zip(pairs.chunks_exact_mut(16)) {
        // SAFETY: 32 values and 16 pairs are there.
        unsafe {
            let low = _mm512_loadu_ps(x.as_ptr());
            let high = _mm512_loadu_ps(x[16..].as_ptr());
            let both: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(pairs.as_mut_ptr().cast(), both);
        }
    }
    for (two, to) in x[whole..].chunks(2).zip(&mut pairs[whole / 2..]) {
        let high = two.get(1).copied().unwrap_or_default();
        *to = pair(bf16::from_f32(two[0]), bf16::from_f32(high));
    }
}

/// Packed weights and rounded rows.
pub(super) struct Dots<'a> {
    pub dot: DotBf16,
    /// `[panel][in / 2][32]`
    pub weight: &'a [Pair],
    /// `[rows, in / 2]`
    pub x: &'a [Pair],
    pub inputs: usize,
}

impl Format for Dots<'_> {
    fn columns(&self) -> usize {
        COLUMNS
    }

    fn rows(&self) -> usize {
        TILE_ROWS
    }

    unsafe fn tile(&self, panel: usize, first: usize, rows: usize, sums: &mut Sums) {
        let DotBf16(()) = self.dot;
        let pairs = padded(self.inputs);
        let weight = &self.weight[panel * pairs * COLUMNS..(panel + 1) * pairs * COLUMNS];
        let x = &self.x[first * pairs..(first + rows) * pairs];
        // SAFETY: `dot` says that the instructions are there; the slices hold what the kernels read.
        unsafe {
            match rows {
                1 => of_rows::<1>(weight, x, sums),
                2 => of_rows::<2>(weight, x, sums),
                3 => of_rows::<3>(weight, x, sums),
                4 => of_rows::<4>(weight, x, sums),
                5 => of_rows::<5>(weight, x, sums),
                6 => of_rows::<6>(weight, x, sums),
                7 => of_rows::<7>(weight, x, sums),
                8 => of_rows::<8>(weight, x, sums),
                9 => of_rows::<9>(weight, x, sums),
                10 => of_rows::<10>(weight, x, sums),
                11 => of_rows::<11>(weight, x, sums),
                _ => of_rows::<TILE_ROWS>(weight, x, sums),
            }
        }
    }
}

/// `weight` `[in / 2, 32]`, `x` `[N, in / 2]`.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn of_rows<const N: usize>(weight: &[Pair], x: &[Pair], out: &mut Sums) {
    let pairs = x.len() / N;
    let (mut weight, x) = (weight.as_ptr(), x.as_ptr());
    let mut sums = [[_mm512_setzero_ps(); 2]; N];
    // SAFETY: the slices hold `pairs` steps of 32 pairs, and N rows of `pairs`.
    unsafe {
        for i in 0..pairs {
            let low: __m512bh = std::mem::transmute(_mm512_loadu_si512(weight.cast()));
            let high: __m512bh = std::mem::transmute(_mm512_loadu_si512(weight.add(16).cast()));
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = _mm512_set1_epi32(*x.add(row * pairs + i) as i32);
                let value: __m512bh = std::mem::transmute(value);
                sums[0] = _mm512_dpbf16_ps(sums[0], low, value);
                sums[1] = _mm512_dpbf16_ps(sums[1], high, value);
            }
            weight = weight.add(COLUMNS);
        }
        for (out, sums) in out.iter_mut().zip(sums) {
            _mm512_storeu_ps(out.as_mut_ptr(), sums[0]);
            _mm512_storeu_ps(out[16..].as_mut_ptr(), sums[1]);
        }
    }
}
