//! Products in f32, with weights in f32 or bf16 (widened exactly).
//!
//! A panel is stored as `[in][2 · lanes]`. A tile of some rows stays in registers while the panel streams by. Every
//! output is one chain of fused multiply-adds over `in`, in order, whatever the number of rows, the tile or the
//! thread.

use super::tiles::{COLUMNS, Format, ROWS, Sums};
use crate::engine::cpu::simd::{Isa, Simd, dispatch};

/// Rows of one register tile: as many pairs of sums as the registers hold beside the weights, 32 or 16 of them.
const WIDE_TILE_ROWS: usize = 12;
const TILE_ROWS: usize = 6;

/// Weights of type `T` and rows of f32.
pub(super) struct Float<'a, T> {
    isa: Isa,
    /// `[panel][in][2 · lanes]`
    weight: &'a [T],
    /// `[rows, in]`
    x: &'a [f32],
    inputs: usize,
}

impl<'a, T> Float<'a, T> {
    pub fn new(isa: Isa, weight: &'a [T], x: &'a [f32], inputs: usize) -> Self {
        Float {
            isa,
            weight,
            x,
            inputs,
        }
    }
}

impl<T: Element> Format for Float<'_, T> {
    fn columns(&self) -> usize {
        2 * self.isa.lanes()
    }

    fn rows(&self) -> usize {
        if self.isa.lanes() == 16 {
            WIDE_TILE_ROWS
        } else {
            TILE_ROWS
        }
    }

    unsafe fn tile(&self, panel: usize, first: usize, rows: usize, sums: &mut Sums) {
        let size = self.inputs * self.columns();
        let weight = &self.weight[panel * size..(panel + 1) * size];
        let x = &self.x[first * self.inputs..(first + rows) * self.inputs];
        T::tile(self.isa, weight, x, rows, sums);
    }
}

/// How a panel's elements become f32.
pub(super) trait Element: Copy + Sync {
    /// # Safety
    /// As [`Simd::load`].
    unsafe fn load<S: Simd>(from: *const Self) -> S::V;
    /// Products of `rows` rows `x` with one panel.
    fn tile(isa: Isa, weight: &[Self], x: &[f32], rows: usize, sums: &mut Sums);
}

impl Element for f32 {
    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const f32) -> S::V {
        // SAFETY: the caller's promise.
        unsafe { S::load(from) }
    }
    fn tile(isa: Isa, weight: &[f32], x: &[f32], rows: usize, sums: &mut Sums) {
        f32_tile(isa, weight, x, rows, sums);
    }
}

/// bf16 bits.
impl Element for u16 {
    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const u16) -> S::V {
        // SAFETY: the caller's promise.
        unsafe { S::load_bf16(from) }
    }
    fn tile(isa: Isa, weight: &[u16], x: &[f32], rows: usize, sums: &mut Sums) {
        bf16_tile(isa, weight, x, rows, sums);
    }
}

dispatch!(fn f32_tile(weight: &[f32], x: &[f32], rows: usize, sums: &mut Sums) => f32_kernel);
dispatch!(fn bf16_tile(weight: &[u16], x: &[f32], rows: usize, sums: &mut Sums) => bf16_kernel);

/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn f32_kernel<S: Simd>(weight: &[f32], x: &[f32], rows: usize, sums: &mut Sums) {
    // SAFETY: the caller's promise.
    unsafe { kernel::<S, f32>(weight, x, rows, sums) }
}

/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn bf16_kernel<S: Simd>(weight: &[u16], x: &[f32], rows: usize, sums: &mut Sums) {
    // SAFETY: the caller's promise.
    unsafe { kernel::<S, u16>(weight, x, rows, sums) }
}

/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn kernel<S: Simd, T: Element>(weight: &[T], x: &[f32], rows: usize, sums: &mut Sums) {
    // SAFETY: the caller's promise.
    unsafe {
        match rows {
            1 => of_rows::<S, T, 1>(weight, x, sums),
            2 => of_rows::<S, T, 2>(weight, x, sums),
            3 => of_rows::<S, T, 3>(weight, x, sums),
            4 => of_rows::<S, T, 4>(weight, x, sums),
            5 => of_rows::<S, T, 5>(weight, x, sums),
            TILE_ROWS => of_rows::<S, T, TILE_ROWS>(weight, x, sums),
            7 => of_rows::<S, T, 7>(weight, x, sums),
            8 => of_rows::<S, T, 8>(weight, x, sums),
            9 => of_rows::<S, T, 9>(weight, x, sums),
            10 => of_rows::<S, T, 10>(weight, x, sums),
            11 => of_rows::<S, T, 11>(weight, x, sums),
            _ => of_rows::<S, T, WIDE_TILE_ROWS>(weight, x, sums),
        }
    }
}

/// `weight` `[in, 2 · lanes]`, `x` `[N, in]`.
///
/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn of_rows<S: Simd, T: Element, const N: usize>(weight: &[T], x: &[f32], out: &mut Sums) {
    const { assert!(N <= ROWS && 2 * S::LANES <= COLUMNS) };
    let inputs = x.len() / N;
    assert_eq!(weight.len(), inputs * 2 * S::LANES);
    let (mut weight, x) = (weight.as_ptr(), x.as_ptr());
    // SAFETY: the caller's promise; `weight` holds `inputs` steps and `x` N rows of them.
    unsafe {
        let mut sums = [[S::splat(0.0); 2]; N];
        for i in 0..inputs {
            let low = T::load::<S>(weight);
            let high = T::load::<S>(weight.add(S::LANES));
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = S::splat(*x.add(row * inputs + i));
                sums[0] = S::mul_add(value, low, sums[0]);
                sums[1] = S::mul_add(value, high, sums[1]);
            }
            weight = weight.add(2 * S::LANES);
        }
        for (out, sums) in out.iter_mut().zip(sums) {
            S::store(out.as_mut_ptr(), sums[0]);
            S::store(out[S::LANES..].as_mut_ptr(), sums[1]);
        }
    }
}
