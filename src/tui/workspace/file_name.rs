//! The proposed name of a file with a run's rows: what was asked, how, and with which templates.

use sha2::{Digest, Sha256};

use super::runs::Job;
use crate::data::TemplateId;
use crate::evaluate::Plan;

/// Maximum length of the part that names the templates, in characters.
const LONGEST: usize = 40;

/// `P36-flex-fused-m1-m2-a1.feather`, of one plan of a job: runs on other templates get other names.
pub fn proposed(job: &Job, plan: usize) -> String {
    let (label, plan) = &job.plans[plan];
    let title = format!("{} {label}", job.about);
    let title = title.split(|c: char| !c.is_ascii_alphanumeric());
    let mut parts: Vec<String> = title
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    parts.push(templates(plan));
    format!("{}.feather", parts.join("-"))
}

/// The templates by name where all relations of the run ask alike and the names are short; otherwise how many there are
/// and a checksum of their names.
fn templates(plan: &Plan) -> String {
    let mut relations: Vec<usize> = plan
        .facts
        .iter()
        .map(|&fact| plan.data.facts[fact].relation)
        .collect();
    relations.dedup();
    let ids = |relation: usize| -> Vec<TemplateId> {
        let templates = &plan.data.relations[relation].templates;
        let asked = plan.templates[relation].iter();
        asked.map(|&template| templates[template].id).collect()
    };
    let names = |ids: &[TemplateId]| {
        let names: Vec<String> = ids.iter().map(TemplateId::to_string).collect();
        names.join("-")
    };
    let all: Vec<Vec<TemplateId>> = relations.iter().map(|&relation| ids(relation)).collect();
    let Some(first) = all.first() else {
        return String::new();
    };
    let alike = all.iter().all(|other| other == first);
    let short = names(first);
    if alike && short.len() <= LONGEST {
        return short;
    }
    let mut sum = Sha256::new();
    for (relation, ids) in relations.iter().zip(&all) {
        sum.update(format!(
            "{} {}\n",
            plan.data.relations[*relation].id,
            names(ids)
        ));
    }
    let sum: String = sum.finalize()[..3]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match alike {
        true => format!("{}-templates-{sum}", first.len()),
        false => format!("templates-{sum}"),
    }
}
