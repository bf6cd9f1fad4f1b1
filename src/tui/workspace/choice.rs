//! What the user has chosen, as one value that can be compared, kept and taken back.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::data::{Relation, TemplateKind};
use crate::engine::Method;
use crate::layout::{Options, Preset};
use crate::prompt::Shots;
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
    /// Indices into the relation's templates; manual ones stand first.
    order: Vec<usize>,
    /// By index into the relation's templates.
    chosen: Vec<bool>,
    /// How many templates are manual.
    manual: usize,
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
        let count = relation.templates.len();
        Picks {
            order: (0..count).collect(),
            chosen: vec![false; count],
            manual: relation.of_kind(TemplateKind::Manual).count(),
        }
    }

    /// The first so many of each kind (all manual ones where `None`).
    pub fn counts(relation: &Relation, manual: Option<usize>, auto: usize) -> Self {
        let mut picks = Picks::none(relation);
        let manual = manual.map_or(picks.manual, |count| count.min(picks.manual));
        picks.chosen[..manual].fill(true);
        let end = (picks.manual + auto).min(picks.chosen.len());
        picks.chosen[picks.manual..end].fill(true);
        picks
    }

    /// These templates, in this order within each kind.
    pub fn of(relation: &Relation, templates: &[usize]) -> Self {
        let mut picks = Picks::none(relation);
        for &template in templates {
            picks.chosen[template] = true;
        }
        let place = |template: &usize| {
            templates
                .iter()
                .position(|t| t == template)
                .unwrap_or(usize::MAX)
        };
        let (manual, auto) = picks.order.split_at_mut(picks.manual);
        manual.sort_by_key(place);
        auto.sort_by_key(place);
        picks
    }

    pub fn order(&self) -> &[usize] {
        &self.order
    }

    pub fn is_chosen(&self, template: usize) -> bool {
        self.chosen[template]
    }

    /// The chosen templates in the order of the prompt, manual ones first.
    pub fn chosen(&self) -> Vec<usize> {
        self.order
            .iter()
            .copied()
            .filter(|&template| self.chosen[template])
            .collect()
    }

    /// How many are chosen: manual, auto.
    pub fn count(&self) -> (usize, usize) {
        let of = |part: &[bool]| part.iter().filter(|on| **on).count();
        (
            of(&self.chosen[..self.manual]),
            of(&self.chosen[self.manual..]),
        )
    }

    /// How many there are: manual, auto.
    pub fn totals(&self) -> (usize, usize) {
        (self.manual, self.chosen.len() - self.manual)
    }

    pub fn toggle(&mut self, template: usize) {
        self.chosen[template] = !self.chosen[template];
    }

    fn is_manual(&self, template: usize) -> bool {
        template < self.manual
    }

    /// Chooses all of a kind among `these`, or none where all are chosen; whether they are chosen now.
    pub fn toggle_kind(&mut self, kind: TemplateKind, these: &[usize]) -> bool {
        let manual = kind == TemplateKind::Manual;
        let part = || these.iter().filter(|&&one| self.is_manual(one) == manual);
        let all = part().all(|&template| self.chosen[template]);
        for template in part().copied().collect::<Vec<_>>() {
            self.chosen[template] = !all;
        }
        !all
    }

    /// Of `these` all manual ones and no others.
    pub fn only_manual(&mut self, these: &[usize]) {
        for &template in these {
            self.chosen[template] = self.is_manual(template);
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
            self.chosen[template] = place < count;
        }
    }

    /// Of `these` so many, drawn with a seed (ChaCha8) from the data's order, and no others.
    pub fn random(&mut self, count: usize, seed: u64, these: &[usize]) {
        let mut pool = these.to_vec();
        pool.sort_unstable();
        let (drawn, others) = pool.partial_shuffle(&mut ChaCha8Rng::seed_from_u64(seed), count);
        for &template in drawn.iter() {
            self.chosen[template] = true;
        }
        for &template in others.iter() {
            self.chosen[template] = false;
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
        let same_kind = to < self.order.len() && (from < self.manual) == (to < self.manual);
        if same_kind {
            self.order.swap(from, to);
        }
        same_kind
    }

    /// Whether the value is what its fields promise.
    pub fn is_sound(&self) -> bool {
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        let manual_first = self
            .order
            .iter()
            .take(self.manual)
            .all(|&template| template < self.manual);
        sorted
            .iter()
            .enumerate()
            .all(|(i, &template)| i == template)
            && manual_first
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
