//! A set as TOML; own wordings come with their texts, since no data have them:
//!
//! ```toml
//! [templates]
//! P36 = ["m1", "m3", "a2", "o1"]
//!
//! [wordings.P36]
//! o1 = "[X] is governed from [Y]."
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TemplateSet;
use crate::data::{TemplateId, TemplateKind, own_wording};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    templates: BTreeMap<String, Vec<String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    wordings: BTreeMap<String, BTreeMap<String, String>>,
}

/// Writes a set.
pub fn write(set: &TemplateSet) -> Result<String, String> {
    let ids = |ids: &Vec<TemplateId>| ids.iter().map(TemplateId::to_string).collect();
    let templates = set.templates.iter();
    let texts = |texts: &BTreeMap<TemplateId, String>| {
        let texts = texts
            .iter()
            .map(|(id, text)| (id.to_string(), text.clone()));
        texts.collect()
    };
    let wordings = set.wordings.iter();
    let file = File {
        templates: templates
            .map(|(relation, of)| (relation.clone(), ids(of)))
            .collect(),
        wordings: wordings
            .map(|(relation, of)| (relation.clone(), texts(of)))
            .collect(),
    };
    toml::to_string(&file).map_err(|error| error.to_string())
}

/// Reads the set of this name; errors name the line or the relation.
pub fn parse(name: &str, text: &str) -> Result<TemplateSet, String> {
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text[..at].matches('\n').count() + 1;
        format!("line {line}: {}", error.message())
    })?;
    let ids = |(relation, ids): (String, Vec<String>)| {
        let ids: Result<Vec<TemplateId>, String> = ids.iter().map(|id| id.parse()).collect();
        ids.map(|ids| (relation.clone(), ids))
            .map_err(|error| format!("{relation}: {error}"))
    };
    let templates = file.templates.into_iter().map(ids);
    let wordings = file.wordings.into_iter().map(|(relation, texts)| {
        let texts = texts.iter().map(wording).collect::<Result<_, _>>();
        let texts = texts.map_err(|error| format!("wordings of {relation}: {error}"))?;
        Ok((relation, texts))
    });
    let set = TemplateSet {
        name: name.to_owned(),
        templates: templates.collect::<Result<_, _>>()?,
        wordings: wordings.collect::<Result<_, String>>()?,
    };
    match set.without_text() {
        Some((relation, id)) => Err(format!(
            "{relation}: {id} has no text under `[wordings.{relation}]`"
        )),
        None => Ok(set),
    }
}

/// An own wording and its name.
fn wording((id, text): (&String, &String)) -> Result<(TemplateId, String), String> {
    let known: TemplateId = id.parse()?;
    if known.kind != TemplateKind::Own {
        return Err(format!("`{id}` is one of the data: expected o1, o2, …"));
    }
    let text = own_wording(text).map_err(|lacks| format!("{id}: {lacks}"))?;
    Ok((known, text))
}

impl TemplateSet {
    /// The first own wording that is named without a text.
    fn without_text(&self) -> Option<(&str, TemplateId)> {
        self.templates.iter().find_map(|(relation, ids)| {
            let texts = self.wordings.get(relation);
            let lacks = |id: &&TemplateId| {
                let has = texts.is_some_and(|texts| texts.contains_key(id));
                id.kind == TemplateKind::Own && !has
            };
            Some((relation.as_str(), *ids.iter().find(lacks)?))
        })
    }
}
