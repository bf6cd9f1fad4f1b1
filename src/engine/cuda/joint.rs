//! Keys that many rows read in common, attended to for all of these rows at once.
//!
//! A row's attention is then made of parts, merged at the end: one per run of common keys, on tensor cores
//! (`attend_joint` in `tiles.cu`), and one of the keys that it alone reads (`attend_own` in `split.cu`). Without this a step
//! of 512 sequences would spend three fifths of its time on reading the same contexts again and again.

use super::Cuda;
use super::device::{Address, Argument};
use crate::engine::cached::batch::Batch;
use crate::engine::cached::common::Common;
use crate::engine::error::EngineError;

/// Memory that the parts of all rows may take; with more, every row reads its list by itself.
const MOST_BYTES: usize = 512 << 20;

/// A batch's attention in parts.
pub(super) struct Joint {
    /// Runs of common keys, then every row's own.
    pub keys: Vec<u32>,
    /// Per row its own among the keys.
    pub reads: Vec<(u32, u32)>,
    /// (first entry, entries, first key, keys): a block's worth of rows and keys.
    pub units: Vec<[u32; 4]>,
    /// (row, part) of a unit's rows.
    pub entries: Vec<[u32; 2]>,
    /// Per row the first of its parts, the last of which is of its own keys, and how many there are in all.
    pub parts: Vec<u32>,
}

impl Joint {
    /// What a batch's rows read in common, in units of at most `most` rows, and their own keys.
    pub fn of(common: &Common, batch: &Batch, most: usize) -> Joint {
        let mut parts = vec![1u32; batch.rows() + 1];
        parts[0] = 0;
        for run in &common.runs {
            for &row in &run.rows {
                parts[row as usize + 1] += 1;
            }
        }
        for row in 0..batch.rows() {
            parts[row + 1] += parts[row];
        }
        let mut next = parts.clone();
        let (mut units, mut entries) = (Vec::new(), Vec::new());
        for run in &common.runs {
            for rows in run.rows.chunks(most) {
                let unit = [entries.len(), rows.len(), run.keys.start, run.keys.len()];
                units.push(unit.map(|number| number as u32));
                for &row in rows {
                    let part = &mut next[row as usize];
                    entries.push([row, *part]);
                    *part += 1;
                }
            }
        }
        let mut keys = common.keys.clone();
        let mut reads = Vec::with_capacity(batch.rows());
        for row in 0..batch.rows() {
            let start = keys.len() as u32;
            keys.extend(&common.own[row]);
            keys.extend(batch.keys_of(row, false));
            reads.push((start, keys.len() as u32));
        }
        Joint {
            keys,
            reads,
            units,
            entries,
            parts,
        }
    }

    /// Parts of all rows.
    pub fn parts(&self) -> usize {
        self.parts[self.parts.len() - 1] as usize
    }

    /// Units, entries and parts as the kernels read them, one behind the other.
    pub fn words(&self) -> impl Iterator<Item = u32> {
        let units = self.units.iter().flatten();
        let entries = self.entries.iter().flatten();
        units.chain(entries).chain(&self.parts).copied()
    }

    /// How many words those are.
    pub fn len(&self) -> usize {
        4 * self.units.len() + 2 * self.entries.len() + self.parts.len()
    }
}

/// Where the parts of a [`Joint`] lie on the device.
#[derive(Debug, Clone, Copy)]
pub(super) struct JointFields {
    pub units: Address,
    pub unit_count: usize,
    pub entries: Address,
    pub parts: Address,
}

impl JointFields {
    /// Of words that begin at an address.
    pub fn at(words: Address, joint: &Joint) -> JointFields {
        let entries = words.plus(16 * joint.units.len());
        JointFields {
            units: words,
            unit_count: joint.units.len(),
            entries,
            parts: entries.plus(8 * joint.entries.len()),
        }
    }
}

impl Cuda {
    /// Whether there is room for so many parts of rows.
    pub(super) fn has_room_for(&self, parts: usize) -> bool {
        4 * parts * self.shape.heads * (self.shape.head_dim + 2) <= MOST_BYTES
    }

    /// Attention of all rows of the batch.
    pub(super) fn attend_in_parts(
        &self,
        layer: usize,
        sinks: Address,
        joint: JointFields,
    ) -> Result<(), EngineError> {
        self.attend_joint(layer, joint)?;
        let (keys, values) = self.arena.of(layer);
        let fields = &self.pass.fields;
        let arguments = [
            self.working.qkv.address().into(),
            keys.into(),
            values.into(),
            fields.lists.into(),
            fields.reads.into(),
            fields.bias.into(),
            joint.parts.into(),
            self.working.part_sums.address().into(),
            self.working.part_totals.address().into(),
            self.pass.rows.into(),
            self.shape.attention_scale.into(),
        ];
        let warps = self.pass.rows * self.shape.heads / self.shape.members();
        let grid = (warps.div_ceil(4), 1, 1);
        // SAFETY: `attend_own(qkv, keys, values, lists, reads, bias, parts, part_sums, part_totals, rows, scale)`; lists name
        // slots of the arena, and there is room for every part. It starts while `attend_joint` runs, after all before that,
        // and reads nothing of what that writes.
        unsafe {
            let function = &self.functions.attend_own;
            self.device
                .launch_early(function, grid, 128, 0, &arguments)?;
        }
        self.merge_parts(self.pass.rows, (joint.parts, 0), Address::NULL, sinks)
    }

    /// The parts of rows that have runs of keys in common.
    fn attend_joint(&self, layer: usize, joint: JointFields) -> Result<(), EngineError> {
        let function = self.functions.attend_joint.as_ref();
        let function = function.expect("`attends_in_common` asks for it");
        let (keys, values) = self.arena.of(layer);
        let arguments: [Argument; 10] = [
            self.working.qkv.address().into(),
            keys.into(),
            values.into(),
            self.pass.fields.lists.into(),
            self.pass.fields.bias.into(),
            joint.units.into(),
            joint.entries.into(),
            self.working.part_sums.address().into(),
            self.working.part_totals.address().into(),
            self.shape.attention_scale.into(),
        ];
        let grid = (joint.unit_count, self.shape.kv_heads, 1);
        let shared = self.shape.tile_shared();
        // SAFETY: `attend_joint(qkv, keys, values, lists, bias, units, entries, part_sums, part_totals, scale)`; lists name
        // slots of the arena, and there is room for every part.
        unsafe { self.device.launch(function, grid, 128, shared, &arguments) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_runs_and_their_own() {
        let lists: Vec<Vec<u32>> = (0..5u32)
            .map(|row| (0..300).chain(1000 + 10 * row..1004 + 10 * row).collect())
            .collect();
        let views: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
        let mut batch = Batch::blank(5);
        // Generated since.
        batch.keys = (2000..2005).collect();
        batch.reads = (0..5).map(|row| (row, row + 1)).collect();
        let common = Common::of(&views).expect("300 keys of 5 rows");
        let joint = Joint::of(&common, &batch, 4);
        // Two runs times two blocks of rows.
        assert_eq!(
            joint.units,
            [
                [0, 4, 0, 256],
                [4, 1, 0, 256],
                [5, 4, 256, 44],
                [9, 1, 256, 44]
            ]
        );
        assert_eq!(joint.parts, [0, 3, 6, 9, 12, 15]);
        assert_eq!(joint.parts(), common.parts() + 5);
        assert_eq!(joint.entries[1], [1, 3]);
        assert_eq!(joint.entries[6], [1, 4]);
        let (start, end) = joint.reads[3];
        let own = &joint.keys[start as usize..end as usize];
        assert_eq!(own, [1030, 1031, 1032, 1033, 2003]);
        assert_eq!(joint.words().count(), joint.len());
    }
}
