//! Who may read whom, as numbers that are added to scores.

use candle_core::{D, Device, Tensor};

use crate::layout::Layout;

/// The mask as numbers.
pub(super) struct Mask {
    /// `[rows, keys]`: 0 or the bias where a row reads a key, else −∞; 0 throughout for a row that reads nothing.
    pub added: Tensor,
    /// `[rows, 1]`: 0 for a row that reads nothing, else 1.
    pub kept: Tensor,
    pub tempered: Option<Tempered>,
}

/// Where and how temperature T and scale S change scores.
pub(super) struct Tempered {
    /// `[rows, keys]`: 1 where a fusing row reads a key in a segment, else 0.
    fused: Tensor,
    /// 1/T where `fused` is 1, else 1.
    factor: Tensor,
    /// S · T − 1.
    excess: f64,
}

impl Tempered {
    /// c = s / T + `added`, then c + (S · T − 1) · ln Σ exp c over the fused keys. `scores` `[1, heads, rows, keys]`.
    pub fn apply(&self, scores: &Tensor, added: &Tensor) -> candle_core::Result<Tensor> {
        let changed = scores.broadcast_mul(&self.factor)?.broadcast_add(added)?;
        // Far below every score, and yet finite: rows without fused keys get a number that is not used.
        let apart = ((&self.fused - 1.0)? * 1e9)?;
        let fused = scores
            .broadcast_mul(&self.factor)?
            .broadcast_add(&self.fused.mul(&added.maximum(-1e9)?)?)?
            .broadcast_add(&apart)?;
        let mass = (fused.log_sum_exp(D::Minus1)?.unsqueeze(D::Minus1)? * self.excess)?;
        changed + mass.broadcast_mul(&self.fused)?
    }
}

impl Mask {
    /// Rows read no further back than `window`.
    pub fn new(
        layout: &Layout,
        count: usize,
        window: Option<usize>,
        device: &Device,
    ) -> candle_core::Result<Mask> {
        let mut added = vec![f32::NEG_INFINITY; count * count];
        let mut kept = vec![1.0f32; count];
        let mut fused = vec![0.0f32; count * count];
        for row in 0..count {
            let line = &mut added[row * count..(row + 1) * count];
            let keys: Vec<usize> = layout.visible_in(row, window).keys().collect();
            if keys.is_empty() {
                line.fill(0.0);
                kept[row] = 0.0;
            }
            let fuses = layout.fuses(row);
            for key in keys {
                if fuses && let Some(owner) = layout.owner.get(key).copied().flatten() {
                    line[key] = layout.biases()[owner as usize];
                    fused[row * count + key] = 1.0;
                } else {
                    line[key] = 0.0;
                }
            }
        }
        let options = layout.options();
        let (t, s) = (options.temperature.get(), options.scale.get());
        let tempered = if (t, s) == (1.0, 1.0) {
            None
        } else {
            let fused = Tensor::from_vec(fused, (count, count), device)?;
            Some(Tempered {
                factor: ((&fused * f64::from(1.0 / t - 1.0))? + 1.0)?,
                fused,
                excess: f64::from(s * t - 1.0),
            })
        };
        Ok(Mask {
            tempered,
            added: Tensor::from_vec(added, (count, count), device)?,
            kept: Tensor::from_vec(kept, (count, 1), device)?,
        })
    }
}
