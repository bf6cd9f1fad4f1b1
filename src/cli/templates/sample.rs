//! Every template's accuracy, estimated from a sample of templates and facts.

use std::io::{self, Write};

use serde::Serialize;

use super::judge::ask;
use crate::cli::CliError;
use crate::cli::plain::{Align, Table, count, percent, thousands};
use crate::cli::progress::Facts;
use crate::cli::session::Session;
use crate::engine::Method;
use crate::evaluate::Plan;
use crate::evaluate::select::{Seen, rasch, shuffled};
use crate::text::harmless;

/// What a sample says about the templates of a relation, best first.
#[derive(Serialize)]
pub struct Estimates {
    relation: String,
    facts: usize,
    asked: usize,
    templates: Vec<Estimate>,
}

#[derive(Serialize)]
struct Estimate {
    id: String,
    estimate: f64,
    asked: usize,
    right: usize,
    text: String,
}

/// Asks `share` of all pairs of a template and a fact, drawn with the seed.
pub fn estimate(
    session: &mut Session,
    plan: &Plan,
    share: f64,
    seed: u64,
    quiet: bool,
) -> Result<Vec<Estimates>, CliError> {
    let mut relations: Vec<usize> = Vec::new();
    for &fact in &plan.facts {
        let relation = plan.data.facts[fact].relation;
        if !relations.contains(&relation) {
            relations.push(relation);
        }
    }
    let mut all = Vec::new();
    for relation in relations {
        let of_relation = |fact: &usize| plan.data.facts[*fact].relation == relation;
        let facts: Vec<usize> = plan.facts.iter().copied().filter(of_relation).collect();
        let pool = &plan.templates[relation];
        let pairs = facts.len() * pool.len();
        let asked = ((pairs as f64 * share).ceil() as usize).clamp(1, pairs);
        let mut drawn = shuffled(pairs, seed);
        drawn.truncate(asked);
        drawn.sort_unstable();
        let name = format!("{} sampled  ", plan.data.relations[relation].id);
        let bar = Facts::new(name, 0, asked, quiet);
        let mut seen: Vec<Seen> = Vec::new();
        for (at, &template) in pool.iter().enumerate() {
            let places: Vec<usize> = (drawn.iter())
                .filter(|pair| *pair / facts.len() == at)
                .map(|pair| pair % facts.len())
                .collect();
            if places.is_empty() {
                continue;
            }
            let mut one = Plan {
                method: Method::Origin,
                facts: places.iter().map(|&place| facts[place]).collect(),
                ..plan.clone()
            };
            one.templates[relation] = vec![template];
            for row in ask(session, &one, &bar)? {
                let place =
                    (places.iter()).find(|&&place| plan.data.facts[facts[place]].uuid == row.uuid);
                seen.extend(place.map(|&place| (at, place, row.verdict.correct)));
            }
        }
        let estimates = rasch(pool.len(), facts.len(), &seen);
        let known = &plan.data.relations[relation];
        let of = |(at, &template): (usize, &usize)| {
            let mine = || seen.iter().filter(move |(t, ..)| *t == at);
            Estimate {
                id: known.templates[template].id.to_string(),
                estimate: estimates[at],
                asked: mine().count(),
                right: mine().filter(|(_, _, right)| *right).count(),
                text: known.templates[template].text.clone(),
            }
        };
        let mut templates: Vec<Estimate> = pool.iter().enumerate().map(of).collect();
        templates.sort_by(|a, b| b.estimate.total_cmp(&a.estimate));
        all.push(Estimates {
            relation: known.id.clone(),
            facts: facts.len(),
            asked: seen.len(),
            templates,
        });
    }
    Ok(all)
}

/// One table per relation.
pub fn write(out: &mut impl Write, all: &[Estimates]) -> io::Result<()> {
    for (at, relation) in all.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let pairs = relation.facts * relation.templates.len();
        writeln!(
            out,
            "{}: {} in {}, {} of {} pairs asked",
            relation.relation,
            count(relation.facts, "fact"),
            count(relation.templates.len(), "template"),
            thousands(relation.asked),
            thousands(pairs)
        )?;
        let mut table = Table::new(&[
            ("", Align::Left),
            ("estimate", Align::Right),
            ("right of asked", Align::Right),
            ("template", Align::Left),
        ]);
        for template in &relation.templates {
            table.row([
                template.id.clone(),
                percent(template.estimate),
                format!("{} of {}", template.right, template.asked),
                harmless(&template.text).into_owned(),
            ]);
        }
        table.write(out)?;
    }
    Ok(())
}
