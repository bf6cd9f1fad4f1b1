//! Who may read whom.

use std::ops::Range;

use super::{Isolation, Layout};

/// The first token that a row can reach in a layer with a sliding window of so many tokens, itself included; counted along
/// the sequence, not by positions.
pub(crate) fn first_in_window(row: usize, window: usize) -> usize {
    (row + 1).saturating_sub(window)
}

/// The keys that a row may read, as ascending, disjoint, non-empty ranges of key indices.
#[derive(Debug, Clone, Copy)]
pub struct Intervals<'a> {
    /// No key before this one, whatever the ranges hold.
    from: usize,
    /// Keys from the first one on.
    front: usize,
    /// Ranges that are read up to `end`.
    segments: &'a [Range<usize>],
    end: usize,
    /// Whether the key before `end` is read although none of the ranges holds it.
    itself: bool,
}

impl<'a> Intervals<'a> {
    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let Intervals {
            from,
            front,
            segments,
            end,
            itself,
        } = *self;
        let cut = move |segment: &Range<usize>| segment.start..segment.end.min(end);
        let mut ranges = std::iter::once(0..front)
            .chain(segments.iter().map(cut))
            .chain(itself.then_some(end.saturating_sub(1)..end))
            .map(move |range| range.start.max(from)..range.end)
            .filter(|range| !range.is_empty())
            .peekable();
        std::iter::from_fn(move || {
            let mut range = ranges.next()?;
            while let Some(next) = ranges.next_if(|next| next.start == range.end) {
                range.end = next.end;
            }
            Some(range)
        })
    }

    /// All key indices, ascending.
    pub fn keys(&self) -> impl Iterator<Item = usize> + use<'a> {
        self.iter().flatten()
    }

    pub fn contains(&self, key: usize) -> bool {
        let in_segment = || self.segments.iter().any(|segment| segment.contains(&key));
        let is_read = key < self.front
            || key < self.end && in_segment()
            || self.itself && key + 1 == self.end;
        key >= self.from && is_read
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
        self.iter().next().is_none()
    }

    /// How many of the keys lie before `bound`.
    pub fn before(&self, bound: usize) -> usize {
        self.overlap(&(0..bound))
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
    /// Row q reads key k ≤ q where isolation is `none`, q fuses, k is *shared*, both are *context*, both are in one
    /// segment or group, or cross-attention is on and neither lies after the last token of the last manual segment.
    /// Questions that [`Layout::without`] has hidden are read by no row that fuses, itself excepted. In layers with a sliding
    /// window ([`Layout::in_window`]) no key out of its reach.
    pub fn visible(&self, row: usize) -> Intervals<'_> {
        self.visible_in(row, self.window)
    }

    /// The same in layers with this sliding window, whatever the layout is seen through.
    pub fn visible_in(&self, row: usize, window: Option<usize>) -> Intervals<'_> {
        let end = row + 1;
        let from = window.map_or(0, |window| first_in_window(row, window));
        if !self.hidden.is_empty() && self.fuses(row) {
            return Intervals {
                from,
                front: 0,
                segments: &self.open,
                end,
                itself: self.is_hidden(row),
            };
        }
        let cross = self.last_manual.is_some_and(|last| row <= last);
        let in_front = row < self.front;
        if self.options.isolation == Isolation::None || self.fuses(row) || cross || in_front {
            return Intervals {
                from,
                front: end,
                segments: &[],
                end,
                itself: false,
            };
        }
        let segments = self.owner[row].map_or(&[][..], |owner| {
            let owner = owner as usize;
            &self.segments[self.group_starts[owner]..=owner]
        });
        Intervals {
            from,
            front: self.shared,
            segments,
            end,
            itself: false,
        }
    }

    /// The same layout as layers with a sliding window of so many tokens see it, or all others where `None`. Engines take
    /// the layout without and cut each layer's reach themselves.
    pub fn in_window(&self, window: Option<usize>) -> Layout {
        Layout {
            window,
            ..self.clone()
        }
    }

    /// The sliding window through which this layout is seen.
    pub fn window(&self) -> Option<usize> {
        self.window
    }

    /// The same layout, tokens and positions, with the keys of these questions hidden from rows that fuse. A row that
    /// fuses still reads itself.
    pub fn without(&self, questions: &[usize]) -> Layout {
        let mut hidden = questions.to_vec();
        hidden.sort_unstable();
        hidden.dedup();
        hidden.retain(|&question| !self.segments[question].is_empty());
        let mut open = Vec::with_capacity(hidden.len() + 1);
        let mut from = 0;
        for &question in &hidden {
            let segment = &self.segments[question];
            open.push(from..segment.start);
            from = segment.end;
        }
        // Without any, `open` says nothing.
        open.extend((!hidden.is_empty()).then_some(from..usize::MAX));
        Layout {
            hidden,
            open,
            ..self.clone()
        }
    }

    /// Whether the token belongs to a question that is hidden from rows that fuse.
    pub fn is_hidden(&self, token: usize) -> bool {
        let owner = self.owner.get(token).copied().flatten();
        owner.is_some_and(|owner| self.hidden.binary_search(&(owner as usize)).is_ok())
    }

    /// How many segments `row` reads at least one key of, in layers with this sliding window.
    pub fn segments_read(&self, row: usize, window: Option<usize>) -> usize {
        let keys = self.visible_in(row, window);
        let read = |segment: &&Range<usize>| keys.overlap(segment) > 0;
        self.segments.iter().filter(read).count()
    }

    /// How many (row, key) pairs of the prompt are readable.
    pub fn visible_pairs(&self) -> usize {
        (0..self.len()).map(|row| self.visible(row).len()).sum()
    }
}
