//! The small steps between matrix products, row by row, in f32.

use rayon::prelude::*;

use super::simd::{Isa, Simd, dispatch};
use crate::engine::cached::batch::Batch;
use crate::model::{Activation, Growth};

/// Rows of one task.
const TASK_ROWS: usize = 16;

/// `out[r] = x[r] · weight / rms(x[r])`; `x`, `out` `[rows, width]`.
pub(crate) fn rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let width = weight.len();
    let rows = |(x, out): (&[f32], &mut [f32])| {
        for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            norm_row(x, weight, eps, out);
        }
    };
    if x.len() <= TASK_ROWS * width {
        rows((x, out));
    } else {
        x.par_chunks(TASK_ROWS * width)
            .zip(out.par_chunks_mut(TASK_ROWS * width))
            .for_each(rows);
    }
}

fn norm_row(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let scale = inverse_rms(x, eps);
    for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
        *out = x * scale * weight;
    }
}

/// 1 / √(mean square + eps); summed in 16 lanes so that the compiler can use vectors.
fn inverse_rms(x: &[f32], eps: f32) -> f32 {
    let mut sums = [0.0f32; 16];
    let chunks = x.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().map(|v| v * v).sum();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value * value;
        }
    }
    let total: f32 = sums.iter().sum::<f32>() + rest;
    1.0 / (total / x.len() as f32 + eps).sqrt()
}

/// `out[r] = activation(gate[r]) · up[r]`; `gate_up` `[rows, 2 · width]`, gate first; `out` `[rows, width]`.
pub(crate) fn gate(
    isa: Isa,
    activation: Activation,
    gate_up: &[f32],
    width: usize,
    out: &mut [f32],
) {
    let rows = |(gate_up, out): (&[f32], &mut [f32])| {
        for (both, out) in gate_up
            .chunks_exact(2 * width)
            .zip(out.chunks_exact_mut(width))
        {
            let (gate, up) = both.split_at(width);
            match activation {
                Activation::Silu => swiglu_row(isa, gate, up, out),
                Activation::GeluTanh => geglu_row(gate, up, out),
                Activation::Clamped => clamped_row(gate, up, out),
            }
        }
    };
    gate_up
        .par_chunks(2 * TASK_ROWS * width)
        .zip(out.par_chunks_mut(TASK_ROWS * width))
        .for_each(rows);
}

dispatch!(fn swiglu_row(gate: &[f32], up: &[f32], out: &mut [f32]) => swiglu_kernel);

/// silu(x) = x / (1 + e⁻ˣ) = x · e^min(x, 0) / (1 + e^−|x|), which raises e to nothing above 0.
///
/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn swiglu_kernel<S: Simd>(gate: &[f32], up: &[f32], out: &mut [f32]) {
    assert!(gate.len() == out.len() && up.len() == out.len());
    let whole = out.len() - out.len() % S::LANES;
    // SAFETY: `gate` and `up` are as long as `out`.
    unsafe {
        let (zero, one, minus) = (S::splat(0.0), S::splat(1.0), S::splat(-1.0));
        for i in (0..whole).step_by(S::LANES) {
            let x = S::load(gate.as_ptr().add(i));
            let negated = S::mul_add(x, minus, zero);
            let above = S::exp(S::mul_add(S::max(negated, zero), minus, zero));
            let below = S::add(S::exp(S::mul_add(S::max(x, negated), minus, zero)), one);
            let product = S::mul_add(x, S::load(up.as_ptr().add(i)), zero);
            let silu = S::div(S::mul_add(product, above, zero), below);
            S::store(out.as_mut_ptr().add(i), silu);
        }
    }
    for ((out, gate), up) in out.iter_mut().zip(gate).zip(up).skip(whole) {
        *out = gate / (1.0 + (-gate).exp()) * up;
    }
}

/// GELU by its tanh form: x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).
fn geglu_row(gate: &[f32], up: &[f32], out: &mut [f32]) {
    const ROOT: f32 = std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2;
    for ((out, x), up) in out.iter_mut().zip(gate).zip(up) {
        *out = 0.5 * x * (1.0 + (ROOT * (x + 0.044715 * x * x * x)).tanh()) * up;
    }
}

/// Gate and up projection kept within bounds, see [`Activation::Clamped`].
fn clamped_row(gate: &[f32], up: &[f32], out: &mut [f32]) {
    const LIMIT: f32 = Activation::LIMIT;
    for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
        let (gate, up) = (gate.min(LIMIT), up.clamp(-LIMIT, LIMIT));
        *out = gate / (1.0 + (-Activation::ALPHA * gate).exp()) * (up + 1.0);
    }
}

/// Norms of queries and keys.
pub(crate) struct HeadNorms<'a> {
    pub query: &'a [f32],
    pub key: &'a [f32],
    pub eps: f32,
    /// Over all heads together, weights `[heads · head_dim]`; else over each, weights `[head_dim]`.
    pub all: bool,
}

/// Sizes of one row of fused projections: query heads, then key heads, then value heads.
#[derive(Clone, Copy)]
pub(crate) struct Projected {
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
}

/// Normalises (where asked) and rotates queries and keys in place; queries grow with their position where they do.
///
/// `qkv` `[rows, (heads + 2 kv_heads) · head_dim]`; `turns` holds (sin, cos) `[positions, head_dim / 2]`. The
/// halves of a head are rotated against each other, as in the hub's Llama and Qwen checkpoints.
pub(crate) fn rotate(
    qkv: &mut [f32],
    shape: Projected,
    batch: &Batch,
    turns: &[(f32, f32)],
    growth: Option<Growth>,
    norms: Option<&HeadNorms<'_>>,
) {
    let Projected {
        heads,
        kv_heads,
        head_dim,
    } = shape;
    let width = (heads + 2 * kv_heads) * head_dim;
    qkv.par_chunks_mut(width * TASK_ROWS)
        .zip(batch.positions.par_chunks(TASK_ROWS))
        .for_each(|(rows, positions)| {
            let half = head_dim / 2;
            let mut plain = vec![0.0; head_dim];
            for (row, &position) in rows.chunks_exact_mut(width).zip(positions) {
                let turn = &turns[position as usize * half..][..half];
                if let Some(norms) = norms.filter(|norms| norms.all) {
                    let (queries, rest) = row.split_at_mut(heads * head_dim);
                    for (part, weight) in [
                        (queries, norms.query),
                        (&mut rest[..kv_heads * head_dim], norms.key),
                    ] {
                        let plain = part.to_vec();
                        norm_row(&plain, weight, norms.eps, part);
                    }
                }
                for (i, head) in row[..(heads + kv_heads) * head_dim]
                    .chunks_exact_mut(head_dim)
                    .enumerate()
                {
                    if let Some(norms) = norms.filter(|norms| !norms.all) {
                        let weight = if i < heads { norms.query } else { norms.key };
                        plain.copy_from_slice(head);
                        norm_row(&plain, weight, norms.eps, head);
                    }
                    let (low, high) = head.split_at_mut(half);
                    for ((low, high), (sin, cos)) in low.iter_mut().zip(high).zip(turn) {
                        (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
                    }
                }
                if let Some(growth) = growth {
                    let by = growth.at(position);
                    row[..heads * head_dim].iter_mut().for_each(|q| *q *= by);
                }
            }
        });
}

/// Copies the keys and values of every row into its slot; `keys`, `values` `[slots, kv_heads · head_dim]`.
pub(crate) fn store(
    qkv: &[f32],
    shape: Projected,
    slots: &[u32],
    keys: &mut [f32],
    values: &mut [f32],
) {
    let kv = shape.kv_heads * shape.head_dim;
    let skip = shape.heads * shape.head_dim;
    for (row, &slot) in qkv.chunks_exact(skip + 2 * kv).zip(slots) {
        let at = slot as usize * kv;
        keys[at..at + kv].copy_from_slice(&row[skip..skip + kv]);
        values[at..at + kv].copy_from_slice(&row[skip + kv..]);
    }
}
