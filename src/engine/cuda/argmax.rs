//! From rows of logits on the device to the best tokens on the host.

use cudarc::driver::{PinnedHostSlice, result};

use super::device::{Address, Buffer, Device};
use super::functions::Functions;
use super::upload::pinned;
use crate::engine::argmax::{Fuse, Group, TOP, TopTokens};
use crate::engine::draw::Draw;
use crate::engine::error::EngineError;

/// Logits of one block: `ARGMAX_PART` in `argmax.cu`.
const PART: usize = 4096;
/// Words of one group's result: ids, values, largest, ln Σ.
const RESULT: usize = 2 * TOP + 2;
/// Words of a draw: `Draw` in `argmax.cu`.
const DRAW: usize = 5;

/// Buffers of [`Argmax::choose`].
pub(super) struct Argmax {
    host: PinnedHostSlice<u32>,
    device: Buffer,
}

impl Argmax {
    pub fn new(device: &Device) -> Result<Argmax, EngineError> {
        let words = 1 << 16;
        Ok(Argmax {
            host: pinned(device, words)?,
            device: Buffer::new(device, 4 * words)?,
        })
    }

    /// One choice per group of rows of `logits` `[rows, vocabulary]`, `None` where a logit of the group is not finite.
    /// Waits for the device.
    pub fn argmax(
        &mut self,
        device: &Device,
        functions: &Functions,
        logits: Address,
        vocabulary: usize,
        groups: &[Group<'_>],
    ) -> Result<Vec<Option<TopTokens>>, EngineError> {
        let count = groups.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let parts = vocabulary.div_ceil(PART);
        let rows = groups.iter().map(|group| group.rows.end).max().unwrap_or(0);
        let weights: usize = groups
            .iter()
            .map(|group| match group.fuse {
                Fuse::Weighted(weights) => weights.len(),
                Fuse::Drawn(_) => DRAW,
                _ => 0,
            })
            .sum();
        // Words: groups, weights | results, parts' candidates and sums, rows' sums, pairs at even words.
        let results_at = (4 * count + weights).next_multiple_of(2);
        let best_at = results_at + RESULT * count;
        let sums_at = best_at + 2 * TOP * parts * count;
        let row_sums_at = sums_at + 2 * parts * count;
        let words = row_sums_at + 2 * rows;
        if 4 * words > self.device.bytes() {
            let words = words.next_power_of_two();
            self.host = pinned(device, words)?;
            self.device = Buffer::new(device, 4 * words)?;
        }
        let host = self.host.as_mut_slice()?;
        let mut weight_at = 0;
        let mut put = |words: &mut dyn Iterator<Item = u32>| {
            let first = weight_at;
            for word in words {
                host[4 * count + weight_at] = word;
                weight_at += 1;
            }
            first as u32
        };
        let mut kinds = Vec::with_capacity(count);
        for group in groups {
            kinds.push(match group.fuse {
                Fuse::Mean => (0, 0),
                Fuse::Max => (1, 0),
                Fuse::MeanProbability => (3, 0),
                Fuse::Weighted(weights) => (2, put(&mut weights.iter().map(|of| of.to_bits()))),
                Fuse::Drawn(draw) => (4, put(&mut in_words(draw).into_iter())),
            });
        }
        for (at, (group, (kind, first))) in groups.iter().zip(kinds).enumerate() {
            let (start, len) = (group.rows.start as u32, group.rows.len() as u32);
            host[4 * at..][..4].copy_from_slice(&[start, len, kind, first]);
        }
        let at = |words: usize| self.device.address().plus(4 * words);
        let stream = device.stream.cu_stream();
        // SAFETY: the areas lie in `device` as laid out above; the host's words stay until the end of this call.
        unsafe {
            result::memcpy_htod_async(at(0).0, &host[..results_at], stream)?;
            let probabilities = [Fuse::Max, Fuse::MeanProbability];
            if groups
                .iter()
                .any(|group| probabilities.contains(&group.fuse))
            {
                let arguments = [logits.into(), at(row_sums_at).into(), vocabulary.into()];
                device.launch(&functions.sum_rows, (rows, 1, 1), 1024, 0, &arguments)?;
            }
            let cuts = |group: &Group<'_>| match group.fuse {
                Fuse::Drawn(draw) => draw.top_p < 1.0,
                _ => false,
            };
            if groups.iter().any(cuts) {
                let arguments = [
                    logits.into(),
                    at(0).into(),
                    at(4 * count).into(),
                    vocabulary.into(),
                ];
                device.launch(&functions.nucleus, (count, 1, 1), 1024, 0, &arguments)?;
            }
            let arguments = [
                logits.into(),
                at(0).into(),
                at(4 * count).into(),
                at(row_sums_at).into(),
                at(best_at).into(),
                at(sums_at).into(),
                vocabulary.into(),
            ];
            device.launch(
                &functions.argmax_parts,
                (count, parts, 1),
                256,
                0,
                &arguments,
            )?;
            let arguments = [
                logits.into(),
                at(0).into(),
                at(best_at).into(),
                at(sums_at).into(),
                at(results_at).into(),
                parts.into(),
                vocabulary.into(),
            ];
            device.launch(&functions.merge_argmax, (count, 1, 1), 128, 0, &arguments)?;
            let results = &mut host[results_at..best_at];
            result::memcpy_dtoh_async(results, at(results_at).0, stream)?;
        }
        device.stream.synchronize()?;
        Ok(host[results_at..best_at]
            .chunks_exact(RESULT)
            .zip(groups)
            .map(|(result, group)| choice(result, group.fuse))
            .collect())
    }
}

/// A draw as the kernels read it; the least logit is found there where `top_p` asks for it.
fn in_words(draw: Draw) -> [u32; DRAW] {
    [
        draw.key as u32,
        (draw.key >> 32) as u32,
        draw.temperature.recip().to_bits(),
        draw.top_p.to_bits(),
        f32::NEG_INFINITY.to_bits(),
    ]
}

/// Reads one group's result. Where a logit is not finite, neither is the logarithm of the sum.
fn choice(result: &[u32], fuse: Fuse<'_>) -> Option<TopTokens> {
    let value = |at: usize| f32::from_bits(result[at]);
    let (largest, log_sum) = (value(2 * TOP), value(2 * TOP + 1));
    if !log_sum.is_finite() {
        return None;
    }
    let top: Vec<(u32, f32)> = (0..TOP)
        .map(|place| (result[place], value(TOP + place)))
        .take_while(|(id, _)| *id != u32::MAX)
        .collect();
    let probability = |value: f32| match fuse {
        Fuse::Max | Fuse::MeanProbability => value,
        _ => (value - largest - log_sum).exp(),
    };
    Some(TopTokens {
        probabilities: top.iter().map(|(_, value)| probability(*value)).collect(),
        top,
    })
}
