//! Attention of packed rows over keys in scattered slots.

use rayon::prelude::*;

use super::simd::{Isa, Simd, dispatch};
use crate::engine::cached::batch::{BIASED, Batch, Temper};

/// Rows of one task.
const TASK_ROWS: usize = 4;
/// Heads of one group that are worked on together, and keys.
const MEMBERS: usize = 4;
const KEYS: usize = 4;
/// Lanes of the widest vector.
const MOST_LANES: usize = 16;

/// Sizes of one attention layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
}

/// How scores follow from q kᵀ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scores {
    pub scale: f32,
    /// Bent to c · tanh(s / c) after that.
    pub softcap: Option<f32>,
}

/// Softmax attention of the listed rows: `out[i]` for `rows[i]`, each over its own list of keys.
///
/// `queries` `[all rows, stride]` with the query heads first in each row; `keys`, `values`
/// `[slots, kv_heads · head_dim]`; `sinks` `[heads]`; `out` `[rows, heads · head_dim]`. A row without keys gets 0.
/// A row's result depends on nothing but its own query and list.
#[allow(clippy::too_many_arguments)]
pub(crate) fn attend(
    isa: Isa,
    shape: Shape,
    how: Scores,
    sinks: Option<&[f32]>,
    batch: &Batch,
    slides: bool,
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
            let list = batch.keys_of(row, slides);
            scores.resize(MEMBERS * padded(list.len()), 0.0);
            let one = Row {
                shape,
                how,
                sinks,
                list,
                bias: batch.bias[row],
                temper: batch.temper_of(row, slides),
                query: &queries[row * stride..][..width],
                keys,
                values,
                scores: &mut scores,
                out,
            };
            attend_row(isa, one);
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
    how: Scores,
    /// Per head the score of one key more, whose value is 0.
    sinks: Option<&'a [f32]>,
    list: &'a [u32],
    bias: f32,
    temper: Option<(&'a [f32], Temper)>,
    query: &'a [f32],
    keys: &'a [f32],
    values: &'a [f32],
    /// `[MEMBERS, keys]`, keys [`padded`].
    scores: &'a mut [f32],
    out: &'a mut [f32],
}

/// So many keys rounded up to whole vectors.
fn padded(keys: usize) -> usize {
    keys.next_multiple_of(MOST_LANES)
}

dispatch!(fn attend_row(row: Row<'_>) => row_kernel);

/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn row_kernel<S: Simd>(mut row: Row<'_>) {
    let Shape {
        heads, kv_heads, ..
    } = row.shape;
    if row.list.is_empty() {
        row.out.fill(0.0);
        return;
    }
    let group = heads / kv_heads;
    for kv_head in 0..kv_heads {
        for first in (0..group).step_by(MEMBERS) {
            let first_head = kv_head * group + first;
            // SAFETY: up to four heads of this group, which read this key head.
            unsafe {
                match group - first {
                    1 => some_heads::<S, 1>(&mut row, kv_head, first_head),
                    2 => some_heads::<S, 2>(&mut row, kv_head, first_head),
                    3 => some_heads::<S, 3>(&mut row, kv_head, first_head),
                    _ => some_heads::<S, MEMBERS>(&mut row, kv_head, first_head),
                }
            }
        }
    }
}

/// `N` heads that read the same keys and values, so that each of these is loaded once for all of them.
///
/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn some_heads<S: Simd, const N: usize>(row: &mut Row<'_>, kv_head: usize, first: usize) {
    let Shape {
        kv_heads, head_dim, ..
    } = row.shape;
    let stride = kv_heads * head_dim;
    let padded = padded(row.list.len());
    let scores = &mut row.scores[..N * padded];
    let query = &row.query[first * head_dim..(first + N) * head_dim];
    let out = &mut row.out[first * head_dim..(first + N) * head_dim];
    let head = kv_head * head_dim..(kv_head + 1) * head_dim;
    let of_slot =
        |all: &[f32], entry: u32| all[(entry & !BIASED) as usize * stride..][head.clone()].as_ptr();
    // SAFETY: `of_slot` checks that the head's elements are there; rows of scores hold whole vectors.
    unsafe {
        for (block, entries) in row.list.chunks(KEYS).enumerate() {
            // The last block is filled up with its first key; those scores are overwritten.
            let keys = std::array::from_fn(|i| {
                of_slot(row.keys, entries.get(i).copied().unwrap_or(entries[0]))
            });
            let dots = dots::<S, N>(query.as_ptr(), keys, head_dim);
            for (scores, dots) in scores.chunks_exact_mut(padded).zip(dots) {
                scores[block * KEYS..][..KEYS].copy_from_slice(&dots);
            }
        }
        let mut norms = [0.0; N];
        let heads = scores.chunks_exact_mut(padded).zip(&mut norms).zip(first..);
        for ((scores, norm), head) in heads {
            let sink = row.sinks.map(|sinks| sinks[head]);
            *norm = 1.0 / softmax::<S>(scores, row.list, row.bias, row.temper, row.how, sink);
        }
        let of_entry = |entry| of_slot(row.values, entry);
        weigh::<S, N>(
            scores,
            row.list,
            of_entry,
            norms,
            head_dim,
            out.as_mut_ptr(),
        );
    }
}

/// Four keys times `N` queries: `[query][key]`. `query` is `[N, len]`.
///
/// # Safety
/// Needs the instruction set of `S`, `N · len` elements of the query and `len` of each key.
#[inline(always)]
unsafe fn dots<S: Simd, const N: usize>(
    query: *const f32,
    keys: [*const f32; KEYS],
    len: usize,
) -> [[f32; KEYS]; N] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[S::splat(0.0); KEYS]; N];
        let whole = len - len % S::LANES;
        for i in (0..whole).step_by(S::LANES) {
            let mut vectors = [S::splat(0.0); KEYS];
            for (vector, key) in vectors.iter_mut().zip(keys) {
                *vector = S::load(key.add(i));
            }
            for (n, sums) in sums.iter_mut().enumerate() {
                let query = S::load(query.add(n * len + i));
                for (sum, key) in sums.iter_mut().zip(vectors) {
                    *sum = S::mul_add(query, key, *sum);
                }
            }
        }
        let mut totals = [[0.0; KEYS]; N];
        for (totals, sums) in totals.iter_mut().zip(sums) {
            *totals = S::sums(sums);
        }
        for i in whole..len {
            for (n, totals) in totals.iter_mut().enumerate() {
                for (total, key) in totals.iter_mut().zip(keys) {
                    *total += *query.add(n * len + i) * *key.add(i);
                }
            }
        }
        totals
    }
}

/// Scales and biases the scores of one head, replaces them by e^(score − largest) and returns their sum, a sink's
/// included. What is behind the last key becomes 0.
///
/// # Safety
/// Needs the instruction set of `S`; `scores` are whole vectors.
#[inline(always)]
unsafe fn softmax<S: Simd>(
    scores: &mut [f32],
    list: &[u32],
    bias: f32,
    temper: Option<(&[f32], Temper)>,
    how: Scores,
    sink: Option<f32>,
) -> f32 {
    let scale = match how.softcap {
        None => how.scale,
        Some(cap) => {
            let bend = |score: &mut f32| *score = cap * (*score * how.scale / cap).tanh();
            scores[..list.len()].iter_mut().for_each(bend);
            1.0
        }
    };
    scores[list.len()..].fill(f32::NEG_INFINITY);
    // SAFETY: whole vectors, see `padded`.
    unsafe {
        let (factor, zero) = (S::splat(scale), S::splat(0.0));
        let mut largest = S::splat(f32::NEG_INFINITY);
        for chunk in scores.chunks_exact_mut(S::LANES) {
            let scaled = S::mul_add(S::load(chunk.as_ptr()), factor, zero);
            S::store(chunk.as_mut_ptr(), scaled);
            largest = S::max(largest, scaled);
        }
        let mut lanes = [f32::NEG_INFINITY; MOST_LANES];
        S::store(lanes.as_mut_ptr(), largest);
        let mut largest = lanes.into_iter().fold(f32::NEG_INFINITY, f32::max);
        if let Some((added, temper)) = temper {
            largest = tempered(scores, list, added, temper);
        } else if bias != 0.0 {
            largest = f32::NEG_INFINITY;
            for (score, &entry) in scores.iter_mut().zip(list) {
                *score += if entry & BIASED == 0 { 0.0 } else { bias };
                largest = largest.max(*score);
            }
        }
        let Some(sink) = sink else {
            return exponentials::<S>(scores, largest);
        };
        let largest = largest.max(sink);
        exponentials::<S>(scores, largest) + (sink - largest).exp()
    }
}

/// Tempers the scaled scores of marked keys and returns the largest of all.
fn tempered(scores: &mut [f32], list: &[u32], added: &[f32], temper: Temper) -> f32 {
    let Temper {
        temperature,
        excess,
        ..
    } = temper;
    let marked = |entry: u32| entry & BIASED != 0;
    let scores = &mut scores[..list.len()];
    let mut top = f32::NEG_INFINITY;
    for ((score, &entry), added) in scores.iter_mut().zip(list).zip(added) {
        if marked(entry) {
            *score = *score / temperature + added;
            top = top.max(*score);
        }
    }
    if excess != 0.0 && top > f32::NEG_INFINITY {
        let of_marked = scores.iter().zip(list).filter(|(_, entry)| marked(**entry));
        let sum: f32 = of_marked.map(|(score, _)| (score - top).exp()).sum();
        let more = excess * (top + sum.ln());
        for (score, _) in scores
            .iter_mut()
            .zip(list)
            .filter(|(_, entry)| marked(**entry))
        {
            *score += more;
        }
    }
    scores.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Replaces scores by e^(score − largest) and returns their sum.
///
/// # Safety
/// Needs the instruction set of `S`; `scores` are whole vectors.
#[inline(always)]
unsafe fn exponentials<S: Simd>(scores: &mut [f32], largest: f32) -> f32 {
    // SAFETY: the caller's promise.
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

/// `out[n] = norm[n] · Σ score[n][i] · value[i]`: two vectors of outputs per head stay in registers over all keys.
///
/// # Safety
/// Needs the instruction set of `S`, `len` elements behind what `of_entry` gives and `N · len` of `out`; `scores` are `N`
/// rows of at least as many as the list has.
#[inline(always)]
unsafe fn weigh<S: Simd, const N: usize>(
    scores: &[f32],
    list: &[u32],
    of_entry: impl Fn(u32) -> *const f32,
    norms: [f32; N],
    len: usize,
    out: *mut f32,
) {
    let padded = scores.len() / N;
    // SAFETY: the caller's promise.
    unsafe {
        let zero = S::splat(0.0);
        let whole = len - len % (2 * S::LANES);
        for column in (0..whole).step_by(2 * S::LANES) {
            let mut sums = [[zero; 2]; N];
            for (i, &entry) in list.iter().enumerate() {
                let value = of_entry(entry).add(column);
                let (low, high) = (S::load(value), S::load(value.add(S::LANES)));
                for (n, sums) in sums.iter_mut().enumerate() {
                    let score = S::splat(*scores.get_unchecked(n * padded + i));
                    sums[0] = S::mul_add(score, low, sums[0]);
                    sums[1] = S::mul_add(score, high, sums[1]);
                }
            }
            for (n, (sums, norm)) in sums.into_iter().zip(norms).enumerate() {
                let norm = S::splat(norm);
                let out = out.add(n * len + column);
                S::store(out, S::mul_add(sums[0], norm, zero));
                S::store(out.add(S::LANES), S::mul_add(sums[1], norm, zero));
            }
        }
        for column in whole..len {
            for (n, norm) in norms.into_iter().enumerate() {
                let weighted = list.iter().zip(&scores[n * padded..]);
                let sum: f32 = weighted
                    .map(|(&entry, score)| score * *of_entry(entry).add(column))
                    .sum();
                *out.add(n * len + column) = sum * norm;
            }
        }
    }
}
