//! The chat template beside a tokenizer, and the special tokens that it names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ModelError;
use super::json::Object;
use crate::prompt::Template;

/// How the name of a key ends that holds a special token: `bos_token`.
const TOKEN: &str = "_token";

/// The template of `tokenizer_config.json`, or in its place that of a file of its own.
///
/// # Errors
/// [`ModelError::Value`] for a template that is neither a text nor a list of named ones.
pub(super) fn template(
    config: Option<(&str, &Value)>,
    own: Option<String>,
) -> Result<Option<Template>, ModelError> {
    let Some((file, config)) = config else {
        return Ok(own.map(|source| Template::new(source, BTreeMap::new())));
    };
    let object = Object::root(file, config)?;
    let source = match own {
        Some(own) => Some(own),
        None => written(&object)?.map(str::to_owned),
    };
    let keys = config.as_object().into_iter().flatten();
    let special = keys.filter_map(|(key, value)| {
        // A token stands there as its text, or with what else is known of it.
        let text = value.as_str().or_else(|| value.get("content")?.as_str());
        Some((key.clone(), text?.to_owned())).filter(|(key, _)| key.ends_with(TOKEN))
    });
    let special = special.collect();
    Ok(source.map(|source| Template::new(source, special)))
}

/// A template as a text, or the one named `default` of several.
fn written<'a>(config: &Object<'a>) -> Result<Option<&'a str>, ModelError> {
    const KEY: &str = "chat_template";
    let wrong = || config.wrong(KEY, "a text, or a list of them with one named `default`");
    match config.get(KEY) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Array(all)) => {
            let default = |one: &&Value| one["name"] == "default";
            let text = all
                .iter()
                .find(default)
                .and_then(|one| one["template"].as_str());
            text.map(Some).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}
