//! Who may read whom.

use std::ops::Range;

use super::{Isolation, Layout};

/// The keys that a row may read: at most two ascending, disjoint, non-empty ranges of key indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intervals {
    ranges: [(usize, usize); 2],
    count: usize,
}

impl Intervals {
    fn push(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        if self.count > 0 && self.ranges[self.count - 1].1 == range.start {
            self.ranges[self.count - 1].1 = range.end;
        } else {
            self.ranges[self.count] = (range.start, range.end);
            self.count += 1;
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let this = *self;
        (0..this.count).map(move |i| this.ranges[i].0..this.ranges[i].1)
    }

    /// All key indices, ascending.
    pub fn keys(&self) -> impl Iterator<Item = usize> + use<> {
        self.iter().flatten()
    }

    pub fn contains(&self, key: usize) -> bool {
        self.iter().any(|range| range.contains(&key))
    }

    /// The last of the keys before `row`.
    pub fn last_before(&self, row: usize) -> Option<usize> {
        self.iter()
            .filter_map(|range| (range.start < row).then(|| range.end.min(row) - 1))
            .last()
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.iter().map(|range| range.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many of the keys lie in `range`.
    pub fn overlap(&self, range: &Range<usize>) -> usize {
        self.iter()
            .map(|r| {
                r.end
                    .min(range.end)
                    .saturating_sub(r.start.max(range.start))
            })
            .sum()
    }
}

impl Layout {
    /// The keys that `row` may read. Rows from [`Layout::len`] on are generated tokens.
    ///
    /// Row q reads key k ≤ q where isolation is `none`, q fuses, k is *shared*, both are in one segment, or
    /// cross-attention is on and neither lies after the last token of the last manual segment.
    pub fn visible(&self, row: usize) -> Intervals {
        let mut keys = Intervals::default();
        let all = 0..row + 1;
        let cross = self.last_manual.is_some_and(|last| row <= last);
        if self.options.isolation == Isolation::None || self.fuses(row) || cross {
            keys.push(all);
            return keys;
        }
        keys.push(0..self.shared.min(row + 1));
        if let Some(owner) = self.owner[row] {
            keys.push(self.segments[owner as usize].start..row + 1);
        }
        keys
    }

    /// How many segments `row` reads at least one key of.
    pub fn segments_read(&self, row: usize) -> usize {
        let keys = self.visible(row);
        let read = |segment: &&Range<usize>| keys.overlap(segment) > 0;
        self.segments.iter().filter(read).count()
    }

    /// How many (row, key) pairs of the prompt are readable.
    pub fn visible_pairs(&self) -> usize {
        (0..self.len()).map(|row| self.visible(row).len()).sum()
    }
}
