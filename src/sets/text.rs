//! A set as TOML:
//!
//! ```toml
//! [templates]
//! P36 = ["m1", "m3", "a2"]
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TemplateSet;
use crate::data::TemplateId;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    templates: BTreeMap<String, Vec<String>>,
}

/// Writes a set.
pub fn write(set: &TemplateSet) -> Result<String, String> {
    let ids = |ids: &Vec<TemplateId>| ids.iter().map(TemplateId::to_string).collect();
    let templates = set.templates.iter();
    let file = File {
        templates: templates
            .map(|(relation, of)| (relation.clone(), ids(of)))
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
    Ok(TemplateSet {
        name: name.to_owned(),
        templates: templates.collect::<Result<_, _>>()?,
    })
}
