//! The ways of asking of a sweep: accuracy by the number of templates, over all cells that ask so.

use std::collections::BTreeMap;

use super::{Cell, Comparison};
use crate::score::{Clusters, Interval};

/// One way of asking with so many templates per question.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    pub name: String,
    pub k: usize,
    pub cells: usize,
    /// Rows of all its cells, and the right ones among them.
    pub n: usize,
    pub correct: usize,
    /// 95 % interval of the share of right rows, those about one fact taken together.
    pub interval: Option<Interval>,
    /// The worst and the best cell's accuracy.
    pub lowest: f64,
    pub highest: f64,
    /// Against the first way with as many templates; `None` for that one, and without a fact in common.
    pub difference: Option<Comparison>,
}

/// Rows about a fact, and the right ones among them, by uuid.
type Facts<'a> = BTreeMap<&'a str, (usize, usize)>;

impl Way {
    /// All ways, in the order of the cells, each by k.
    pub fn of(cells: &[Cell]) -> Vec<Way> {
        let mut names: Vec<&str> = Vec::new();
        for cell in cells {
            if !names.contains(&cell.name.as_str()) {
                names.push(&cell.name);
            }
        }
        let place = |cell: &Cell| {
            let place = names.iter().position(|name| *name == cell.name);
            (place.unwrap_or_default(), cell.k)
        };
        let mut ways: BTreeMap<(usize, usize), Vec<&Cell>> = BTreeMap::new();
        for cell in cells.iter().filter(|cell| cell.summary.tally.total.n > 0) {
            ways.entry(place(cell)).or_default().push(cell);
        }
        let facts: BTreeMap<_, Facts<'_>> = (ways.iter())
            .map(|(place, cells)| (*place, pooled(cells)))
            .collect();
        let first = |k: usize| facts.iter().find(|((_, of), _)| *of == k);
        let way = |((name, k), cells): (&(usize, usize), &Vec<&Cell>)| {
            let own = &facts[&(*name, *k)];
            let mut clusters = Clusters::default();
            for (n, correct) in own.values() {
                clusters.add(*correct as u64, *n as u64);
            }
            let n = own.values().map(|(n, _)| n).sum::<usize>();
            let correct = own.values().map(|(_, correct)| correct).sum::<usize>();
            let accuracies = || cells.iter().map(|cell| cell.summary.tally.total.accuracy());
            let other = first(*k).filter(|(place, _)| **place != (*name, *k));
            Way {
                name: names[*name].to_owned(),
                k: *k,
                cells: cells.len(),
                n,
                correct,
                interval: clusters.interval(correct as u64, n as u64),
                lowest: accuracies().fold(1.0, f64::min),
                highest: accuracies().fold(0.0, f64::max),
                difference: other.and_then(|(_, first)| difference(first, own)),
            }
        };
        ways.iter().map(way).collect()
    }

    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.n.max(1) as f64
    }
}

fn pooled<'a>(cells: &[&'a Cell]) -> Facts<'a> {
    let mut facts = Facts::new();
    for fact in cells.iter().flat_map(|cell| &cell.summary.facts) {
        let (n, correct) = facts.entry(&fact.uuid).or_default();
        *n += fact.n;
        *correct += fact.correct;
    }
    facts
}

/// The second less the first, over the facts that both have.
fn difference(first: &Facts<'_>, second: &Facts<'_>) -> Option<Comparison> {
    let share = |(n, correct): &(usize, usize)| *correct as f64 / *n as f64;
    let both = first
        .iter()
        .filter_map(|(uuid, a)| Some((a, second.get(uuid)?)));
    let single = both.clone().all(|(a, b)| (a.0, b.0) == (1, 1));
    let shares: Vec<(f64, f64)> = both.map(|(a, b)| (share(a), share(b))).collect();
    Comparison::of_shares((0, 1), &shares, single)
}
