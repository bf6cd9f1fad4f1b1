//! Sets of templates by a rule: every subset, draws, disjoint ones.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::args::template_ids;
use crate::data::TemplateId;
use crate::evaluate::select;

/// Subsets of one size at most, where the file does not say.
const MOST: usize = 100;
const SEED: u64 = 42;

/// `{ subsets = 2, of = "m1,m2,m3,a1", most = 20 }` or the like.
pub struct Sets {
    rule: Rule,
    /// Sizes of the sets.
    sizes: Vec<usize>,
    /// What they are chosen from; every template where `None`.
    of: Option<Vec<TemplateId>>,
    most: usize,
    seed: u64,
}

enum Rule {
    /// Every one of a size, or `most` drawn ones where there are more.
    Subsets,
    /// So many orders of the pool: the first k of each are a set, so that sets of one draw contain each other.
    Draws(usize),
    /// As many without a common template as there can be.
    Disjoint,
}

type Wrong = (Range<usize>, String);

impl Sets {
    pub fn read(table: &DeTable<'_>) -> Result<Self, Wrong> {
        let mut rule: Option<Rule> = None;
        let mut sets = Sets {
            rule: Rule::Subsets,
            sizes: Vec::new(),
            of: None,
            most: MOST,
            seed: SEED,
        };
        let mut span = 0..0;
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            span = key.span();
            match name {
                "subsets" | "disjoint" | "draws" if rule.is_some() => {
                    let message =
                        "one of subsets, draws and disjoint at a time: give a table to each";
                    return Err((span, message.to_owned()));
                }
                "subsets" => (rule, sets.sizes) = (Some(Rule::Subsets), sizes(name, value)?),
                "disjoint" => (rule, sets.sizes) = (Some(Rule::Disjoint), sizes(name, value)?),
                "draws" => rule = Some(Rule::Draws(size(name, value)?)),
                "k" => sets.sizes = sizes(name, value)?,
                "most" => sets.most = size(name, value)?,
                "seed" => sets.seed = number(value).ok_or_else(|| wrong(name, value, "from 0"))?,
                "of" => {
                    let expected = || (value.span(), "of: expected \"m1,m3,a2\"".to_owned());
                    let text = value.get_ref().as_str().ok_or_else(expected)?;
                    let ids = template_ids(text).map_err(|e| (value.span(), format!("of: {e}")))?;
                    sets.of = Some(ids.0);
                }
                _ => {
                    let known = "subsets, draws, disjoint, k, of, most, seed";
                    return Err((span, format!("{name} is not known: expected {known}")));
                }
            }
        }
        sets.rule = rule.ok_or_else(|| {
            let message = "expected one of subsets = K, draws = N with k = K, disjoint = K";
            (span.clone(), message.to_owned())
        })?;
        if sets.sizes.is_empty() {
            return Err((span, "draws needs k, the size of the sets".to_owned()));
        }
        Ok(sets)
    }

    /// The sets, each in the order of the pool.
    ///
    /// # Errors
    /// A set larger than the pool, or a template that it lacks.
    pub fn of(&self, all: &[TemplateId]) -> Result<Vec<Vec<TemplateId>>, String> {
        let pool = self.of.as_deref().unwrap_or(all);
        if let Some(missing) = pool.iter().find(|id| !all.contains(id)) {
            return Err(format!("there is no template {missing}"));
        }
        let n = pool.len();
        if let Some(k) = self.sizes.iter().find(|&&k| k > n) {
            return Err(format!(
                "sets of {k} out of {n} templates cannot be: lower k"
            ));
        }
        let first = |k: usize, seed: u64| {
            let mut set = select::shuffled(n, seed);
            set.truncate(k);
            set.sort_unstable();
            set
        };
        let of_size = |&k: &usize| match self.rule {
            Rule::Subsets => select::some_subsets(n, k, self.most, self.seed),
            Rule::Disjoint => select::disjoint_subsets(n, k, self.seed),
            Rule::Draws(times) => (0..times as u64)
                .map(|draw| first(k, self.seed.wrapping_add(draw)))
                .collect(),
        };
        let ids = |set: Vec<usize>| set.into_iter().map(|at| pool[at]).collect();
        Ok(self.sizes.iter().flat_map(of_size).map(ids).collect())
    }
}

fn sizes(name: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<usize>, Wrong> {
    match value.get_ref().as_array() {
        Some(list) if list.is_empty() => Err((value.span(), format!("{name} is empty"))),
        Some(list) => list.iter().map(|value| size(name, value)).collect(),
        None => Ok(vec![size(name, value)?]),
    }
}

fn size(name: &str, value: &Spanned<DeValue<'_>>) -> Result<usize, Wrong> {
    let positive = number(value).filter(|&number| number > 0);
    positive
        .map(|number| number as usize)
        .ok_or_else(|| wrong(name, value, "from 1"))
}

fn number(value: &Spanned<DeValue<'_>>) -> Option<u64> {
    match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        _ => None,
    }
}

fn wrong(name: &str, value: &Spanned<DeValue<'_>>, from: &str) -> Wrong {
    (
        value.span(),
        format!("{name}: expected a whole number {from}"),
    )
}
