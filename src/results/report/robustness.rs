//! Runs that differ in their templates alone: how far an ensemble depends on which ones it gets.

use std::collections::BTreeMap;

use super::{Run, Summary};
use crate::results::Configuration;
use crate::results::configuration::Selected;
use crate::score::belief::Spread;
use crate::score::consistency;

/// Runs of one method over the same facts, each with as many templates of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// Indices of the runs, at least two.
    pub runs: Vec<usize>,
    /// Templates per relation.
    pub templates: usize,
    /// No template of a relation is in two of the runs.
    pub disjoint: bool,
    pub accuracies: Spread,
    /// Share of pairs of runs with the same prediction, mean over the facts that all have.
    pub consistency: Option<f64>,
}

impl Robustness {
    /// Every group of runs that differ in nothing but their templates, of which each relation has as many.
    pub(super) fn of(runs: &[Run]) -> Vec<Self> {
        let mut groups: Vec<(Configuration, usize, Vec<usize>)> = Vec::new();
        for (at, run) in runs.iter().enumerate() {
            let configuration = run.configuration.as_ref();
            let Some((configuration, templates)) =
                configuration.and_then(|of| Some((but_for_templates(of), templates_of(of)?)))
            else {
                continue;
            };
            let same = |group: &&mut (Configuration, usize, Vec<usize>)| {
                group.0 == configuration && group.1 == templates
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.2.push(at),
                None => groups.push((configuration, templates, vec![at])),
            }
        }
        groups.retain(|group| group.2.len() > 1);
        let robustness = |(_, templates, at): (Configuration, usize, Vec<usize>)| {
            let summaries: Vec<&Summary> = at.iter().map(|&run| &runs[run].summary).collect();
            let accuracy = |summary: &&Summary| summary.tally.total.accuracy();
            let accuracies: Vec<f64> = summaries.iter().map(accuracy).collect();
            Some(Robustness {
                templates,
                disjoint: disjoint(
                    at.iter()
                        .filter_map(|&run| runs[run].configuration.as_ref()),
                ),
                accuracies: Spread::of(&accuracies)?,
                consistency: agreement(&summaries),
                runs: at,
            })
        };
        groups.into_iter().filter_map(robustness).collect()
    }
}

/// What has to be the same.
fn but_for_templates(configuration: &Configuration) -> Configuration {
    Configuration {
        selection: Selected {
            templates: String::new(),
            asked: BTreeMap::new(),
            sha256: String::new(),
            ..configuration.selection.clone()
        },
        ..configuration.run()
    }
}

/// How many templates each relation has; `None` where they have different numbers.
fn templates_of(configuration: &Configuration) -> Option<usize> {
    let mut counts = (configuration.selection.asked.values()).map(|ids| ids.split(',').count());
    let first = counts.next()?;
    counts.all(|count| count == first).then_some(first)
}

fn disjoint<'a>(runs: impl Iterator<Item = &'a Configuration>) -> bool {
    let mut seen = std::collections::HashSet::new();
    runs.flat_map(|of| &of.selection.asked)
        .flat_map(|(relation, ids)| ids.split(',').map(move |id| (relation, id)))
        .all(|template| seen.insert(template))
}

/// Consistency between runs with one row per fact.
fn agreement(runs: &[&Summary]) -> Option<f64> {
    if !runs.iter().all(|run| run.is_single()) {
        return None;
    }
    let facts = runs.first()?.in_order();
    let shares: Vec<f64> = (facts.iter())
        .filter_map(|fact| {
            let answers = runs.iter().map(|run| run.fact(&fact.uuid)?.answers.first());
            let predictions: Option<Vec<&str>> = answers
                .map(|answer| answer.map(|answer| &*answer.prediction))
                .collect();
            consistency(&predictions?)
        })
        .collect();
    Spread::of(&shares).map(|spread| spread.mean)
}
