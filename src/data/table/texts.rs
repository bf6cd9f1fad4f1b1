//! A cell as the texts that it holds.

use std::borrow::Cow;

use serde_json::Value;

use super::cells::Place;
use crate::data::fold::What;
use crate::data::list_literal;

/// Texts of a cell: of a list its items, of a text that is written like a list (JSON or Python) the same, of any other
/// text itself, cut at `split` where that is given. Nothing and blank texts give none.
///
/// # Errors
/// What the cell holds in their place.
pub(super) fn texts(cell: &Value, place: &Place, split: Option<&str>) -> Result<Vec<String>, What> {
    let wrong = |found: &str| Err(format!("`{}` {found}", place.name));
    let texts = match cell {
        Value::Null => Vec::new(),
        Value::String(text) => of_text(text, split),
        Value::Bool(_) | Value::Number(_) => vec![cell.to_string()],
        Value::Array(items) => {
            let mut texts = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::String(text) => texts.push(text.clone()),
                    Value::Bool(_) | Value::Number(_) => texts.push(item.to_string()),
                    Value::Null => return wrong("holds a null in its list: expected texts"),
                    Value::Array(_) => return wrong("holds lists in its list: expected texts"),
                    Value::Object(fields) => return wrong(&object(place, fields)),
                }
            }
            texts
        }
        Value::Object(fields) => return wrong(&object(place, fields)),
    };
    Ok(texts)
}

/// The one text of a cell; `None` where it is empty.
///
/// # Errors
/// As [`texts`], and a list of several.
pub(super) fn text(cell: &Value, place: &Place) -> Result<Option<String>, What> {
    match cell {
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        cell => {
            let mut texts = texts(cell, place, None)?;
            match texts.len() {
                0 | 1 => Ok(texts.pop()),
                more => Err(format!("`{}` holds {more} texts: expected one", place.name)),
            }
        }
    }
}

/// Of a cell of truth: whether a person wrote it.
pub(super) fn is_manual(cell: &Value, place: &Place) -> Result<bool, What> {
    let said = text(cell, place)?.unwrap_or_default();
    match said.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "manual" => Ok(true),
        "false" | "0" | "auto" => Ok(false),
        _ => Err(format!(
            "`{}` is {}: expected true or false, manual or auto",
            place.name,
            crate::data::error::quote(&said)
        )),
    }
}

fn of_text(text: &str, split: Option<&str>) -> Vec<String> {
    if let Ok(items) = list_literal::parse(text) {
        return items;
    }
    let parts: Vec<&str> = match split {
        Some(split) => text.split(split).map(str::trim).collect(),
        None => vec![text],
    };
    let full = parts.into_iter().filter(|part| !part.trim().is_empty());
    full.map(str::to_owned).collect()
}

fn object(place: &Place, fields: &serde_json::Map<String, Value>) -> String {
    let names: Vec<String> = (fields.keys())
        .map(|field| format!("{}.{field}", place.name))
        .collect();
    format!(
        "holds an object: name one of its fields, {}",
        names.join(", ")
    )
}

/// What stands at a place of a row: `choices.text` is a field of an object, or of each object of a list.
pub(super) fn at<'a>(row: &'a [Value], place: &Place) -> Cow<'a, Value> {
    let mut cell = Cow::Borrowed(row.get(place.at).unwrap_or(&Value::Null));
    for field in &place.fields {
        cell = match cell {
            Cow::Borrowed(cell) => inner(cell, field),
            Cow::Owned(cell) => Cow::Owned(inner(&cell, field).into_owned()),
        };
    }
    cell
}

fn inner<'a>(cell: &'a Value, field: &str) -> Cow<'a, Value> {
    match cell {
        Value::Object(fields) => fields
            .get(field)
            .map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        Value::Array(items) => {
            let items = items.iter().map(|item| inner(item, field).into_owned());
            Cow::Owned(Value::Array(items.collect()))
        }
        _ => Cow::Owned(Value::Null),
    }
}
