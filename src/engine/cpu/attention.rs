//! Attention of packed rows over keys in scattered slots.

use rayon::prelude::*;

use super::simd::{Isa, Simd, dispatch};
use crate::engine::cached::batch::{BIASED, Batch};

/// Rows of one task.
const TASK_ROWS: usize = 4;

/// Sizes of one attention layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
}

/// Softmax attention of the listed rows: `out[i]` for `rows[i]`, each over its own list of keys.
///
/// `queries` `[all rows, stride]` with the query heads first in each row; `keys`, `values`
/// `[slots, kv_heads · head_dim]`; `out` `[rows, heads · head_dim]`. A row without keys gets 0.
/// A row's result depends on nothing but its own query and list.
#[allow(clippy::too_many_arguments)]
pub(crate) fn attend(
    isa: Isa,
    shape: Shape,
    batch: &Batch,
    rows: &[u32],
    queries: &[f32],
    stride: usize,
    keys: &[f32],
    values: &[f32],
    out: &mut [f32],
) {
    let width = shape.heads * shape.head_dim;
    let task = |(chunk, out): (usize, &mut [f32])| {
        let mut scores = Vec::new();
        for (out, &row) in out.chunks_exact_mut(width).zip(&rows[chunk * TASK_ROWS..]) {
            let row = row as usize;
            let list = batch.keys_of(row);
            let group = shape.heads / shape.kv_heads;
            scores.resize(group * list.len().next_multiple_of(16), 0.0);
            let one = Row {
                shape,
                list,
                bias: batch.bias[row],
                query: &queries[row * stride..][..width],
                keys,
                values,
                scores: &mut scores,
                out,
            };
            // SAFETY: `isa` was detected on this machine; slots lie in `keys` and `values`.
            unsafe { attend_row(isa, one) };
        }
    };
    let tasks = out[..rows.len() * width].par_chunks_mut(TASK_ROWS * width);
    if rows.len() <= 1 {
        // One row: the heads are too little work to share out.
        task((0, &mut out[..rows.len() * width]));
    } else {
        tasks.enumerate().for_each(task);
    }
}

/// One row's work.
pub(crate) struct Row<'a> {
    shape: Shape,
    list: &'a [u32],
    bias: f32,
    query: &'a [f32],
    keys: &'a [f32],
    values: &'a [f32],
    /// `[group, keys]` of one kv head, keys rounded up to whole vectors.
    scores: &'a mut [f32],
    out: &'a mut [f32],
}

dispatch!(fn attend_row(row: Row<'_>) => row_kernel);

#[inline(always)]
unsafe fn row_kernel<S: Simd>(row: Row<'_>) {
    let Shape {
        heads,
        kv_heads,
        head_dim,
    } = row.shape;
    if row.list.is_empty() {
        row.out.fill(0.0);
        return;
    }
    let group = heads / kv_heads;
    let count = row.list.len();
    let padded = count.next_multiple_of(16);
    let stride = kv_heads * head_dim;
    let scale = 1.0 / (head_dim as f32).sqrt();
    for kv_head in 0..kv_heads {
        for member in 0..group {
            let head = kv_head * group + member;
            let query = row.query[head * head_dim..][..head_dim].as_ptr();
            let scores = &mut row.scores[member * padded..][..padded];
            let mut largest = f32::NEG_INFINITY;
            for (score, &entry) in scores.iter_mut().zip(row.list) {
                let slot = (entry & !BIASED) as usize;
                let key = row.keys[slot * stride + kv_head * head_dim..][..head_dim].as_ptr();
                let bias = if entry & BIASED == 0 { 0.0 } else { row.bias };
                // SAFETY: both hold `head_dim` elements.
                *score = unsafe { dot::<S>(query, key, head_dim) } * scale + bias;
                largest = largest.max(*score);
            }
            scores[count..].fill(f32::NEG_INFINITY);
            // SAFETY: `padded` is a multiple of every vector's lanes.
            let sum = unsafe { exponentials::<S>(scores, largest) };
            let out = &mut row.out[head * head_dim..][..head_dim];
            out.fill(0.0);
            // SAFETY: slots lie in `values`, `out` holds `head_dim` elements.
            unsafe {
                weigh::<S>(
                    scores,
                    row.list,
                    row.values,
                    stride,
                    kv_head * head_dim,
                    out,
                );
            }
            let norm = 1.0 / sum;
            out.iter_mut().for_each(|value| *value *= norm);
        }
    }
}

#[inline(always)]
unsafe fn dot<S: Simd>(a: *const f32, b: *const f32, len: usize) -> f32 {
    unsafe {
        let mut sum = S::splat(0.0);
        let whole = len - len % S::LANES;
        let mut i = 0;
        while i < whole {
            sum = S::mul_add(S::load(a.add(i)), S::load(b.add(i)), sum);
            i += S::LANES;
        }
        let mut total = S::sum(sum);
        while i < len {
            total += *a.add(i) * *b.add(i);
            i += 1;
        }
        total
    }
}

/// Replaces scores by e^(score − largest) and returns their sum.
#[inline(always)]
unsafe fn exponentials<S: Simd>(scores: &mut [f32], largest: f32) -> f32 {
    unsafe {
        let shift = S::splat(-largest);
        let mut sum = S::splat(0.0);
        for chunk in scores.chunks_exact_mut(S::LANES) {
            let e = S::exp(S::add(S::load(chunk.as_ptr()), shift));
            S::store(chunk.as_mut_ptr(), e);
            sum = S::add(sum, e);
        }
        S::sum(sum)
    }
}

/// out += Σ scoreᵢ · valueᵢ, each vector of outputs kept in a register over all keys.
#[inline(always)]
unsafe fn weigh<S: Simd>(
    scores: &[f32],
    list: &[u32],
    values: &[f32],
    stride: usize,
    offset: usize,
    out: &mut [f32],
) {
    unsafe {
        let mut column = 0;
        while column + 2 * S::LANES <= out.len() {
            let mut sums = [S::splat(0.0); 2];
            for (&score, &entry) in scores.iter().zip(list) {
                let slot = (entry & !BIASED) as usize;
                let value = values.as_ptr().add(slot * stride + offset + column);
                let score = S::splat(score);
                sums[0] = S::mul_add(score, S::load(value), sums[0]);
                sums[1] = S::mul_add(score, S::load(value.add(S::LANES)), sums[1]);
            }
            S::store(out.as_mut_ptr().add(column), sums[0]);
            S::store(out.as_mut_ptr().add(column + S::LANES), sums[1]);
            column += 2 * S::LANES;
        }
        while column < out.len() {
            let mut sum = 0.0;
            for (&score, &entry) in scores.iter().zip(list) {
                let slot = (entry & !BIASED) as usize;
                sum += score * values[slot * stride + offset + column];
            }
            out[column] = sum;
            column += 1;
        }
    }
}
