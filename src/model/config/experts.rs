//! Mixtures of experts: several MLPs in a layer, of which each row goes through a few.

use serde_json::Value;

use super::most;
use crate::model::ModelError;
use crate::model::architecture::Architecture;
use crate::model::json::Object;

/// x += Σ sₑ fₑ(x) over the experts e whose logits are largest; the shares s are the softmax of all logits.
#[derive(Debug, Clone, PartialEq)]
pub struct Experts {
    /// In each layer that has them.
    pub count: usize,
    /// That one row goes through.
    pub chosen: usize,
    /// Rows of an expert's gate, and of its up projection.
    pub inner_size: usize,
    /// Shares are divided by the sum of those chosen, which is the softmax of their logits alone.
    pub renormalised: bool,
    /// Router and experts carry biases.
    pub biased: bool,
    /// Per layer whether it has experts; the others have one MLP.
    pub layers: Vec<bool>,
}

impl Experts {
    /// What a family's `config.json` says of them; `None` for a family of single MLPs.
    pub(super) fn from_json(
        json: Object<'_>,
        architecture: Architecture,
        layers: usize,
    ) -> Result<Option<Experts>, ModelError> {
        let gpt_oss = architecture == Architecture::GptOss;
        if !gpt_oss && architecture != Architecture::Qwen3Moe {
            return Ok(None);
        }
        let first = |keys: [&'static str; 2]| {
            let key = keys.into_iter().find(|key| json.get(key).is_some());
            key.unwrap_or(keys[0])
        };
        let need = |key, most| json.need(key, json.count(key, most));
        let count = need(first(["num_experts", "num_local_experts"]), most::EXPERTS)?;
        let key = first(["num_experts_per_tok", "experts_per_token"]);
        let chosen = need(key, most::EXPERTS)?;
        if chosen > count {
            return Err(json.wrong(key, &format!("at most {count}, the number of experts")));
        }
        let inner = match gpt_oss {
            true => "intermediate_size",
            false => "moe_intermediate_size",
        };
        Ok(Some(Experts {
            count,
            chosen,
            inner_size: need(inner, most::WIDTH)?,
            renormalised: gpt_oss || json.flag("norm_topk_prob")?.unwrap_or(false),
            biased: gpt_oss,
            layers: match gpt_oss {
                true => vec![true; layers],
                false => sparse(json, layers)?,
            },
        }))
    }

    /// Whether a layer has experts.
    pub fn in_layer(&self, layer: usize) -> bool {
        self.layers.get(layer).copied().unwrap_or(false)
    }
}

/// Every `decoder_sparse_step`th layer but those of `mlp_only_layers`.
fn sparse(json: Object<'_>, layers: usize) -> Result<Vec<bool>, ModelError> {
    let step = json
        .count("decoder_sparse_step", most::LAYERS)?
        .unwrap_or(1);
    let expected = "a list of layers, counted from 0";
    let only = match json.get("mlp_only_layers") {
        None => Vec::new(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|layer| layer.as_u64().and_then(|it| usize::try_from(it).ok()))
            .collect::<Option<Vec<usize>>>()
            .ok_or_else(|| json.wrong("mlp_only_layers", expected))?,
        Some(_) => return Err(json.wrong("mlp_only_layers", expected)),
    };
    let has = |layer: usize| (layer + 1).is_multiple_of(step) && !only.contains(&layer);
    Ok((0..layers).map(has).collect())
}
