//! Which facts and templates of a data set a run uses.

use std::collections::HashSet;

use super::error::quote;
use super::suggest::suggestion;
use super::{Dataset, Error, Relation, TemplateId, TemplateKind};

/// A choice, as the command line or the explorer states it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Relation ids; empty means all.
    pub relations: Vec<String>,
    /// Only these facts.
    pub uuids: Option<Vec<String>>,
    pub templates: TemplateChoice,
    /// The first so many facts in data order.
    pub max_samples: Option<usize>,
}

/// Which templates of each relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateChoice {
    /// The first so many of each kind; `None` means all manual ones.
    Counts { manual: Option<usize>, auto: usize },
    /// These, manual ones first.
    Named(Vec<TemplateId>),
    /// The first so many of the pool (manual, then auto).
    First(usize),
    /// These of the pool, counted from 0.
    Pool(Vec<usize>),
}

impl Default for TemplateChoice {
    fn default() -> Self {
        TemplateChoice::Counts {
            manual: None,
            auto: 5,
        }
    }
}

/// A choice, found in a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Indices into [`Dataset::facts`], in data order; never empty.
    pub facts: Vec<usize>,
    /// Per relation of the data set, indices into its templates: manual ones first, in the given
    /// order within a kind. Not empty for any relation of a selected fact.
    pub templates: Vec<Vec<usize>>,
    /// What could not be had as asked, one line each, to be said once.
    pub notes: Vec<String>,
}

impl Selection {
    /// Finds the chosen facts and templates.
    ///
    /// # Errors
    /// A relation or uuid that the data lacks, or a choice that leaves nothing.
    pub fn apply(&self, data: &Dataset) -> Result<Selected, Error> {
        let mut wanted = vec![self.relations.is_empty(); data.relations.len()];
        for id in &self.relations {
            wanted[data.relation(id)?] = true;
        }
        let uuids = match &self.uuids {
            Some(uuids) => Some(find_uuids(data, uuids)?),
            None => None,
        };
        let chosen = |fact: usize| {
            let fact = &data.facts[fact];
            wanted[fact.relation]
                && uuids
                    .as_ref()
                    .is_none_or(|u| u.contains(fact.uuid.as_str()))
        };
        let mut facts: Vec<usize> = (0..data.facts.len()).filter(|&f| chosen(f)).collect();
        if facts.is_empty() {
            return Err(self.nothing(data));
        }

        let mut used = vec![false; data.relations.len()];
        for &fact in &facts {
            used[data.facts[fact].relation] = true;
        }
        let used = |relation: &usize| used[*relation];
        let relations: Vec<usize> = (0..data.relations.len()).filter(used).collect();
        let (templates, notes) = self.templates.apply(data, &relations)?;
        facts.retain(|&fact| !templates[data.facts[fact].relation].is_empty());

        match self.max_samples {
            Some(0) => {
                let what = "--max-samples 0 leaves no fact: give at least 1";
                return Err(Error::Selection(what.to_owned()));
            }
            Some(most) => facts.truncate(most),
            None => {}
        }
        Ok(Selected {
            facts,
            templates,
            notes,
        })
    }

    /// Every part of the choice exists, yet together they leave no fact.
    fn nothing(&self, data: &Dataset) -> Error {
        Error::Selection(match (self.relations.as_slice(), &self.uuids) {
            (_, Some(uuids)) if uuids.is_empty() => {
                "the list of uuids is empty: give one uuid per line".to_owned()
            }
            ([], _) => format!(
                "the data holds {} facts: nothing to select",
                data.facts.len()
            ),
            (relations, Some(uuids)) => format!(
                "none of the {} uuids belongs to {}: leave out --relation or --uuids",
                uuids.len(),
                relations.join(", ")
            ),
            (relations, None) => format!("no facts of {} in the data", relations.join(", ")),
        })
    }
}

/// What one relation gives of a choice.
struct Picked {
    templates: Vec<usize>,
    /// In the words of the choice: `a9`, `5 auto templates`, `template 7 of the pool`.
    missing: Vec<String>,
}

impl TemplateChoice {
    /// Finds the chosen templates of every relation, as [`Selected::templates`] and [`Selected::notes`]; only what
    /// these relations lack counts as lacking. There is at least one of them.
    ///
    /// # Errors
    /// None of these relations has any chosen template.
    pub fn apply(
        &self,
        data: &Dataset,
        relations: &[usize],
    ) -> Result<(Vec<Vec<usize>>, Vec<String>), Error> {
        let mut notes = self.repeated();
        let picked: Vec<Picked> = data
            .relations
            .iter()
            .map(|relation| self.pick(relation))
            .collect();
        if relations.iter().all(|&r| picked[r].templates.is_empty()) {
            return Err(no_template(&picked[relations[0]], data, relations[0]));
        }
        notes.extend(missing(data, &picked, relations));
        let templates = picked.into_iter().map(|p| p.templates).collect();
        Ok((templates, notes))
    }

    fn pick(&self, relation: &Relation) -> Picked {
        let all = relation.templates.len();
        let manual = relation.of_kind(TemplateKind::Manual).count();
        let mut missing = Vec::new();
        let mut templates: Vec<usize> = match self {
            TemplateChoice::Counts { manual: m, auto } => {
                let wanted = [
                    (m.unwrap_or(manual), manual, "manual"),
                    (*auto, all - manual, "auto"),
                ];
                for (wanted, there, kind) in wanted {
                    if wanted > there {
                        missing.push(count(wanted, kind));
                    }
                }
                let first = 0..m.unwrap_or(manual).min(manual);
                let second = manual..manual.saturating_add(*auto).min(all);
                first.chain(second).collect()
            }
            TemplateChoice::Named(ids) => {
                let mut found = Vec::new();
                for &id in ids {
                    match relation.find_template(id) {
                        Some(index) => found.push(index),
                        None => missing.push(id.to_string()),
                    }
                }
                found
            }
            TemplateChoice::First(wanted) => {
                if *wanted > all {
                    missing.push(count(*wanted, ""));
                }
                (0..all.min(*wanted)).collect()
            }
            TemplateChoice::Pool(indices) => {
                let (found, lacking) = indices.iter().partition(|&&i| i < all);
                let lacking: Vec<usize> = lacking;
                missing.extend(lacking.iter().map(|i| format!("template {i} of the pool")));
                found
            }
        };
        // A stable sort keeps the given order within a kind.
        templates.sort_by_key(|&t| relation.templates[t].id.kind);
        let mut seen = HashSet::new();
        templates.retain(|&t| seen.insert(t));
        Picked { templates, missing }
    }

    /// Says which templates were named more than once.
    fn repeated(&self) -> Vec<String> {
        let names: Vec<String> = match self {
            TemplateChoice::Named(ids) => ids.iter().map(ToString::to_string).collect(),
            TemplateChoice::Pool(indices) => indices
                .iter()
                .map(|i| format!("template {i} of the pool"))
                .collect(),
            TemplateChoice::Counts { .. } | TemplateChoice::First(_) => return Vec::new(),
        };
        let mut seen = HashSet::new();
        let mut said = HashSet::new();
        names
            .iter()
            .filter(|name| !seen.insert(*name) && said.insert(*name))
            .map(|name| format!("{name} is given twice: used once"))
            .collect()
    }
}

fn count(number: usize, kind: &str) -> String {
    let plural = if number == 1 { "template" } else { "templates" };
    match kind {
        "" => format!("{number} {plural}"),
        kind => format!("{number} {kind} {plural}"),
    }
}

/// One line per thing that is lacking, naming the relations that lack it.
fn missing(data: &Dataset, picked: &[Picked], relations: &[usize]) -> Vec<String> {
    let mut lacking: Vec<(&str, Vec<usize>)> = Vec::new();
    for &relation in relations {
        for what in &picked[relation].missing {
            match lacking.iter_mut().find(|(known, _)| known == what) {
                Some((_, list)) => list.push(relation),
                None => lacking.push((what, vec![relation])),
            }
        }
    }
    let mut notes: Vec<String> = lacking
        .into_iter()
        .map(|(what, list)| match list.as_slice() {
            [one] if !picked[*one].templates.is_empty() => {
                let relation = &data.relations[*one];
                format!(
                    "{} has no {what}: using {}",
                    relation.id,
                    ids(relation, &picked[*one].templates)
                )
            }
            list => format!(
                "{} {} no {what}: using what there is",
                relation_names(data, list),
                if list.len() == 1 { "has" } else { "have" }
            ),
        })
        .collect();
    let empty: Vec<usize> = relations
        .iter()
        .copied()
        .filter(|&r| picked[r].templates.is_empty())
        .collect();
    if !empty.is_empty() {
        notes.push(format!(
            "left out for want of any chosen template: {}",
            relation_names(data, &empty)
        ));
    }
    notes
}

fn no_template(picked: &Picked, data: &Dataset, relation: usize) -> Error {
    let relation = &data.relations[relation];
    let what = match picked.missing.as_slice() {
        [] => "no template is chosen".to_owned(),
        missing => format!("{} has no {}", relation.id, missing.join(" or ")),
    };
    let all: Vec<usize> = (0..relation.templates.len()).collect();
    Error::Selection(format!("{what}: choose from {}", ids(relation, &all)))
}

/// Template ids; a long run of one kind is shown by its ends.
fn ids(relation: &Relation, templates: &[usize]) -> String {
    let id = |&t: &usize| relation.templates[t].id.to_string();
    if templates.len() <= 8 {
        return templates.iter().map(id).collect::<Vec<_>>().join(", ");
    }
    let kinds = [TemplateKind::Manual, TemplateKind::Auto].map(|kind| {
        let same = |t: &&usize| relation.templates[**t].id.kind == kind;
        let ids: Vec<String> = templates.iter().filter(same).map(id).collect();
        match ids.as_slice() {
            [first, .., last] if ids.len() > 2 => format!("{first} … {last}"),
            few => few.join(", "),
        }
    });
    let kinds: Vec<String> = kinds.into_iter().filter(|k| !k.is_empty()).collect();
    kinds.join(", ")
}

/// The ids of some relations, the first few by name.
fn relation_names(data: &Dataset, relations: &[usize]) -> String {
    let names: Vec<&str> = relations
        .iter()
        .map(|&r| data.relations[r].id.as_str())
        .collect();
    match names.as_slice() {
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        all => all.join(", "),
    }
}

impl Dataset {
    /// As [`Dataset::find_relation`].
    ///
    /// # Errors
    /// There is none; the message says which there are.
    pub fn relation(&self, id: &str) -> Result<usize, Error> {
        self.find_relation(id).ok_or_else(|| {
            let known = self.relations.iter().map(|r| r.id.as_str());
            let all: Vec<usize> = (0..self.relations.len()).collect();
            Error::Selection(format!(
                "no relation {} in the data: {}it has {}",
                quote(id),
                suggestion(id, known),
                relation_names(self, &all)
            ))
        })
    }
}

/// Checks that every uuid is known.
fn find_uuids<'a>(data: &Dataset, uuids: &'a [String]) -> Result<HashSet<&'a str>, Error> {
    let known: HashSet<&str> = data.facts.iter().map(|f| f.uuid.as_str()).collect();
    let unknown: Vec<&String> = uuids
        .iter()
        .filter(|uuid| !known.contains(uuid.as_str()))
        .collect();
    let Some(first) = unknown.first() else {
        return Ok(uuids.iter().map(String::as_str).collect());
    };
    let others = match unknown.len() {
        1 => String::new(),
        n => format!(" (nor {} others of the list)", n - 1),
    };
    Err(Error::Selection(format!(
        "no fact with uuid {} in the data{others}: {}it has {} facts; their uuids stand in the \
         first column of what `lamascope run --out` writes",
        quote(first),
        suggestion(first, known.into_iter()),
        data.facts.len()
    )))
}
