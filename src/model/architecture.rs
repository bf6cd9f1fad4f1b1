//! The families that the one decoder covers, and by which names a file says which it is.

use serde_json::Value;

use super::ModelError;
use super::json::Object;

macro_rules! architectures {
    ($($family:ident $class:literal $name:literal;)*) => {
        /// Families that the one decoder covers. What tells them apart stands in [`super::Config`], part by part.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Architecture { $($family,)* }

        impl Architecture {
            pub const ALL: &'static [Architecture] = &[$(Architecture::$family,)*];

            /// The word in `model_type`.
            pub fn name(self) -> &'static str {
                match self { $(Architecture::$family => $name,)* }
            }

            /// The word in `architectures`.
            fn class(self) -> &'static str {
                match self { $(Architecture::$family => $class,)* }
            }
        }
    };
}

architectures! {
    Llama "LlamaForCausalLM" "llama";
    Qwen2 "Qwen2ForCausalLM" "qwen2";
    Qwen3 "Qwen3ForCausalLM" "qwen3";
    Mistral "MistralForCausalLM" "mistral";
    SmolLm3 "SmolLM3ForCausalLM" "smollm3";
    Granite "GraniteForCausalLM" "granite";
    Olmo2 "Olmo2ForCausalLM" "olmo2";
    Olmo3 "Olmo3ForCausalLM" "olmo3";
    Phi3 "Phi3ForCausalLM" "phi3";
    Gemma2 "Gemma2ForCausalLM" "gemma2";
    Gemma3 "Gemma3ForCausalLM" "gemma3_text";
    Qwen3Moe "Qwen3MoeForCausalLM" "qwen3_moe";
    GptOss "GptOssForCausalLM" "gpt_oss";
    Exaone4 "Exaone4ForCausalLM" "exaone4";
    Ministral3 "Ministral3ForCausalLM" "ministral3";
}

/// What is missing for families that are not covered, by the beginning of their names, small and without `_`; the more
/// special ones first.
const MISSING: [(&str, &str); 24] = [
    ("qwen3next", STATE),
    ("qwen35", STATE),
    ("granitemoehybrid", STATE),
    ("mamba", STATE),
    ("falconh1", STATE),
    ("lfm2", STATE),
    ("mixtral", EXPERTS),
    ("olmoe", EXPERTS),
    ("granitemoe", EXPERTS),
    ("phimoe", EXPERTS),
    ("qwen2moe", "an expert that all rows share is not computed"),
    (
        "deepseekv",
        "its compressed keys (latent attention) are not computed",
    ),
    (
        "kimi",
        "its compressed keys (latent attention) are not computed",
    ),
    ("llama4", "its attention in chunks is not computed"),
    ("cohere", "attention and MLP side by side are not computed"),
    ("glm", "its rope of neighbouring dimensions is not computed"),
    (
        "gemma3n",
        "embeddings per layer and shared keys are not computed",
    ),
    (
        "gemma4",
        "embeddings per layer and shared keys are not computed",
    ),
    ("gptneox", LAYER_NORM),
    ("gptj", LAYER_NORM),
    ("gpt2", LAYER_NORM),
    ("opt", LAYER_NORM),
    ("bloom", LAYER_NORM),
    ("phifor", LAYER_NORM),
];
const STATE: &str =
    "its layers keep a state instead of keys, so no mask exists there and fusing has no meaning";
const EXPERTS: &str = "experts are computed of Qwen3-MoE and gpt-oss alone";
const LAYER_NORM: &str = "LayerNorm with a bias is not computed";

/// Models of text and images that hold one of these decoders: its configuration is their `text_config`.
const WITH_IMAGES: [&str; 2] = [
    "Mistral3ForConditionalGeneration",
    "Gemma3ForConditionalGeneration",
];

/// The part of a `config.json` that tells of the decoder.
pub(super) fn decoder_of(json: Object<'_>) -> Result<Object<'_>, ModelError> {
    let class = json
        .get("architectures")
        .and_then(|list| list.get(0)?.as_str());
    match class.is_some_and(|class| WITH_IMAGES.contains(&class)) {
        true => json.need("text_config", json.object("text_config")),
        false => Ok(json),
    }
}

impl Architecture {
    fn from_name(name: &str) -> Option<Architecture> {
        Architecture::ALL
            .iter()
            .copied()
            .find(|it| it.name() == name)
    }

    /// From `architectures` and `model_type`; where both stand they must agree.
    ///
    /// # Errors
    /// [`ModelError::Value`] where neither is of use, [`ModelError::Unsupported`] for a family that is not covered.
    pub(super) fn from_json(json: Object<'_>) -> Result<Architecture, ModelError> {
        let class = match json.get("architectures").map(Value::as_array) {
            None => None,
            Some(Some(list)) => match list.first().map(Value::as_str) {
                None => None,
                Some(Some(class)) => Some(class),
                Some(None) => return Err(json.wrong("architectures", "a list of texts")),
            },
            Some(None) => return Err(json.wrong("architectures", "a list of texts")),
        };
        let kind = json.text("model_type")?;
        let refused = |name: &str| {
            let known = Architecture::known();
            let advice = match [kind, class].into_iter().flatten().find_map(missing) {
                Some(STATE) => STATE.to_owned(),
                Some(part) => format!("{part}; use a causal language model of {known}"),
                None => format!("use a causal language model of {known}"),
            };
            json.unsupported(format!("architecture `{name}`"), &advice)
        };
        let by_class = match class {
            Some(class) => {
                let found = Architecture::ALL.iter().find(|it| it.class() == class);
                Some(*found.ok_or_else(|| refused(class))?)
            }
            None => None,
        };
        let by_type = match kind {
            Some(name) => Some(Architecture::from_name(name).ok_or_else(|| refused(name))?),
            None => None,
        };
        match (by_class, by_type) {
            (Some(class), Some(kind)) if class != kind => {
                Err(json.wrong("model_type", &format!("`{}`", class.name())))
            }
            (Some(found), _) | (None, Some(found)) => Ok(found),
            (None, None) => Err(json.wrong("architectures", "a list with one class name")),
        }
    }

    /// All names, for an error message.
    pub(super) fn known() -> String {
        let names: Vec<&str> = Architecture::ALL.iter().map(|it| it.name()).collect();
        names.join(", ")
    }
}

/// What is missing for a family by its `model_type` or class.
fn missing(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace('_', "");
    let row = MISSING.iter().find(|(family, _)| name.starts_with(family));
    row.map(|(_, part)| *part)
}
