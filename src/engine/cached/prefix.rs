//! Which tokens share their keys and values.
//!
//! A token's key and value depend on the token, its position and the keys it reads, nothing else. Rows whose
//! readable keys form a chain (each reads what its predecessor reads, and itself) are therefore nodes of a tree:
//! two tokens with the same parent, id and position are the same node and have one *slot* in the cache, whichever
//! prompt, preset or run they stand in. The context in front of every question is computed once per position at
//! which it stands.

use std::collections::HashMap;

/// Stands for "reads nothing before it".
pub(crate) const ROOT: u32 = u32::MAX;

/// What makes two tokens one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Slot of the last key that the token reads before itself, or [`ROOT`].
    pub parent: u32,
    pub token: u32,
    pub position: u32,
    /// How far along the sequence the parent stands, for a model with a sliding window, where that decides what else is
    /// within reach; else 0.
    pub gap: u32,
    /// Whether the token reads itself (orphans do not).
    pub reads_itself: bool,
}

/// The tree, and which slots are free.
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    nodes: HashMap<Key, Node>,
    /// Slots given back.
    free: Vec<u32>,
    /// Slots from here on have never been used.
    fresh: u32,
    /// Slots that there are.
    capacity: u32,
    /// Counts prefills; tells old nodes from new ones.
    round: u32,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    slot: u32,
    born: u32,
    used: u32,
}

impl Prefixes {
    /// An empty tree over these slots, handed out from the last one on.
    pub fn of(slots: Vec<u32>) -> Self {
        Prefixes {
            free: slots,
            ..Prefixes::default()
        }
    }

    pub fn set_capacity(&mut self, slots: usize) {
        self.capacity = slots as u32;
    }

    /// Slots that can still be handed out.
    pub fn available(&self) -> usize {
        self.free.len() + (self.capacity - self.fresh) as usize
    }

    /// Slots in use.
    pub fn used(&self) -> usize {
        self.fresh as usize - self.free.len()
    }

    /// Starts a prefill.
    pub fn begin_round(&mut self) {
        self.round += 1;
    }

    /// The node's slot, and whether its key and value are yet to be computed.
    ///
    /// `None` where no slot is left.
    pub fn slot(&mut self, key: Key) -> Option<(u32, bool)> {
        if let Some(node) = self.nodes.get_mut(&key) {
            node.used = self.round;
            return Some((node.slot, false));
        }
        let slot = self.private_slot()?;
        let node = Node {
            slot,
            born: self.round,
            used: self.round,
        };
        self.nodes.insert(key, node);
        Some((slot, true))
    }

    /// A slot that is nobody else's.
    pub fn private_slot(&mut self) -> Option<u32> {
        if let Some(slot) = self.free.pop() {
            return Some(slot);
        }
        if self.fresh == self.capacity {
            return None;
        }
        self.fresh += 1;
        Some(self.fresh - 1)
    }

    pub fn give_back(&mut self, slots: impl IntoIterator<Item = u32>) {
        self.free.extend(slots);
    }

    /// Forgets the nodes of this round, whose keys and values have not all been computed.
    pub fn abandon_round(&mut self) {
        let round = self.round;
        self.forget(|node| node.born == round);
    }

    /// Forgets the nodes that neither this round nor the one before has used. A parent is used whenever its
    /// children are, so no node loses its parent.
    pub fn forget_unused(&mut self) {
        let recent = self.round.saturating_sub(1);
        self.forget(|node| node.used < recent);
    }

    fn forget(&mut self, gone: impl Fn(&Node) -> bool) {
        let free = &mut self.free;
        self.nodes.retain(|_, node| {
            let gone = gone(node);
            if gone {
                free.push(node.slot);
            }
            !gone
        });
    }
}
