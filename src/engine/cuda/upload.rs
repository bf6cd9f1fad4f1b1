//! A batch on its way to the device.

use cudarc::driver::{CudaEvent, PinnedHostSlice, result};

use super::device::{Address, Buffer, Device};
use super::joint::{Joint, JointFields};
use crate::engine::cached::batch::{Batch, Temper};
use crate::engine::error::EngineError;

/// Words of the first area; larger batches grow it.
const FIRST_WORDS: usize = 1 << 18;

/// Pinned memory and its copy on the device.
pub(super) struct Upload {
    host: PinnedHostSlice<u32>,
    device: Buffer,
    /// The last copy has been made.
    copied: CudaEvent,
}

/// Where a batch's parts lie on the device. All but the lists' contents depend on the number of rows alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub tokens: Address,
    pub positions: Address,
    pub slots: Address,
    /// (start, end) of each row's keys.
    pub reads: Address,
    /// The same within reach of a sliding window.
    pub near: Address,
    pub bias: Address,
    pub emit: Address,
    /// Of rows that are tempered 1 / T, S · T − 1, and where among `lists` the numbers of the row's keys would begin if
    /// its keys began at 0; of others 0.
    pub tempers: Option<[Address; 3]>,
    pub lists: Address,
    /// (first row, rows) of each tile.
    pub tiles: Address,
    pub tile_count: usize,
    /// Rows that stand in no tile.
    pub singles: Address,
    pub single_count: usize,
    /// (first row, one past the last) of what is mixed, among the rows that emit.
    pub groups: Address,
    pub group_count: usize,
    pub joint: Option<JointFields>,
}

impl Upload {
    pub fn new(device: &Device) -> Result<Upload, EngineError> {
        Ok(Upload {
            host: pinned(device, FIRST_WORDS)?,
            device: Buffer::new(device, 4 * FIRST_WORDS)?,
            copied: device.context.new_event(None)?,
        })
    }

    /// Copies a batch, filled up to `rows` rows that read nothing and leave their keys in slot `spare`. Also says
    /// whether the area has moved. Where there is something joint, lists and ranges are those of each row's own keys.
    pub fn send(
        &mut self,
        device: &Device,
        batch: &Batch,
        rows: usize,
        spare: u32,
        tiles: &Tiles,
        joint: Option<&Joint>,
    ) -> Result<(Fields, bool), EngineError> {
        let (keys, reads_of) = match joint {
            Some(joint) => (&joint.keys, &joint.reads),
            None => (&batch.keys, &batch.reads),
        };
        // Pairs start at even words.
        let even = rows.next_multiple_of(2);
        let header = 12 * even;
        let groups = batch.blending.as_ref().map_or(&[][..], |b| &b.groups);
        let pairs = tiles.shared.len() + groups.len();
        let words = header + keys.len() + 1 + 2 * pairs + tiles.singles.len() + batch.added.len();
        // Units start at words whose number is a multiple of four.
        let joint_at = words.next_multiple_of(4);
        let words = joint_at + joint.map_or(0, Joint::len);
        let moved = words > self.device.bytes() / 4;
        // The copy before must be done before its source changes.
        self.copied.synchronize()?;
        if moved {
            let words = words.next_power_of_two();
            self.host = pinned(device, words)?;
            self.device = Buffer::new(device, 4 * words)?;
        }
        let host = self.host.as_mut_slice()?;
        let mut put = |at: usize, values: &mut dyn Iterator<Item = u32>, fill: u32| {
            let target = &mut host[at * even..][..rows];
            let mut count = 0;
            for (target, value) in target.iter_mut().zip(values) {
                *target = value;
                count += 1;
            }
            target[count..].fill(fill);
        };
        put(0, &mut batch.tokens.iter().copied(), 0);
        put(1, &mut batch.positions.iter().copied(), 0);
        put(2, &mut batch.slots.iter().copied(), spare);
        put(3, &mut batch.bias.iter().map(|bias| bias.to_bits()), 0);
        put(4, &mut batch.emit.iter().copied(), 0);
        let added_at = keys.len() + 1 + 2 * pairs + tiles.singles.len();
        let temper = |of: &dyn Fn(Temper, u32) -> u32| {
            let rows = batch.tempers.iter().zip(&batch.reads);
            let of_row = |(temper, (start, _)): (&Option<Temper>, &(u32, u32))| {
                temper.map_or(0, |temper| of(temper, *start))
            };
            rows.map(of_row).collect::<Vec<u32>>()
        };
        let tempered = batch.is_tempered();
        if tempered {
            let inverse = temper(&|temper, _| (1.0 / temper.temperature).to_bits());
            let excess = temper(&|temper, _| temper.excess.to_bits());
            // May be negative; the key's index brings it back.
            let base = temper(&|temper, start| {
                (added_at as u32)
                    .wrapping_add(temper.added)
                    .wrapping_sub(start)
            });
            for (at, values) in [(9, inverse), (10, excess), (11, base)] {
                put(at, &mut values.into_iter(), 0);
            }
        }
        let (reads, near) = host[5 * even..9 * even].split_at_mut(2 * even);
        reads.fill(0);
        near.fill(0);
        let targets = reads.chunks_exact_mut(2).zip(near.chunks_exact_mut(2));
        for ((reads, near), ((start, end), far)) in targets.zip(reads_of.iter().zip(&batch.far)) {
            reads.copy_from_slice(&[*start, *end]);
            near.copy_from_slice(&[start + far, *end]);
        }
        host[header..][..keys.len()].copy_from_slice(keys);
        let tiles_at = (header + keys.len()).next_multiple_of(2);
        let groups_at = tiles_at + 2 * tiles.shared.len();
        let singles_at = groups_at + 2 * groups.len();
        let pairs = tiles.shared.iter().copied();
        let pairs = pairs.chain(groups.iter().map(|g| (g.start as u32, g.end as u32)));
        for (target, (first, second)) in host[tiles_at..singles_at].chunks_exact_mut(2).zip(pairs) {
            target.copy_from_slice(&[first, second]);
        }
        host[singles_at..][..tiles.singles.len()].copy_from_slice(&tiles.singles);
        let end = header + added_at + batch.added.len();
        for (target, added) in host[header + added_at..end].iter_mut().zip(&batch.added) {
            *target = added.to_bits();
        }
        let joint_words = joint.into_iter().flat_map(Joint::words);
        for (target, word) in host[joint_at..words].iter_mut().zip(joint_words) {
            *target = word;
        }
        // SAFETY: the target holds as many words; the source stays until `copied`.
        unsafe {
            result::memcpy_htod_async(
                self.device.address().0,
                &host[..words],
                device.stream.cu_stream(),
            )?;
        }
        self.copied.record(&device.stream)?;
        let at = |words: usize| self.device.address().plus(4 * words);
        let fields = Fields {
            tokens: at(0),
            positions: at(even),
            slots: at(2 * even),
            bias: at(3 * even),
            emit: at(4 * even),
            reads: at(5 * even),
            near: at(7 * even),
            tempers: tempered.then(|| [9, 10, 11].map(|array| at(array * even))),
            lists: at(header),
            tiles: at(tiles_at),
            tile_count: tiles.shared.len(),
            singles: at(singles_at),
            single_count: tiles.singles.len(),
            groups: at(groups_at),
            group_count: groups.len(),
            joint: joint.map(|joint| JointFields::at(at(joint_at), joint)),
        };
        Ok((fields, moved))
    }
}

/// Host memory that the device copies from and to by itself.
pub(super) fn pinned(device: &Device, words: usize) -> Result<PinnedHostSlice<u32>, EngineError> {
    // SAFETY: any bits are a u32.
    let mut memory = unsafe { device.context.alloc_pinned_with_flags::<u32>(words, 0) }?;
    memory.as_mut_slice()?.fill(0);
    Ok(memory)
}

/// How attention goes about a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tiles {
    /// Consecutive rows that read beginnings of one list: (first row, rows), two at least.
    pub shared: Vec<(u32, u32)>,
    /// All other rows; empty where there are no tiles.
    pub singles: Vec<u32>,
}

impl Tiles {
    /// Finds tiles of at most `most` rows.
    pub fn find(batch: &Batch, most: usize) -> Tiles {
        let mut tiles: Vec<(u32, u32)> = Vec::new();
        let mut before = None;
        for (row, &(start, end)) in (0u32..).zip(&batch.reads) {
            // The kernel of tiles knows one bias per row and nothing else.
            let tempered = batch.tempers[row as usize].is_some();
            match (tiles.last_mut(), before.filter(|_| !tempered)) {
                (Some(tile), Some((s, e)))
                    if s == start && e <= end && (tile.1 as usize) < most =>
                {
                    tile.1 += 1;
                }
                _ => tiles.push((row, 1)),
            }
            before = (!tempered).then_some((start, end));
        }
        let (shared, single): (Vec<_>, Vec<_>) = tiles.into_iter().partition(|tile| tile.1 > 1);
        if shared.is_empty() {
            return Tiles::default();
        }
        let singles = single.into_iter().map(|(row, _)| row).collect();
        Tiles { shared, singles }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_join_rows_of_one_growing_list() {
        let reads = vec![(0, 3), (0, 4), (0, 5), (0, 4), (7, 8), (7, 9), (9, 9)];
        let mut batch = Batch {
            tempers: vec![None; reads.len()],
            reads,
            ..Batch::default()
        };
        let of = |shared: &[(u32, u32)], singles: &[u32]| Tiles {
            shared: shared.to_vec(),
            singles: singles.to_vec(),
        };
        assert_eq!(Tiles::find(&batch, 2), of(&[(0, 2), (4, 2)], &[2, 3, 6]));
        assert_eq!(Tiles::find(&batch, 9), of(&[(0, 3), (4, 2)], &[3, 6]));
        assert_eq!(Tiles::find(&batch, 1), Tiles::default());
        // A tempered row stands in no tile.
        batch.tempers[1] = Some(Temper {
            added: 0,
            temperature: 0.9,
            excess: 0.0,
        });
        assert_eq!(Tiles::find(&batch, 9), of(&[(4, 2)], &[0, 1, 2, 3, 6]));
    }
}
