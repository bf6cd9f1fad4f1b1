//! The fast path: keys and values are kept, shared between prompts, and only what is new is computed.

pub(crate) mod batch;
pub(crate) mod common;
pub(crate) mod decoder;
pub(crate) mod kernels;
mod observe;
mod plan;
mod prefix;
pub(crate) mod spread;
mod warm_up;

use std::collections::HashMap;
use std::sync::Arc;

use self::batch::{BIASED, Batch, Tempered};
use self::common::Common;
use self::decoder::{Decoder, Tensors};
use self::kernels::Kernels;
use self::plan::Planned;
use self::prefix::Prefixes;
use self::spread::Spread;
use super::argmax::{Group, TopTokens};
use super::blend::Blending;
use super::cancel::Cancel;
use super::error::EngineError;
use super::event::Reading;
use super::observed::Observed;
use super::runner::{Runner, SequenceId};
use crate::layout::{Layout, first_in_window};
use crate::model::Config;

/// A decoder on its devices with its cache.
pub(crate) struct Cached<K: Kernels> {
    spread: Spread<K>,
    decoder: Decoder<K>,
    config: Config,
    prefixes: Prefixes,
    sequences: HashMap<SequenceId, Sequence>,
    next_id: usize,
    batch: Batch,
    /// What the sequences of the last step read in common.
    common: Option<(Vec<SequenceId>, Arc<Common>)>,
    /// Rows whose logits stand ready.
    ready: usize,
}

/// What generated tokens read, and where they go.
struct Sequence {
    /// Slots of the tokens so far that rows that fuse read, marked where the bias applies.
    keys: Vec<u32>,
    /// Where layers have a sliding window.
    reach: Option<Reach>,
    bias: f32,
    /// Where more than the bias changes the scores.
    temper: Option<Arc<Tempered>>,
    next_position: u32,
    /// Slots that belong to this sequence alone.
    own: Vec<u32>,
    /// One of them, where rows are mixed inside the model: for the key and value that only the row that emits reads.
    twin: Option<u32>,
}

impl Sequence {
    /// Adds a token in a slot to what is read, and its row to a batch, which knows the first keys already; `far` keys lie
    /// before the window.
    fn put(&mut self, batch: &mut Batch, token: u32, slot: u32, far: u32) {
        self.keys.push(slot);
        let known = batch.common.as_ref();
        let known = known.map_or(0, |common| common.known[batch.rows()]);
        let start = batch.keys.len() as u32;
        batch.keys.extend_from_slice(&self.keys[known..]);
        batch.reads.push((start, batch.keys.len() as u32));
        batch.far.push(far);
        batch.tokens.push(token);
        batch.positions.push(self.next_position);
        batch.slots.push(slot);
        batch.bias.push(self.bias);
        batch.temper(self.temper.as_deref().map(|t| (t, self.keys.len())));
    }
}

/// What a sequence's next token cannot reach in layers with a sliding window.
#[derive(Clone)]
struct Reach {
    window: usize,
    /// Where the keys of the prompt stand in it, ascending.
    prompt: Vec<usize>,
    /// Where the next token stands.
    next: usize,
    /// Tokens of the prompt, read or not.
    tokens: usize,
}

impl Reach {
    fn new(window: usize, prompt: Vec<usize>, tokens: usize) -> Reach {
        Reach {
            window,
            prompt,
            next: tokens,
            tokens,
        }
    }

    /// Adds a token; how many of the keys it reads, from the first, lie before the window.
    fn step(&mut self) -> u32 {
        let first = first_in_window(self.next, self.window);
        self.next += 1;
        let far = self.prompt.partition_point(|key| *key < first);
        (far + first.saturating_sub(self.tokens)) as u32
    }
}

impl<K: Kernels> Cached<K> {
    /// Takes the weights to the devices; `progress` hears of the layers done.
    pub fn load(
        config: &Config,
        mut spread: Spread<K>,
        weights: &impl Tensors,
        progress: &mut dyn FnMut(usize) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let decoder = Decoder::load(&mut spread, config, weights, progress)?;
        Ok(Cached {
            spread,
            decoder,
            config: config.clone(),
            prefixes: Prefixes::default(),
            sequences: HashMap::new(),
            next_id: 0,
            batch: Batch::default(),
            common: None,
            ready: 0,
        })
    }

    /// All devices, in the order of the layers.
    pub fn devices(&mut self) -> impl Iterator<Item = &mut K> {
        self.spread.each()
    }

    /// Makes sure that `slots` more can be handed out: forgets old prefixes first, then asks for more memory.
    fn make_room(&mut self, slots: usize) -> Result<(), EngineError> {
        if self.prefixes.available() >= slots {
            return Ok(());
        }
        self.prefixes.forget_unused();
        if self.prefixes.available() < slots {
            let room = self.spread.reserve(self.prefixes.used() + slots)?;
            self.prefixes.set_capacity(room);
        }
        if self.prefixes.available() < slots {
            return Err(EngineError::OutOfMemory {
                needed: slots,
                room: self.prefixes.available(),
            });
        }
        Ok(())
    }

    /// Plans prompts and computes their rows chunk by chunk; rows read only keys of earlier or the same chunk. A device
    /// that works on its own computes one chunk while the next is planned. The rows that emit come last, all in one pass,
    /// so that their logits stand ready together.
    fn read(
        &mut self,
        prompts: &[&Layout],
        planned: &mut Planned,
        blending: Option<&Blending>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Reading),
    ) -> Result<(), EngineError> {
        let mut computed = 0;
        for (index, prompt) in prompts.iter().enumerate() {
            let before = planned.rows();
            // Every token could be new.
            self.make_room(prompt.len())?;
            planned
                .add(prompt, &mut self.prefixes)
                .expect("make_room saw to a slot per token");
            let most = self.spread.most_rows();
            let enough = match computed {
                0 => self.spread.first_rows(),
                _ => most,
            };
            while planned.silent.len() - computed > enough {
                // Prompts to come are taken to be like this one.
                let more = (prompts.len() - 1 - index) * (planned.rows() - before);
                let tokens = planned.rows() + more;
                computed = self.compute(planned, Reading { computed, tokens }, cancel, progress)?;
            }
        }
        if blending.is_some() {
            self.make_room(prompts.len())?;
            planned
                .twin(&mut self.prefixes)
                .expect("make_room saw to a slot per prompt");
        }
        let tokens = planned.rows();
        let most = self.spread.most_rows();
        // What is left goes with the rows that emit where both fit.
        while tokens - computed > most && computed < planned.silent.len() {
            computed = self.compute(planned, Reading { computed, tokens }, cancel, progress)?;
        }
        self.begin_pass(Reading { computed, tokens }, cancel, progress)?;
        planned.fill(&planned.silent[computed..], false, &mut self.batch);
        planned.fill(&planned.emitting, true, &mut self.batch);
        self.batch.blending = blending.cloned();
        self.decoder.pass(&mut self.spread, &self.batch, None)?;
        progress(Reading {
            computed: tokens,
            tokens,
        });
        self.ready = planned.emitting.len();
        Ok(())
    }

    /// Computes the next silent rows, as many as one pass takes, and says how many are done.
    fn compute(
        &mut self,
        planned: &Planned,
        so_far: Reading,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Reading),
    ) -> Result<usize, EngineError> {
        self.begin_pass(so_far, cancel, progress)?;
        let end = planned
            .silent
            .len()
            .min(so_far.computed + self.spread.most_rows());
        planned.fill(
            &planned.silent[so_far.computed..end],
            false,
            &mut self.batch,
        );
        self.decoder.pass(&mut self.spread, &self.batch, None)?;
        Ok(end)
    }

    /// Says how far it is, unless nobody wants to know any more, and empties the batch.
    fn begin_pass(
        &mut self,
        so_far: Reading,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Reading),
    ) -> Result<(), EngineError> {
        progress(so_far);
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        self.batch.clear();
        Ok(())
    }

    /// What these sequences read in common, where the device wants to know. It stays the same from step to step but for
    /// sequences that end.
    fn in_common(&mut self, tokens: &[(SequenceId, u32)]) -> Option<Arc<Common>> {
        let rows = tokens.len();
        if !self.spread.attends_in_common(rows, rows) {
            return None;
        }
        let ids: Vec<SequenceId> = tokens.iter().map(|(id, _)| *id).collect();
        let common = match self.common.take() {
            Some((before, common)) if before == ids => common,
            Some((before, common)) if let Some(kept) = places(&ids, &before) => {
                Arc::new(common.of_these(&kept))
            }
            _ => {
                let keys = |id: &SequenceId| Some(self.sequences.get(id)?.keys.as_slice());
                let lists: Vec<&[u32]> = ids.iter().filter_map(keys).collect();
                Arc::new(Common::of(&lists)?)
            }
        };
        self.common = Some((ids, common.clone()));
        let parts = rows + common.parts();
        self.spread.attends_in_common(rows, parts).then_some(common)
    }
}

#[cfg(test)]
impl Cached<super::cpu::Cpu> {
    /// Keys and values of every token of a sequence, for looking inside.
    pub fn stored(&mut self, id: SequenceId) -> Vec<Vec<f32>> {
        let slots = self.sequences[&id].keys.iter();
        let cpu: &super::cpu::Cpu = self.spread.last();
        slots
            .map(|slot| cpu.stored((slot & !BIASED) as usize))
            .collect()
    }
}

impl<K: Kernels> Runner for Cached<K> {
    fn prefill(
        &mut self,
        prompts: &[&Layout],
        blending: Option<&Blending>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Reading),
    ) -> Result<Vec<SequenceId>, EngineError> {
        self.prefixes.begin_round();
        let mut planned = Planned::new(self.config.window);
        let outcome = self.read(prompts, &mut planned, blending, cancel, progress);
        if let Err(error) = outcome {
            self.prefixes.abandon_round();
            let own = planned.sequences.into_iter().flat_map(|s| s.own);
            self.prefixes.give_back(own);
            return Err(error);
        }
        Ok(planned
            .sequences
            .into_iter()
            .map(|sequence| {
                let id = SequenceId(self.next_id);
                self.next_id += 1;
                self.sequences.insert(id, sequence);
                id
            })
            .collect())
    }

    fn decode_step(
        &mut self,
        tokens: &[(SequenceId, u32)],
        blending: Option<&Blending>,
    ) -> Result<(), EngineError> {
        self.make_room(tokens.len())?;
        self.batch.clear();
        let mut is_plain = blending.is_none();
        let mut far = Vec::with_capacity(tokens.len());
        for (id, _) in tokens {
            // The decoding loop extends only sequences that it has not released.
            let sequence = self.sequences.get_mut(id).expect("sequence is held");
            far.push(sequence.reach.as_mut().map_or(0, Reach::step));
            // Of a run that begins before its window a row sees the end alone.
            is_plain &= sequence.temper.is_none() && far.last() == Some(&0);
        }
        if is_plain {
            self.batch.common = self.in_common(tokens);
        }
        for ((id, token), far) in tokens.iter().zip(far) {
            let sequence = self.sequences.get_mut(id).expect("sequence is held");
            let slot = self
                .prefixes
                .private_slot()
                .expect("make_room saw to a slot per token");
            sequence.own.push(slot);
            let twin = sequence.twin.filter(|_| blending.is_some());
            if let Some(twin) = twin {
                // Emits, with a key and value of its own; the row of `slot` is what later rows read.
                sequence.put(&mut self.batch, *token, slot, far);
                sequence.keys.pop();
                sequence.put(&mut self.batch, *token, twin, far);
                sequence.keys.pop();
                sequence.keys.push(slot);
            } else {
                sequence.put(&mut self.batch, *token, slot, far);
            }
            self.batch.emit.push(self.batch.rows() as u32 - 1);
            sequence.next_position += 1;
        }
        self.batch.blending = blending.cloned();
        self.decoder.pass(&mut self.spread, &self.batch, None)?;
        self.ready = tokens.len();
        Ok(())
    }

    fn logits(&mut self) -> Result<Vec<f32>, EngineError> {
        self.spread.last().read_logits(self.ready)
    }

    fn argmax(&mut self, groups: &[Group<'_>]) -> Result<Vec<Option<TopTokens>>, EngineError> {
        debug_assert!(groups.iter().all(|group| group.rows.end <= self.ready));
        self.spread.last().argmax(groups)
    }

    fn forced(
        &mut self,
        prompts: &[&Layout],
        answer: &[u32],
        cancel: &Cancel,
    ) -> Result<Vec<Vec<f64>>, EngineError> {
        self.ln_p(prompts, answer, cancel)
    }

    fn observe(
        &mut self,
        layout: &Layout,
        generated: &[u32],
        cancel: &Cancel,
    ) -> Result<Observed, EngineError> {
        self.observed(layout, generated, cancel)
    }

    fn read_out(&mut self, residual: &[f32]) -> Result<Vec<f32>, EngineError> {
        Cached::read_out(self, residual)
    }

    fn fork(&mut self, sequence: SequenceId) -> SequenceId {
        // Who forks holds what is forked.
        let of = &self.sequences[&sequence];
        debug_assert!(of.twin.is_none(), "rows that are mixed are not forked");
        let copy = Sequence {
            keys: of.keys.clone(),
            reach: of.reach.clone(),
            temper: of.temper.clone(),
            own: Vec::new(),
            twin: None,
            ..*of
        };
        let id = SequenceId(self.next_id);
        self.next_id += 1;
        self.sequences.insert(id, copy);
        id
    }

    fn release(&mut self, sequence: SequenceId) {
        if let Some(sequence) = self.sequences.remove(&sequence) {
            self.prefixes.give_back(sequence.own);
        }
    }
}

/// Where some sequences stand among others, if all do and in the same order.
fn places(some: &[SequenceId], among: &[SequenceId]) -> Option<Vec<usize>> {
    let mut others = among.iter().enumerate();
    some.iter()
        .map(|id| Some(others.find(|(_, other)| *other == id)?.0))
        .collect()
}

/// Marks a slot whose token lies in a segment.
fn marked(slot: u32, in_segment: bool) -> u32 {
    if in_segment { slot | BIASED } else { slot }
}
