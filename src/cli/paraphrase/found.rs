//! The variants of all questions together.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::cli::CliError;
use crate::cli::plain::count;
use crate::data::{Dataset, Style, TemplateId};
use crate::evaluate::paraphrase::{Asked, Dropped, Sifted, Variant, template};
use crate::sets::TemplateSet;

/// A question and what was drawn for it.
pub struct Rewritten {
    pub fact: usize,
    /// Index into the templates of the fact's relation.
    pub template: usize,
    pub asked: Asked,
    pub sifted: Sifted,
}

/// What is taken of it.
pub struct Found {
    pub data: Arc<Dataset>,
    pub rewritten: Vec<Rewritten>,
    /// How many are taken of each question at most.
    pub most: usize,
    /// Per question the templates that its variants make; empty where questions stand with their facts.
    pub templates: Vec<Vec<String>>,
}

#[derive(Serialize)]
pub struct View<'a> {
    questions: Vec<QuestionView<'a>>,
}

#[derive(Serialize)]
struct QuestionView<'a> {
    uuid: &'a str,
    relation: &'a str,
    /// The template or wording that was rewritten.
    of: String,
    question: &'a str,
    variants: Vec<VariantView<'a>>,
    dropped: Vec<DroppedView<'a>>,
}

#[derive(Serialize)]
struct VariantView<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    times: usize,
}

#[derive(Serialize)]
struct DroppedView<'a> {
    text: &'a str,
    times: usize,
    why: String,
}

impl Found {
    /// Takes at most `most` variants of each question; those that are a template already, or a variant of an earlier
    /// question, are told as such.
    pub fn of(
        data: Arc<Dataset>,
        mut rewritten: Vec<Rewritten>,
        most: usize,
    ) -> Result<Self, CliError> {
        let mut templates = Vec::new();
        let mut known: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for of in &mut rewritten {
            let fact = &data.facts[of.fact];
            let relation = &data.relations[fact.relation];
            let mut made = Vec::new();
            if data.style == Style::MyriadLama {
                let texts = || relation.templates.iter().map(|t| t.text.clone()).collect();
                let known = known.entry(fact.relation).or_insert_with(texts);
                for variant in std::mem::take(&mut of.sifted.kept) {
                    // With --keep it may lack the subject.
                    let Ok(text) = template(&variant.text, &fact.subject) else {
                        let lost = Dropped::Lost(fact.subject.clone());
                        of.sifted.dropped.push((variant, lost));
                        continue;
                    };
                    if known.contains(&text) {
                        of.sifted.dropped.push((variant, Dropped::Known));
                    } else if made.len() < most {
                        known.push(text.clone());
                        made.push(text);
                        of.sifted.kept.push(variant);
                    }
                }
            }
            of.sifted.kept.truncate(most);
            templates.push(made);
        }
        Ok(Found {
            data,
            rewritten,
            most,
            templates,
        })
    }

    /// Refuses to write files without any variant.
    pub fn check(&self) -> Result<(), CliError> {
        if self.rewritten.iter().any(|of| !of.sifted.kept.is_empty()) {
            return Ok(());
        }
        Err(CliError::Failed(format!(
            "no variant of {} is left: draw more with --samples, or ask another model",
            count(self.rewritten.len(), "question")
        )))
    }

    /// The name of the template or wording that was rewritten.
    pub fn name(&self, of: &Rewritten) -> TemplateId {
        let relation = self.data.relation_of(&self.data.facts[of.fact]);
        relation.templates[of.template].id
    }

    /// Per relation what its chosen templates and all their variants are called, as a set.
    pub fn set(&mut self, name: &str, chosen: &[Vec<usize>]) -> Result<TemplateSet, CliError> {
        let data = Arc::make_mut(&mut self.data);
        let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (of, texts) in self.rewritten.iter().zip(&self.templates) {
            let relation = data.facts[of.fact].relation;
            let all = all
                .entry(relation)
                .or_insert_with(|| chosen[relation].clone());
            for text in texts {
                let added = data.add_wording(relation, None, text);
                all.push(added.map_err(CliError::Failed)?);
            }
        }
        let mut set = TemplateSet {
            name: name.to_owned(),
            ..TemplateSet::default()
        };
        for (relation, templates) in all {
            let relation = &data.relations[relation];
            let templates = templates.iter().map(|&of| &relation.templates[of]);
            let own = templates.clone().filter(|template| template.is_own());
            let wordings = own.map(|template| (template.id, template.text.clone()));
            set.wordings.insert(relation.id.clone(), wordings.collect());
            let ids = templates.map(|template| template.id).collect();
            set.templates.insert(relation.id.clone(), ids);
        }
        set.wordings.retain(|_, wordings| !wordings.is_empty());
        Ok(set)
    }

    pub fn view(&self) -> View<'_> {
        View {
            questions: self
                .rewritten
                .iter()
                .zip(&self.templates)
                .map(|(of, templates)| self.question_view(of, templates))
                .collect(),
        }
    }

    fn question_view<'a>(&'a self, of: &'a Rewritten, templates: &'a [String]) -> QuestionView<'a> {
        let fact = &self.data.facts[of.fact];
        let variant = |(at, Variant { text, times }): (usize, &'a Variant)| VariantView {
            text,
            template: templates.get(at).map(String::as_str),
            times: *times,
        };
        let dropped = of.sifted.dropped.iter().map(|(variant, why)| DroppedView {
            text: &variant.text,
            times: variant.times,
            why: why.to_string(),
        });
        QuestionView {
            uuid: &fact.uuid,
            relation: &self.data.relation_of(fact).id,
            of: self.name(of).to_string(),
            question: &of.asked.question,
            variants: of.sifted.kept.iter().enumerate().map(variant).collect(),
            dropped: dropped.collect(),
        }
    }
}
