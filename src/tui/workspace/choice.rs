//! What the user has chosen, as one value that can be compared, kept and taken back.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::data::{Relation, TemplateKind};
use crate::engine::Method;
use crate::layout::{Options, Preset};
use crate::prompt::{Chat, Shots};
use crate::score::Extract;

/// Everything that undo takes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Per relation; cloning a choice copies pointers.
    pub picks: Vec<Arc<Picks>>,
    pub options: Options,
    pub method: Method,
    pub marks: Arc<Marks>,
    pub shots: ShotsFrom,
    pub chat: Chat,
    pub max_new_tokens: usize,
    pub extract: Extract,
}

/// Relations and facts marked for a run of the selection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    pub relations: BTreeSet<usize>,
    pub facts: BTreeSet<usize>,
}

/// Where the shots come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShotsFrom {
    Drawn { count: usize, seed: u64 },
    Given(Arc<Shots>),
}

/// The templates of one relation: their order and which are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picks {
    /// Indices into the relation's templates: manual ones, auto ones, own ones. Of the own ones those that are not taken
    /// away.
    order: Vec<usize>,
    /// By index into the relation's templates, as far as any is chosen.
    chosen: Vec<bool>,
    /// How many templates are manual, and how many the data have.
    manual: usize,
    of_data: usize,
}

impl ShotsFrom {
    /// How a draw is made that takes the place of shots written by hand: this one, or the default where these are
    /// given too.
    pub fn drawn(&self) -> (usize, u64) {
        match self {
            ShotsFrom::Drawn { count, seed } => (*count, *seed),
            ShotsFrom::Given(_) => (Shots::COUNT, Shots::SEED),
        }
    }
}

impl Choice {
    /// Marks an item, or takes its mark away.
    pub fn mark(&mut self, item: Option<usize>, of: fn(&mut Marks) -> &mut BTreeSet<usize>) {
        let marks = of(Arc::make_mut(&mut self.marks));
        if let Some(item) = item.filter(|item| !marks.remove(item)) {
            marks.insert(item);
        }
    }

    /// Takes the options of another preset; manual cross-attention stays as it is.
    pub fn turn_preset(&mut self, by: isize) {
        // From options that no preset has, the first one is the way back.
        let preset = match Preset::of(&self.options) {
            Some(preset) => next_of(Preset::ALL, preset, by),
            None => Preset::default(),
        };
        self.options = Options {
            manual_cross_attention: self.options.manual_cross_attention,
            ..preset.options()
        };
    }
}

impl Picks {
    /// The data's order with nothing chosen.
    pub fn none(relation: &Relation) -> Self {
        let manual = relation.of_kind(TemplateKind::Manual).count();
        let of_data = manual + relation.of_kind(TemplateKind::Auto).count();
        Picks {
            order: (0..of_data).collect(),
            chosen: vec![false; of_data],
            manual,
            of_data,
        }
    }

    /// The first so many of each kind (all manual ones where `None`).
    pub fn counts(relation: &Relation, manual: Option<usize>, auto: usize) -> Self {
        let mut picks = Picks::none(relation);
        let manual = manual.map_or(picks.manual, |count| count.min(picks.manual));
        picks.chosen[..manual].fill(true);
        let end = picks.manual.saturating_add(auto).min(picks.of_data);
        picks.chosen[picks.manual..end].fill(true);
        picks
    }

    /// These templates, in this order within each kind.
    pub fn of(relation: &Relation, templates: &[usize]) -> Self {
        let mut picks = Picks::none(relation);
        for &template in templates {
            picks.list(template);
            picks.set(template, true);
        }
        let place = |template: usize| templates.iter().position(|&other| other == template);
        let mut order = std::mem::take(&mut picks.order);
        order.sort_by_key(|&one| (picks.kind(one), place(one).unwrap_or(usize::MAX)));
        picks.order = order;
        picks
    }

    /// Lists the own wordings that another value lists, without choosing them.
    pub fn keep_wordings(&mut self, other: &Picks) {
        for &own in other.order.iter().filter(|&&one| one >= other.of_data) {
            self.list(own);
        }
    }

    fn kind(&self, template: usize) -> TemplateKind {
        match template {
            manual if manual < self.manual => TemplateKind::Manual,
            auto if auto < self.of_data => TemplateKind::Auto,
            _ => TemplateKind::Own,
        }
    }

    /// Lists an own wording without choosing it.
    pub fn list(&mut self, template: usize) {
        if !self.order.contains(&template) {
            self.order.push(template);
        }
    }

    fn set(&mut self, template: usize, chosen: bool) {
        if self.chosen.len() <= template {
            self.chosen.resize(template + 1, false);
        }
        self.chosen[template] = chosen;
    }

    /// Lists an own wording and chooses it.
    pub fn add(&mut self, own: usize) {
        self.list(own);
        self.set(own, true);
    }

    /// Takes an own wording away; `false` for a template of the data.
    pub fn remove(&mut self, own: usize) -> bool {
        let is_own = self.kind(own) == TemplateKind::Own;
        if is_own {
            self.set(own, false);
            self.order.retain(|&other| other != own);
        }
        is_own
    }

    /// Puts an own wording in the place of another, chosen.
    pub fn replace(&mut self, old: usize, new: usize) {
        self.add(new);
        if let Some(place) = self.order.iter().position(|&other| other == old) {
            self.order.retain(|&other| other != new);
            self.order[place] = new;
            self.set(old, false);
        }
    }

    pub fn order(&self) -> &[usize] {
        &self.order
    }

    pub fn is_chosen(&self, template: usize) -> bool {
        self.chosen.get(template) == Some(&true)
    }

    /// The chosen templates in the order of the prompt, manual ones first.
    pub fn chosen(&self) -> Vec<usize> {
        self.order
            .iter()
            .copied()
            .filter(|&template| self.is_chosen(template))
            .collect()
    }

    /// How many are chosen: manual, auto.
    pub fn count(&self) -> (usize, usize) {
        let of = |part: &[bool]| part.iter().filter(|on| **on).count();
        (
            of(&self.chosen[..self.manual]),
            of(&self.chosen[self.manual..self.of_data]),
        )
    }

    /// Own wordings: how many are chosen, and how many there are.
    pub fn own(&self) -> (usize, usize) {
        let own = self.order.iter().filter(|&&one| one >= self.of_data);
        let chosen = own.clone().filter(|&&one| self.is_chosen(one));
        (chosen.count(), own.count())
    }

    /// How many there are: manual, auto.
    pub fn totals(&self) -> (usize, usize) {
        (self.manual, self.of_data - self.manual)
    }

    pub fn toggle(&mut self, template: usize) {
        self.set(template, !self.is_chosen(template));
    }

    /// Chooses all of a kind among `these`, or none where all are chosen; whether they are chosen now.
    pub fn toggle_kind(&mut self, kind: TemplateKind, these: &[usize]) -> bool {
        let part = these.iter().copied();
        let part: Vec<usize> = part.filter(|&one| self.kind(one) == kind).collect();
        let all = part.iter().all(|&template| self.is_chosen(template));
        for template in part {
            self.set(template, !all);
        }
        !all
    }

    /// Of `these` all manual ones and no others.
    pub fn only_manual(&mut self, these: &[usize]) {
        for &template in these {
            self.set(template, self.kind(template) == TemplateKind::Manual);
        }
    }

    pub fn invert(&mut self, these: &[usize]) {
        for &template in these {
            self.toggle(template);
        }
    }

    /// Of `these` the first `count`, and no others.
    pub fn first(&mut self, count: usize, these: &[usize]) {
        for (place, &template) in these.iter().enumerate() {
            self.set(template, place < count);
        }
    }

    /// Of `these` so many, drawn with a seed (ChaCha8) from the data's order, and no others.
    pub fn random(&mut self, count: usize, seed: u64, these: &[usize]) {
        let mut pool = these.to_vec();
        pool.sort_unstable();
        let (drawn, others) = pool.partial_shuffle(&mut ChaCha8Rng::seed_from_u64(seed), count);
        for &template in drawn.iter() {
            self.set(template, true);
        }
        for &template in others.iter() {
            self.set(template, false);
        }
    }

    /// Moves a template one place up or down within its kind; `false` where it stands at the end.
    pub fn shift(&mut self, template: usize, up: bool) -> bool {
        let Some(from) = self.order.iter().position(|&other| other == template) else {
            return false;
        };
        let Some(to) = (if up {
            from.checked_sub(1)
        } else {
            Some(from + 1)
        }) else {
            return false;
        };
        let other = self.order.get(to);
        let same_kind = other.is_some_and(|&other| self.kind(other) == self.kind(template));
        if same_kind {
            self.order.swap(from, to);
        }
        same_kind
    }

    /// Whether the value is what its fields promise.
    pub fn is_sound(&self) -> bool {
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        let has_data = sorted
            .iter()
            .take(self.of_data)
            .copied()
            .eq(0..self.of_data);
        sorted.dedup();
        let chosen = self.chosen.iter().filter(|on| **on).count();
        has_data
            && sorted.len() == self.order.len()
            && self.order.is_sorted_by_key(|&template| self.kind(template))
            && chosen == self.chosen().len()
    }
}

impl Marks {
    pub fn is_empty(&self) -> bool {
        self.relations.is_empty() && self.facts.is_empty()
    }
}

/// The value `by` places after this one, around the end.
pub fn next_of<T: Copy + PartialEq>(all: &[T], this: T, by: isize) -> T {
    let at = all.iter().position(|other| *other == this).unwrap_or(0) as isize;
    all[(at + by).rem_euclid(all.len() as isize) as usize]
}
