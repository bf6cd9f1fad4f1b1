//! Which rows of a prompt must be computed, and which keys each of them reads.

use std::sync::Arc;

use super::batch::{BIASED, Batch};
use super::prefix::{Key, Prefixes, ROOT};
use super::{Reach, Sequence, Tempered, marked};
use crate::layout::Layout;

/// The work that some prompts ask for.
#[derive(Default)]
pub(super) struct Planned {
    /// Lists of slots that rows read beginnings of.
    lists: Vec<Vec<u32>>,
    /// Rows that only leave a key and a value, each after the rows whose keys it reads.
    pub silent: Vec<Row>,
    /// The last row of every prompt, in order.
    pub emitting: Vec<Row>,
    pub sequences: Vec<Sequence>,
    tempers: Vec<Arc<Tempered>>,
    /// The tokens that rows of layers with a sliding window reach.
    window: Option<usize>,
}

/// One token to compute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    token: u32,
    position: u32,
    slot: u32,
    read: Read,
    /// How many keys of that, from the first, lie before the window.
    far: u32,
    bias: f32,
    /// Which of [`Planned::tempers`] applies.
    temper: Option<usize>,
}

/// The first `len` slots of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Read {
    list: usize,
    len: usize,
}

impl Planned {
    /// Nothing yet, for a model with this sliding window.
    pub fn new(window: Option<usize>) -> Planned {
        Planned {
            window,
            ..Planned::default()
        }
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.silent.len() + self.emitting.len()
    }

    /// Plans one prompt: known tokens keep their slots, the others get one and become rows.
    ///
    /// `None` where slots run out; what was taken for this prompt is then lost until the round is abandoned.
    pub fn add(&mut self, layout: &Layout, prefixes: &mut Prefixes) -> Option<()> {
        let last = layout.len() - 1;
        let bias = layout.one_bias().unwrap_or(0.0);
        let is_tempered = layout.one_bias().is_none();
        let open = |key: &usize| !layout.is_hidden(*key);
        let temper =
            is_tempered.then(|| self.new_temper(Tempered::of(layout, (0..=last).filter(open))));
        // What rows that fuse read beginnings of.
        let everything = self.new_list(Vec::new()).list;
        // Slots of all tokens so far, marked.
        let mut all: Vec<u32> = Vec::with_capacity(layout.len() + 16);
        let mut own = Vec::new();
        // Per row what it reads, itself included, where a later row may build on it.
        let mut history: Vec<Option<Read>> = Vec::with_capacity(layout.len());
        for row in 0..layout.len() {
            let (token, position) = (layout.tokens[row], layout.positions[row]);
            let keys = layout.visible(row);
            let fuses = layout.fuses(row);
            let reads_itself = keys.contains(row);
            let count = keys.len() - usize::from(reads_itself);
            let parent = keys.last_before(row);
            // Shared with other prompts if what it reads is just what its parent reads and the parent itself.
            let nested = match parent {
                None => Some(self.new_list(Vec::new())),
                Some(parent) => history[parent].filter(|read| read.len == count),
            };
            let sharable = nested.is_some() && !fuses && row != last;
            let (slot, new) = if sharable {
                prefixes.slot(Key {
                    parent: parent.map_or(ROOT, |parent| all[parent] & !BIASED),
                    token,
                    position,
                    gap: match (self.window, parent) {
                        (Some(_), Some(parent)) => (row - parent) as u32,
                        _ => 0,
                    },
                    reads_itself,
                })?
            } else {
                let slot = prefixes.private_slot()?;
                own.push(slot);
                (slot, true)
            };
            all.push(marked(slot, layout.owner[row].is_some()));
            let mut temper = temper.filter(|_| fuses);
            let read = if fuses && layout.is_hidden(row) {
                // Nobody else reads itself and nothing of its question.
                if is_tempered {
                    temper = Some(self.new_temper(Tempered::of(layout, keys.keys())));
                }
                self.new_list(keys.keys().map(|key| all[key]).collect())
            } else if fuses {
                Read {
                    list: everything,
                    len: keys.len(),
                }
            } else {
                let before = nested.unwrap_or_else(|| {
                    let before = keys.keys().filter(|key| *key != row);
                    self.new_list(before.map(|key| all[key] & !BIASED).collect())
                });
                if reads_itself {
                    self.extend_list(before, slot)
                } else {
                    before
                }
            };
            history.push((sharable && reads_itself).then_some(read));
            if new {
                let planned = Row {
                    token,
                    position,
                    slot,
                    read,
                    far: (keys.len() - layout.visible_in(row, self.window).len()) as u32,
                    bias: if fuses { bias } else { 0.0 },
                    temper,
                };
                if row == last {
                    self.emitting.push(planned);
                } else {
                    self.silent.push(planned);
                }
            }
        }
        let read: Vec<usize> = (0..=last).filter(open).collect();
        let keys: Vec<u32> = read.iter().map(|key| all[*key]).collect();
        self.lists[everything].clone_from(&keys);
        self.sequences.push(Sequence {
            keys,
            reach: self
                .window
                .map(|window| Reach::new(window, read, layout.len())),
            bias,
            temper: temper.map(|temper| self.tempers[temper].clone()),
            next_position: layout.next_position(),
            own,
            twin: None,
        });
        Some(())
    }

    /// Plans the tokens generated after the prompt that was added last: each reads what fusing rows read, and is in
    /// [`Planned::emitting`].
    ///
    /// `None` where slots run out.
    pub fn follow(&mut self, generated: &[u32], prefixes: &mut Prefixes) -> Option<()> {
        let temper = (!self.tempers.is_empty()).then(|| self.tempers.len() - 1);
        let sequence = self.sequences.last_mut()?;
        let mut slots = Vec::with_capacity(generated.len());
        for _ in generated {
            slots.push(prefixes.private_slot()?);
        }
        let from = sequence.keys.len();
        sequence.keys.extend(&slots);
        self.lists.push(sequence.keys.clone());
        let far = slots
            .iter()
            .map(|_| sequence.reach.as_mut().map_or(0, Reach::step));
        let far: Vec<u32> = far.collect();
        let rows = generated.iter().zip(&slots).zip(0..);
        self.emitting
            .extend(rows.map(|((&token, &slot), step)| Row {
                far: far[step],
                token,
                position: sequence.next_position + step as u32,
                slot,
                read: Read {
                    list: self.lists.len() - 1,
                    len: from + step + 1,
                },
                bias: sequence.bias,
                temper,
            }));
        sequence.next_position += generated.len() as u32;
        sequence.own.extend(slots);
        Some(())
    }

    /// Lets every row that emits do so beside itself: the row as it was planned leaves key and value for later rows, and a
    /// twin, whose key and value nobody else reads, emits.
    ///
    /// `None` where slots run out.
    pub fn twin(&mut self, prefixes: &mut Prefixes) -> Option<()> {
        for at in 0..self.emitting.len() {
            let twin = prefixes.private_slot()?;
            let sequence = &mut self.sequences[at];
            sequence.own.push(twin);
            sequence.twin = Some(twin);
            let row = self.emitting[at];
            let mut slots = self.lists[row.read.list][..row.read.len].to_vec();
            if let Some(itself) = slots.last_mut() {
                debug_assert_eq!(*itself & !BIASED, row.slot, "a row reads itself last");
                *itself = twin | (*itself & BIASED);
            }
            let read = self.new_list(slots);
            self.silent.push(row);
            self.emitting[at] = Row {
                slot: twin,
                read,
                ..row
            };
        }
        Some(())
    }

    /// One slot more than `read`: on the same list where that ends there, else on a copy.
    fn extend_list(&mut self, read: Read, slot: u32) -> Read {
        let Read { mut list, len } = read;
        if self.lists[list].len() > len {
            let copy = self.lists[list][..len].to_vec();
            list = self.new_list(copy).list;
        }
        self.lists[list].push(slot);
        Read { list, len: len + 1 }
    }

    fn new_temper(&mut self, tempered: Tempered) -> usize {
        self.tempers.push(Arc::new(tempered));
        self.tempers.len() - 1
    }

    fn new_list(&mut self, slots: Vec<u32>) -> Read {
        self.lists.push(slots);
        Read {
            list: self.lists.len() - 1,
            len: self.lists[self.lists.len() - 1].len(),
        }
    }

    /// Packs rows into a batch behind those that it holds; neighbours that read one list share it there too.
    pub fn fill(&self, rows: &[Row], emit: bool, batch: &mut Batch) {
        let first = batch.rows() as u32;
        let mut open: Option<(usize, u32, u32)> = None;
        for (index, row) in (first..).zip(rows) {
            let Read { list, len } = row.read;
            let start = match &mut open {
                Some((last, start, copied)) if *last == list => {
                    let more = &self.lists[list][(*copied as usize).min(len)..len];
                    batch.keys.extend_from_slice(more);
                    *copied = (*copied).max(len as u32);
                    *start
                }
                _ => {
                    let start = batch.keys.len() as u32;
                    batch.keys.extend_from_slice(&self.lists[list][..len]);
                    open = Some((list, start, len as u32));
                    start
                }
            };
            batch.tokens.push(row.token);
            batch.positions.push(row.position);
            batch.slots.push(row.slot);
            batch.reads.push((start, start + len as u32));
            batch.far.push(row.far);
            batch.bias.push(row.bias);
            let tempered = row.temper.map(|of| (self.tempers[of].as_ref(), len));
            batch.temper(tempered);
            if emit {
                batch.emit.push(index);
            }
        }
    }
}
