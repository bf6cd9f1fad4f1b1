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

            /// The word in `model_type`, and in a GGUF file's `general.architecture`.
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

/// Families whose layers keep a state instead of keys: by the beginning of `model_type`.
const RECURRENT: [&str; 6] = [
    "qwen3_next",
    "qwen3_5",
    "granitemoehybrid",
    "mamba",
    "falcon_h1",
    "lfm2",
];

impl Architecture {
    /// Of a GGUF file.
    pub(super) fn from_name(name: &str) -> Option<Architecture> {
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
            let recurrent =
                kind.is_some_and(|kind| RECURRENT.iter().any(|family| kind.starts_with(family)));
            let advice = if recurrent {
                "its layers keep a state instead of keys, so no mask exists there and fusing has no meaning".to_owned()
            } else {
                format!("use a causal language model of {}", Architecture::known())
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
