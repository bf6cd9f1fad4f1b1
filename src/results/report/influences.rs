//! What many answers read and what their questions did: the files of `run --attention` and `run --influence`, summed up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::{Error, Record, Table};
use crate::data::TemplateId;
use crate::evaluate::relation_order;
use crate::score::{Correlation, Paired};

/// Draws the facts for the intervals of correlations.
const SEED: u64 = 42;

/// By relation and template.
#[derive(Debug, Clone, PartialEq)]
pub struct Influences {
    pub files: Vec<PathBuf>,
    pub facts: usize,
    pub relations: Vec<RelationInfluence>,
    /// Where both masses and influences of some facts are known.
    pub predicts: Option<Predicts>,
}

/// Means over the facts of one relation.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationInfluence {
    pub id: String,
    pub facts: usize,
    /// Mass of all questions together.
    pub mass: Option<f64>,
    /// What all questions together add to ln p of the answer, in nats.
    pub added: Option<f64>,
    pub templates: Vec<TemplateInfluence>,
}

/// Means over the facts that were asked through one template.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateInfluence {
    pub id: TemplateId,
    pub facts: usize,
    /// Of its question, mean over the steps of an answer, layers and heads.
    pub mass: Option<f64>,
    /// In nats, as [`TemplateInfluence::shapley`].
    pub left_out: Option<f64>,
    pub shapley: Option<f64>,
    /// Share of the facts in which no question has a larger Shapley value, the first of equals.
    pub carries: Option<f64>,
}

/// How well a question's mass tells what the question did, over all pairs of fact and question.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicts {
    pub facts: usize,
    pub pairs: usize,
    pub left_out: Prediction,
    pub shapley: Prediction,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    pub pooled: Correlation,
    /// Less each fact's means: between the questions of one fact.
    pub within: Correlation,
}

/// What is known of one fact.
#[derive(Default)]
struct Fact {
    relation: String,
    /// Sum over steps, layers and heads, and their number.
    masses: BTreeMap<TemplateId, (f64, usize)>,
    /// Left out and Shapley value.
    influences: BTreeMap<TemplateId, (f64, f64)>,
}

impl Fact {
    fn mass(&self, template: &TemplateId) -> Option<f64> {
        let (sum, n) = self.masses.get(template)?;
        Some(sum / *n as f64)
    }

    /// The template with the largest Shapley value, the first of equals.
    fn carrier(&self) -> Option<TemplateId> {
        let mut all = self.influences.iter();
        let first = all.next()?;
        let larger = |best: (_, f64), (id, (_, value)): (_, &(f64, f64))| match *value > best.1 {
            true => (id, *value),
            false => best,
        };
        Some(*all.fold((first.0, first.1.1), larger).0)
    }
}

/// Parts the files of masses and influences from result files.
///
/// # Errors
/// A file that cannot be read.
pub fn part(files: &[PathBuf]) -> Result<(Vec<PathBuf>, Option<Influences>), Error> {
    let mut results = Vec::new();
    let mut inside = Vec::new();
    for file in files {
        match is_inside(file)? {
            true => inside.push(file.clone()),
            false => results.push(file.clone()),
        }
    }
    let influences = match inside.is_empty() {
        true => None,
        false => Some(Influences::read(inside)?),
    };
    Ok((results, influences))
}

/// Whether a file's rows are masses or influences.
fn is_inside(file: &Path) -> Result<bool, Error> {
    // What a result file is read for says better what is wrong with a row.
    let Some(Ok(first)) = Table::open(file)?.next() else {
        return Ok(false);
    };
    let has = |one: &str, other: &str| first.has(one) && first.has(other);
    Ok(has("part", "mass") || has("left_out", "shapley"))
}

impl Influences {
    /// What is known of a template of a relation.
    pub fn of(&self, relation: &str, template: TemplateId) -> Option<&TemplateInfluence> {
        let relation = self.relations.iter().find(|one| one.id == relation)?;
        relation.templates.iter().find(|one| one.id == template)
    }

    /// Sums up files of masses and influences, and of nothing else.
    ///
    /// # Errors
    /// A file that cannot be read or holds something else.
    pub fn of_files(files: &[PathBuf]) -> Result<Self, Error> {
        for path in files {
            if !is_inside(path)? {
                return Err(Error::NotInside { path: path.clone() });
            }
        }
        Influences::read(files.to_vec())
    }

    fn read(files: Vec<PathBuf>) -> Result<Self, Error> {
        let mut facts: BTreeMap<String, Fact> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for path in &files {
            let mut here = BTreeSet::new();
            for record in Table::open(path)? {
                let record = record?;
                let uuid = record.text("uuid")?;
                let is_mass = record.has("mass");
                let key = (uuid.to_owned(), is_mass);
                if here.insert(key.clone()) && !seen.insert(key) {
                    let what = format!(
                        "fact {uuid} stands in another of these files too: give one of them"
                    );
                    let path = path.clone();
                    return Err(Error::Shards { path, what });
                }
                if !facts.contains_key(uuid) {
                    let relation = record.text("relation")?.to_owned();
                    let fact = Fact {
                        relation,
                        ..Fact::default()
                    };
                    facts.insert(uuid.to_owned(), fact);
                }
                if let Some(fact) = facts.get_mut(uuid) {
                    match is_mass {
                        true => add_mass(fact, &record)?,
                        false => add_influence(fact, &record)?,
                    }
                }
            }
        }
        Ok(Influences {
            facts: facts.len(),
            relations: relations(&facts),
            predicts: predicts(facts.values()),
            files,
        })
    }
}

fn add_mass(fact: &mut Fact, record: &Record) -> Result<(), Error> {
    let part = record.text("part")?;
    if matches!(part, "front" | "rest") {
        return Ok(());
    }
    let (sum, n) = fact.masses.entry(template(record, "part")?).or_default();
    *sum += record.number("mass")?;
    *n += 1;
    Ok(())
}

fn add_influence(fact: &mut Fact, record: &Record) -> Result<(), Error> {
    let values = (record.number("left_out")?, record.number("shapley")?);
    fact.influences
        .insert(template(record, "template")?, values);
    Ok(())
}

fn template(record: &Record, column: &str) -> Result<TemplateId, Error> {
    let text = record.text(column)?;
    let wrong = || record.wrong(column, "a template id such as m1 or a2", &text.into());
    text.parse().map_err(|_| wrong())
}

fn relations(facts: &BTreeMap<String, Fact>) -> Vec<RelationInfluence> {
    let mut by_relation: BTreeMap<(usize, &str), Vec<&Fact>> = BTreeMap::new();
    for fact in facts.values() {
        let place = relation_order(&fact.relation);
        by_relation.entry(place).or_default().push(fact);
    }
    let relation = |((_, id), facts): ((usize, &str), Vec<&Fact>)| {
        let masses = facts.iter().filter(|fact| !fact.masses.is_empty());
        let masses = masses.map(|fact| fact.masses.keys().filter_map(|id| fact.mass(id)).sum());
        let added = facts.iter().filter(|fact| !fact.influences.is_empty());
        let added = added.map(|fact| fact.influences.values().map(|(_, shapley)| shapley).sum());
        RelationInfluence {
            id: id.to_owned(),
            facts: facts.len(),
            mass: mean(masses),
            added: mean(added),
            templates: templates(&facts),
        }
    };
    by_relation.into_iter().map(relation).collect()
}

fn templates(facts: &[&Fact]) -> Vec<TemplateInfluence> {
    let of = |fact: &&Fact| -> Vec<TemplateId> {
        fact.masses
            .keys()
            .chain(fact.influences.keys())
            .copied()
            .collect()
    };
    let ids: BTreeSet<TemplateId> = facts.iter().flat_map(of).collect();
    let template = |id: TemplateId| {
        let influences = || {
            facts
                .iter()
                .filter_map(move |fact| fact.influences.get(&id))
        };
        let asked = facts
            .iter()
            .filter(|fact| fact.influences.contains_key(&id));
        let carries = asked.map(|fact| f64::from(u8::from(fact.carrier() == Some(id))));
        TemplateInfluence {
            id,
            facts: facts.iter().filter(|fact| of(fact).contains(&id)).count(),
            mass: mean(facts.iter().filter_map(|fact| fact.mass(&id))),
            left_out: mean(influences().map(|(left_out, _)| *left_out)),
            shapley: mean(influences().map(|(_, shapley)| *shapley)),
            carries: mean(carries),
        }
    };
    ids.into_iter().map(template).collect()
}

fn predicts<'a>(facts: impl Iterator<Item = &'a Fact>) -> Option<Predicts> {
    let mut pairs = [Paired::default(), Paired::default()];
    for fact in facts {
        let known = fact.influences.iter();
        let known: Vec<(f64, &(f64, f64))> = known
            .filter_map(|(id, influence)| Some((fact.mass(id)?, influence)))
            .collect();
        if !known.is_empty() {
            pairs[0].add(known.iter().map(|(mass, (left_out, _))| (*mass, *left_out)));
            pairs[1].add(known.iter().map(|(mass, (_, shapley))| (*mass, *shapley)));
        }
    }
    let prediction = |of: &Paired| Prediction {
        pooled: of.correlation(SEED),
        within: of.within_facts().correlation(SEED),
    };
    (pairs[0].facts() > 0).then(|| Predicts {
        facts: pairs[0].facts(),
        pairs: pairs[0].pairs(),
        left_out: prediction(&pairs[0]),
        shapley: prediction(&pairs[1]),
    })
}

fn mean(of: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = of.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / n as f64)
}
