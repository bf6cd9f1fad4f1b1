//! What differs from layer to layer: which have a sliding window, which rotate.

use serde_json::Value;

use super::most;
use crate::model::ModelError;
use crate::model::architecture::Architecture;
use crate::model::json::Object;

/// Which layers have a window, and how far it reaches.
pub(super) fn windows(
    json: Object<'_>,
    architecture: Architecture,
    layers: usize,
) -> Result<(Vec<bool>, Option<usize>), ModelError> {
    use Architecture::*;
    // MistralConfig takes 4096 where a file says nothing; a file of a model without a window says null.
    let absent = match architecture {
        Mistral | Ministral3 | Gemma2 | Gemma3 | Olmo3 if !json.names("sliding_window") => {
            Some(4096)
        }
        _ => None,
    };
    let window = json.count("sliding_window", most::POSITIONS)?.or(absent);
    let listed = match json.get("layer_types") {
        None => None,
        Some(list) => Some(layer_types(json, list, layers)?),
    };
    let sliding: Vec<bool> = match (listed, architecture) {
        (Some(listed), _) => listed,
        (None, Mistral | Ministral3 | Phi3) => vec![window.is_some(); layers],
        (None, Qwen2 | Qwen3) if json.flag("use_sliding_window")? == Some(true) => {
            let from = json.count("max_window_layers", most::LAYERS)?.unwrap_or(28);
            (0..layers).map(|layer| layer >= from).collect()
        }
        (None, Qwen3Moe) if json.flag("use_sliding_window")? == Some(true) => vec![true; layers],
        (None, Gemma2 | GptOss) => every(2, layers),
        (None, Gemma3) => {
            let pattern = match json.count("sliding_window_pattern", most::LAYERS)? {
                None => json.count("_sliding_window_pattern", most::LAYERS)?,
                found => found,
            };
            every(pattern.unwrap_or(6), layers)
        }
        (None, Olmo3) => every(4, layers),
        (None, Exaone4) if window.is_some() => every(pattern(json)?, layers),
        (None, _) => Vec::new(),
    };
    if !sliding.contains(&true) {
        return Ok((Vec::new(), None));
    }
    match window {
        Some(window) => Ok((sliding, Some(window))),
        None => Err(json.wrong("sliding_window", "a whole number above 0")),
    }
}

/// `4`, or `LLLG`: local layers up to a global one.
fn pattern(json: Object<'_>) -> Result<usize, ModelError> {
    let key = "sliding_window_pattern";
    match json.get(key).and_then(Value::as_str) {
        Some(kinds) if kinds.ends_with('G') && !kinds[..kinds.len() - 1].contains('G') => {
            Ok(kinds.len())
        }
        Some(_) => Err(json.wrong(key, "`L` for each local layer, then a `G`")),
        None => Ok(json.count(key, most::LAYERS)?.unwrap_or(4)),
    }
}

/// All layers slide but each `nth`.
pub(in crate::model) fn every(nth: usize, layers: usize) -> Vec<bool> {
    (1..=layers).map(|layer| layer % nth != 0).collect()
}

fn layer_types(json: Object<'_>, list: &Value, layers: usize) -> Result<Vec<bool>, ModelError> {
    let expected = format!("a list of {layers} texts");
    let list = match list {
        Value::Array(list) => list,
        _ => return Err(json.wrong("layer_types", &expected)),
    };
    let slides = |kind: &Value| match kind.as_str() {
        Some("full_attention") => Ok(false),
        Some("sliding_attention") => Ok(true),
        Some(other) => {
            let advice = "use a model whose layers attend to everything or to a sliding window";
            Err(json.unsupported(format!("layer type `{other}`"), advice))
        }
        None => Err(json.wrong("layer_types", &expected)),
    };
    let sliding: Vec<bool> = list.iter().map(slides).collect::<Result<_, _>>()?;
    if sliding.contains(&true) && sliding.len() != layers {
        return Err(json.wrong("layer_types", &expected));
    }
    Ok(sliding)
}

/// Per layer whether it rotates; empty where all do.
pub(super) fn rotated(
    json: Object<'_>,
    architecture: Architecture,
    layers: usize,
    sliding: &[bool],
) -> Result<Vec<bool>, ModelError> {
    // Those that reach everything do not, where others have a window.
    if architecture == Architecture::Exaone4 {
        return Ok(sliding.to_vec());
    }
    if architecture != Architecture::SmolLm3 {
        return Ok(Vec::new());
    }
    let expected = format!("a list of {layers} numbers, 1 where a layer rotates and 0 where not");
    match json.get("no_rope_layers") {
        Some(Value::Array(list)) if list.len() == layers => list
            .iter()
            .map(|rotates| match rotates.as_u64() {
                Some(0) => Ok(false),
                Some(1) => Ok(true),
                _ => Err(json.wrong("no_rope_layers", &expected)),
            })
            .collect(),
        None => {
            let interval = json.count("no_rope_layer_interval", most::LAYERS)?;
            Ok(every(interval.unwrap_or(4), layers))
        }
        Some(_) => Err(json.wrong("no_rope_layers", &expected)),
    }
}
