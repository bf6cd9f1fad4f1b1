//! One fact by name, and what a picture of its prompt says: what `mask` and `inspect` share.

use super::CliError;
use super::plain::count;
use crate::evaluate::{EvaluateError, Plan};
use crate::layout::picture::Labels;
use crate::layout::{Layers, Layout, Window};
use crate::model::Tokenizer;
use crate::prompt::Chat;
use crate::text::harmless;

/// Index of the fact with this uuid, or of the first selected one. A fact that a run would leave out can still be shown.
pub fn find(plan: &Plan, uuid: Option<&str>) -> Result<usize, CliError> {
    if plan
        .shots
        .near
        .as_ref()
        .is_some_and(|near| near.own_template)
    {
        return Err(EvaluateError::OwnTemplates(plan.method).into());
    }
    let Some(uuid) = uuid else {
        return plan.facts.first().copied().ok_or_else(|| {
            CliError::Failed("the selection is empty: choose a fact with --uuid".to_owned())
        });
    };
    let found = plan.data.facts.iter().position(|fact| fact.uuid == *uuid);
    found.filter(|&fact| !plan.asked(fact).is_empty()).ok_or_else(|| {
        CliError::Failed(format!(
            "no fact with uuid `{uuid}` in the data: take one from the uuid column of a result file"
        ))
    })
}

/// The window through which the layers that are asked for see a mask, of a model with this one.
pub fn window_shown(
    asked: Option<Layers>,
    window: Option<Window>,
) -> Result<Option<usize>, CliError> {
    let lacks = |layers, what| {
        let why = format!("--layers {layers}: no layer of this model {what}: leave it out");
        Err(CliError::Failed(why))
    };
    match (asked, window) {
        (Some(layers @ Layers::Window), None) => lacks(layers, "has a sliding window"),
        (_, None) => Ok(None),
        (Some(layers @ Layers::Full), Some(window)) if window.usual() == Layers::Window => {
            lacks(layers, "reaches every token")
        }
        (asked, Some(window)) => Ok(match asked.unwrap_or(window.usual()) {
            Layers::Full => None,
            Layers::Window => Some(window.tokens),
        }),
    }
}

/// What a picture of the fact's prompt says beside it.
pub fn labels(
    plan: &Plan,
    fact: usize,
    layout: &Layout,
    window: Option<Window>,
    tokenizer: &Tokenizer,
) -> Labels {
    let this = &plan.data.facts[fact];
    let relation = plan.data.relation_of(this);
    let names = plan.template_ids(fact).into_iter().map(|id| id.to_string());
    let questions = plan.task(fact).questions;
    let title = [relation.id.as_str(), relation.label.as_str()].join(" ");
    Labels {
        title: harmless(&format!("{} · {}", title.trim(), this.subject)).into_owned(),
        subtitle: format!(
            "preset {}, {}{}",
            plan.options.describe(),
            count(plan.shots.count(), "shot"),
            match plan.chat {
                Chat::Off => String::new(),
                chat => format!(", chat {chat}"),
            }
        ),
        window,
        segments: names
            .zip(
                questions
                    .iter()
                    .map(|question| harmless(question).into_owned()),
            )
            .collect(),
        last_token: layout.tokens.last().map_or(String::new(), |&id| {
            harmless(&tokenizer.text(id)).into_owned()
        }),
    }
}
