//! Rows packed without padding: what the kernels read.

use std::sync::Arc;

use super::common::Common;
use crate::engine::blend::Blending;
use crate::layout::Layout;

/// In a list of keys, marks a slot whose score gets the row's bias.
pub(crate) const BIASED: u32 = 1 << 31;

/// How the scores s of a row's marked keys change: c = s / T + added, then c + excess · ln Σ exp c over these keys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Temper {
    /// Where in [`Batch::added`] the numbers of the row's keys begin, one per key.
    pub added: u32,
    pub temperature: f32,
    /// S · T − 1.
    pub excess: f32,
}

/// The same for all fusing rows of a sequence, by the keys that they read in its prompt.
pub(crate) struct Tempered {
    added: Vec<f32>,
    temperature: f32,
    excess: f32,
}

impl Tempered {
    /// `keys`: ascending, without generated tokens.
    pub fn of(layout: &Layout, keys: impl Iterator<Item = usize>) -> Self {
        let added = |key: usize| layout.owner[key].map_or(0.0, |of| layout.biases()[of as usize]);
        let (t, s) = (layout.options().temperature, layout.options().scale);
        Tempered {
            added: keys.map(added).collect(),
            temperature: t.get(),
            excess: s.get() * t.get() - 1.0,
        }
    }
}

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
    /// How many of them, from the first, lie too far back for layers with a sliding window.
    pub far: Vec<u32>,
    /// Added to the scores of keys marked [`BIASED`].
    pub bias: Vec<f32>,
    /// Of rows whose scores on marked keys change by more than their bias, which is 0 then.
    pub tempers: Vec<Option<Temper>>,
    /// What [`Temper::added`] points into.
    pub added: Vec<f32>,
    /// Slots, possibly marked. Rows may share ranges.
    pub keys: Vec<u32>,
    /// Rows whose logits are wanted, ascending.
    pub emit: Vec<u32>,
    /// What the rows read in common, where the device goes by that: their lists are then those of what came after it.
    pub common: Option<Arc<Common>>,
    /// What is mixed of these rows inside the model.
    pub blending: Option<Blending>,
}

impl Batch {
    /// Rows that read nothing and all emit, for steps that need no token.
    pub fn blank(rows: usize) -> Self {
        Batch {
            tokens: vec![0; rows],
            positions: vec![0; rows],
            slots: vec![0; rows],
            reads: vec![(0, 0); rows],
            far: vec![0; rows],
            bias: vec![0.0; rows],
            tempers: vec![None; rows],
            emit: (0..rows as u32).collect(),
            ..Batch::default()
        }
    }

    pub fn rows(&self) -> usize {
        self.tokens.len()
    }

    /// Whether scores of some row change by more than its bias.
    pub fn is_tempered(&self) -> bool {
        self.tempers.iter().any(Option::is_some)
    }

    /// What a row reads in a layer, which slides or not.
    pub fn keys_of(&self, row: usize, slides: bool) -> &[u32] {
        let (start, end) = self.reads[row];
        let far = if slides { self.far[row] } else { 0 };
        &self.keys[(start + far) as usize..end as usize]
    }

    /// Says of the row that was put last how its marked keys' scores change, and how many keys it has.
    pub fn temper(&mut self, tempered: Option<(&Tempered, usize)>) {
        let temper = tempered.map(|(tempered, keys)| {
            let start = self.added.len();
            // A row in the prompt may read fewer keys than a later one, a generated row reads more.
            let known = tempered.added.len().min(keys);
            self.added.extend_from_slice(&tempered.added[..known]);
            self.added.resize(start + keys, 0.0);
            Temper {
                added: start as u32,
                temperature: tempered.temperature,
                excess: tempered.excess,
            }
        });
        self.tempers.push(temper);
    }

    /// What is added to the scores of a row's keys, and how it is tempered.
    pub fn temper_of(&self, row: usize, slides: bool) -> Option<(&[f32], Temper)> {
        let temper = self.tempers[row]?;
        let (all, kept) = (
            self.keys_of(row, false).len(),
            self.keys_of(row, slides).len(),
        );
        let added = &self.added[temper.added as usize..][all - kept..all];
        Some((added, temper))
    }

    pub fn clear(&mut self) {
        self.tokens.clear();
        self.positions.clear();
        self.slots.clear();
        self.reads.clear();
        self.far.clear();
        self.bias.clear();
        self.tempers.clear();
        self.added.clear();
        self.keys.clear();
        self.emit.clear();
        self.common = None;
        self.blending = None;
    }
}
