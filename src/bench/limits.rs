//! How fast the hardware could be: from bytes and floating-point operations.

use super::workload::Sample;
use crate::model::Config;

/// What a device was seen to reach: operations per second of a large matrix product, bytes per second of a large
/// copy, read and written both counted.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Ceilings {
    pub flops: f64,
    pub bytes: f64,
}

/// What one pass of a model costs.
pub(super) struct Costs {
    /// Operations per row in the layers, and per row of logits.
    row: f64,
    logits: f64,
    /// Bytes of all weights that a pass reads.
    weights: f64,
    /// Bytes of one token's keys and values.
    token: f64,
}

impl Costs {
    pub fn new(config: &Config, element_bytes: usize) -> Costs {
        let head = config.vocab_size * config.hidden_size;
        let embeddings = if config.tied_embeddings {
            head
        } else {
            2 * head
        };
        let layers = config.parameters() - embeddings;
        let token = 2 * config.layers * config.kv_heads * config.head_dim;
        Costs {
            row: 2.0 * layers as f64,
            logits: 2.0 * head as f64,
            weights: ((layers + head) * element_bytes) as f64,
            token: (token * element_bytes) as f64,
        }
    }

    /// Seconds that a run could take: the products of every row that must be computed, or where that takes longer,
    /// every weight read once per pass and every key and value read once per step; in decoding, what is shared
    /// between facts counts once. The operations of attention and the small steps count as nothing.
    pub fn limit(&self, sample: &Sample, batches: usize, steps: usize, on: Ceilings) -> f64 {
        let time = |rows: f64, emitting: f64, kept: f64| {
            let flops = rows * self.row + emitting * self.logits;
            let bytes = self.weights + kept * self.token;
            (flops / on.flops).max(bytes / on.bytes)
        };
        let batches = batches as f64;
        let computed = sample.computed as f64 / batches;
        let sequences = sample.sequences as f64 / batches;
        let decoding: f64 = (1..steps)
            .map(|step| time(sequences, sequences, computed + sequences * step as f64))
            .sum();
        batches * (time(computed, sequences, 0.0) + decoding)
    }
}
