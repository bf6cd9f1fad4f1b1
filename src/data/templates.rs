//! Which templates of each relation a run asks.

use std::collections::HashSet;

use super::relations::relation_names;
use super::{Dataset, Error, Relation, Style, TemplateId, TemplateKind};
use crate::numbers::count;

/// Which templates of each relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateChoice {
    /// The first so many of each kind; `None` means all manual ones.
    Counts { manual: Option<usize>, auto: usize },
    /// These, manual ones first and own ones last.
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
            auto: TemplateChoice::AUTO,
        }
    }
}

/// What one relation gives of a choice.
struct Picked {
    templates: Vec<usize>,
    /// In the words of the choice: `a9`, `5 auto templates`, `template 7 of the pool`.
    missing: Vec<String>,
}

impl TemplateChoice {
    /// Auto templates of a choice that does not say how many; the manual ones are then all of them.
    pub const AUTO: usize = 5;

    /// Finds the chosen templates of every relation, as [`super::Selected::templates`] and [`super::Selected::notes`]; only what
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
        notes.extend(self.reordered());
        let picked: Vec<Picked> = data
            .relations
            .iter()
            .map(|relation| self.pick(relation))
            .collect();
        if relations.iter().all(|&r| picked[r].templates.is_empty()) {
            return Err(no_template(&picked[relations[0]], data, relations[0]));
        }
        // Wordings that stand with their facts are as many as there are: nobody asked for more.
        if data.style == Style::MyriadLama || *self != TemplateChoice::default() {
            notes.extend(missing(data, &picked, relations));
        }
        let templates = picked.into_iter().map(|p| p.templates).collect();
        Ok((templates, notes))
    }

    /// The chosen templates of one relation, as far as it has them.
    pub fn of(&self, relation: &Relation) -> Vec<usize> {
        self.pick(relation).templates
    }

    fn pick(&self, relation: &Relation) -> Picked {
        // Own wordings are asked by name alone.
        let all = (relation.templates.iter())
            .filter(|template| !template.is_own())
            .count();
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
                        missing.push(count(wanted, &format!("{kind} template")));
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
                    missing.push(count(*wanted, "template"));
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

    /// Says in which order templates are asked that were named in another.
    fn reordered(&self) -> Option<String> {
        let TemplateChoice::Named(ids) = self else {
            return None;
        };
        let mut sorted = ids.clone();
        sorted.sort_by_key(|id| id.kind);
        let words: Vec<String> = sorted.iter().map(ToString::to_string).collect();
        (sorted != *ids).then(|| format!("manual templates come first: {}", words.join(", ")))
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
    let kinds = [TemplateKind::Manual, TemplateKind::Auto, TemplateKind::Own].map(|kind| {
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
