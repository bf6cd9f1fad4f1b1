//! Rows packed without padding: what the kernels read.

/// In a list of keys, marks a slot whose score gets the row's bias.
pub(crate) const BIASED: u32 = 1 << 31;

/// Rows of many sequences, one after the other.
#[derive(Debug, Default, Clone)]
pub(crate) struct Batch {
    /// Per row.
    pub tokens: Vec<u32>,
    pub positions: Vec<u32>,
    /// Where the row's key and value go.
    pub slots: Vec<u32>,
    /// The keys that the row reads, as a range of [`Batch::keys`].
    pub reads: Vec<(u32, u32)>,
    /// Added to the scores of keys marked [`BIASED`].
    pub bias: Vec<f32>,
    /// Slots, possibly marked. Rows may share ranges.
    pub keys: Vec<u32>,
    /// Rows whose logits are wanted, ascending.
    pub emit: Vec<u32>,
}

impl Batch {
    pub fn rows(&self) -> usize {
        self.tokens.len()
    }

    pub fn keys_of(&self, row: usize) -> &[u32] {
        let (start, end) = self.reads[row];
        &self.keys[start as usize..end as usize]
    }

    pub fn clear(&mut self) {
        self.tokens.clear();
        self.positions.clear();
        self.slots.clear();
        self.reads.clear();
        self.bias.clear();
        self.keys.clear();
        self.emit.clear();
    }
}
