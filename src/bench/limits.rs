//! How fast the hardware could be: from bytes and floating-point operations.

use super::workload::Sample;
use crate::model::Config;

/// What a device was seen to reach, and by what: operations per second, and bytes per second; of a copy, bytes read and
/// written are both counted.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Ceilings {
    pub flops: f64,
    pub flops_by: &'static str,
    pub bytes: f64,
    pub bytes_by: &'static str,
}

/// How many bytes a weight takes, and a number of a key or value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Widths {
    pub weight: f64,
    pub kept: f64,
}

/// What one pass of a model costs.
pub(super) struct Costs {
    /// Operations of a row: what every row of a prompt needs, what only those need on top that go on to the end, and those
    /// of a row of logits.
    row: f64,
    last: f64,
    logits: f64,
    /// Bytes of all weights that a pass reads.
    pub weights: f64,
    /// Bytes of one token's keys and values.
    token: f64,
}

impl Costs {
    pub fn new(config: &Config, bytes: Widths) -> Costs {
        let head = config.vocab_size * config.hidden_size;
        let embeddings = if config.tied_embeddings {
            head
        } else {
            2 * head
        };
        let layers = config.parameters() - embeddings;
        let token = 2 * config.layers * config.kv_heads * config.head_dim;
        // In the last layer a row that nothing follows from needs its key and value alone.
        let key_and_value = 2 * config.kv_heads * config.head_dim * config.hidden_size;
        let last = layers / config.layers - key_and_value;
        Costs {
            row: 2.0 * (layers - last) as f64,
            last: 2.0 * last as f64,
            logits: 2.0 * head as f64,
            weights: (layers + head) as f64 * bytes.weight,
            token: token as f64 * bytes.kept,
        }
    }

    /// Seconds that a run could take: the products of every row that must be computed, or where that takes longer,
    /// every weight read once per pass and every key and value read once per step; in decoding, what is shared
    /// between facts counts once. Logits are summed before the output matrix, which is then multiplied once per choice.
    /// The operations of attention and the small steps count as nothing.
    pub fn limit(&self, sample: &Sample, batches: usize, steps: usize, on: Ceilings) -> f64 {
        let batches = batches as f64;
        let computed = sample.computed as f64 / batches;
        let sequences = sample.sequences as f64 / batches;
        let choices = sample.choices as f64 / batches;
        let time = |rows: f64, kept: f64| {
            let flops = rows * self.row + sequences * self.last + choices * self.logits;
            let bytes = self.weights + kept * self.token;
            (flops / on.flops).max(bytes / on.bytes)
        };
        let decoding: f64 = (1..steps)
            .map(|step| time(sequences, computed + sequences * step as f64))
            .sum();
        batches * (time(computed, 0.0) + decoding)
    }
}
